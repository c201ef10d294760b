import re
import struct
from array import array
from pathlib import Path

import pytest

from warmcall.telephony.demoline.prompts import (
    AGENT_HELLO,
    BYTES_PER_S,
    GENERAL_HELLO,
    GOODBYE,
    hold_music,
    read_wav,
    recorded,
    ringing,
    tone,
)
from warmcall.telephony.ivr import Prompt


def wav(mu_law: bytes, kind: int = 7, rate: int = 8000, extra: bytes = b"") -> bytes:
    form = struct.pack("<HHIIHH", kind, 1, rate, rate, 1, 8)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + extra
    body += b"data" + struct.pack("<I", len(mu_law)) + mu_law
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_mu_law_is_decoded_as_g711_says() -> None:
    samples = array("h", read_wav(wav(bytes([0x00, 0x80, 0xFF, 0x7F, 0x8F, 0xC5]))))

    assert list(samples) == [-32124, 32124, 0, 0, 16764, 1564]


def test_chunks_nobody_needs_are_passed_over() -> None:
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"

    assert read_wav(wav(b"\xff\xff", extra=odd)) == bytes(4)


@pytest.mark.parametrize("data", [b"", b"ID3 not a wave", wav(b"", kind=1), wav(b"", rate=44100)])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"WAV|mu-law"):
        read_wav(data)


@pytest.mark.parametrize("name", [*Prompt, AGENT_HELLO, GENERAL_HELLO, GOODBYE])
def test_every_sentence_is_recorded_and_short(name: str) -> None:
    seconds = len(recorded()[name]) / BYTES_PER_S

    assert 1 < seconds < 10


def test_the_script_that_speaks_the_sentences_knows_them_all() -> None:
    script = (Path(__file__).parents[3] / "scripts/make-prompts").read_text()

    assert sorted(re.findall(r"^(?:line|agent) (\w+)", script, re.MULTILINE)) == sorted(recorded())


def test_a_sentence_that_was_not_recorded_is_missed_by_name() -> None:
    with pytest.raises(KeyError, match="farewell"):
        recorded()["farewell"]


@pytest.mark.parametrize("sound", [ringing(), hold_music(), tone((440,), 0.01)])
def test_tones_are_soft_and_start_and_end_in_silence(sound: bytes) -> None:
    samples = array("h", sound)

    assert 0 < max(map(abs, samples)) < 0.2 * 32767
    assert abs(samples[0]) < 100
    assert abs(samples[-1]) < 100
