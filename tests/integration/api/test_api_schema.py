"""The OpenAPI document against a running server: whatever the document allows is sent, and what comes back is in it."""

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import oracles
from warmcall.testing import RunningServer, running

CONFIG = """
[[site]]
id = "shop"
origins = ["https://www.example.com"]
limits = { per_address_per_min = 100000, per_caller_per_hour = 100000, wrong_codes_per_caller_per_hour = 100000 }

[[site.group]]
name = "sales"
numbers = ["+12025550100"]
destination = "sip:sales@pbx.example.com"
fallback_number = "+12025550199"
"""
# A 422 is no fault: that a text is a phone number, say, is a rule no schema tells; nor is the bound of a whole body.
# Of a visitor's request nobody learns that it is there, so a wrong token is answered as an unknown id.
SETTINGS = """
[generation]
deterministic = true
max-examples = 5

[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429"]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "413", "415", "422"]

[parameters]
"path.site" = "shop"
"path.group" = "sales"
"path.token" = "{context}"

[[operations]]
include-path = "/v1/call-requests/{{id}}"
headers = {{ Authorization = "Bearer {visitor}" }}
checks.ignored_auth.enabled = false
parameters = {{ "path.id" = "{request}" }}

[[operations]]
include-path = "/v1/call-requests/{{id}}/events"
headers = {{ Authorization = "Bearer {ended_visitor}" }}
checks.ignored_auth.enabled = false
parameters = {{ "path.id" = "{ended}" }}

[[operations]]
include-tag = "Administration"
headers = {{ Authorization = "Bearer {admin}" }}
"""


@pytest.mark.timeout(400)
async def test_the_server_does_what_its_document_says(tmp_path: Path) -> None:
    async with running(CONFIG) as server:
        settings = tmp_path / "schemathesis.toml"
        settings.write_text(SETTINGS.format(**await known(server)))
        home = await asyncio.to_thread(oracles.environment_of, "schemathesis")
        process = await asyncio.create_subprocess_exec(
            *(str(home / "bin" / "python"), "-m", "schemathesis.cli", "--config-file", str(settings), "run"),
            *(f"{server.base_url}/openapi.json", "-H", f"Authorization: Bearer {await server.new_key()}"),
            *("--phases", "coverage,fuzzing", "--max-time", "60", "--request-timeout", "10", "--no-color"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=tmp_path,
            env={**os.environ, "NO_PROXY": "*"},
        )
        said, _ = await process.communicate()
        found = {event.type.value for event in await server.store.events_after(0, 10_000)}

    assert process.returncode == 0, "\n".join(line[:400] for line in said.decode().splitlines())
    # It got past the front door.
    assert {"created", "cancelled", "note_added"} <= found


async def known(server: RunningServer) -> dict[str, Any]:
    """What a document cannot tell: ids and tokens of requests there are."""
    http = server.http
    asked = [(await http.post("/v1/sites/shop/call-requests", json={"group": "sales"})).json() for _ in range(3)]
    waiting, ended, matched = asked
    await cancel(http, ended)
    number, code = matched["accessNumber"], matched["accessCode"]
    call = {"callId": "1", "dialledNumber": number, "digits": code}
    key = {"Authorization": f"Bearer {await server.new_key()}"}
    answer = (await http.post("/v1/match", json=call, headers=key)).json()
    return {
        "request": waiting["id"],
        "visitor": waiting["token"],
        "ended": ended["id"],
        "ended_visitor": ended["token"],
        "context": answer["context"]["token"],
        "admin": await server.new_key("admin"),
    }


async def cancel(http: httpx.AsyncClient, issued: dict[str, Any]) -> None:
    token = {"Authorization": f"Bearer {issued['token']}"}
    assert (await http.delete(f"/v1/call-requests/{issued['id']}", headers=token)).status_code == 204
