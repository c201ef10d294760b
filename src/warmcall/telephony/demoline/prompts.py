"""The recorded sentences and the tones of the line, as 16-bit PCM at 8 kHz."""

import struct
from array import array
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from math import pi, sin

RATE = 8000
BYTES_PER_S = 2 * RATE
_MU_LAW = 7

AGENT_HELLO = "agent_hello"
GENERAL_HELLO = "general_hello"
GOODBYE = "goodbye"

Prompts = Mapping[str, bytes]


class _Recordings(Mapping[str, bytes]):
    """The sentences in the folder `prompts`, each read when it is first said."""

    def __init__(self) -> None:
        self._folder = files(__package__).joinpath("prompts")
        self._names = sorted(
            entry.name.removesuffix(".wav") for entry in self._folder.iterdir() if entry.name.endswith(".wav")
        )
        self._heard: dict[str, bytes] = {}

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._heard:
            self._heard[name] = read_wav(self._folder.joinpath(f"{name}.wav").read_bytes())
        return self._heard[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@cache
def recorded() -> Prompts:
    """The sentences that come with Warmcall, by name."""
    return _Recordings()


def read_wav(data: bytes) -> bytes:
    """Decode a WAV file of 8 kHz, one channel, mu-law (ITU-T G.711): half the size of PCM, and what travels anyway.

    Raises:
        ValueError: if it is another kind of file.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    chunks = _chunks(data)
    kind, channels, rate = struct.unpack_from("<HHI", chunks[b"fmt "])
    if (kind, channels, rate) != (_MU_LAW, 1, RATE):
        raise ValueError(f"expected mu-law, 1 channel, {RATE} Hz; got format {kind}, {channels}, {rate} Hz")
    return array("h", map(_linear().__getitem__, chunks[b"data"])).tobytes()


def tone(frequencies_hz: tuple[float, ...], seconds: float, volume: float = 0.08) -> bytes:
    """A soft chord that fades in and out."""
    count = int(seconds * RATE)
    fade = min(400, count // 2)
    samples = array("h")
    for at in range(count):
        level = min(1.0, at / fade, (count - at) / fade) * volume * 32767 / len(frequencies_hz)
        samples.append(int(level * sum(sin(2 * pi * hz * at / RATE) for hz in frequencies_hz)))
    return samples.tobytes()


def silence(seconds: float) -> bytes:
    """Nothing to hear for a while."""
    return bytes(2 * int(seconds * RATE))


@cache
def ringing() -> bytes:
    """One ring as North American callers hear it (440 and 480 Hz)."""
    return tone((440, 480), 1.2) + silence(0.6)


@cache
def hold_music() -> bytes:
    """Four slow, soft chords, to be repeated while an agent listens."""
    chords = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    return b"".join(tone(chord, 1.8, 0.05) + silence(0.2) for chord in chords)


def _chunks(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        found[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


@cache
def _linear() -> list[int]:
    """What each mu-law byte means, by the segments of ITU-T G.711."""
    table = []
    for byte in range(256):
        code = ~byte & 0xFF
        magnitude = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
        table.append(-magnitude if code & 0x80 else magnitude)
    return table
