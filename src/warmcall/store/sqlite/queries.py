"""The queries of `queries.sql`, each an attribute."""

from warmcall.store import queries

QUERIES = queries.load(__package__)
