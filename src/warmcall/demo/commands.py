"""The commands `warmcall demo` and `warmcall dial`."""

import asyncio
import os
import socket
import sys
import tempfile
import time
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console

from warmcall.calls.errors import NumberInvalidError
from warmcall.calls.phone import parse_number
from warmcall.demo import dialling
from warmcall.demo.dialling import Plan, Step, StepName
from warmcall.errors import WarmcallError
from warmcall.telephony.demoline.line import PORT
from warmcall.telephony.demoline.phone import Phone
from warmcall.telephony.demoline.stack import SipStack

if TYPE_CHECKING:
    from warmcall.demo.running import Options

_GOOD = (StepName.MATCHED, StepName.CONNECTED)
_BAD = (StepName.FAILED, StepName.CODE_WRONG, StepName.GENERAL_LINE)


class _Number(click.ParamType[str]):
    """A phone number, made E.164."""

    name = "number"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return parse_number(value)
        except NumberInvalidError:
            self.fail(f"{value!r} is no phone number. Write it with its country code, such as +12025550100.")


class _Line(click.ParamType[str]):
    """Where the line is: host and port."""

    name = "host:port"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536 or any(c in host for c in " ;@<>"):
            self.fail(f"{value!r} is no address. Write host and port, such as 127.0.0.1:{PORT}.")
        return value


@click.command("dial")
@click.argument("number", type=_Number())
@click.option("--code", metavar="DIGITS", help="What to key in when the line asks for it.")
@click.option("--from", "caller", type=_Number(), help="The number to call from; withheld if left out.")
@click.option("--line", type=_Line(), default=f"127.0.0.1:{PORT}", show_default=True, help="Where the line listens.")
@click.option("--hold", "hold_s", type=click.FloatRange(0, 60), default=3, show_default=True, help="Seconds to stay.")
def dial(number: str, code: str | None, caller: str | None, line: str, hold_s: float) -> None:
    """Place a real SIP call to NUMBER and key in a code.

    Succeeds only if the call was matched to a call request.
    """
    if code is not None and not (code.isascii() and code.isdigit() and len(code) <= 8):
        raise click.BadParameter("a code is up to 8 digits.", param_hint="--code")
    plan = Plan(number=number, line=line, code=code, caller=caller, hold_s=hold_s)
    try:
        matched = asyncio.run(_dial(plan, Console(highlight=False, soft_wrap=True)))
    except WarmcallError as error:
        _give_up(error)
    sys.exit(0 if matched else 1)


async def _dial(plan: Plan, console: Console) -> bool:
    began_s = time.monotonic()
    matched = False
    async with SipStack(_address_toward(plan.line)) as stack:
        async for step in dialling.dial(Phone(stack), plan):
            matched = matched or step.name is StepName.MATCHED
            console.print(f"{time.monotonic() - began_s:5.1f} s  {step.text}", style=_style(step))
    return matched


def _style(step: Step) -> str | None:
    return "bold green" if step.name in _GOOD else "bold red" if step.name in _BAD else None


def _address_toward(line: str) -> str:
    """The address of this machine that reaches the line."""
    host, _, port = line.rpartition(":")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise click.BadParameter(f"{host} cannot be reached: {error.strerror}.", param_hint="--line") from error


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="TCP port of the pages.")
@click.option(
    "--sip-port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="UDP port of the line."
)
@click.option(
    "--data",
    "data_dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of the database; if left out, everything is forgotten at the end.",
)
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
def demo(host: str, port: int, sip_port: int, data_dir: Path | None, no_open: bool) -> None:
    """Try everything on this machine: a shop, an agent's screen, and a phone line that answers."""
    from warmcall import logs
    from warmcall.demo.running import Options

    logs.configure("warning")
    with ExitStack() as stack:
        directory = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="warmcall-demo-")))
        options = Options(data_dir=directory, host=host, port=port, sip_port=sip_port)
        try:
            asyncio.run(_demo(options, opens=not no_open))
        except WarmcallError as error:
            _give_up(error)


async def _demo(options: "Options", *, opens: bool) -> None:
    from warmcall.demo import running
    from warmcall.demo.guide import show_guide

    console = Console(highlight=False, soft_wrap=True)
    async with running.demo(options) as started:
        show_guide(console, started, options.host)
        if opens and _has_browser():
            # Some browsers are waited for until they close; a daemon thread keeps nobody from stopping before.
            Thread(target=webbrowser.open, args=(f"{started.url}/demo/",), daemon=True).start()
        await started.serve()
    console.print("Stopped.")


def _has_browser() -> bool:
    """Whether there is a screen to show one on; a text browser would take this terminal."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _give_up(error: WarmcallError) -> NoReturn:
    click.echo(f"warmcall: {error.message}", err=True)
    sys.exit(1)
