"""What `warmcall doctor` looks at beside the phone systems: webhooks, challenges and extensions."""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from warmcall.calls.model import SiteId
from warmcall.errors import WarmcallError
from warmcall.extensions.loading import installed_extensions, named_extension, under_names
from warmcall.references import UnresolvedError, look_up
from warmcall.settings import Settings
from warmcall.store.choice import open_store
from warmcall.telephony.findings import Finding, failed, ok, warning
from warmcall.webhooks import receiver
from warmcall.webhooks.hook import Hook, HookError, read_hook
from warmcall.webhooks.receiver import ForbiddenAddressError
from warmcall.webhooks.trust import CertificatesUnreadableError, trusted


async def examine_webhooks(loaded: Settings, database_url: str | None, data_dir: Path) -> AsyncIterator[Finding]:
    """Look at each webhook: its address, its secrets, and what waits for it. Nothing is sent."""
    if not any(site.webhook for site in loaded.sites):
        yield ok("webhooks", "none are configured")
    elif (untrusted := _untrusted()) is not None:
        yield untrusted
    for finding in _unusable(loaded):
        yield finding
    for hook in loaded.webhooks:
        yield await _receiver(hook)
        if len(hook.secrets) > 1:
            yield warning(
                hook.id,
                f"{len(hook.secrets)} secrets sign",
                "Take the old one out once the receiver has the new one.",
            )
    url = database_url or loaded.store_url
    if loaded.webhooks and (url is not None or (data_dir / "warmcall.sqlite3").exists()):
        async for finding in _waiting(loaded.webhooks, url, data_dir):
            yield finding


def _unusable(loaded: Settings) -> Iterator[Finding]:
    """Those that the store keeps and this machine cannot use."""
    for site in loaded.sites:
        for table in site.webhook:
            try:
                read_hook(SiteId(site.id), table, loaded.networks)
            except HookError as error:
                yield failed(f"{site.id}/{table.name}", str(error), "Until then this server does not deliver to it.")


def examine_challenges(loaded: Settings) -> Iterator[Finding]:
    """Look whether the secrets for CAPTCHA providers are there. Nobody is asked."""
    groups = [group for site in loaded.directory.sites.values() for group in site.groups]
    for group in groups:
        if group.challenge is None:
            continue
        name = f"{group.site}/{group.name}"
        try:
            look_up(group.challenge.secret or "")
        except UnresolvedError as error:
            yield failed(name, str(error), "Until then its visitors are shown the fallback number.")
        else:
            yield ok(name, f"visitors prove themselves by {group.challenge.kind}")
    if not any(group.challenge for group in groups):
        yield ok("challenges", "none are configured")


def _untrusted() -> Finding | None:
    try:
        trusted()
    except CertificatesUnreadableError as error:
        return failed("certificates", error.message, "The server does not start before.")
    return None


async def _receiver(hook: Hook) -> Finding:
    try:
        await receiver.find(hook.url, hook.allowed)
    except ForbiddenAddressError as error:
        return failed(hook.id, str(error), "Give a public https address, or allow the network it is in.")
    except OSError as error:
        return failed(
            hook.id, f"its host has no address: {error.strerror or error}", "Correct url, or the name server."
        )
    return ok(hook.id, f"may be sent to {hook.url}; try it: warmcall webhooks test {hook.id}")


async def _waiting(hooks: Sequence[Hook], url: str | None, data_dir: Path) -> AsyncIterator[Finding]:
    try:
        store = await open_store(url, data_dir, serving=False)
    except WarmcallError:
        # The area "store" says so already.
        return
    try:
        for hook in hooks:
            backlog = await store.outbox.backlog(hook.id)
            if backlog.dead:
                remedy = f"Look at them: warmcall webhooks list --dead; then: warmcall webhooks replay --hook {hook.id}"
                yield warning(hook.id, f"{backlog.dead} event(s) were given up", remedy)
    finally:
        await store.aclose()


def examine_extensions(loaded: Settings, names: Sequence[str]) -> Iterator[Finding]:
    """Load the extensions, without letting them register."""
    found = []
    try:
        found += installed_extensions()
    except WarmcallError as error:
        yield failed("installed", error.message, "Mend or uninstall its package.")
    for name in names:
        try:
            found.append(named_extension(name))
        except WarmcallError as error:
            yield failed(name, error.message, "Correct --extension, or the module.")
    named = [extension.name for extension in under_names(found)]
    yield ok("extensions", f"loaded: {', '.join(named)}" if named else "none are installed or named")
    for name in sorted(loaded.extensions.keys() - set(named)):
        yield warning(
            f"extensions.{name}", "has settings, but is not loaded", "Name it with --extension, or install it."
        )
