import asyncio
import socket
from typing import cast

import pytest

from tests.unit.telephony.redirect.line import MATCHED, switchboard
from warmcall.telephony.kamailio import link
from warmcall.telephony.kamailio.link import Conversation


class Wire:
    """Takes what is sent, and says how much of it waits."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.waiting_bytes = 0
        self.aborted = False
        self._socket = socket.socket()

    def get_extra_info(self, _: str) -> socket.socket:
        return self._socket

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def get_write_buffer_size(self) -> int:
        return self.waiting_bytes

    def abort(self) -> None:
        self.aborted = True
        self._socket.close()


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def conversation(wire: Wire) -> Conversation:
    opened = Conversation(lambda message, send: send(message), switchboard(lambda _: MATCHED))
    opened.connection_made(cast(asyncio.Transport, wire))
    return opened


def test_each_answer_is_sent_whole_and_at_once(wire: Wire, conversation: Conversation) -> None:
    conversation.data_received(b"1:a,2:bc,")
    conversation.abort()

    assert wire.sent == [b"1:a,", b"2:bc,"]


def test_a_kamailio_that_takes_no_answers_any_more_is_left(wire: Wire, conversation: Conversation) -> None:
    wire.waiting_bytes = link.UNSENT_BYTES
    conversation.send(b"a")
    assert not wire.aborted

    wire.waiting_bytes += 1
    conversation.send(b"a")
    assert wire.aborted


def test_an_answer_after_the_end_gets_lost(wire: Wire, conversation: Conversation) -> None:
    conversation.abort()
    conversation.connection_lost(None)
    conversation.send(b"a")

    assert conversation.closed.is_set()
    assert wire.sent == []
