"""What the store in memory keeps."""

import msgspec

from warmcall.calls.model import CallId, CallRequest, Event, RequestId, SiteId
from warmcall.store.holds import Holds
from warmcall.store.records import read_request


class Entry(msgspec.Struct):
    """A stored request, and when it has to be looked at again."""

    record: str
    due_ms: int | None

    def request(self) -> CallRequest:
        """The request itself."""
        return read_request(self.record)


class Data:
    """All that is stored."""

    def __init__(self) -> None:
        self.requests: dict[RequestId, Entry] = {}
        self.keys: dict[tuple[SiteId, str], RequestId] = {}
        self.calls: dict[CallId, str] = {}
        self.events: list[Event] = []
        self.last_seq = 0
        self.holds: Holds[str] = Holds()
