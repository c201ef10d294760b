from tests.contract.store.samples import CALLER, NUMBER, a_request
from warmcall.calls.model import AccessCode, State
from warmcall.calls.port import Collision
from warmcall.store.holds import Holds


def test_what_was_taken_and_let_go_leaves_nothing_behind() -> None:
    holds: Holds[int] = Holds()
    for request in (a_request(), a_request(caller=None), a_request(code=None, caller=None)):
        assert holds.take(request, 1) is None
        holds.undo(request)
    assert (holds.live(NUMBER), holds.held(NUMBER)) == (0, 0)
    assert list(holds.waiting(NUMBER)) == []
    assert holds.take(a_request(exclusive=True), 2) is None


def test_a_handle_can_be_replaced_while_its_request_waits() -> None:
    holds: Holds[int] = Holds()
    named, anonymous = a_request(caller=CALLER, code="1234"), a_request(caller=None, code=None)
    for request, handle in ((named, 7), (anonymous, 8)):
        holds.take(request, 0)
        holds.set_handle(request, handle)
    assert holds.by_caller(NUMBER, CALLER) == 7
    assert holds.by_code(NUMBER, AccessCode("1234")) == 7
    assert sorted(holds.waiting(NUMBER)) == [7, 8]


def test_a_restored_request_that_cools_down_holds_its_code_and_waits_not() -> None:
    holds: Holds[int] = Holds()
    holds.restore(a_request(code="1234", state=State.MATCHED), 1)
    assert (holds.live(NUMBER), holds.held(NUMBER)) == (0, 1)
    assert list(holds.waiting(NUMBER)) == []
    assert holds.take(a_request(code="1234"), 2) is Collision.CODE


def test_a_refused_request_takes_nothing() -> None:
    holds: Holds[int] = Holds()
    holds.take(a_request(code="1234", caller=CALLER), 1)
    assert holds.take(a_request(code="1234"), 2) is Collision.CODE
    assert holds.take(a_request(caller=CALLER), 2) is Collision.CALLER
    assert holds.take(a_request(exclusive=True), 2) is Collision.NUMBER
    assert holds.held(NUMBER) == 1
