import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmcall.telephony.kamailio.netstrings import PAYLOAD_BYTES, NetstringError, NetstringReader, netstring


@given(st.lists(st.binary(max_size=200), max_size=8), st.lists(st.integers(1, 50), max_size=60))
def test_messages_arrive_whole_however_the_bytes_are_cut(messages: list[bytes], cuts: list[int]) -> None:
    reader = NetstringReader()
    stream = b"".join(netstring(message) for message in messages)

    found = []
    for cut in cuts:
        found += reader.feed(stream[:cut])
        stream = stream[cut:]
    found += reader.feed(stream)

    assert found == messages


@pytest.mark.parametrize(
    "wrong", [b"{}", b":x,", b"1x:a,", b"3:abcd,", b"-1:,", b"65537:", b"999999", b"\xb2:ab,", b" 1:a,"]
)
def test_bytes_that_are_no_netstring_end_the_conversation(wrong: bytes) -> None:
    with pytest.raises(NetstringError):
        NetstringReader().feed(wrong)


def test_the_longest_message_is_taken() -> None:
    message = bytes(PAYLOAD_BYTES)

    assert NetstringReader().feed(netstring(message)) == [message]


@given(st.binary(max_size=100))
def test_no_bytes_make_the_reader_fail_in_another_way(data: bytes) -> None:
    try:
        messages = NetstringReader().feed(data)
    except NetstringError:
        messages = []

    assert sum(map(len, messages)) < max(len(data), 1)
