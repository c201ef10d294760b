"""Deleting what is old and what is one person's in memory."""

from collections.abc import Sequence

from warmcall.calls.archive import Cutoffs, Sweep, Trace
from warmcall.calls.model import E164, Call, CallId, RequestId, State
from warmcall.calls.states import UNDER_WAY
from warmcall.store.memory_data import Data
from warmcall.store.records import read_call


class MemoryArchive:
    """The archive's port.

    Args:
        data: All that is stored.
    """

    def __init__(self, data: Data) -> None:
        self._data = data

    async def purge_requests(self, after: int, cutoffs: Cutoffs, limit: int) -> Sweep:
        """Delete the old requests with their events; one step is enough."""
        settled = [entry.request() for entry in self._data.requests.values() if entry.due_ms is None]
        old = [request.id for request in settled if cutoffs.is_old(request.site, request.created_at_ms)]
        for request_id in old:
            self._delete(request_id)
        return Sweep(len(old), None)

    async def purge_calls(self, after: int, cutoffs: Cutoffs, limit: int) -> Sweep:
        """Delete the old calls."""
        calls = [read_call(record) for record in self._data.calls.values()]
        old = [call.id for call in calls if cutoffs.is_old(call.number, call.received_at_ms)]
        for call_id in old:
            del self._data.calls[call_id]
        return Sweep(len(old), None)

    async def open_calls(self, before_ms: int) -> Sequence[RequestId]:
        """Requests made before a time whose call was matched and has not ended."""
        stored = [entry.request() for entry in self._data.requests.values()]
        return [each.id for each in stored if each.state in UNDER_WAY and each.created_at_ms < before_ms]

    async def trace(self, number: E164) -> Trace:
        """Where the person with a number appears."""
        calls = [call for call in map(read_call, self._data.calls.values()) if call.caller == number]
        matched = {call.request_id for call in calls}
        stored = [entry.request() for entry in self._data.requests.values()]
        requests = [request for request in stored if request.caller == number or request.id in matched]
        call_ids = [call.id for call in calls] + [request.call_id for request in requests if request.call_id]
        return Trace([request.id for request in requests], list(dict.fromkeys(call_ids)))

    async def calls(self, call_ids: Sequence[CallId]) -> Sequence[Call]:
        """The calls with these ids, as far as there are such."""
        return [read_call(self._data.calls[call_id]) for call_id in call_ids if call_id in self._data.calls]

    async def erase(self, trace: Trace) -> int:
        """Delete requests that do not wait, with their events, and calls. Returns how many requests are gone."""
        for call_id in trace.calls:
            self._data.calls.pop(call_id, None)
        return sum(self._delete(request_id) for request_id in trace.requests)

    def _delete(self, request_id: RequestId) -> bool:
        entry = self._data.requests.get(request_id)
        if entry is None or (request := entry.request()).state is State.WAITING:
            return False
        if entry.due_ms is not None:
            self._data.holds.let_go(request.number, request.code, request.exclusive)
        del self._data.requests[request_id]
        if request.idempotency_key is not None:
            del self._data.keys[request.site, request.idempotency_key]
        self._data.events = [event for event in self._data.events if event.request_id != request_id]
        return True
