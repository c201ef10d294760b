"""One try: a request to a receiver that may be slow, broken, or worse."""

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import NamedTuple

import httpx

from warmcall.webhooks import receiver
from warmcall.webhooks.faults import reason
from warmcall.webhooks.hook import Hook
from warmcall.webhooks.message import Message, headers_of
from warmcall.webhooks.receiver import ForbiddenAddressError, Target

# Enough to use the connection again after a usual answer; nobody reads it.
_READ_BYTES = 16 * 1024
_GONE = 410
_ASKS_TO_WAIT = (429, 503)


class Outcome(NamedTuple):
    """How a try ended.

    Attributes:
        error: Why it failed, in words of our own; `None` if the receiver took it.
        gone: Whether the receiver says that it wants no more.
        wait_s: How long it asked to be left alone.
    """

    error: str | None
    gone: bool = False
    wait_s: float = 0


class Sender:
    """Sends to one receiver.

    Args:
        hook: Where to, and how long it may take.
        tls: What to trust.
        agent: Who is asking, for the receiver's log.
    """

    def __init__(self, hook: Hook, tls: ssl.SSLContext, agent: str) -> None:
        self._hook = hook
        self._client = httpx.AsyncClient(
            verify=tls,
            # A proxy of the environment would look the name up itself, and reach what must not be reached.
            trust_env=False,
            follow_redirects=False,
            timeout=hook.timeout_s,
            limits=httpx.Limits(max_connections=hook.concurrency + 1, keepalive_expiry=30),
            headers={"user-agent": agent, "accept-encoding": "identity"},
        )

    async def send(self, message: Message, now_ms: int) -> Outcome:
        """Try once; never takes longer than the hook's `timeout_s`, and never raises."""
        try:
            async with asyncio.timeout(self._hook.timeout_s):
                return await self._send(message, now_ms)
        except TimeoutError:
            return Outcome(f"no complete answer within {self._hook.timeout_s} s")
        except ForbiddenAddressError as error:
            return Outcome(str(error))
        except socket.gaierror as error:
            return Outcome(f"the name cannot be looked up: {error.strerror or type(error).__name__}")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Outcome(reason(error))

    async def aclose(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def _send(self, message: Message, now_ms: int) -> Outcome:
        targets = await receiver.find(self._hook.url, self._hook.allowed)
        headers = headers_of(message, self._hook, now_ms)
        connect_s = self._hook.timeout_s / len(targets)
        for target in targets[:-1]:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._post(target, message, headers, connect_s)
        return await self._post(targets[-1], message, headers, self._hook.timeout_s)

    async def _post(self, target: Target, message: Message, headers: dict[str, str], connect_s: float) -> Outcome:
        async with self._client.stream(
            "POST",
            target.url,
            content=message.body,
            headers={**headers, "host": target.host},
            timeout=httpx.Timeout(self._hook.timeout_s, connect=connect_s),
            extensions={"sni_hostname": target.name},
        ) as answer:
            read_bytes = 0
            async for chunk in answer.aiter_raw():
                read_bytes += len(chunk)
                if read_bytes > _READ_BYTES:
                    break
            return _outcome(answer)


def _outcome(answer: httpx.Response) -> Outcome:
    status = answer.status_code
    if 200 <= status < 300:
        return Outcome(None)
    asked = answer.headers.get("retry-after", "") if status in _ASKS_TO_WAIT else ""
    wait_s = float(asked) if asked.isdecimal() and len(asked) < 7 else 0.0
    why = f"answered {status}"
    if 300 <= status < 400:
        why += "; redirects are not followed, so give the final address"
    return Outcome(why, status == _GONE, wait_s)
