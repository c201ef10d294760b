"""The commands `warmcall webhooks …`."""

import asyncio
import base64
import ssl
import sys
from pathlib import Path
from secrets import token_bytes, token_hex

import click
import msgspec

from warmcall import settings
from warmcall.calls.audit import COMMAND_LINE, record
from warmcall.calls.clock import SystemClock, rfc3339
from warmcall.calls.outbox import DeliveryState, DeliveryView, HookId
from warmcall.calls.port import Store
from warmcall.commands.options import CONFIG, DATA, DATABASE, give_up
from warmcall.commands.stores import with_store
from warmcall.errors import WarmcallError
from warmcall.webhooks.hook import SECRET_PREFIX, Hook
from warmcall.webhooks.message import test_message
from warmcall.webhooks.sender import Outcome, Sender
from warmcall.webhooks.trust import trusted


@click.group()
def webhooks() -> None:
    """List, replay and test webhooks, and make secrets for them."""


@webhooks.command("new-secret")
def new_secret() -> None:
    """Make a secret. Put it before the old one into `secrets`; take the old one out once the receiver has the new."""
    click.echo(f"{SECRET_PREFIX}{base64.b64encode(token_bytes(32)).decode()}")


@webhooks.command("list")
@click.option("--dead", is_flag=True, help="Only those that were given up.")
@click.option("--hook", help="Only those of one webhook, such as shop/crm.")
@click.option("--limit", default=50, type=click.IntRange(1, 1000), help="How many; 50 unless told.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs.")
@DATA
@DATABASE
def list_deliveries(
    dead: bool, hook: str | None, limit: int, as_json: bool, data_dir: Path, database_url: str | None
) -> None:
    """List deliveries, newest first. Works while the server runs."""
    state = DeliveryState.DEAD if dead else None
    found = with_store(
        data_dir, database_url, lambda store: store.outbox.deliveries(state, _hook_id(hook), None, limit)
    )
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for delivery in found:
        click.echo(_line(delivery))
    if not found:
        click.echo("There are none.", err=True)


@webhooks.command()
@click.option("--id", "delivery_id", type=int, help="One delivery, dead or delivered.")
@click.option("--hook", help="All dead ones of one webhook, such as shop/crm.")
@click.option("--all", "everything", is_flag=True, help="All dead ones.")
@DATA
@DATABASE
def replay(
    delivery_id: int | None, hook: str | None, everything: bool, data_dir: Path, database_url: str | None
) -> None:
    """Try deliveries again. A running server begins within seconds."""
    if sum((delivery_id is not None, hook is not None, everything)) != 1:
        give_up("Say what to replay: --id NUMBER, --hook SITE/NAME or --all.")
    now_ms = SystemClock().now_ms()

    async def work(store: Store) -> int:
        replayed = await store.outbox.replay(now_ms, delivery_id=delivery_id, hook=_hook_id(hook))
        subject = f"webhook {hook}" if hook else f"delivery {delivery_id}" if delivery_id else "all webhooks"
        await record(store.audit, COMMAND_LINE, "webhooks.replay", subject, {"replayed": replayed})
        return replayed

    click.echo(f"{with_store(data_dir, database_url, work)} replayed")


@webhooks.command("test")
@click.argument("hook")
@CONFIG
def test_hook(hook: str, config_file: Path) -> None:
    """Send a test message to a webhook, such as shop/crm, from this machine. Ends with 1 if it was not taken."""
    try:
        loaded = settings.load(config_file)
    except WarmcallError as error:
        give_up(str(error))
    found = next((known for known in loaded.webhooks if known.id == hook), None)
    if found is None:
        names = ", ".join(known.id for known in loaded.webhooks) or "none"
        give_up(f"There is no webhook {hook!r} in {config_file}; there are: {names}.")
    try:
        tls = trusted()
    except WarmcallError as error:
        give_up(str(error))
    outcome = asyncio.run(_test(found, tls))
    click.echo(f"{hook} took it." if outcome.error is None else f"{hook} did not take it: {outcome.error}")
    sys.exit(0 if outcome.error is None else 1)


async def _test(hook: Hook, tls: ssl.SSLContext) -> Outcome:
    sender = Sender(hook, tls, "Warmcall")
    now_ms = SystemClock().now_ms()
    try:
        return await sender.send(test_message(hook, now_ms, token_hex(8)), now_ms)
    finally:
        await sender.aclose()


def _hook_id(hook: str | None) -> HookId | None:
    return None if hook is None else HookId(hook)


def _line(delivery: DeliveryView) -> str:
    happened, said = rfc3339(delivery.event_at_ms), delivery.error or ""
    tries = f"attempts={delivery.attempts}"
    return f"{delivery.id}  {happened}  {delivery.hook}  {delivery.type}  {delivery.state}  {tries}  {said}".rstrip()
