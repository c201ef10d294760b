import pytest

from tests.unit.web.exchanges import Wire
from warmcall.web.errors import BodyTooLargeError
from warmcall.web.exchange import BODY_LIMIT_BYTES, ClientGoneError


def part(body: bytes, more: bool) -> dict[str, object]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_may_come_in_parts() -> None:
    wire = Wire([part(b"ab", True), part(b"", True), part(b"c", False)])
    assert await wire.exchange().body() == b"abc"


async def test_a_body_may_be_as_large_as_the_bound() -> None:
    assert len(await Wire([part(b"x" * BODY_LIMIT_BYTES, False)]).exchange().body()) == BODY_LIMIT_BYTES


@pytest.mark.parametrize("parts", [1, 3])
async def test_a_larger_body_is_taken_to_its_end_and_refused(parts: int) -> None:
    chunk = b"x" * (BODY_LIMIT_BYTES // parts + 1)
    wire = Wire([part(chunk, number < parts - 1) for number in range(parts)])
    with pytest.raises(BodyTooLargeError):
        await wire.exchange().body()
    assert wire.incoming == []


async def test_an_endless_body_is_not_taken_to_its_end() -> None:
    wire = Wire([part(b"x" * 100_000, True)] * 10)
    with pytest.raises(BodyTooLargeError):
        await wire.exchange().body()
    assert len(wire.incoming) == 7


async def test_who_hangs_up_gets_no_answer() -> None:
    wire = Wire([part(b"ab", True), {"type": "http.disconnect"}])
    with pytest.raises(ClientGoneError):
        await wire.exchange().body()


@pytest.mark.parametrize("path", ["/call/v1/match", "/v1/match"])
async def test_the_path_is_read_below_the_mount(path: str) -> None:
    assert Wire().exchange(path, root_path="/call").path == "/v1/match"


async def test_an_empty_answer_has_no_length() -> None:
    wire = Wire()
    await wire.exchange().answer(204, b"", ())
    assert not [name for name, _ in wire.sent[0]["headers"] if name == b"content-length"]


async def test_ids_of_requests_differ() -> None:
    assert Wire().exchange().request_id != Wire().exchange().request_id
