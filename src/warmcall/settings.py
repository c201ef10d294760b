"""The configuration file: TOML in, checked values and a `Directory` out, or an error that names file and place."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec

from warmcall.calls.directory import Directory, Group, MatchBy, NumberPolicy, Site
from warmcall.calls.hours import Hours, parse_hours
from warmcall.calls.model import E164, GroupName, SiteId
from warmcall.calls.screenpop import NAMES, unknown_names
from warmcall.errors import WarmcallError
from warmcall.tables import CodeTable, File, GroupTable, HoursTable, PromptTable, ServerSettings, SiteTable, StoreTable
from warmcall.telephony.connectors import PROMPTS, ConnectorTable
from warmcall.telephony.prompts import Prompts, PromptsError
from warmcall.telephony.registry import ConnectorSettingsError, kind_of, read_settings
from warmcall.validation import explain

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_E164 = re.compile(r"\+[1-9][0-9]{5,14}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# The host is fixed: what a visitor typed must not decide where an agent's browser goes.
_SCREEN_POP = re.compile(r"https?://[^\s\"<>{}/?#]+(?:[/?#](?:[^\s\"<>{}]|\{[a-z]+\})*)?")
_COUNTRY = re.compile(r"[A-Z]{2}")
_MATCH_BY: tuple[MatchBy, ...] = ("caller", "code", "number")
_POLICIES: tuple[NumberPolicy, ...] = ("shared", "exclusive", "prefer_exclusive")
_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(WarmcallError):
    """A configuration that cannot be used.

    Args:
        name: The file.
        place: Path of the setting, such as `site[0].group[1].lifetime_s`; empty for the file as a whole.
        why: What is expected there.
    """

    code: ClassVar[str] = "settings_invalid"

    def __init__(self, name: str, place: str, why: str) -> None:
        super().__init__(": ".join(filter(None, (name, place, why))), {"file": name, "setting": place})


class Settings(msgspec.Struct, frozen=True):
    """A configuration that was checked.

    Attributes:
        telephony: The connectors by name.
        prompts_folder: The owner's own prompts, if there are any.
        store_url: Address of the shared store; `None`: the embedded one.
    """

    server: ServerSettings
    directory: Directory
    telephony: Mapping[str, ConnectorTable] = {}
    prompts_folder: Path | None = None
    store_url: str | None = None


def load(path: Path) -> Settings:
    """Read and check a configuration file.

    Raises:
        SettingsError: if it cannot be read or used; the message says where and what to change.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SettingsError(str(path), "", "there is no such file; name it with --config") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), "", f"cannot be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str = "configuration") -> Settings:
    """Check a configuration.

    Args:
        text: TOML.
        name: What error messages call it, usually the file's path.

    Raises:
        SettingsError: if it cannot be used.
    """
    return _Reading(name).settings(text)


class _Place:
    """A spot in the file, so that every complaint can say where."""

    def __init__(self, name: str, path: str = "") -> None:
        self._name = name
        self._path = path

    def __getitem__(self, index: int) -> "_Place":
        return _Place(self._name, f"{self._path}[{index}]")

    def at(self, key: str) -> "_Place":
        return _Place(self._name, f"{self._path}.{key}" if self._path else key)

    def error(self, why: str) -> SettingsError:
        return SettingsError(self._name, self._path, why)

    def check(self, passes: bool, why: str) -> None:
        if not passes:
            raise self.error(why)

    def matching(self, pattern: re.Pattern[str], value: str, what: str) -> str:
        self.check(pattern.fullmatch(value) is not None, f'expected {what}, got "{value}"')
        return value

    def between(self, value: int, low: int, high: int | None) -> int:
        span = f"from {low} to {high}" if high is not None else f"of at least {low}"
        self.check(low <= value and (high is None or value <= high), f"expected an integer {span}, got {value}")
        return value

    def each(self, values: tuple[str, ...], pattern: re.Pattern[str], what: str) -> tuple[str, ...]:
        for index, value in enumerate(values):
            self[index].matching(pattern, value, what)
        self.check(len(set(values)) == len(values), "names the same thing twice")
        return values


class _Reading:
    """One pass over one file. Remembers what must be unique across it."""

    def __init__(self, name: str) -> None:
        self._top = _Place(name)
        self._name = name
        self._number_owner: dict[str, str] = {}

    def settings(self, text: str) -> Settings:
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._top.error(f"not valid TOML: {error}") from error
        try:
            file = msgspec.convert(raw, File)
        except msgspec.ValidationError as error:
            path, why = explain(error)
            raise SettingsError(self._name, path, why.replace("an object", "a table") + _got(raw, path, why)) from error
        self._server(file.server)
        directory = Directory(self._sites(file.site))
        connectors = dict(self._connectors(file.telephony))
        return Settings(file.server, directory, connectors, self._prompts(file.prompts), self._store(file.store))

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
                _NAME.fullmatch(name) is not None and name != PROMPTS,
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
                _is_address(server.public_url),
                f'expected an address such as "https://call.example.com", got "{server.public_url}"',
            )
        if server.port is not None:
            place.at("port").between(server.port, 0, 65535)
        place.at("log_level").check(server.log_level in _LEVELS, _one_of(_LEVELS, server.log_level))
        for index, network in enumerate(server.trusted_proxies):
            place.at("trusted_proxies")[index].check(
                _is_network(network), f'expected an address or network such as "10.0.0.0/8", got "{network}"'
            )

    def _sites(self, tables: tuple[SiteTable, ...]) -> Iterator[Site]:
        place = self._top.at("site")
        place.check(bool(tables), "no site is configured; add a [[site]] table with an id and a [[site.group]]")
        seen: set[str] = set()
        for index, table in enumerate(tables):
            place[index].at("id").check(table.id not in seen, f'the id "{table.id}" is taken by another site')
            seen.add(table.id)
            yield self._site(table, place[index])

    def _site(self, table: SiteTable, place: _Place) -> Site:
        site_id = SiteId(place.at("id").matching(_NAME, table.id, "letters, digits, dots and dashes"))
        for index, origin in enumerate(table.origins):
            place.at("origins")[index].check(
                _is_origin(origin), f'expected scheme://host[:port], such as "https://www.example.com", got "{origin}"'
            )
        limits = place.at("limits")
        for name, limit in msgspec.structs.asdict(table.limits).items():
            limits.at(name).between(limit, 1, None)
        return Site(
            id=site_id,
            origins=frozenset(table.origins),
            groups=tuple(self._groups(site_id, table.group, place.at("group"))),
            limits=table.limits,
            retention_days=place.at("retention_days").between(table.retention_days, 1, 3650),
        )

    def _groups(self, site: SiteId, tables: tuple[GroupTable, ...], place: _Place) -> Iterator[Group]:
        place.check(bool(tables), "the site has no group; add a [[site.group]] table with name, numbers, destination")
        seen: set[str] = set()
        for index, table in enumerate(tables):
            place[index].at("name").check(table.name not in seen, f'the name "{table.name}" is taken by another group')
            seen.add(table.name)
            yield self._group(site, table, place[index])

    def _group(self, site: SiteId, table: GroupTable, place: _Place) -> Group:
        place.at("destination").check(
            bool(table.destination.strip()) and table.destination.isprintable(),
            'expected where calls go, such as "sip:sales@pbx.example.com"',
        )
        fallback = table.fallback_number
        return Group(
            site=site,
            name=GroupName(place.at("name").matching(_NAME, table.name, "letters, digits, dots and dashes")),
            numbers=self._numbers(table, f"{site}/{table.name}", place.at("numbers")),
            destination=table.destination,
            code_digits=_code_digits(table.access_code, place.at("access_code")),
            lifetime_s=place.at("lifetime_s").between(table.lifetime_s, 1, 86_400),
            fallback_destination=table.fallback_destination,
            fallback_number=None if fallback is None else _number(fallback, place.at("fallback_number")),
            match_by=_match_by(table, place.at("match_by")),
            countries=place.at("countries").each(table.countries, _COUNTRY, 'an ISO 3166-1 code such as "US"'),
            capacity=None if table.capacity is None else place.at("capacity").between(table.capacity, 1, None),
            number_policy=_number_policy(table.number_policy, place.at("number_policy")),
            cool_down_s=place.at("cool_down_s").between(table.cool_down_s, 0, 86_400),
            hours=_hours(table.hours, place.at("hours")),
            language=place.at("language").matching(_LANGUAGE, table.language, 'a language such as "en" or "de-CH"'),
            screen_pop=_screen_pop(table.screen_pop, place.at("screen_pop")),
        )

    def _numbers(self, table: GroupTable, owner: str, place: _Place) -> tuple[E164, ...]:
        place.check(bool(table.numbers), 'a group needs at least one access number, such as "+18005550100"')
        for index, number in enumerate(table.numbers):
            _number(number, place[index])
            taken = self._number_owner.setdefault(number, owner)
            place[index].check(taken == owner, f"{number} belongs to {taken} already; each number has one group")
        place.check(len(set(table.numbers)) == len(table.numbers), "names the same number twice")
        return tuple(map(E164, table.numbers))


def _number(text: str, place: _Place) -> E164:
    return E164(place.matching(_E164, text, 'a number in E.164 form such as "+18005550100"'))


def _code_digits(code: CodeTable | bool, place: _Place) -> int | None:
    place.check(code is not True, "expected a table such as { digits = 6 }, or false")
    return place.at("digits").between(code.digits, 4, 8) if isinstance(code, CodeTable) else None


def _match_by(table: GroupTable, place: _Place) -> tuple[MatchBy, ...]:
    place.check(bool(table.match_by), 'expected at least one of "caller", "code", "number"')
    for index, way in enumerate(table.match_by):
        place[index].check(way in _MATCH_BY, _one_of(_MATCH_BY, way))
    place.check(
        "number" not in table.match_by or table.number_policy == "exclusive",
        '"number" alone identifies a call only with number_policy = "exclusive", as anyone may dial a known number',
    )
    place.check(
        table.match_by != ("code",) or table.access_code is not False,
        'the group matches by code only, but access_code is false; set { digits = 6 } or add "caller"',
    )
    place.check(len(set(table.match_by)) == len(table.match_by), "names the same way twice")
    return tuple(way for name in table.match_by for way in _MATCH_BY if way == name)


def _screen_pop(template: str | None, place: _Place) -> str | None:
    if template is None:
        return None
    unknown = unknown_names(template)
    known = ", ".join(f"{{{name}}}" for name in NAMES)
    place.check(not unknown, f"{', '.join(unknown)} stands for nothing here; expected {known}")
    place.check(
        _SCREEN_POP.fullmatch(template) is not None,
        f'expected an address such as "https://crm.example.com/?phone={{phone}}", got "{template}"',
    )
    return template


def _number_policy(text: str, place: _Place) -> NumberPolicy:
    for policy in _POLICIES:
        if policy == text:
            return policy
    raise place.error(_one_of(_POLICIES, text))


def _hours(table: HoursTable | None, place: _Place) -> Hours | None:
    if table is None:
        return None
    try:
        return parse_hours(table.timezone, table.weekly, table.closed, table.special)
    except ValueError as error:
        where, _, why = str(error).partition(": ")
        raise place.at(where).error(why) from error


def _one_of(allowed: tuple[str, ...], got: str) -> str:
    return f'expected one of {", ".join(allowed)}, got "{got}"'


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or port == 0 or text.endswith("/")) and text.isascii()
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_origin(text: str) -> bool:
    # An origin never has a path, and browsers send it in lower case: another spelling would never match.
    return _is_address(text) and not urlsplit(text).path and text == text.lower()


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
