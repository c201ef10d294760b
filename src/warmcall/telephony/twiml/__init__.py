"""Providers that fetch TwiML and its relatives: Twilio, SignalWire (cXML) and Telnyx (TeXML)."""
