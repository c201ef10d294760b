"""The configuration file: TOML in, checked values and a `Directory` out, or an error that names file and place."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec

from warmcall.calls.codes import CodePrefix, parse_prefix
from warmcall.calls.directory import Directory
from warmcall.hooks import read_hooks
from warmcall.places import NAME, Place, SettingsError, is_address, one_of
from warmcall.sites import SiteReader
from warmcall.tables import File, PromptTable, ServerSettings, SiteTable, StoreTable
from warmcall.telephony.connectors import PROMPTS, ConnectorTable
from warmcall.telephony.prompts import Prompts, PromptsError
from warmcall.telephony.registry import ConnectorSettingsError, kind_of, read_settings, resolved
from warmcall.validation import explain
from warmcall.webhooks.hook import Hook, HookError, Network, WebhooksTable, read_networks

_LEVELS = ("debug", "info", "warning", "error")


class Settings(msgspec.Struct, frozen=True):
    """A configuration that was checked.

    Attributes:
        directory: The sites; without any, those that the store keeps are meant.
        sites: The tables that the directory was made from.
        telephony: The connectors by name.
        prompts_folder: The owner's own prompts, if there are any.
        store_url: Address of the shared store; `None`: the embedded one.
        webhooks: Where events are sent.
        networks: Private networks that their receivers may be in.
        extensions: What the owner's extensions get, by name.
    """

    server: ServerSettings
    directory: Directory
    sites: tuple[SiteTable, ...] = ()
    telephony: Mapping[str, ConnectorTable] = {}
    prompts_folder: Path | None = None
    store_url: str | None = None
    webhooks: tuple[Hook, ...] = ()
    networks: tuple[Network, ...] = ()
    extensions: Mapping[str, Mapping[str, Any]] = {}


def load(path: Path, *, needs_sites: bool = True, here: bool = True) -> Settings:
    """Read and check a configuration file.

    Args:
        path: Where it is.
        needs_sites: Whether a file without any site is refused.
        here: Whether its sites are served from here; otherwise the secrets that they refer to need not be here.

    Raises:
        SettingsError: if it cannot be read or used; the message says where and what to change.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SettingsError(str(path), "", "there is no such file; name it with --config") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), "", f"cannot be read: {error}") from error
    return parse(text, str(path), needs_sites=needs_sites, here=here)


def parse(text: str, name: str = "configuration", *, needs_sites: bool = True, here: bool = True) -> Settings:
    """Check a configuration.

    Args:
        text: TOML.
        name: What error messages call it, usually the file's path.
        needs_sites: Whether a text without any site is refused.
        here: As with `load`.

    Raises:
        SettingsError: if it cannot be used.
    """
    settings = _Reading(name, here).settings(text)
    Place(name, "site").check(
        bool(settings.sites) or not needs_sites,
        "no site is configured; add a [[site]] table with an id and a [[site.group]]",
    )
    return settings


def code_prefix(server: ServerSettings, place: Place | None = None) -> CodePrefix | None:
    """What the access codes of a server begin with.

    Raises:
        SettingsError: if it is neither digits nor a range.
    """
    if server.access_code_prefix is None:
        return None
    try:
        return parse_prefix(server.access_code_prefix)
    except ValueError as error:
        raise (place or Place("")).at("server").at("access_code_prefix").error(str(error)) from error


class _Reading:
    """One pass over one file."""

    def __init__(self, name: str, here: bool) -> None:
        self._top = Place(name)
        self._name = name
        self._here = here

    def settings(self, text: str) -> Settings:
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._top.error(f"not valid TOML: {error}") from error
        except RecursionError as error:
            raise self._top.error("nested too deeply to be a configuration") from error
        try:
            file = msgspec.convert(raw, File)
        except msgspec.ValidationError as error:
            path, why = explain(error)
            raise SettingsError(self._name, path, why.replace("an object", "a table") + _got(raw, path, why)) from error
        self._server(file.server)
        place, networks = self._top.at("site"), self._networks(file.webhooks)
        sites = SiteReader(code_prefix(file.server, self._top), here=self._here).sites(file.site, place)
        return Settings(
            server=file.server,
            directory=Directory(sites),
            sites=file.site,
            telephony=dict(self._connectors(file.telephony)),
            prompts_folder=self._prompts(file.prompts),
            store_url=self._store(file.store),
            webhooks=tuple(read_hooks(file.site, place, networks, here=self._here)),
            networks=networks,
            extensions=self._extensions(file.extensions),
        )

    def _extensions(self, tables: dict[str, dict[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
        try:
            return {name: resolved(table, f"extensions.{name}") for name, table in tables.items()}
        except ConnectorSettingsError as error:
            raise SettingsError(self._name, error.place, error.why) from error

    def _networks(self, table: WebhooksTable) -> tuple[Network, ...]:
        try:
            return read_networks(table)
        except HookError as error:
            raise self._top.at("webhooks").at(error.place).error(error.why) from error

    def _store(self, table: StoreTable) -> str | None:
        self._top.at("store").at("url").check(
            table.url is None or table.url.startswith(("postgresql://", "postgres://")),
            'expected an address such as "postgresql://warmcall@db.example.com/warmcall", or leave it out for SQLite',
        )
        return table.url

    def _connectors(self, tables: dict[str, dict[str, Any]]) -> Iterator[tuple[str, ConnectorTable]]:
        for name, table in tables.items():
            place = self._top.at("telephony").at(name)
            place.check(
                NAME.fullmatch(name) is not None and name != PROMPTS,
                f'expected a name of letters, digits, dots and dashes other than "{PROMPTS}"',
            )
            try:
                yield name, ConnectorTable(name, kind_of(name, table), read_settings(name, table))
            except ConnectorSettingsError as error:
                raise SettingsError(self._name, error.place, error.why) from error

    def _prompts(self, prompts: PromptTable) -> Path | None:
        if prompts.folder is None:
            return None
        folder = Path(self._name).parent / prompts.folder
        try:
            Prompts(folder)
        except PromptsError as error:
            raise self._top.at("prompts").at("folder").error(error.message) from error
        return folder

    def _server(self, server: ServerSettings) -> None:
        place = self._top.at("server")
        if server.public_url is not None:
            place.at("public_url").check(
                is_address(server.public_url),
                f'expected an address such as "https://call.example.com", got "{server.public_url}"',
            )
        if server.port is not None:
            place.at("port").between(server.port, 0, 65535)
        place.at("extension_budget_s").check(
            0 < server.extension_budget_s <= 60, f"expected seconds, at most 60, got {server.extension_budget_s}"
        )
        place.at("log_level").check(server.log_level in _LEVELS, one_of(_LEVELS, server.log_level))
        for name in ("trusted_proxies", "metrics_allow"):
            for index, network in enumerate(getattr(server, name)):
                place.at(name)[index].check(
                    _is_network(network), f'expected an address or network such as "10.0.0.0/8", got "{network}"'
                )


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _got(raw: Any, path: str, why: str) -> str:
    """What stands at `path`, for messages about a value of a wrong type."""
    if not why.startswith("expected"):
        return ""
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        try:
            raw = raw[int(index)] if index else raw[key]
        except (KeyError, IndexError, TypeError):
            return ""
    return f", got {msgspec.json.encode(raw).decode()}"
