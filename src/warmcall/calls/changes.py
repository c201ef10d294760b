"""What differs between two configurations, and which waiting call requests a change would strand."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from warmcall.calls.concealment import concealed
from warmcall.calls.directory import Directory, Group
from warmcall.calls.errors import AccessNumberUnknownError
from warmcall.calls.model import E164, Json

_PARTS = ("group", "webhook")


class Change(msgspec.Struct, frozen=True, rename="camel"):
    """One setting that is another.

    Attributes:
        owner: `site demo`, `group demo/sales` or `webhook demo/crm`.
        setting: Such as `hours.weekly.mon-fri`.
        before: `None`: it was not set.
        after: `None`: it is not set any more.
    """

    owner: str
    setting: str
    before: Any
    after: Any


class Stranded(msgspec.Struct, frozen=True, rename="camel"):
    """Waiting call requests whose calls would not find them any more.

    Attributes:
        number: The access number they wait on.
        waiting: How many.
        why: What stands in the way.
    """

    number: E164
    waiting: int
    why: str


def differences(before: Json, after: Json) -> list[Change]:
    """The settings in which two documents differ, in the order of the later one, what is gone last.

    Secrets are compared, and concealed in what is told.
    """
    old, new = dict(_settings(before)), dict(_settings(after))
    shown_old, shown_new = dict(_settings(concealed(before))), dict(_settings(concealed(after)))
    places = [*new, *(place for place in old if place not in new)]
    differing = [place for place in places if old.get(place) != new.get(place)]
    return [Change(*place, shown_old.get(place), shown_new.get(place)) for place in differing]


def stranded(before: Directory, after: Directory, waiting: Callable[[E164], int]) -> list[Stranded]:
    """What a change of the directory would do to those who were given a number and have not called yet."""
    groups = [group for site in before.sites.values() for group in site.groups]
    found = ((number, waiting(number), _why(group, number, after)) for group in groups for number in group.numbers)
    return [Stranded(number, count, why) for number, count, why in found if count and why]


def _settings(document: Json) -> Iterator[tuple[tuple[str, str], Any]]:
    for site in document.get("site", ()):
        own = {name: value for name, value in site.items() if name not in _PARTS}
        yield from _flat(f"site {site['id']}", own)
        for part in _PARTS:
            for table in site.get(part, ()):
                yield from _flat(f"{part} {site['id']}/{table['name']}", table)


def _flat(owner: str, table: Json, place: str = "") -> Iterator[tuple[tuple[str, str], Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from _flat(owner, value, f"{place}{name}.")
        else:
            yield (owner, place + name), value


def _why(group: Group, number: E164, after: Directory) -> str:
    try:
        owner = after.by_number(number)
    except AccessNumberUnknownError:
        return "the number would belong to no group"
    if (owner.site, owner.name) != (group.site, group.name):
        return f"the number would belong to {owner.site}/{owner.name}"
    lost = _ways(group) - _ways(owner)
    return f"calls would not be recognised by {' and '.join(sorted(lost))} any more" if lost else ""


def _ways(group: Group) -> set[str]:
    return {way for way in group.match_by if way != "code" or group.asks_for_code}
