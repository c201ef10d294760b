"""The command `warmcall call`: asks for a number as a page does, and follows the call in the terminal."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import click
import httpx

from warmcall.client.app import connected
from warmcall.client.watching import UNTIL, Ending, Tell, Until, Watch
from warmcall.commands.call_screen import CallScreen


def _pairs(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise click.BadParameter(f"expected NAME=VALUE, got {name!r}")
    return {name: value for name, _, value in pairs}


@click.command()
@click.option("--url", required=True, envvar="WARMCALL_URL", help="The server.")
@click.option("--site", required=True, help="As in data-site of the script tag.")
@click.option("--group", required=True, help="As in data-group of the script tag.")
@click.option("--phone", metavar="+NUMBER", help="The number the call will come from.")
@click.option(
    "--field", "fields", multiple=True, metavar="NAME=VALUE", callback=_pairs, help="Another field of the form."
)
@click.option("--data", "user_data", multiple=True, metavar="NAME=VALUE", callback=_pairs, help="What the agent sees.")
@click.option("--consent", metavar="VERSION", help="Agree to this version of the group's text.")
@click.option(
    "--until", type=click.Choice(UNTIL), default="ended", show_default=True, help="End as soon as this is reached."
)
@click.option("--timeout", "timeout_s", type=float, help="Give up after so many seconds. [default: never]")
@click.option("--keep", is_flag=True, help="Do not cancel a request that is still waiting at the end.")
@click.option("--json", "as_json", is_flag=True, help="Print for programs: one object a line.")
def call(
    url: str,
    site: str,
    group: str,
    phone: str | None,
    fields: dict[str, str],
    user_data: dict[str, str],
    consent: str | None,
    until: Until,
    timeout_s: float | None,
    keep: bool,
    as_json: bool,
) -> None:
    """Ask for a number as a page does; show number, code, countdown and what becomes of the call.

    Ends with 0 if --until was reached, 1 if no number is given, 2 if the command line is wrong, 3 if the server cannot
    be reached, 4 after --timeout, 5 if the request was over before.
    """
    form = {**fields, **({"phonenumber": phone} if phone else {})}
    options = {"site": site, "group": group, "consent": consent or "", "ajaxTimeout": 10_000}
    screen = None if as_json else CallScreen()
    with screen or nullcontext():
        tell = screen.tell if screen else _print_line
        ending = asyncio.run(_run(url, options, form, user_data, until, timeout_s, keep, tell))
    if as_json:
        _print_line({"event": "end", "ending": ending.name.lower(), "exitCode": int(ending)})
    sys.exit(ending)


async def _run(
    url: str,
    options: Mapping[str, Any],
    form: Mapping[str, Any],
    user_data: Mapping[str, Any],
    until: Until,
    timeout_s: float | None,
    keep: bool,
    tell: Tell,
) -> Ending:
    async with httpx.AsyncClient(base_url=url) as http, connected(http, {"clicktocall": options}) as client:
        running = asyncio.ensure_future(Watch(client, tell, keep=keep).run(form, user_data, until, timeout_s))
        # Whoever interrupts or stops this does not want the number any more: cancelling the task cancels the request.
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        try:
            return await running
        except asyncio.CancelledError:
            return Ending.OVER


def _print_line(told: Mapping[str, Any]) -> None:
    click.echo(json.dumps(told))
    sys.stdout.flush()
