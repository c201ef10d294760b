"""The plugin Groups: what a page needs to know of a group before a visitor asks for a number."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.calls.clock import Clock
from warmcall.calls.directory import Directory, Group
from warmcall.calls.draft import convert
from warmcall.calls.gates import ConsentText
from warmcall.calls.hours import Opening


class GroupInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A group as the panel sees it.

    Attributes:
        open: Whether numbers are given out now.
        changes_at: When that changes next (RFC 3339, UTC); `None`: not within a year, or open at all hours.
        access_code: Whether callers key in a code.
        fallback_number: What to show when nothing else can be.
        challenge: What a visitor must solve first; `None`: nothing.
        consent: What a visitor is asked to agree to; `None`: nothing.
    """

    site: str
    group: str
    open: bool
    changes_at: str | None
    access_code: bool
    lifetime_s: int
    countries: tuple[str, ...]
    fallback_number: str | None
    challenge: Literal["pow", "captcha"] | None = None
    consent: ConsentText | None = None


class _Named(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    site: str
    group: str


class GroupsPlugin:
    """Registers the plugin `Groups` with the command `find` {site, group} → GroupInfo.

    Args:
        bus: Where to register.
        directory: The sites and groups.
        clock: Tells the time.
    """

    def __init__(self, bus: Bus, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        plugin = bus.plugin("Groups")
        plugin.register_command("find", self._find)
        plugin.ready()
        plugin.republish("ready")

    def _find(self, e: CommandEvent) -> GroupInfo:
        named = convert(e.data, _Named)
        return group_info(self._directory.group(named.site, named.group), self._clock.now_ms())


def group_info(group: Group, now_ms: int) -> GroupInfo:
    """Describe a group at a moment."""
    now = opening(group, now_ms)
    return GroupInfo(
        site=group.site,
        group=group.name,
        open=now.is_open,
        changes_at=now.changes_at.isoformat().replace("+00:00", "Z") if now.changes_at else None,
        access_code=group.code_digits is not None,
        lifetime_s=group.lifetime_s,
        countries=group.countries,
        fallback_number=group.fallback_number,
        challenge=group.challenge.kind if group.challenge else None,
        consent=group.consent,
    )


def opening(group: Group, now_ms: int) -> Opening:
    """Whether a group takes calls at a moment."""
    if group.hours is None:
        return Opening(True, None)
    return group.hours.at(datetime.fromtimestamp(now_ms / 1000, UTC))
