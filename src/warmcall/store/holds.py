"""Which access numbers, codes and caller numbers are taken.

A store of one process decides collisions here, in memory, from the moment a request is handed in: it needs no index
on disk for it, and each such index would cost an insert more than the row itself.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import msgspec

from warmcall.calls.model import E164, AccessCode, CallRequest, RequestId, State
from warmcall.calls.port import Collision

Handle = TypeVar("Handle")


class Claim(msgspec.Struct):
    """What of a request counts here, when a store is opened and has many of them to read."""

    id: RequestId
    number: E164
    code: AccessCode | None
    caller: E164 | None
    exclusive: bool
    state: State


class Line(Generic[Handle]):
    """What is taken on one access number. A request is in `callers` or in `anonymous` while it waits."""

    __slots__ = ("anonymous", "callers", "codes", "exclusive", "held")

    def __init__(self) -> None:
        self.held = 0
        self.exclusive = 0
        self.codes: dict[str, Handle] = {}
        self.callers: dict[str, Handle] = {}
        self.anonymous: dict[str, Handle] = {}

    def refusal(self, request: CallRequest) -> Collision | None:
        """Why `request` may not join this number now."""
        if self.exclusive or (request.exclusive and self.held):
            return Collision.NUMBER
        if request.caller in self.callers:
            return Collision.CALLER
        if request.code in self.codes:
            return Collision.CODE
        return Collision.ID if request.id in self.anonymous else None


class Holds(Generic[Handle]):
    """The lines of a store, by number. `Handle` is how the store finds a request again.

    Attributes:
        live: How many requests wait on a number. Every create asks it of each of its group's numbers, so it is the
            dictionary's own method.
    """

    def __init__(self) -> None:
        self._lines: dict[str, Line[Handle]] = {}
        self._live: Counter[str] = Counter()
        self.live: Callable[[str], int] = self._live.__getitem__

    def take(self, request: CallRequest, handle: Handle) -> Collision | None:
        """Reserve number, code and caller of a waiting request.

        Args:
            request: Of which number, code, caller and exclusiveness count.
            handle: May be provisional; `set_handle` replaces it.

        Returns:
            `None` when reserved; otherwise what stands in the way, and nothing was reserved.
        """
        line = self._lines.get(request.number)
        if line is None:
            line = self._lines[request.number] = Line()
        elif refusal := line.refusal(request):
            return refusal
        self._hold(line, request, handle)
        return None

    def restore(self, request: CallRequest | Claim, handle: Handle) -> None:
        """Reserve what a stored request holds by its state, without asking."""
        line = self._lines.get(request.number)
        if line is None:
            line = self._lines[request.number] = Line()
        self._hold(line, request, handle)

    def _hold(self, line: Line[Handle], request: CallRequest | Claim, handle: Handle) -> None:
        line.held += 1
        line.exclusive += request.exclusive
        if request.code is not None:
            line.codes[request.code] = handle
        if request.state is not State.WAITING:
            return
        self._live[request.number] += 1
        if request.caller is None:
            line.anonymous[request.id] = handle
        else:
            line.callers[request.caller] = handle

    def set_handle(self, request: CallRequest, handle: Handle) -> None:
        """Replace the handle of a waiting request."""
        line = self._lines[request.number]
        if request.code is not None:
            line.codes[request.code] = handle
        if request.caller is None:
            line.anonymous[request.id] = handle
        else:
            line.callers[request.caller] = handle

    def stop_waiting(self, number: E164, caller: E164 | None, request_id: RequestId) -> None:
        """The request waits no more; its number and code stay taken."""
        line = self._lines[number]
        self._live[number] -= 1
        if caller is None:
            del line.anonymous[request_id]
        else:
            del line.callers[caller]

    def let_go(self, number: E164, code: AccessCode | None, exclusive: bool) -> None:
        """Number and code of a request that waits no more are free again."""
        line = self._lines[number]
        line.held -= 1
        line.exclusive -= exclusive
        if code is not None:
            del line.codes[code]
        if not line.held:
            del self._lines[number], self._live[number]

    def undo(self, request: CallRequest) -> None:
        """Take back a `take`."""
        self.stop_waiting(request.number, request.caller, request.id)
        self.let_go(request.number, request.code, request.exclusive)

    def held(self, number: E164) -> int:
        """How many requests hold `number`."""
        line = self._lines.get(number)
        return line.held if line else 0

    def by_code(self, number: E164, code: AccessCode) -> Handle | None:
        """The request that holds `code` on `number`, whatever its state."""
        line = self._lines.get(number)
        return line.codes.get(code) if line else None

    def by_caller(self, number: E164, caller: E164) -> Handle | None:
        """The request on `number` that waits for `caller`."""
        line = self._lines.get(number)
        return line.callers.get(caller) if line else None

    def waiting(self, number: E164) -> Iterator[Handle]:
        """The requests that wait on `number`, in no order."""
        if line := self._lines.get(number):
            yield from line.callers.values()
            yield from line.anonymous.values()
