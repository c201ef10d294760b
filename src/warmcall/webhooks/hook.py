"""A webhook as it is configured: `[[site.webhook]]`."""

import base64
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal, get_args
from urllib.parse import urlsplit

import httpx
import msgspec

from warmcall.calls.model import EventType, SiteId
from warmcall.calls.outbox import HookId
from warmcall.references import KEPT, UnresolvedError, is_reference, look_up

Network = IPv4Network | IPv6Network
Include = Literal["caller", "fields", "user_data", "page", "notes"]
INCLUDES: tuple[Include, ...] = get_args(Include)
PREFIX = "call_request."
EVENTS = tuple(f"{PREFIX}{kind.value}" for kind in EventType)
SECRET_PREFIX = "whsec_"  # noqa: S105 - it is how every secret begins
SECRET_BYTES = (24, 64)
"""How long a secret is, at least and at most (Standard Webhooks, "Signature scheme")."""

_HOST = re.compile(r"[a-z0-9.:_-]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class WebhookTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `[[site.webhook]]` table, as written.

    Attributes:
        name: Unique in its site.
        url: Where events are sent.
        secrets: What they are signed with, the newest first, or references to that.
        events: Which events, such as `call_request.matched`; all if empty.
        include: Personal data to send along: `caller`, `fields`, `user_data`, `page`, `notes`.
        timeout_s: How long a receiver may take to answer, from the first byte sent to the last one read.
        concurrency: How many events may be on their way at once from one server.
    """

    name: str
    url: str
    secrets: tuple[str, ...]
    events: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    timeout_s: int = 10
    concurrency: int = 4


class WebhooksTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `[webhooks]` table.

    Attributes:
        allow_networks: Private addresses that receivers may have.
    """

    allow_networks: tuple[str, ...] = ()


class Hook(msgspec.Struct, frozen=True):
    """A webhook that was checked.

    Attributes:
        id: `site/name`.
        types: Which events.
        secrets: At least one; all of them sign. As written, references too, where it was not read to be used here.
        include: Which personal data goes along.
        allowed: Networks outside the public internet that its receiver may be in.
    """

    id: HookId
    site: SiteId
    url: str
    secrets: tuple[str, ...]
    types: tuple[EventType, ...]
    include: frozenset[str]
    timeout_s: int
    concurrency: int
    allowed: tuple[Network, ...]


class HookError(ValueError):
    """A webhook that cannot be used.

    Args:
        place: The setting, such as `secrets[0]`.
        why: What is expected there.
    """

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place
        self.why = why


def read_networks(table: WebhooksTable) -> tuple[Network, ...]:
    """The networks of the `[webhooks]` table.

    Raises:
        HookError: if one is none.
    """
    networks: list[Network] = []
    for index, text in enumerate(table.allow_networks):
        try:
            networks.append(ip_network(text))
        except ValueError as error:
            raise HookError(
                f"allow_networks[{index}]", f'expected an address or network such as "10.0.0.0/8", got "{text}"'
            ) from error
    return tuple(networks)


def hook_id(site: SiteId, name: str) -> HookId:
    """What a webhook of a site is called in lists, logs and the store."""
    return HookId(f"{site}/{name}")


def read_hook(site: SiteId, table: WebhookTable, allowed: tuple[Network, ...], *, here: bool = True) -> Hook:
    """Check a webhook.

    Args:
        site: Whose it is.
        table: As written.
        allowed: Networks outside the public internet that its receiver may be in.
        here: Whether this process delivers to it; otherwise neither secrets nor networks need be known here.

    Raises:
        HookError: if it cannot be used.
    """
    if not _NAME.fullmatch(table.name):
        raise HookError("name", f'expected letters, digits, dots and dashes, got "{table.name}"')
    _check_url(table.url, bool(allowed) or not here)
    if not 1 <= table.timeout_s <= 60:
        raise HookError("timeout_s", f"expected an integer from 1 to 60, got {table.timeout_s}")
    if not 1 <= table.concurrency <= 64:
        raise HookError("concurrency", f"expected an integer from 1 to 64, got {table.concurrency}")
    return Hook(
        id=hook_id(site, table.name),
        site=site,
        url=table.url,
        secrets=_secrets(table.secrets, here),
        types=_types(table.events),
        include=_include(table.include),
        timeout_s=table.timeout_s,
        concurrency=table.concurrency,
        allowed=allowed,
    )


def _check_url(url: str, private: bool) -> None:
    try:
        parts = urlsplit(url)
        # What connects reads it with other eyes; both must find the same host.
        usable = (
            _HOST.fullmatch(parts.hostname or "")
            and httpx.URL(url).raw_host.decode() == parts.hostname
            and parts.port != 0
        )
    except (ValueError, httpx.InvalidURL):
        usable = False
    if not usable or parts.scheme not in ("https", "http") or parts.username or parts.fragment or not url.isascii():
        raise HookError("url", f'expected an address such as "https://crm.example.com/warmcall", got "{url}"')
    if parts.scheme == "http" and not private:
        raise HookError("url", "expected https; http is possible only to [webhooks] allow_networks")


def _secrets(written: tuple[str, ...], here: bool) -> tuple[str, ...]:
    if not 1 <= len(written) <= 5:
        raise HookError("secrets", "expected one secret, or the new and the old one; `warmcall webhooks new-secret`")
    return tuple(_secret(text, f"secrets[{index}]", here) for index, text in enumerate(written))


def _secret(text: str, place: str, here: bool) -> str:
    if not here and (is_reference(text) or text.startswith(KEPT)):
        return text
    try:
        text = look_up(text)
    except UnresolvedError as error:
        raise HookError(place, str(error)) from error
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(SECRET_PREFIX) or not SECRET_BYTES[0] <= len(key) <= SECRET_BYTES[1]:
        raise HookError(place, "expected a secret as `warmcall webhooks new-secret` makes one: whsec_ and base64")
    return text


def _types(events: tuple[str, ...]) -> tuple[EventType, ...]:
    for index, name in enumerate(events):
        if name not in EVENTS:
            raise HookError(f"events[{index}]", f'expected one of {", ".join(EVENTS)}, got "{name}"')
    return tuple(EventType(name.removeprefix(PREFIX)) for name in dict.fromkeys(events or EVENTS))


def _include(written: tuple[str, ...]) -> frozenset[str]:
    for index, name in enumerate(written):
        if name not in INCLUDES:
            raise HookError(f"include[{index}]", f'expected one of {", ".join(INCLUDES)}, got "{name}"')
    return frozenset(written)
