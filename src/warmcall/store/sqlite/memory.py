"""What the store keeps in memory so as to write little: what is taken, and where recent calls are."""

import sqlite3

import msgspec

from warmcall.calls.model import CallId, State
from warmcall.store.holds import Claim, Holds
from warmcall.store.sqlite.queries import QUERIES
from warmcall.store.sqlite.recent import DAY_MS, RecentCalls

_read_claim = msgspec.json.Decoder(Claim).decode


class Memory:
    """Holds and recent calls, as they are once the last commit has ended.

    Requests are held by the number of their row, 0 until it is written: dicts of strings and integers cost the garbage
    collector nothing, however many there are.
    """

    def __init__(self) -> None:
        self.holds: Holds[int] = Holds()
        self.calls = RecentCalls()

    def load(self, connection: sqlite3.Connection) -> None:
        """Read what a former process left."""
        for seq, state, record in connection.execute(QUERIES.held_requests):
            claim = _read_claim(record)
            claim.state = State(state)
            self.holds.restore(claim, seq)
        self._load_calls(connection)

    def _load_calls(self, connection: sqlite3.Connection) -> None:
        rows: dict[CallId, int] = {}
        newest_ms: int | None = None
        for seq, call_id, received_at_ms in connection.execute(QUERIES.newest_calls):
            newest_ms = newest_ms or received_at_ms
            if received_at_ms < newest_ms - DAY_MS:
                break
            rows.setdefault(call_id, seq)
        self.calls.keep(rows, newest_ms or 0)
