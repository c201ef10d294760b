"""Doubles of providers: each calls a real server as the provider would, and does what the answers say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import httpx

from warmcall.testing import RunningServer

Agent = Literal["answers", "busy", "no-answer", "caller leaves"]

Sign = Callable[[str, bytes], Mapping[str, str]]
"""Makes the headers of a request from its address and body."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """How somebody behaves who calls, and what befalls the call.

    Attributes:
        keys: What is keyed in each time digits are asked for; empty for silence. Nothing left: hang up.
        agent: What the destination does; with several destinations tried, in turn.
        talk: What happens between answering and hanging up.
        queue: What becomes of the caller in a queue, in the provider's words.
        times: How often each request is delivered; all but the first are retries.
        lose: Reports that never arrive.
    """

    number: str = "+12025550123"
    keys: tuple[str, ...] = ()
    agent: tuple[Agent, ...] = ("answers",)
    queue: str = "bridged"
    talk: Callable[[], None] = lambda: None
    times: int = 1
    lose: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Leg:
    """One destination that was called."""

    kind: str
    value: str
    headers: Mapping[str, str]
    language: str | None = None


@dataclass
class Story:
    """What a call came to.

    Attributes:
        heard: What was said or played, in order.
        languages: In which languages.
        legs: What was called, in order.
        ended: Who hung up: `us`, or `caller`.
    """

    call_id: str
    heard: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    ended: str = ""


@dataclass(frozen=True)
class Sent:
    """A request that was made, to be made again."""

    name: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    answer: httpx.Response


class HungUpError(Exception):
    """The caller hung up."""


class Provider:
    """What all doubles have: signed requests to one server.

    Attributes:
        first: Where a call is reported first.
        reports: Where its progress is.

    Args:
        server: The server.
        name: The connector's name there.
        sign: Signs a request.
    """

    content_type = "application/x-www-form-urlencoded"
    first = "voice"
    reports: tuple[str, ...] = ("progress", "status")

    def __init__(self, server: RunningServer, name: str, sign: Sign) -> None:
        self.server = server
        self.kind = name
        self.base_url = f"{server.base_url}/telephony/{name}"
        self.sent: list[Sent] = []
        self._sign = sign
        self._calls = 0

    async def call(self, number: str, caller: Caller, **more: str) -> Story:
        """Let somebody call a number, until somebody hangs up."""
        raise NotImplementedError

    def token(self, leg: Leg) -> str | None:
        """The context's token that arrives at a destination."""
        return leg.headers.get("X-Warmcall-Token")

    def new_call_id(self) -> str:
        """An id no call had."""
        self._calls += 1
        return f"CA{self._calls:032x}"

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Sent:
        """Request an address, with a signature unless headers are given."""
        headers = {"content-type": self.content_type, **(self._sign(url, body) if headers is None else headers)}
        answer = await self.server.http.post(url, content=body, headers=headers)
        sent = Sent(url.partition("?")[0].rpartition("/")[2], url, headers, body, answer)
        self.sent.append(sent)
        return sent

    async def deliver(self, caller: Caller, url: str, body: bytes) -> httpx.Response:
        """Request an address as often as the story wants; every answer must be the same."""
        answers = [(await self.post(url, body)).answer for _ in range(caller.times)]
        assert {(answer.status_code, answer.content) for answer in answers} == {
            (answers[0].status_code, answers[0].content)
        }
        assert answers[0].is_success, answers[0].text
        return answers[0]

    async def report(self, caller: Caller, url: str, body: bytes) -> None:
        """Deliver a report, unless it gets lost."""
        if url.partition("?")[0].rpartition("/")[2] not in caller.lose:
            await self.deliver(caller, url, body)

    async def again(self, sent: Sent) -> httpx.Response:
        """Make a request once more, as it was."""
        return (await self.post(sent.url, sent.body, sent.headers)).answer
