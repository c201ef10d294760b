"""What `warmcall doctor` looks at: configuration, store, numbers, address, page, prompts, traces, each connector."""

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import phonenumbers

from warmcall import configuring, settings
from warmcall.calls.directory import Group
from warmcall.errors import WarmcallError
from warmcall.examining import examine_challenges, examine_extensions, examine_webhooks
from warmcall.settings import Settings
from warmcall.store.choice import open_store
from warmcall.telephony import registry
from warmcall.telephony.connectors import PATH, ConnectorTable
from warmcall.telephony.destinations import DestinationError, read_destination
from warmcall.telephony.findings import Finding, Level, failed, not_checked, ok, secure, warning
from warmcall.telephony.prompts import Prompts
from warmcall.tracing import TracingMissingError, collector, require
from warmcall.webhooks.trust import CertificatesUnreadableError, trusted

_REACH_S = 5.0
_DATABASE_FILE = "warmcall.sqlite3"
# Set aside for stories and examples: calls to it never arrive anywhere.
_EXAMPLE = "55501"


class Area(msgspec.Struct, frozen=True):
    """One thing that was looked at, with all that was found."""

    name: str
    findings: list[Finding]


async def examine(
    config: Path, data_dir: Path, database_url: str | None = None, extensions: Sequence[str] = ()
) -> list[Area]:
    """Look at everything; nothing is changed, and nothing but this machine and its own public address is asked.

    Args:
        config: The configuration file.
        data_dir: The directory of the embedded database.
        database_url: The shared database; `None`: as the configuration says.
        extensions: Those that `serve` is told to load, as `module:function`.
    """
    try:
        loaded = await _loaded(config, data_dir, database_url)
    except WarmcallError as error:
        fault = failed("file", error.message, "Correct it; docs/configuration.md lists every setting.")
        return [Area("configuration", [fault])]
    groups = [group for site in loaded.directory.sites.values() for group in site.groups]
    sites = len(loaded.directory.sites)
    return [
        Area("configuration", [ok("file", f"{config}: {sites} site(s), {len(groups)} group(s)")]),
        Area("store", [await _store(database_url or loaded.store_url, data_dir)]),
        Area("numbers", [finding for group in groups for finding in _numbers(group)]),
        Area("address", [finding async for finding in _address(loaded)]),
        Area("page script", [_script()]),
        Area("prompts", list(_prompts(loaded, groups))),
        Area("webhooks", [finding async for finding in examine_webhooks(loaded, database_url, data_dir)]),
        Area("challenges", list(examine_challenges(loaded))),
        Area("extensions", list(examine_extensions(loaded, extensions))),
        *([Area("tracing", [_tracing()])] if loaded.server.tracing else []),
        *(Area(f"telephony.{table.name}", _connector(table, loaded)) for table in loaded.telephony.values()),
    ]


def healthy(areas: list[Area]) -> bool:
    """Whether nothing failed."""
    return all(finding.level is not Level.FAILED for area in areas for finding in area.findings)


def as_json(areas: list[Area]) -> bytes:
    """Everything for programs."""
    body: dict[str, Any] = {"healthy": healthy(areas), "areas": areas}
    return msgspec.json.format(msgspec.json.encode(body), indent=2)


def as_text(areas: list[Area]) -> Iterator[str]:
    """Everything for people, line by line."""
    for area in areas:
        yield area.name
        for finding in area.findings:
            yield f"  {finding.level.value:<12} {finding.what}: {finding.says}"
            if finding.remedy:
                yield f"  {'':<12} -> {finding.remedy}"
    levels = [finding.level for area in areas for finding in area.findings]
    yield f"{levels.count(Level.FAILED)} failed, {levels.count(Level.WARNING)} warning(s), {levels.count(Level.OK)} ok"


async def _loaded(config: Path, data_dir: Path, database_url: str | None) -> Settings:
    """The configuration, with the sites that the store keeps if the file has none."""
    loaded = settings.load(config, needs_sites=False)
    url = database_url or loaded.store_url
    if loaded.sites or (url is None and not (data_dir / _DATABASE_FILE).exists()):
        return loaded if loaded.sites else settings.load(config)
    store = await open_store(url, data_dir, serving=False)
    try:
        return await configuring.begin(loaded, store)
    finally:
        await store.aclose()


async def _store(url: str | None, data_dir: Path) -> Finding:
    if url is None and not (data_dir / _DATABASE_FILE).exists():
        return _no_store_yet(data_dir)
    try:
        store = await open_store(url, data_dir, serving=False)
        try:
            await store.ping()
        finally:
            await store.aclose()
    except WarmcallError as error:
        remedy = f"Make sure that this user may read and write {data_dir}." if url is None else "Check [store] url."
        return failed("database", error.message, remedy)
    return ok("database", f"{data_dir if url is None else 'PostgreSQL'} answers")


def _no_store_yet(data_dir: Path) -> Finding:
    nearest = next(path for path in (data_dir, *data_dir.absolute().parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return ok("database", f"{data_dir} has none yet; it is made at the first start")
    return failed("database", f"{nearest} cannot be written to", "Let this user write there, or name another --data.")


def _numbers(group: Group) -> Iterator[Finding]:
    name = f"{group.site}/{group.name}"
    wrong = [number for number in group.numbers if not phonenumbers.is_possible_number(phonenumbers.parse(number))]
    examples = [number for number in group.numbers if number.startswith("+1") and number[5:10] == _EXAMPLE]
    if wrong:
        yield failed(name, f"no phone numbers: {', '.join(wrong)}", "Write them in E.164, as your provider lists them.")
    elif examples:
        yield warning(
            name, f"set aside for examples: {', '.join(examples)}", "Put numbers there that reach your phone system."
        )
    else:
        yield ok(name, f"{len(group.numbers)} access number(s)")
    for text in filter(None, (group.destination, group.fallback_destination)):
        try:
            read_destination(text)
        except DestinationError as error:
            yield warning(name, error.message, "Fine if only your own IVR reads it over HTTP; else correct it.")
    if group.fallback_number is None:
        yield warning(
            name, "has no fallback_number", "Set one: it is what a page shows when there is no access number."
        )


async def _address(loaded: Settings) -> AsyncIterator[Finding]:
    url = loaded.server.public_url
    if url is None:
        yield warning(
            "public_url", "is not set", "Set server.public_url to the https address where pages and providers reach it."
        )
        return
    yield secure("public_url", url)
    if url.startswith("https:") and not loaded.server.trusted_proxies:
        yield warning(
            "trusted_proxies",
            "are none, though https is the business of a proxy in front",
            'Name it, such as ["127.0.0.1"]: all visitors share its address and the limits of that otherwise.',
        )
    yield await _reach(url)


async def _reach(url: str) -> Finding:
    import httpx

    try:
        async with httpx.AsyncClient(timeout=_REACH_S, verify=trusted()) as client:
            answer = await client.get(f"{url}/healthz")
    except CertificatesUnreadableError as error:
        return failed("certificates", error.message, "Correct it, or leave it out to trust the public authorities.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return warning(
            "reachable",
            f"{url} does not answer from this machine: {error or type(error).__name__}",
            "Start the server, and point name, certificate and proxy at it. Some networks cannot reach themselves.",
        )
    if answer.status_code == 200 and answer.content == b'{"status":"ok"}':
        return ok("reachable", f"Warmcall answers at {url}")
    return warning(
        "reachable",
        f"{url}/healthz answered {answer.status_code}, and not as Warmcall does",
        "Let the proxy pass requests through to Warmcall; a path in public_url must be passed on without it.",
    )


def _script() -> Finding:
    from warmcall.web.assets import Assets

    script = Assets().find("warmcall.js")
    if script is None:
        return failed("warmcall.js", "is not there", "Install a release, or build it: scripts/build-widget.")
    return ok("warmcall.js", f"{len(script.best('br')[1])} bytes to load")


def _tracing() -> Finding:
    try:
        require()
    except TracingMissingError as error:
        return failed("extra", error.message, "The server does not start before.")
    return ok("collector", f"spans go to {collector()}; this is not tried")


def _prompts(loaded: Settings, groups: list[Group]) -> Iterator[Finding]:
    prompts = Prompts(loaded.prompts_folder)
    yield ok("texts", f"in {', '.join(prompts.languages)}; {len(prompts.audio)} recording(s) of your own")
    for group in groups:
        language = group.language.lower()
        if language not in prompts.languages and language.partition("-")[0] not in prompts.languages:
            yield warning(
                f"{group.site}/{group.name}",
                f"there are no texts in {group.language}, so callers hear English",
                f"Write {language}.toml into prompts.folder; docs/prompts.md says how.",
            )


def _connector(table: ConnectorTable, loaded: Settings) -> list[Finding]:
    base_url = f"{loaded.server.public_url or f'http://127.0.0.1:{loaded.server.port}'}{PATH}/{table.name}"
    try:
        return registry.check(table.name, table.kind, table.settings, base_url)
    except WarmcallError as error:
        return [failed("check", error.message, "Correct the table; its howto in docs/howto lists the settings.")]
    except Exception as error:
        return [
            not_checked("check", f"its own check failed: {type(error).__name__}: {error}", "Report this as a fault.")
        ]
