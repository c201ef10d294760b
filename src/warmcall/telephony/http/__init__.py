"""The route API: any phone system that can send JSON over HTTP asks what to do with a call."""
