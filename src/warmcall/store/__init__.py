"""Adapters of the store port: `memory` for tests and extension authors, `sqlite` for one server process,
`postgres` for many."""
