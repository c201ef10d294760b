"""Writes a line into a chat (Slack, Mattermost, …) when a call was matched, and when nobody called in time.

    warmcall serve … --extension chat_notifier:extension

    [extensions.chat_notifier]
    url = "env:CHAT_WEBHOOK"      # an incoming webhook
    groups = ["sales"]            # all if left out

`POST /x/chat_notifier/hello` with an API key of the scope `admin` writes a line by hand.
"""

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from warmcall import Bus, CommandEvent, Event


def extension(bus: Bus, settings: Mapping[str, Any], http: Any) -> None:
    """Register the plugin `Chat` with the command `say`, and a route."""
    chat = bus.plugin("Chat")
    client = httpx.AsyncClient(timeout=5)

    async def say(e: CommandEvent) -> None:
        (await client.post(settings["url"], json={"text": e.data["text"]})).raise_for_status()

    async def matched(e: Event) -> None:
        if _is_ours(e):
            page = e.data["context"]["page"]
            await chat.command(
                "say", {"text": f"A call for {e.data['group']} from {page['url'] or 'a page'} is coming in."}
            )

    async def expired(e: Event) -> None:
        if _is_ours(e):
            await chat.command("say", {"text": f"Somebody asked for {e.data['group']} and did not call."})

    def _is_ours(e: Event) -> bool:
        return e.data["group"] in settings.get("groups", [e.data["group"]])

    async def hello(request: Request) -> JSONResponse:
        await chat.command("say", {"text": "Hello from Warmcall."})
        return JSONResponse({"said": True})

    async def close(e: Event) -> None:
        await client.aclose()

    chat.register_command("say", say)
    chat.subscribe("CallRequests.matched", matched)
    chat.subscribe("CallRequests.expired", expired)
    chat.subscribe("App.stopping", close)
    chat.ready()
    http.add([Route("/hello", hello, methods=["POST"])])
