"""What the log says of deliveries, at its most talkative."""

import asyncio
import json
from io import StringIO
from pathlib import Path

import pytest

from tests.integration.api.conftest import ask, eventually
from tests.integration.webhooks import receiver as behaviours
from tests.integration.webhooks.conftest import SECRET, SITE, hook
from tests.integration.webhooks.receiver import Behaviour, Receiver
from warmcall.testing import running

ALL = '["caller", "fields", "user_data", "page", "notes"]'
FIELDS = {"firstname": "Ada", "lastname": "Lovelace", "phonenumber": "+442071838750"}
CALL = {"callId": "c1", "dialledNumber": "+12025550100", "callerNumber": "+442071838750", "callerName": "ADA L"}
PERSONAL = ("Ada", "Lovelace", "442071838750", "ADA L", "4111", "private-page", "Wants the oak table")


async def gossip(writer: asyncio.StreamWriter) -> None:
    """Answer with the visitor's name wherever there is room for it."""
    writer.write(b"HTTP/1.1 500 Ada Lovelace\r\nX-Caller: +442071838750\r\nContent-Length: 8\r\n\r\nLovelace")


async def babble(writer: asyncio.StreamWriter) -> None:
    """Answer the visitor's number instead of HTTP."""
    writer.write(b"+442071838750 Ada Lovelace\r\n\r\n")
    writer.close()


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (gossip, "webhook failed"),
        (babble, "webhook failed"),
        (behaviours.hang_up, "webhook failed"),
        (behaviours.status(410), "webhook dead"),
        (behaviours.status(200), "webhook delivered"),
    ],
    ids=["gossiping", "babbling", "hanging up", "gone", "well"],
)
async def test_lines_about_deliveries_name_hook_and_request_but_nobody(
    written: StringIO, receiver: Receiver, tmp_path: Path, behaviour: Behaviour, said: str
) -> None:
    receiver.behaviour = behaviour
    full = hook(f"{receiver.url}?key=in-the-address", include=ALL)
    async with running(SITE + full, data_dir=tmp_path / "data") as server:
        page = {"url": "https://x.test/private-page"}
        issued = await ask(server, fields=FIELDS, userData={"card": "4111"}, page=page)
        match = await server.bus.command("CallRequests.match", CALL)
        note = {"text": "Wants the oak table.", "disposition": "sold"}
        headers = {"Authorization": f"Bearer {await server.new_key()}"}
        await server.http.post(f"/v1/context/{match.context.token}/notes", json=note, headers=headers)
        await eventually(lambda: said in written.getvalue())
        await server.bus.command("Webhooks.test", {"hook": "shop/crm"})
    text = written.getvalue()
    lines = [line for line in map(json.loads, text.splitlines()) if line["event"] == said]
    assert {(line["hook"], line["request"]) for line in lines} == {("shop/crm", issued["id"])}
    for private in (*PERSONAL, SECRET, "in-the-address", match.context.token, issued["token"]):
        assert private not in text
