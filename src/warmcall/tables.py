"""The tables of the configuration file, as they are written. `settings.py` checks them."""

from datetime import date
from typing import Any

import msgspec

from warmcall.calls.directory import LONGEST_CALL_S, Limits
from warmcall.calls.gates import ConsentText
from warmcall.webhooks.hook import WebhooksTable, WebhookTable


class ServerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `[server]` table.

    Attributes:
        public_url: Where pages and phone systems reach the server; `None`: the address it listens on.
        host: Address to listen on; the command line wins.
        port: TCP port to listen on; the command line wins.
        trusted_proxies: Addresses or networks whose `X-Forwarded-For` is believed.
        access_code_prefix: What the access codes of this server begin with: digits, or a range such as `7-9`.
        log_level: `debug` also logs each request.
        log_json: One JSON object a line, for log collectors.
        tracing: Whether traces go to OpenTelemetry; needs the extra `otel`.
        metrics_allow: Addresses or networks that may read `/metrics` without a key.
        extension_budget_s: How long a before function of an extension may take.
    """

    public_url: str | None = None
    host: str | None = None
    port: int | None = None
    trusted_proxies: tuple[str, ...] = ()
    access_code_prefix: str | None = None
    log_level: str = "info"
    log_json: bool = False
    tracing: bool = False
    metrics_allow: tuple[str, ...] = ()
    extension_budget_s: float = 2.0


class StoreTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `[store]` table.

    Attributes:
        url: `postgresql://…` of a database that several servers may share; `None`: SQLite in the data directory.
    """

    url: str | None = None


class PromptTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `[prompts]` table.

    Attributes:
        folder: The owner's own texts and recordings, relative to the configuration file.
    """

    folder: str | None = None


class CodeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`access_code`."""

    digits: int = 6


class HoursTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`hours`, as written; `calls.hours.Hours` is what becomes of it."""

    timezone: str
    weekly: dict[str, tuple[str, ...]]
    closed: tuple[date, ...] = ()
    special: dict[str, tuple[str, ...]] = {}


class LimitsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group's own `limits`; `None`: as the site has it."""

    per_address_per_min: int | None = None
    per_caller_per_hour: int | None = None
    wrong_codes_per_caller_per_hour: int | None = None
    wrong_codes_per_number_per_hour: int | None = None


class ChallengeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`challenge`, as written; `calls.gates.Challenge` is what becomes of it."""

    kind: str
    max_number: int = 50_000
    lifetime_s: int = 300
    site_key: str | None = None
    secret: str | None = None
    verify_url: str | None = None


class GroupTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `[[site.group]]` table, as written; `calls.directory.Group` is what becomes of it."""

    name: str
    numbers: tuple[str, ...]
    destination: str
    access_code: CodeTable | bool = CodeTable()
    lifetime_s: int = 600
    fallback_number: str | None = None
    fallback_destination: str | None = None
    match_by: tuple[str, ...] = ("caller", "code")
    countries: tuple[str, ...] = ()
    blocked_numbers: tuple[str, ...] = ()
    capacity: int | None = None
    number_policy: str = "shared"
    cool_down_s: int = 60
    longest_call_s: int = LONGEST_CALL_S
    hours: HoursTable | None = None
    limits: LimitsTable | None = None
    language: str = "en"
    screen_pop: str | None = None
    compat_names: tuple[str, ...] = ()
    consent: ConsentText | None = None
    challenge: ChallengeTable | bool | None = None


class SiteTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `[[site]]` table, as written; `calls.directory.Site` is what becomes of it."""

    id: str
    origins: tuple[str, ...] = ()
    compat: bool = False
    compat_key: str | None = None
    retention_days: int = 30
    limits: Limits = Limits()
    challenge: ChallengeTable | None = None
    group: tuple[GroupTable, ...] = ()
    webhook: tuple[WebhookTable, ...] = ()


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    server: ServerSettings = ServerSettings()
    site: tuple[SiteTable, ...] = ()
    telephony: dict[str, dict[str, Any]] = {}
    prompts: PromptTable = PromptTable()
    store: StoreTable = StoreTable()
    webhooks: WebhooksTable = WebhooksTable()
    extensions: dict[str, dict[str, Any]] = {}
