import pytest

from warmcall.web.assets import Asset

SCRIPT = Asset("text/javascript", "e", {"identity": b"long", "gzip": b"gz", "br": b"b"})


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0.0, gzip; q=0", "identity"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("BR", "br"),
    ],
)
def test_the_smallest_form_that_is_understood_is_chosen(accepted: str, coding: str) -> None:
    assert SCRIPT.best(accepted) == (coding, SCRIPT.encoded[coding])
