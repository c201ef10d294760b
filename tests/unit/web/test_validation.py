from typing import Annotated, Any, Literal

import msgspec
import pytest

from warmcall.validation import explain


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    number: int = 0


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    inner: Inner | None = None
    several: list[Inner] = []
    short: Annotated[str, msgspec.Meta(max_length=3)] = ""
    listed: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("a",)
    bounded: Annotated[int, msgspec.Meta(ge=4)] = 4
    named: dict[Annotated[str, msgspec.Meta(max_length=2)], int | float | str] = {}
    choice: Literal["a", "b"] = "a"


@pytest.mark.parametrize(
    ("value", "field", "why"),
    [
        ([], "", "expected an object"),
        ({}, "text", "is missing"),
        ({"text": 1}, "text", "expected a string"),
        ({"text": "", "other": 1}, "other", "is not known here; check its spelling or leave it out"),
        ({"text": "", "inner": {"a.b": 1}}, "inner.a.b", "is not known here; check its spelling or leave it out"),
        ({"text": "", "inner": 1}, "inner", "expected an object or null"),
        ({"text": "", "several": [{}, {"number": "x"}]}, "several[1].number", "expected an integer"),
        ({"text": "", "short": "long"}, "short", "expected at most 3 characters"),
        ({"text": "", "listed": []}, "listed", "expected at least 1 entries"),
        ({"text": "", "bounded": 3}, "bounded", "expected at least 4"),
        ({"text": "", "named": {"a": []}}, "named[...]", "expected a number or a string"),
        ({"text": "", "named": {"abc": 1}}, "named", "has a key that is not allowed: expected at most 2 characters"),
        ({"text": "", "choice": "c"}, "choice", "invalid enum value 'c'"),
    ],
)
def test_an_error_is_said_with_its_place(value: Any, field: str, why: str) -> None:
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.convert(value, Outer)
    assert explain(raised.value) == (field, why)
