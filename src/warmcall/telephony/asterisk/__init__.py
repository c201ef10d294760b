"""Asterisk: the dialplan asks over FastAGI what to do with a call, and says over FastAGI or ARI how it goes on."""
