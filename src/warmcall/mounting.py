"""What ties the connectors' addresses and the owner's recordings to the web server: neither knows the other."""

from collections.abc import Iterator
from pathlib import Path

from warmcall.telephony.connector import Endpoint, Switchboard, Webhook
from warmcall.telephony.connectors import PATH, PROMPTS, Connectors
from warmcall.web.mounts import Delivery, Mount, Outcome

_AUDIO = {".wav": "audio/wav", ".mp3": "audio/mpeg"}
# Providers keep what they fetched; a recording that was replaced reaches callers within minutes.
_AUDIO_CACHE = (("cache-control", "public, max-age=300"),)


def mounts_of(connectors: Connectors) -> Iterator[Mount]:
    """The routes that the connectors bring along."""
    for path, switchboard, endpoint in connectors.endpoints():
        yield _webhook(path, switchboard, endpoint)
    for name, file in connectors.prompts.audio.items():
        yield _recording(f"{PATH}/{PROMPTS}/{name}", file)


def _webhook(path: str, switchboard: Switchboard, endpoint: Endpoint) -> Mount:
    async def deliver(delivery: Delivery) -> Outcome:
        webhook = Webhook(
            method=delivery.method,
            url=delivery.url,
            headers=delivery.headers,
            body=delivery.body,
            query=delivery.query,
            peer=delivery.peer,
        )
        reply = await switchboard.receive(endpoint, webhook)
        return Outcome(reply.status, reply.content_type, reply.body, reply.headers)

    return Mount(path, endpoint.methods, deliver)


def _recording(path: str, file: Path) -> Mount:
    # Read once: a few seconds of speech, asked for with every call.
    body = file.read_bytes()

    async def deliver(delivery: Delivery) -> Outcome:
        return Outcome(200, _AUDIO[file.suffix], body, _AUDIO_CACHE)

    return Mount(path, ("GET",), deliver)
