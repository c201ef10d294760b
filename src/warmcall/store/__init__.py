"""Adapters of the store port: `memory` for tests, `sqlite` for one server process, `postgres` for many."""
