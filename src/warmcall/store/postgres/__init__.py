"""The shared store: one PostgreSQL, any number of server processes, batched statements."""

from importlib.util import find_spec

from warmcall.errors import WarmcallError


class DriverMissingError(WarmcallError):
    """asyncpg comes with an extra."""

    code = "driver_missing"

    def __init__(self) -> None:
        super().__init__("PostgreSQL needs the extra `postgres`: pip install 'warmcall[postgres]'.")


if find_spec("asyncpg") is None:
    raise DriverMissingError

from warmcall.store.postgres.store import PostgresStore  # noqa: E402  what it imports may be missing

__all__ = ["DriverMissingError", "PostgresStore"]
