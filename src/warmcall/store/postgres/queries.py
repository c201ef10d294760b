"""The named queries of `queries.sql`, each under its name."""

from warmcall.store.queries import load

QUERIES = load(__package__)
"""Each query is an attribute: `QUERIES.find_requests`."""
