"""Plivo, which fetches XML of its own."""
