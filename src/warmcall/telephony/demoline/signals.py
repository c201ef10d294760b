"""How the line tells a program at the other end what became of its call.

A caller that sends the header `X-Warmcall-Progress: keys` in its INVITE gets each step as one DTMF key of the fourth
column or a symbol, which no code contains. It travels in the call itself (RFC 4733), so a test caller needs no other
way to the server, and a person's phone, which does not ask for it, hears nothing. Response headers would be the natural
place, but not every SIP stack can set or read them.
"""

from enum import StrEnum

HEADER = "X-Warmcall-Progress"
BY_KEYS = "keys"


class Signal(StrEnum):
    """A step of a call, as the key that stands for it."""

    CODE_ASKED = "A"
    CODE_WRONG = "B"
    MATCHED = "C"
    GENERAL_LINE = "D"
    CONNECTED = "*"
    NUMBER_UNKNOWN = "#"
