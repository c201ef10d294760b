import pytest

from warmcall.telephony.destinations import Destination, DestinationError, Kind, read_destination


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("sip:sales@pbx.example.com", Kind.SIP, "sip:sales@pbx.example.com"),
        ("SIP:sales@10.0.0.1:5070;transport=tcp", Kind.SIP, "sip:sales@10.0.0.1:5070;transport=tcp"),
        ("sips:+12025550100@[2001:db8::1]", Kind.SIP, "sips:+12025550100@[2001:db8::1]"),
        ("+12025550199", Kind.NUMBER, "+12025550199"),
        ("tel:+12025550199", Kind.NUMBER, "+12025550199"),
        ("queue:sales", Kind.QUEUE, "sales"),
        ("8001", Kind.EXTENSION, "8001"),
        ("reception-2", Kind.EXTENSION, "reception-2"),
    ],
)
def test_a_destination_says_what_it_is(text: str, kind: Kind, value: str) -> None:
    assert read_destination(text) == Destination(kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "sip:a b@pbx",
        'sip:a"b@pbx',
        "sip:a@pbx\r\nVia: x",
        "sip:<a@pbx>",
        "queue:",
        "queue:a,b",
        "queue:a)",
        "+1",
        "tel:8001",
        "8001,30",
        "${EXTEN}",
        "a&b",
        "Sales Team",
        "sip:" + "a" * 300,
    ],
)
def test_what_could_break_out_of_a_document_or_a_dialplan_is_refused(text: str) -> None:
    with pytest.raises(DestinationError):
        read_destination(text)
