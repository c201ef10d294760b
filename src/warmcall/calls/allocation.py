"""Giving a visitor a number and a code that nobody else can be mistaken for."""

from collections.abc import Iterator

from warmcall.calls.codes import draw_code
from warmcall.calls.directory import Group
from warmcall.calls.draft import Draft
from warmcall.calls.errors import CapacityReachedError, NoAccessNumberError
from warmcall.calls.gates import agreed
from warmcall.calls.ids import new_request_id
from warmcall.calls.model import E164, CallRequest, State
from warmcall.calls.port import Collision, Store

# With half of a number's codes held, ten draws in a row fail once in a thousand times; then the next number is tried.
_CODE_DRAWS = 10


async def allocate(store: Store, group: Group, draft: Draft, caller: E164 | None, now_ms: int) -> CallRequest:
    """Store a new waiting request on the number that suits best.

    The store's unique rules decide; what is chosen here is only likely to be free, so that a choice that
    turns out to be taken, by another process perhaps, is made again.

    Raises:
        CapacityReachedError: if as many requests are live as the group allows.
        NoAccessNumberError: if every number is taken for this caller, or held.
    """
    _check_capacity(store, group)
    for number, exclusive in _candidates(store, group):
        request = _new(group, draft, caller, number, exclusive, now_ms)
        for _ in range(_CODE_DRAWS):
            collision = await store.add(request)
            if collision is None:
                return request
            if collision is Collision.KEY:
                return await _same_key(store, request)
            if collision not in (Collision.CODE, Collision.ID) or request.code is None:
                break
            request.id = new_request_id(now_ms)
            request.code = draw_code(len(request.code), group.code_prefix)
    raise NoAccessNumberError(group.name)


def _check_capacity(store: Store, group: Group) -> None:
    if group.capacity is not None and sum(map(store.live, group.numbers)) >= group.capacity:
        raise CapacityReachedError(group.name, group.capacity)


def _candidates(store: Store, group: Group) -> Iterator[tuple[E164, bool]]:
    """Numbers in the order they should be tried, and whether to take them exclusively."""
    if group.number_policy != "shared":
        for number in group.numbers:
            if not store.held(number):
                yield number, group.number_policy == "exclusive"
    if group.number_policy != "exclusive":
        # Nearly always the first is taken; the others are sorted only when it was not.
        best = min(group.numbers, key=store.live)
        yield best, False
        yield from ((number, False) for number in sorted(group.numbers, key=store.live) if number != best)


def _new(group: Group, draft: Draft, caller: E164 | None, number: E164, exclusive: bool, now_ms: int) -> CallRequest:
    return CallRequest(
        id=new_request_id(now_ms),
        site=group.site,
        group=group.name,
        state=State.WAITING,
        number=number,
        code=None if group.code_digits is None else draw_code(group.code_digits, group.code_prefix),
        caller=caller,
        exclusive=exclusive,
        cool_down_s=group.cool_down_s,
        created_at_ms=now_ms,
        expires_at_ms=now_ms + group.lifetime_s * 1000,
        fields=draft.fields,
        user_data=draft.user_data,
        page=draft.page,
        idempotency_key=draft.idempotency_key,
        consent=agreed(group.consent, draft.consent, now_ms),
    )


async def _same_key(store: Store, request: CallRequest) -> CallRequest:
    known = await store.find_by_key(request.site, request.idempotency_key or "")
    return known or request
