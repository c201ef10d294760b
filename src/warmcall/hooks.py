"""Webhooks: from the tables of a configuration to checked values."""

import logging
from collections.abc import Iterator, Sequence

from warmcall.calls.model import SiteId
from warmcall.calls.outbox import HookId
from warmcall.places import Place
from warmcall.tables import SiteTable
from warmcall.webhooks.hook import Hook, HookError, Network, hook_id, read_hook

log = logging.getLogger("warmcall.webhooks")


def read_hooks(
    sites: Sequence[SiteTable], place: Place, allowed: tuple[Network, ...], *, here: bool = True
) -> Iterator[Hook]:
    """Check the webhooks of sites.

    Args:
        sites: As written.
        place: Where they are.
        allowed: Networks outside the public internet that receivers may be in.
        here: Whether this process delivers to them; otherwise it need not have their secrets.

    Raises:
        SettingsError: if one cannot be used.
    """
    for index, site in enumerate(sites):
        seen: set[str] = set()
        for number, table in enumerate(site.webhook):
            spot = place[index].at("webhook")[number]
            spot.at("name").check(table.name not in seen, f'the name "{table.name}" is taken')
            seen.add(table.name)
            try:
                yield read_hook(SiteId(site.id), table, allowed, here=here)
            except HookError as error:
                raise spot.at(error.place).error(error.why) from error


def named_hooks(sites: Sequence[SiteTable]) -> list[HookId]:
    """The webhooks of sites, whether they can be used on this machine or not."""
    return [hook_id(SiteId(site.id), table.name) for site in sites for table in site.webhook]


def usable_hooks(sites: Sequence[SiteTable], allowed: tuple[Network, ...]) -> Iterator[Hook]:
    """The webhooks that can be used on this machine; a line in the log for each of the others."""
    for site in sites:
        for table in site.webhook:
            try:
                yield read_hook(SiteId(site.id), table, allowed)
            except HookError as error:
                # Other servers may have what is missing here, and visitors must not wait for it.
                log.error("webhook cannot be used", extra={"hook": f"{site.id}/{table.name}", "reason": str(error)})
