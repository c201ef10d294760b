"""The state machine of a call request: waiting → matched → connected → ended, or expired, or cancelled."""

from warmcall.calls.errors import StateChangeError
from warmcall.calls.model import EventType, State

ALLOWED: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.MATCHED, State.EXPIRED, State.CANCELLED}),
    State.MATCHED: frozenset({State.CONNECTED, State.ENDED}),
    State.CONNECTED: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
}
FINAL: frozenset[State] = frozenset(state for state, following in ALLOWED.items() if not following)
UNDER_WAY = frozenset({State.MATCHED, State.CONNECTED})
EVENT_OF: dict[State, EventType] = {state: EventType(state.value) for state in ALLOWED if state is not State.WAITING}


def check_change(current: State, to: State) -> None:
    """Let an allowed change pass.

    Raises:
        StateChangeError: if a request in `current` cannot become `to`.
    """
    if to not in ALLOWED[current]:
        raise StateChangeError(current, to)
