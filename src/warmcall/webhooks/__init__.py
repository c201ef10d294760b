"""Events for the owner's own systems: signed, at least once, in order for each call request."""
