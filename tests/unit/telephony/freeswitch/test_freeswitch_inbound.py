import pytest

from warmcall.telephony.freeswitch.inbound import read_digits, reason


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("NORMAL_CLEARING", "it was hung up (NORMAL_CLEARING)"),
        ("NORMAL_TEMPORARY_FAILURE", "it ended (NORMAL_TEMPORARY_FAILURE)"),
        (None, "it was hung up"),
        ("x\x00\n", "it was hung up"),
        ("A" * 500, "it was hung up"),
    ],
)
def test_why_a_call_ended_is_told_in_words_and_by_its_cause(cause: str | None, words: str) -> None:
    assert reason(cause) == words


@pytest.mark.parametrize(
    ("event", "digits"),
    [
        ({"variable_d": "4711"}, "4711"),
        ({"variable_d_invalid": "47"}, "47"),
        ({"variable_other": "4711"}, ""),
        ({"variable_d": "4;7\n1A1"}, "4711"),
        ({"variable_d": "1" * 5000}, "1" * 64),
    ],
)
def test_only_keys_count(event: dict[str, str], digits: str) -> None:
    assert read_digits(event, "d") == digits
