"""Kamailio as the SIP face, Warmcall as the brain: calls come over its EVAPI as JSON, decisions go back."""
