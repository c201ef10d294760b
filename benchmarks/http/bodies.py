"""What is sent: call requests, each from another caller number, and inbound calls, each with a code of its own."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count

CREATE_PATH = "/v1/sites/shop/call-requests"
MATCH_PATH = "/v1/match"
ORIGIN = {"Origin": "https://www.example.com"}

_CREATE = (
    b'{"group":"sales","fields":{"firstname":"Anna %d","lastname":"Schmidt","phonenumber":"+4915%09d"},'
    b'"userData":{"product":"item-%d","value":%d},'
    b'"page":{"url":"https://www.example.com/shop/%d","title":"Shop","language":"en"}}'
)
_MATCH = b'{"callId":"%s-%d@pbx.example.com","dialledNumber":"%s","callerNumber":"+4917600000000","digits":"%s"}'


def call_requests(size: int, first: int = 0) -> Callable[[], Iterator[bytes]]:
    """Makes `size` bodies a call; no caller number comes twice.

    Args:
        size: How many bodies a call gives.
        first: Number of the first caller.
    """
    callers = count(first)

    def make() -> Iterator[bytes]:
        for _ in range(size):
            n = next(callers)
            item = n % 512
            yield _CREATE % (item, n, item, item * 7, item)

    return make


def inbound_calls(codes: Iterable[tuple[str, str]], run: str) -> Iterator[bytes]:
    """One call for each (number, code), from a phone that the visitor did not name.

    Args:
        codes: Access numbers and codes.
        run: Makes the call ids different from those of other runs.
    """
    for n, (number, code) in enumerate(codes):
        yield _MATCH % (run.encode(), n, number.encode(), code.encode())
