"""Netstrings, in which EVAPI wraps its messages: `5:hello,`."""

PAYLOAD_BYTES = 65_536
_LENGTH_DIGITS = len(str(PAYLOAD_BYTES))


class NetstringError(ValueError):
    """The bytes are no netstring; where the next one starts cannot be known."""


def netstring(payload: bytes) -> bytes:
    """Wrap a message.

    >>> netstring(b"hello")
    b'5:hello,'
    """
    return b"%d:%b," % (len(payload), payload)


class NetstringReader:
    """Takes bytes as they come, gives messages as they are complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes.

        Returns:
            The messages that are complete with them, in order.

        Raises:
            NetstringError: if they cannot go on like this; the connection is of no use any more.
        """
        self._buffer += data
        messages = []
        at = 0
        while (ends := self._end(at)) is not None:
            start, end = ends
            messages.append(bytes(self._buffer[start:end]))
            at = end + 1
        del self._buffer[:at]
        return messages

    def _end(self, at: int) -> tuple[int, int] | None:
        colon = self._buffer.find(b":", at, at + _LENGTH_DIGITS + 1)
        digits = self._buffer[at : colon if colon >= 0 else at + _LENGTH_DIGITS + 1]
        if (digits and not digits.isdigit()) or (colon < 0 and len(digits) > _LENGTH_DIGITS) or colon == at:
            raise NetstringError("expected the length of a netstring")
        if colon < 0:
            return None
        start = colon + 1
        end = start + int(digits)
        if end - start > PAYLOAD_BYTES:
            raise NetstringError(f"a message has more than {PAYLOAD_BYTES} bytes")
        if len(self._buffer) <= end:
            return None
        if self._buffer[end] != ord(","):
            raise NetstringError("expected a comma at the end of a netstring")
        return start, end
