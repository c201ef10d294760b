"""Between the tables of a configuration file and the documents that a store keeps."""

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, ClassVar

import msgspec

from warmcall.calls.audit import SERVER, record
from warmcall.calls.changes import stranded
from warmcall.calls.clock import SystemClock
from warmcall.calls.configuration import Check, Read
from warmcall.calls.directory import Directory, Site
from warmcall.calls.errors import InvalidFieldError, StoreUnavailableError
from warmcall.calls.model import Json
from warmcall.calls.outbox import HookId
from warmcall.calls.port import Store
from warmcall.errors import WarmcallError
from warmcall.hooks import named_hooks, read_hooks, usable_hooks
from warmcall.places import Place, SettingsError
from warmcall.settings import Settings, code_prefix
from warmcall.sites import SiteReader
from warmcall.tables import ServerSettings, SiteTable
from warmcall.validation import explain
from warmcall.webhooks.hook import Hook

log = logging.getLogger("warmcall.configuration")

_ATTEMPTS = 5
_SITES = Place("", "site")


class NotConfiguredError(WarmcallError):
    """There is no site: neither in the configuration file nor in the store."""

    code: ClassVar[str] = "not_configured"

    def __init__(self) -> None:
        super().__init__(
            "No site is configured. Name a file with [[site]] tables by --config, or apply one first: "
            "`warmcall apply FILE --data DIR`."
        )


class _Document(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    site: tuple[SiteTable, ...]


def document_of(sites: tuple[SiteTable, ...]) -> Json:
    """The sites, groups and webhooks as a store keeps them: as written, without what is the default."""
    return {"site": [_written(site) for site in sites]}


def reader(server: ServerSettings) -> Read:
    """What makes sites of a document on a server with these settings.

    The secrets that they refer to need not be there: visitors must not wait for them.
    """
    prefix = code_prefix(server)

    def read(document: Json) -> tuple[Site, ...]:
        with _told_as_fields():
            tables = _tables(document)
            _SITES.check(bool(tables), "a configuration has at least one site")
            return tuple(SiteReader(prefix, here=False).sites(tables, _SITES))

    return read


def checker(loaded: Settings) -> Check:
    """What looks whether a server with these settings can use the whole of a document."""
    prefix = code_prefix(loaded.server)

    def check(document: Json) -> None:
        with _told_as_fields():
            tables = _tables(document)
            deque(SiteReader(prefix).sites(tables, _SITES), maxlen=0)
            deque(read_hooks(tables, _SITES, loaded.networks), maxlen=0)

    return check


def hooks_named_in(document: Json) -> list[HookId]:
    """The webhooks of a document, those that a server cannot use among them."""
    return named_hooks(_tables(document))


def hooks_of(document: Json, loaded: Settings) -> tuple[Hook, ...]:
    """The webhooks of a document that a server with these settings can use."""
    return tuple(usable_hooks(_tables(document), loaded.networks))


@contextmanager
def _told_as_fields() -> Iterator[None]:
    try:
        yield
    except msgspec.ValidationError as error:
        path, why = explain(error)
        raise InvalidFieldError(path or "site", f"{why}.") from error
    except SettingsError as error:
        where, _, why = str(error).partition(": ")
        raise InvalidFieldError(where, why) from error


def _tables(document: Json) -> tuple[SiteTable, ...]:
    return msgspec.convert(document, _Document).site


async def begin(loaded: Settings, store: Store) -> Settings:
    """Apply the file's sites to the store at the start of a server, or take those that the store keeps.

    Returns:
        The settings with the sites that hold.

    Raises:
        NotConfiguredError: if there are none.
    """
    document = document_of(loaded.sites)
    read = reader(loaded.server)
    for _ in range(_ATTEMPTS):
        kept = await store.configurations.newest()
        if not loaded.sites:
            if kept is None:
                raise NotConfiguredError
            sites, hooks = _tables(kept.document), hooks_of(kept.document, loaded)
            directory = Directory(read(kept.document))
            return msgspec.structs.replace(loaded, directory=directory, sites=sites, webhooks=hooks)
        if kept is not None and kept.document == document:
            return loaded
        if kept is not None:
            _warn(kept.document, read, loaded.directory, store)
        version = kept.version if kept else 0
        if await store.configurations.keep(document, version, SystemClock().now_ms()):
            await record(store.audit, SERVER, "configuration.apply", f"version {version + 1}", {"at": "start"})
            return loaded
    raise StoreUnavailableError("Others apply configurations all the time. Start again in a moment.")


def _warn(before: Json, read: Read, after: Directory, store: Store) -> None:
    """Say what the file strands. The server starts all the same: standing still would strand everybody."""
    try:
        lost = stranded(Directory(read(before)), after, store.live)
    except InvalidFieldError:
        return
    for line in lost:
        log.warning("call requests are stranded", extra={"waiting": line.waiting, "reason": line.why})


def _written(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        told = {field.name: getattr(value, field.name) for field in fields}
        return {name: _written(own) for name, own in told.items() if own != _default(type(value), name)}
    if isinstance(value, dict):
        return {name: _written(own) for name, own in value.items()}
    if isinstance(value, tuple):
        return [_written(own) for own in value]
    return value.isoformat() if isinstance(value, date) else value


def _default(kind: type[msgspec.Struct], name: str) -> Any:
    field = next(field for field in msgspec.structs.fields(kind) if field.name == name)
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default
