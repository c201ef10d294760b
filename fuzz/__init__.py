"""Fuzzing of everything that reads what strangers send: `scripts/fuzz`."""
