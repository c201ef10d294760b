"""Older protocols of contact centres, so that an existing page or IVR works against Warmcall. Off by default."""
