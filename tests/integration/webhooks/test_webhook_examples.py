"""The receivers that the documentation shows, run as they stand there, take what a real server sends."""

import asyncio
import os
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from tests.integration.api.conftest import ask
from tests.integration.webhooks.conftest import OLD_SECRET, SECRET, SITE, hook
from warmcall.testing import running

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/howto/webhooks.md").read_text()
BUN = ROOT / ".venv/bin/bun"


def shown(language: str) -> str:
    """The one program of the page in a language."""
    (program,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(program)


def python(folder: Path, port: int) -> list[str]:
    (folder / "receiver.py").write_text(shown("python"))
    return [sys.executable, "-m", "uvicorn", "receiver:app", "--port", str(port), "--log-level", "warning"]


def javascript(folder: Path, port: int) -> list[str]:
    (folder / "node_modules").symlink_to(ROOT / "widget/node_modules")
    (folder / "receiver.mjs").write_text(shown("js"))
    return [shutil.which("node") or str(BUN), "receiver.mjs"]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def listening(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return


@asynccontextmanager
async def example(command: list[str], folder: Path, port: int) -> AsyncIterator[asyncio.StreamReader]:
    """Run a receiver as long as the block lasts. What it prints."""
    environment = {**os.environ, "CRM_SECRET": SECRET, "PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        await listening(port)
        yield process.stdout
    finally:
        process.terminate()
        await process.communicate()


@pytest.mark.parametrize("written", [python, javascript])
async def test_the_documented_receiver_takes_each_event_once_and_nothing_of_strangers(
    written: Callable[[Path, int], list[str]], tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/warmcall"
    async with (
        example(written(tmp_path, port), tmp_path, port) as printed,
        # While a secret is replaced two sign; the receiver has the older one still.
        running(SITE + hook(url, secrets=(OLD_SECRET, SECRET))) as server,
        httpx.AsyncClient() as stranger,
    ):
        request_id = (await ask(server))["id"]
        await saying(printed, "call_request.created", request_id)
        now, body = datetime.now(UTC), '{"type": "call_request.ended", "data": {"id": "again"}}'
        head = {
            "webhook-id": "evt_1",
            "webhook-timestamp": str(int(now.timestamp())),
            "content-type": "application/json",
        }
        signed = {**head, "webhook-signature": Webhook(SECRET).sign("evt_1", now, body)}
        forged = {**head, "webhook-signature": Webhook(OLD_SECRET).sign("evt_1", now, body)}
        answers = [
            (await stranger.post(url, content=sent, headers=headers)).status_code
            for sent, headers in ((body, forged), (body + " ", signed), (body, head), (body, signed), (body, signed))
        ]
        assert answers == [401, 401, 401, 204, 204]
        assert (await server.bus.command("Webhooks.test", {"hook": "shop/crm"})).ok
        said = await saying(printed, "warmcall.test", "shop/crm")
    assert said.count("call_request.ended") == 1


async def saying(printed: asyncio.StreamReader, *words: str) -> str:
    """Read until the receiver has printed all the words."""
    said = ""
    async with asyncio.timeout(20):
        while not all(word in said for word in words):
            said += (await printed.readline()).decode()
    return said
