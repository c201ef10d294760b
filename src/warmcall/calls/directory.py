"""Sites and their groups, as configured, with the look-ups every request needs."""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from warmcall.calls.codes import CodePrefix
from warmcall.calls.errors import AccessNumberUnknownError, GroupUnknownError, SiteUnknownError
from warmcall.calls.gates import Challenge, ConsentText
from warmcall.calls.hours import Hours
from warmcall.calls.model import E164, GroupName, SiteId

MatchBy = Literal["caller", "code", "number"]
NumberPolicy = Literal["shared", "exclusive", "prefer_exclusive"]
LONGEST_CALL_S = 12 * 3600
"""After that a call of a group that says nothing else is taken for ended, if nothing more was heard of it."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many call requests and wrong codes are accepted.

    Attributes:
        per_address_per_min: Requests from one network address in a minute.
        per_caller_per_hour: Requests for one caller number in an hour.
        wrong_codes_per_caller_per_hour: Wrong codes from one caller number; after that codes are not listened to.
        wrong_codes_per_number_per_hour: The same over all callers of an access number, as caller numbers can be forged.
    """

    per_address_per_min: int = 120
    per_caller_per_hour: int = 20
    wrong_codes_per_caller_per_hour: int = 10
    wrong_codes_per_number_per_hour: int = 300


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What a call is for.

    Attributes:
        numbers: The pool of access numbers.
        code_digits: Length of access codes, 4 to 8; `None` when the group gives none.
        code_prefix: What access codes begin with on this server; `None`: anything.
        lifetime_s: How long a number waits for its call.
        destination: Where a matched call goes: SIP URI, extension or queue, or E.164 number.
        fallback_destination: Where a call goes that matches nothing; `None`: to `destination`, without context.
        fallback_number: What the panel shows when nothing else can be.
        match_by: What identifies a request, in the order it is tried.
        countries: ISO 3166-1 codes that visitors' numbers may come from; empty: all.
        blocked_numbers: Patterns of numbers that visitors may not call from; see `blocking`.
        capacity: How many requests may be live at once; `None`: no limit.
        number_policy: `exclusive`: one live request per number.
        cool_down_s: How long number and code rest before they are given out again.
        longest_call_s: After how long a call of which nothing more was heard is taken for ended.
        limits: The group's own, counted for it alone; `None`: the site's, counted over all groups that have none.
        language: In which callers are spoken to before it is known who calls.
        screen_pop: Address of the agent's CRM with places for what the call is about; see `screenpop`.
        compat_names: What clients with older protocols call the group, besides its name.
        consent: What visitors agree to; `None`: nothing.
        challenge: What tells visitors from machines; `None`: nothing.
    """

    site: SiteId
    name: GroupName
    numbers: tuple[E164, ...]
    destination: str
    code_digits: int | None = 6
    code_prefix: CodePrefix | None = None
    lifetime_s: int = 600
    fallback_destination: str | None = None
    fallback_number: E164 | None = None
    match_by: tuple[MatchBy, ...] = ("caller", "code")
    countries: tuple[str, ...] = ()
    blocked_numbers: tuple[str, ...] = ()
    capacity: int | None = None
    number_policy: NumberPolicy = "shared"
    cool_down_s: int = 60
    longest_call_s: int = LONGEST_CALL_S
    hours: Hours | None = None
    limits: Limits | None = None
    language: str = "en"
    screen_pop: str | None = None
    compat_names: tuple[str, ...] = ()
    consent: ConsentText | None = None
    challenge: Challenge | None = None

    @property
    def asks_for_code(self) -> bool:
        """Whether a caller can be identified by keying in a code."""
        return self.code_digits is not None and "code" in self.match_by


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One owner's website or websites.

    Attributes:
        compat: Whether clients with older protocols are served.
        compat_key: What they must send as their key; `None`: whatever they like.
    """

    id: SiteId
    origins: frozenset[str]
    groups: tuple[Group, ...]
    limits: Limits = Limits()
    retention_days: int = 30
    compat: bool = False
    compat_key: str | None = None


class Directory:
    """Finds sites and groups. Everybody holds the same one, so `replace` reaches all.

    Args:
        sites: All sites; every access number belongs to one group only.
    """

    def __init__(self, sites: Iterable[Site]) -> None:
        self._listeners: list[Callable[[], None]] = []
        self.replace(sites)

    def replace(self, sites: Iterable[Site]) -> None:
        """Put other sites in the place of all there are."""
        self.sites = {site.id: site for site in sites}
        self._groups = {(group.site, group.name): group for site in self.sites.values() for group in site.groups}
        self._limits = {key: self._limits_of(group) for key, group in self._groups.items()}
        self._by_number = {number: group for group in self._groups.values() for number in group.numbers}
        for listener in self._listeners:
            listener()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` now and whenever the sites were replaced: for look-ups that are made from them."""
        self._listeners.append(listener)
        listener()

    def site(self, site_id: str) -> Site:
        """The site with this id.

        Raises:
            SiteUnknownError: if there is none.
        """
        site = self.sites.get(SiteId(site_id))
        if site is None:
            raise SiteUnknownError(site_id)
        return site

    def group(self, site_id: str, name: str) -> Group:
        """The group of a site.

        Raises:
            SiteUnknownError: if there is no such site.
            GroupUnknownError: if the site has no such group.
        """
        group = self._groups.get((SiteId(site_id), GroupName(name)))
        if group is None:
            raise GroupUnknownError(self.site(site_id).id, name)
        return group

    def limits(self, group: Group) -> tuple[Limits, str]:
        """The limits that hold for a group, and under which name its requests are counted."""
        # A group may be taken away while one of its requests is being answered.
        return self._limits.get((group.site, group.name)) or self._limits_of(group)

    def _limits_of(self, group: Group) -> tuple[Limits, str]:
        if group.limits is None:
            return self.site(group.site).limits, group.site
        return group.limits, f"{group.site}/{group.name}"

    def knows(self, number: E164) -> bool:
        """Whether this is an access number of a group."""
        return number in self._by_number

    def by_number(self, number: E164) -> Group:
        """The group an access number belongs to.

        Raises:
            AccessNumberUnknownError: if it belongs to none.
        """
        group = self._by_number.get(number)
        if group is None:
            raise AccessNumberUnknownError(number)
        return group
