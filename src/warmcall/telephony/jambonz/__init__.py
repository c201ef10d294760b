"""jambonz, hosted or one's own, which fetches lists of verbs as JSON."""
