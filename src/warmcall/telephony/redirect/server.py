"""The UDP listener: requests in, responses out.

It never says 100 Trying: a sender that got one stops repeating its INVITE, and then nothing would bring back a 302 that
was lost. Nor does it look at `Require`: what a caller requires is asked of whoever takes the call.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from warmcall.telephony.connector import Switchboard
from warmcall.telephony.redirect.answered import Answered
from warmcall.telephony.redirect.decider import Decider
from warmcall.telephony.redirect.inbound import call_of, check_peer, uri_fault
from warmcall.telephony.redirect.outbound import Answer
from warmcall.telephony.redirect.request import Request, UnanswerableError, read_request
from warmcall.telephony.redirect.response import Address, has_tag, respond, return_address
from warmcall.telephony.refusals import Refusal, RefusedError

log = logging.getLogger("warmcall.telephony")

ALLOW = ("Allow", "INVITE, ACK, CANCEL, OPTIONS")
MOST_PENDING = 2_000
RETRY_AFTER_S = 2
_METHODS = ("INVITE", "CANCEL", "OPTIONS")


class RedirectServer(asyncio.DatagramProtocol):
    """Answers SIP requests; keeps nothing of a call but the response of the last half minute.

    Args:
        switchboard: Reads calls and takes note of refusals.
        decider: Decides.
        is_listed: Whether an address is answered.
    """

    def __init__(self, switchboard: Switchboard, decider: Decider, is_listed: Callable[[str], bool]) -> None:
        self._switchboard = switchboard
        self._decider = decider
        self._is_listed = is_listed
        self._answered = Answered(time.monotonic)
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # UDP
        """Remember where to send from."""
        self._transport = transport

    def error_received(self, exc: Exception) -> None:
        """A response did not arrive: whoever misses it asks again."""
        log.debug("a response could not be delivered", extra={"why": str(exc)})

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Answer a datagram, or be silent."""
        source = (addr[0], addr[1])
        try:
            check_peer(self._is_listed(source[0]))
            request = read_request(data)
        except RefusedError as error:
            self._switchboard.refuse(error)
        except UnanswerableError as error:
            self._switchboard.refuse(RefusedError(Refusal.MALFORMED, f"a datagram is not answered: {error}"))
        else:
            if request is not None:
                self._asked(request, source)

    async def stop(self) -> None:
        """Take no more, and let what is being decided be answered."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._transport is not None:
            self._transport.close()

    def _asked(self, request: Request, source: Address) -> None:
        refused = _refusal(request)
        if refused is not None:
            if refused[0] == 400:
                self._switchboard.refuse(RefusedError(Refusal.MALFORMED, f"a request is answered 400 {refused[1]}"))
            self._send(respond(request, *refused[:2], source, refused[2]), request, source)
        elif request.method == "OPTIONS":
            self._send(respond(request, 200, "OK", source, (ALLOW, ("Accept", "application/sdp"))), request, source)
        else:
            self._invited(request, source)

    def _invited(self, request: Request, source: Address) -> None:
        key = "\n".join((request.via.text, request.first("call-id"), request.first("cseq")))
        known = self._answered.find(key)
        if known is not None:
            self._send(known, request, source)
        elif self._answered.is_pending(key):
            return
        elif self._answered.pending >= MOST_PENDING:
            later = (("Retry-After", str(RETRY_AFTER_S)),)
            self._send(respond(request, 503, "Service Unavailable", source, later), request, source)
        else:
            self._answered.begin(key)
            task = asyncio.create_task(self._decide(key, request, source))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _decide(self, key: str, request: Request, source: Address) -> None:
        response: bytes | None = None
        try:
            answer = await self._answer(request)
            headers = (("Contact", f"<{answer.contact}>"),) if answer.contact else ()
            response = respond(request, answer.status, answer.reason, source, headers)
        finally:
            self._answered.finish(key, response)
        self._send(response, request, source)

    async def _answer(self, request: Request) -> Answer:
        try:
            call = call_of(request, self._switchboard)
        except RefusedError as error:
            self._switchboard.refuse(error)
            return Answer(status=404, reason="Not Found")
        return await self._decider.answer(call)

    def _send(self, response: bytes, request: Request, source: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(response, return_address(request, source))


def _refusal(request: Request) -> tuple[int, str, tuple[tuple[str, str], ...]] | None:
    if request.fault:
        return request.status, request.fault, ()
    if request.method not in _METHODS:
        return 405, "Method Not Allowed", (ALLOW,)
    # No dialog and no transaction is kept here that either could belong to.
    if request.method == "CANCEL" or (request.method == "INVITE" and has_tag(request.first("to"))):
        return 481, "Call/Transaction Does Not Exist", ()
    wrong_uri = uri_fault(request.uri) if request.method == "INVITE" else None
    return (*wrong_uri, ()) if wrong_uri else None
