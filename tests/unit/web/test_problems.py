import json
import re
from pathlib import Path

import pytest

from warmcall.bus.errors import CommandCancelledError, CommandFailedError, CommandRejectedError, UnknownCommandError
from warmcall.calls import errors as calls
from warmcall.errors import WarmcallError
from warmcall.web import errors as web
from warmcall.web.problems import KINDS, problem_of

DOCS = Path(__file__).parents[3] / "docs"
# Classes that only group others, and are never raised as they are.
GROUPS = {calls.UnknownError, web.WebError}


def kinds_of(root: type[WarmcallError]) -> set[type[WarmcallError]]:
    return {root, *(kind for child in root.__subclasses__() for kind in kinds_of(child))}


def test_every_error_of_domain_and_web_has_a_status() -> None:
    mine = {kind for kind in kinds_of(WarmcallError) if kind.__module__ in (calls.__name__, web.__name__)}
    assert mine - GROUPS <= set(KINDS)


def test_no_code_stands_for_two_kinds() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)


def test_the_list_of_errors_is_complete_and_right() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (yes|no) \|", (DOCS / "errors.md").read_text(), re.MULTILINE)
    expected = {(kind.code, str(KINDS[kind].status), "yes" if kind.retryable else "no") for kind in KINDS}
    assert set(rows) == expected
    assert len(rows) == len(expected)


def body(error: WarmcallError, **extra: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(problem_of(error, "r1", extra, "https://call.example.com").body)
    return found


def test_a_problem_says_what_and_where() -> None:
    assert body(calls.InvalidFieldError("fields.age", "expected a number.")) == {
        "type": "https://call.example.com/docs#invalid_field",
        "title": "Invalid field",
        "status": 422,
        "detail": "fields.age: expected a number.",
        "code": "invalid_field",
        "retryable": False,
        "requestId": "r1",
        "field": "fields.age",
        "errors": [{"field": "fields.age", "message": "expected a number."}],
    }


def test_details_are_members_but_never_replace_the_fixed_ones() -> None:
    found = body(calls.RefusalError("No.", {"status": 200, "why": "holiday"}), code="ok", fallbackNumber="+1")
    assert (found["status"], found["code"], found["why"], found["fallbackNumber"]) == (409, "refused", "holiday", "+1")


def test_a_failed_command_speaks_for_its_cause() -> None:
    assert body(CommandFailedError(calls.SiteUnknownError("x")))["code"] == "site_unknown"


@pytest.mark.parametrize(
    "error", [CommandFailedError(ValueError("secret")), UnknownCommandError(), WarmcallError("secret")]
)
def test_a_fault_tells_nothing_of_itself(error: WarmcallError) -> None:
    found = body(error)
    assert (found["code"], found["status"]) == ("internal_error", 500)
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CommandCancelledError(), 403),
        (CommandRejectedError("Not today."), 409),
        (calls.RefusalError("Not today."), 409),
    ],
)
def test_a_refusal_of_an_extension_is_no_fault(error: WarmcallError, status: int) -> None:
    found = body(error)
    assert found["status"] == status
    assert found["detail"] == error.message


def test_an_error_of_an_extension_counts_as_what_it_derives_from() -> None:
    class OnHolidayError(calls.RefusalError):
        code = "on_holiday"

    found = body(OnHolidayError("Back on Monday."))
    assert (found["status"], found["code"]) == (409, "on_holiday")


def test_a_wait_is_told_in_the_header() -> None:
    assert (b"retry-after", b"17") in problem_of(calls.TooManyRequestsError("per address", 17), "r1").headers
    assert (b"retry-after", b"2") in problem_of(calls.StoreUnavailableError("Disk full."), "r1").headers
