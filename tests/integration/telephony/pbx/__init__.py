"""A connector of an owner's own: a PBX that sends plain text and wants plain text."""
