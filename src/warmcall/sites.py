"""Sites and groups: from the tables of a configuration to checked values."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from warmcall.calls.blocking import BlockedPatternError, compiled
from warmcall.calls.codes import DRAWN_DIGITS, CodePrefix
from warmcall.calls.directory import Group, Limits, MatchBy, NumberPolicy, Site
from warmcall.calls.gates import Challenge, ConsentText
from warmcall.calls.hours import Hours, parse_hours
from warmcall.calls.model import E164, GroupName, SiteId
from warmcall.calls.screenpop import NAMES, unknown_names
from warmcall.places import NAME, Place, is_address, one_of
from warmcall.references import UnresolvedError, look_up, variable_of
from warmcall.tables import ChallengeTable, CodeTable, GroupTable, HoursTable, LimitsTable, SiteTable

_E164 = re.compile(r"\+[1-9][0-9]{5,14}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COMPAT_NAME = re.compile(r"[^/\x00-\x1f]{1,100}")
# More than this is no limit, and a store keeps no number of any size.
_MOST = 1_000_000_000
_COUNTRY = re.compile(r"[A-Z]{2}")
_MATCH_BY: tuple[MatchBy, ...] = ("caller", "code", "number")
_POLICIES: tuple[NumberPolicy, ...] = ("shared", "exclusive", "prefer_exclusive")
# The host is fixed: what a visitor typed must not decide where an agent's browser goes.
_SCREEN_POP = re.compile(r"https?://[^\s\"<>{}/?#]+(?:[/?#](?:[^\s\"<>{}]|\{[a-z]+\})*)?")


class SiteReader:
    """Reads the sites of one configuration. Remembers what must be unique across it.

    Args:
        prefix: What the access codes of this server begin with.
        here: Whether they are served from here; otherwise the secrets that they refer to need not be here.
    """

    def __init__(self, prefix: CodePrefix | None = None, *, here: bool = True) -> None:
        self._prefix = prefix
        self._here = here
        self._number_owner: dict[str, str] = {}
        self._compat_owner: dict[str, str] = {}

    def sites(self, tables: tuple[SiteTable, ...], place: Place) -> Iterator[Site]:
        """Check tables.

        Args:
            tables: As written.
            place: Where they are.

        Raises:
            SettingsError: if they cannot be used.
        """
        seen: set[str] = set()
        for index, table in enumerate(tables):
            place[index].at("id").check(table.id not in seen, f'the id "{table.id}" is taken by another site')
            seen.add(table.id)
            yield self._site(table, place[index])

    def _site(self, table: SiteTable, place: Place) -> Site:
        site_id = SiteId(place.at("id").matching(NAME, table.id, "letters, digits, dots and dashes"))
        for index, origin in enumerate(table.origins):
            place.at("origins")[index].check(
                _is_origin(origin), f'expected scheme://host[:port], such as "https://www.example.com", got "{origin}"'
            )
        _check_limits(table.limits, place.at("limits"))
        return Site(
            id=site_id,
            origins=frozenset(table.origins),
            groups=tuple(self._groups(site_id, table, place.at("group"))),
            limits=table.limits,
            compat=table.compat,
            compat_key=table.compat_key,
            retention_days=place.at("retention_days").between(table.retention_days, 1, 3650),
        )

    def _groups(self, site: SiteId, owner: SiteTable, place: Place) -> Iterator[Group]:
        tables = owner.group
        place.check(bool(tables), "the site has no group; add a [[site.group]] table with name, numbers, destination")
        seen: set[str] = set()
        for index, table in enumerate(tables):
            place[index].at("name").check(table.name not in seen, f'the name "{table.name}" is taken by another group')
            seen.add(table.name)
            self._check_compat(owner, table, place[index])
            yield self._group(site, owner, table, place[index])

    def _group(self, site: SiteId, owner: SiteTable, table: GroupTable, place: Place) -> Group:
        place.at("destination").check(
            bool(table.destination.strip()) and table.destination.isprintable(),
            'expected where calls go, such as "sip:sales@pbx.example.com"',
        )
        fallback = table.fallback_number
        return Group(
            site=site,
            name=GroupName(place.at("name").matching(NAME, table.name, "letters, digits, dots and dashes")),
            numbers=self._numbers(table, f"{site}/{table.name}", place.at("numbers")),
            destination=table.destination,
            code_digits=self._code_digits(table.access_code, place.at("access_code")),
            code_prefix=self._prefix,
            lifetime_s=place.at("lifetime_s").between(table.lifetime_s, 1, 86_400),
            fallback_destination=table.fallback_destination,
            fallback_number=None if fallback is None else _number(fallback, place.at("fallback_number")),
            match_by=_match_by(table, place.at("match_by")),
            countries=place.at("countries").each(table.countries, _COUNTRY, 'an ISO 3166-1 code such as "US"'),
            blocked_numbers=_blocked(table.blocked_numbers, place.at("blocked_numbers")),
            capacity=None if table.capacity is None else place.at("capacity").between(table.capacity, 1, _MOST),
            number_policy=_number_policy(table.number_policy, place.at("number_policy")),
            cool_down_s=place.at("cool_down_s").between(table.cool_down_s, 0, 86_400),
            longest_call_s=place.at("longest_call_s").between(table.longest_call_s, 60, 604_800),
            hours=_hours(table.hours, place.at("hours")),
            limits=_own_limits(table.limits, owner.limits, place.at("limits")),
            language=place.at("language").matching(_LANGUAGE, table.language, 'a language such as "en" or "de-CH"'),
            screen_pop=_screen_pop(table.screen_pop, place.at("screen_pop")),
            compat_names=place.at("compat_names").each(table.compat_names, _COMPAT_NAME, "a name without slashes"),
            consent=_consent(table.consent, place.at("consent")),
            challenge=_challenge(_chosen(table.challenge, owner.challenge, place), place.at("challenge"), self._here),
        )

    def _check_compat(self, site: SiteTable, group: GroupTable, place: Place) -> None:
        """Each name by which older clients call a group must lead to one: they know no sites."""
        for name in (group.name, *group.compat_names) if site.compat else ():
            owner = f"{site.id}/{group.name}"
            taken = self._compat_owner.setdefault(name, owner)
            place.check(taken == owner, f'older clients would call both {taken} and {owner} "{name}"; rename one')

    def _code_digits(self, code: CodeTable | bool, place: Place) -> int | None:
        place.check(code is not True, "expected a table such as { digits = 6 }, or false")
        if not isinstance(code, CodeTable):
            return None
        digits = place.at("digits").between(code.digits, 4, 8)
        taken = self._prefix.digits if self._prefix else 0
        place.at("digits").check(
            digits - taken >= DRAWN_DIGITS,
            f"codes of {digits} digits leave {max(0, digits - taken)} to chance when [server] access_code_prefix takes "
            f"{taken}; at least {DRAWN_DIGITS} are needed: make the codes longer or the prefix shorter",
        )
        return digits

    def _numbers(self, table: GroupTable, owner: str, place: Place) -> tuple[E164, ...]:
        place.check(bool(table.numbers), 'a group needs at least one access number, such as "+18005550100"')
        for index, number in enumerate(table.numbers):
            _number(number, place[index])
            taken = self._number_owner.setdefault(number, owner)
            place[index].check(taken == owner, f"{number} belongs to {taken} already; each number has one group")
        place.check(len(set(table.numbers)) == len(table.numbers), "names the same number twice")
        return tuple(map(E164, table.numbers))


def _number(text: str, place: Place) -> E164:
    return E164(place.matching(_E164, text, 'a number in E.164 form such as "+18005550100"'))


def _match_by(table: GroupTable, place: Place) -> tuple[MatchBy, ...]:
    place.check(bool(table.match_by), 'expected at least one of "caller", "code", "number"')
    for index, way in enumerate(table.match_by):
        place[index].check(way in _MATCH_BY, one_of(_MATCH_BY, way))
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


def _screen_pop(template: str | None, place: Place) -> str | None:
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


def _blocked(patterns: tuple[str, ...], place: Place) -> tuple[str, ...]:
    for index, pattern in enumerate(patterns):
        try:
            compiled(pattern)
        except BlockedPatternError as error:
            raise place[index].error(str(error)) from error
    return patterns


def _own_limits(table: LimitsTable | None, site: Limits, place: Place) -> Limits | None:
    if table is None:
        return None
    own = {name: limit for name, limit in msgspec.structs.asdict(table).items() if limit is not None}
    limits = msgspec.structs.replace(site, **own)
    _check_limits(limits, place)
    return limits


def _check_limits(limits: Limits, place: Place) -> None:
    for name, limit in msgspec.structs.asdict(limits).items():
        place.at(name).between(limit, 1, _MOST)


def _consent(table: ConsentText | None, place: Place) -> ConsentText | None:
    if table is not None:
        place.at("version").check(0 < len(table.version) <= 64, "expected a name of 1 to 64 characters")
        place.at("text").check(0 < len(table.text) <= 2000, "expected a text of 1 to 2000 characters")
        place.at("url").check(table.url is None or _is_web(table.url), "expected an address such as https://…")
    return table


def _chosen(own: ChallengeTable | bool | None, site: ChallengeTable | None, place: Place) -> ChallengeTable | None:
    """A group's own challenge; `false` for none although the site has one."""
    place.at("challenge").check(own is not True, 'expected a table such as { kind = "pow" }, or false')
    if own is None:
        return site
    return own if isinstance(own, ChallengeTable) else None


def _challenge(table: ChallengeTable | None, place: Place, here: bool) -> Challenge | None:
    if table is None:
        return None
    given = msgspec.structs.asdict(table)
    if table.kind == "pow":
        place.at("max_number").between(table.max_number, 100, 10_000_000)
        place.at("lifetime_s").between(table.lifetime_s, 10, 3600)
        return Challenge(**given)
    place.at("kind").check(table.kind == "captcha", one_of(("pow", "captcha"), table.kind))
    _check_secret(table.secret, place.at("secret"), here)
    place.at("verify_url").check(_is_web(table.verify_url or ""), "expected the provider's siteverify address")
    return Challenge(**given)


def _check_secret(secret: str | None, place: Place, here: bool) -> None:
    if not secret:
        raise place.error("expected what the provider knows this server by")
    variable = variable_of(secret)
    # Whoever may apply sites could otherwise have any variable, such as a database's password, sent to any address.
    place.check(
        variable is None or "SECRET" in variable, f"expected a variable with SECRET in its name, got {variable}"
    )
    if here:
        try:
            look_up(secret)
        except UnresolvedError as error:
            raise place.error(str(error)) from error


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _number_policy(text: str, place: Place) -> NumberPolicy:
    for policy in _POLICIES:
        if policy == text:
            return policy
    raise place.error(one_of(_POLICIES, text))


def _hours(table: HoursTable | None, place: Place) -> Hours | None:
    if table is None:
        return None
    try:
        return parse_hours(table.timezone, table.weekly, table.closed, table.special)
    except ValueError as error:
        where, _, why = str(error).partition(": ")
        raise place.at(where).error(why) from error


def _is_origin(text: str) -> bool:
    # An origin never has a path, and browsers send it in lower case: another spelling would never match.
    return is_address(text) and not urlsplit(text).path and text == text.lower()
