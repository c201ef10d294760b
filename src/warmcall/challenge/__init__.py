"""Telling visitors from machines: a proof of work of our own, or a provider of the owner's choice."""
