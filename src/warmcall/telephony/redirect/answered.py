"""The responses of the last half minute: a retransmitted request gets the same bytes again."""

from collections.abc import Callable

LIFETIME_S = 32.0
"""How long a sender may repeat a request (64 T1; RFC 3261, section 17.1.1.2)."""

MOST = 50_000


class Answered:
    """Remembers responses.

    Forgetting one too early does little harm: the same question gets the same decision, only with more work.

    Args:
        monotonic: Tells seconds.
        most: How many to remember.
    """

    def __init__(self, monotonic: Callable[[], float], most: int = MOST) -> None:
        self._monotonic = monotonic
        self._most = most
        self._responses: dict[str, tuple[float, bytes]] = {}
        self._pending: set[str] = set()

    @property
    def pending(self) -> int:
        """How many questions are being decided."""
        return len(self._pending)

    def __len__(self) -> int:
        return len(self._responses)

    def begin(self, key: str) -> None:
        """Take note that a request is being decided."""
        self._pending.add(key)

    def is_pending(self, key: str) -> bool:
        """Whether a request is being decided."""
        return key in self._pending

    def finish(self, key: str, response: bytes | None) -> None:
        """Remember the response; `None`: there will be none."""
        self._pending.discard(key)
        if response is None:
            return
        now_s = self._monotonic()
        self._forget(now_s)
        self._responses[key] = (now_s + LIFETIME_S, response)

    def find(self, key: str) -> bytes | None:
        """The response a request got."""
        found = self._responses.get(key)
        return found[1] if found and found[0] > self._monotonic() else None

    def _forget(self, now_s: float) -> None:
        # In order of their ends, as all live equally long.
        while self._responses:
            key = next(iter(self._responses))
            if self._responses[key][0] > now_s and len(self._responses) < self._most:
                return
            del self._responses[key]
