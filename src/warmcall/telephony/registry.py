"""Which connectors there are, and how a `[telephony.NAME]` table becomes one."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from warmcall.errors import WarmcallError
from warmcall.references import UnresolvedError, is_reference, look_up
from warmcall.telephony.connector import Connector, ConnectorSettings, Switchboard
from warmcall.telephony.destinations import DestinationError, read_destination
from warmcall.telephony.findings import Finding
from warmcall.validation import explain

FOLDERS: dict[str, str] = {
    "http": "http",
    "twilio": "twiml",
    "signalwire": "twiml",
    "telnyx": "twiml",
    "plivo": "plivo",
    "jambonz": "jambonz",
    "asterisk": "asterisk",
    "freeswitch": "freeswitch",
    "kamailio": "kamailio",
    "sip-redirect": "redirect",
}
"""The folder in `warmcall.telephony` of each kind of connector."""

FILES = ("__init__.py", "settings.py", "inbound.py", "outbound.py", "connector.py", "checks.py")
"""What a connector's folder consists of; docs/howto/write-a-connector.md says what is in each."""


class ConnectorSettingsError(WarmcallError):
    """A `[telephony.NAME]` table that cannot be used. `details["setting"]` is its path."""

    code = "connector_settings_invalid"

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}", {"setting": place})
        self.place = place
        self.why = why


def read_settings(name: str, table: Mapping[str, Any]) -> ConnectorSettings:
    """Check the settings of one connector.

    Args:
        name: The table's name.
        table: The table as written; a text `env:NAME` stands for the environment variable `NAME`.

    Raises:
        ConnectorSettingsError: naming the setting and what is expected there.
    """
    place = f"telephony.{name}"
    settings: type[ConnectorSettings] = _part(kind_of(name, table), "settings", place).Settings
    try:
        found = msgspec.convert(resolved(table, place), settings)
    except msgspec.ValidationError as error:
        path, why = explain(error)
        raise ConnectorSettingsError(f"{place}.{path}" if path else place, why) from error
    if found.fallback_destination is not None:
        _check_destination(found.fallback_destination, f"{place}.fallback_destination")
    return found


def _check_destination(text: str, place: str) -> None:
    try:
        read_destination(text)
    except DestinationError as error:
        raise ConnectorSettingsError(place, error.message) from error


def kind_of(name: str, table: Mapping[str, Any]) -> str:
    """Which kind of connector a table is for."""
    kind = table.get("kind") or name
    return kind if isinstance(kind, str) else name


def connect(settings: ConnectorSettings, switchboard: Switchboard) -> Connector:
    """Build the connector of a table, without starting it."""
    build: Callable[[ConnectorSettings, Switchboard], Connector] = _part(
        switchboard.kind, "connector", f"telephony.{switchboard.name}"
    ).connect
    return build(settings, switchboard)


def check(name: str, kind: str, settings: ConnectorSettings, base_url: str) -> list[Finding]:
    """Let a connector say how it is set up; for `warmcall doctor`."""
    find: Callable[[ConnectorSettings, str], Iterable[Finding]] = _part(kind, "checks", f"telephony.{name}").check
    return list(find(settings, base_url))


def _part(kind: str, file: str, place: str) -> Any:
    # A dotted kind is a package of the owner's own, with the same files.
    package = kind if "." in kind else f"warmcall.telephony.{FOLDERS.get(kind, '')}"
    if package.endswith("."):
        raise ConnectorSettingsError(
            place, f'there is no connector "{kind}"; set kind to one of {", ".join(FOLDERS)}, or to your own package'
        )
    try:
        return importlib.import_module(f"{package}.{file}")
    except ImportError as error:
        raise ConnectorSettingsError(place, f'the connector "{kind}" cannot be loaded: {error}') from error


def resolved(value: Any, place: str) -> Any:
    """A value of the configuration with what its `env:NAME` and `file:PATH` texts stand for.

    Raises:
        ConnectorSettingsError: if there is no such variable or file.
    """
    if isinstance(value, Mapping):
        return {key: resolved(below, f"{place}.{key}") for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(below, f"{place}[{index}]") for index, below in enumerate(value)]
    if isinstance(value, str) and is_reference(value):
        try:
            return look_up(value)
        except UnresolvedError as error:
            raise ConnectorSettingsError(place, str(error)) from error
    return value
