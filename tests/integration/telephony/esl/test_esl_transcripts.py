from pathlib import Path

import pytest

from tests.integration.telephony.esl.conftest import NUMBER, Exchange
from tests.integration.telephony.esl.freeswitch import Player, channel_data, freeswitch, written

FOLDER = Path(__file__).parents[3] / "data" / "esl"
TRANSCRIPTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.txt"))}


@pytest.mark.parametrize("name", TRANSCRIPTS)
async def test_the_server_keeps_to_the_transcript(exchange: Exchange, name: str) -> None:
    transcript = TRANSCRIPTS[name]
    issued = await exchange.ask()
    places = {"channel": written(channel_data(NUMBER)), "number": NUMBER.lstrip("+"), "code": issued.access_code or ""}

    async with freeswitch(exchange.port) as peer:
        await Player(peer, places).play(transcript)

    expected = [line[2:] for line in transcript.splitlines() if line.startswith("=")]
    await exchange.connector.stop()
    assert exchange.names() == expected[0].split()
