"""The demo as one running thing: server, shop, agent's screen, phone line and phone."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

import msgspec

from warmcall import app
from warmcall.bus.bus import Bus
from warmcall.calls.directory import Directory
from warmcall.demo.board import Board
from warmcall.demo.dialler import Dialler
from warmcall.demo.pages import Beside, demo_pages
from warmcall.errors import WarmcallError
from warmcall.settings import Settings, parse
from warmcall.store.sqlite import SqliteStore
from warmcall.telephony.demoline.conversation import Patience
from warmcall.telephony.demoline.line import PROVIDER, DemoLine
from warmcall.telephony.demoline.phone import Phone
from warmcall.telephony.demoline.prompts import Prompts
from warmcall.telephony.demoline.stack import SipStack
from warmcall.telephony.ivr import Ivr
from warmcall.web.server import Server, bind, url_of

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to run the demo.

    Attributes:
        port: TCP port of the pages; 0: any free one.
        sip_port: UDP port of the line; 0: any free one.
        prompts: What the line says; its recorded sentences if `None`.
        patience: How long the line waits for what.
        hold_s: How long the page's phone stays once connected.
    """

    data_dir: Path
    host: str = LOOPBACK
    port: int = 8765
    sip_port: int = 5066
    prompts: Prompts | None = None
    patience: Patience = field(default_factory=Patience)
    hold_s: float = 8.0


class DemoServer(Server):
    """The server with the demo's pages beside it, which lets go of screens and callers before it stops."""

    def __init__(self, warmcall: app.Warmcall, board: Board, line: DemoLine | None, pages: Beside) -> None:
        super().__init__(warmcall.application, warmcall.hub)
        self.config.app = pages
        self._board = board
        self._line = line

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would keep connections open, then stop as usual."""
        self._board.close()
        if self._line is not None:
            await self._line.aclose()
        await super().shutdown(sockets)


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is ready to serve.

    Attributes:
        url: Where the pages are, without a final slash.
        line: Host and port of the phone line; `None` if it did not start.
        line_trouble: Why it did not.
        settings: The sites and groups.
    """

    url: str
    line: str | None
    line_trouble: str | None
    settings: Settings
    bus: Bus
    server: DemoServer
    listener: socket.socket

    async def serve(self) -> None:
        """Serve until a signal, or `server.should_exit`, says stop."""
        await self.server.serve(sockets=[self.listener])


@asynccontextmanager
async def demo(options: Options) -> AsyncIterator[Demo]:
    """Start everything; when the block ends, stop it.

    Without the SIP stack, or with its port taken, the rest runs all the same and `Demo.line_trouble` says why.

    Raises:
        WarmcallError: if the server itself cannot start.
    """
    with closing(bind(options.host, options.port)) as listener:
        url = url_of(listener)
        settings = _settings(url)
        store = await SqliteStore.open(options.data_dir)
        warmcall = await app.start(settings, store, public_url=url)
        stack = SipStack(_sip_host(options.host), options.sip_port)
        try:
            board = Board(warmcall.bus)
            line, trouble = await _start_line(stack, warmcall.bus, options)
            dialler = Dialler(Phone(stack), line.address, options.hold_s) if line else None
            pages = Beside("/demo", demo_pages(board, dialler, _hosts(options.host)), warmcall.application)
            server = DemoServer(warmcall, board, line, pages)
            yield Demo(url, line.address if line else None, trouble, settings, warmcall.bus, server, listener)
            if line is not None:
                await line.aclose()
        finally:
            await stack.aclose()
            await warmcall.stop()


async def _start_line(stack: SipStack, bus: Bus, options: Options) -> tuple[DemoLine | None, str | None]:
    try:
        await stack.start()
    except WarmcallError as error:
        return None, error.message
    line = DemoLine(stack, Ivr(bus.plugin("DemoLine"), scope=PROVIDER), options.prompts, options.patience)
    await line.start()
    return line, None


def _settings(url: str) -> Settings:
    """The embedded configuration, with this server as the origin of its site."""
    settings = parse(files(__package__).joinpath("demo.toml").read_text(encoding="utf-8"), "demo.toml")
    origins = frozenset({url, url.replace(f"//{LOOPBACK}:", "//localhost:")})
    sites = (msgspec.structs.replace(site, origins=origins) for site in settings.directory.sites.values())
    return msgspec.structs.replace(settings, directory=Directory(sites))


def _sip_host(host: str) -> str:
    """The stack needs one address of this machine: a name, or all addresses at once, will not do."""
    try:
        address = ip_address(host)
    except ValueError:
        return LOOPBACK
    return LOOPBACK if address.is_unspecified else host


def _hosts(host: str) -> list[str]:
    """Whoever listens beyond this machine is reached under names that nobody can list beforehand."""
    return [LOOPBACK, "localhost"] if host in (LOOPBACK, "localhost") else ["*"]
