"""Which store a server uses: the embedded one in its data directory, or one PostgreSQL that several share."""

from pathlib import Path

from warmcall.calls.port import Store


async def open_store(url: str | None, data_dir: Path, *, serving: bool = True) -> Store:
    """Open the store.

    Args:
        url: `postgresql://…`; `None`: SQLite in `data_dir`.
        data_dir: Where the embedded store keeps its files.
        serving: Take the data directory for this process alone, as a server does; other commands do not.

    Raises:
        StoreUnavailableError: if it cannot be reached, read or written.
    """
    # Only what is used is imported: asyncpg comes with an extra.
    if url is not None:
        from warmcall.store.postgres import PostgresStore

        return await PostgresStore.open(url)
    from warmcall.store.sqlite import SqliteStore

    return await SqliteStore.open(data_dir, serving=serving)
