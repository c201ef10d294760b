"""Routes that other parts of the server bring along: what comes in goes to them raw, what they say goes out."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from warmcall.web.addresses import Addresses
from warmcall.web.exchange import SAFETY, Exchange


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as it came.

    Attributes:
        url: The public address, with the query.
        query: Undecoded.
        headers: By lower-case name; the values of a repeated header joined by `, ` (RFC 9110, section 5.3).
        body: Every byte, as signatures are made over them.
        peer: Network address of the client.
    """

    method: str
    url: str
    query: str
    headers: dict[str, str]
    body: bytes
    peer: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to answer."""

    status: int
    content_type: str
    body: bytes
    headers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Mount:
    """A route of another part.

    Attributes:
        path: Of exactly three parts, such as `/telephony/twilio/voice`, so that it is found by a look-up.
        deliver: Answers.
    """

    path: str
    methods: tuple[str, ...]
    deliver: Callable[[Delivery], Awaitable[Outcome]]


class Mounted:
    """A mount as the application sees it.

    Args:
        mount: The route.
        public_url: The server's address, without a final slash.
        addresses: Finds client addresses.
    """

    def __init__(self, mount: Mount, public_url: str, addresses: Addresses) -> None:
        self._deliver = mount.deliver
        self._url = public_url + mount.path
        self._addresses = addresses

    async def __call__(self, exchange: Exchange) -> None:
        """Answer with what the other part says."""
        query = exchange.scope.get("query_string", b"").decode("latin-1")
        delivery = Delivery(
            method=exchange.method,
            url=f"{self._url}?{query}" if query else self._url,
            query=query,
            headers=_joined(exchange.scope["headers"]),
            body=await exchange.body(),
            peer=self._addresses.client(exchange) or "",
        )
        outcome = await self._deliver(delivery)
        own = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in outcome.headers]
        safety = [header for header in SAFETY if header[0] not in {name for name, _ in own}]
        named = [(b"content-type", outcome.content_type.encode("latin-1")), *safety, *own]
        await exchange.answer(outcome.status, outcome.body, named)


def _joined(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
