from pathlib import Path

import pytest

from tests.integration.telephony.agi.asterisk import environment, play
from tests.integration.telephony.agi.conftest import NUMBER, Exchange

FOLDER = Path(__file__).parents[3] / "data" / "agi"
TRANSCRIPTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.txt"))}


@pytest.mark.parametrize("name", TRANSCRIPTS)
async def test_the_server_keeps_to_the_transcript(exchange: Exchange, name: str) -> None:
    transcript = TRANSCRIPTS[name]
    issued = await exchange.ask()
    env = "".join(f"{key}: {value}\n" for key, value in environment(NUMBER).items())

    await play(
        transcript,
        exchange.port,
        {"env": env, "number": NUMBER.lstrip("+"), "code": issued.access_code or ""},
    )

    expected = [line[2:] for line in transcript.splitlines() if line.startswith("=")]
    await exchange.connector.stop()
    assert exchange.names() == expected[0].split()
