import asyncio
from pathlib import Path

import pytest

from tests.integration.telephony.esl.conftest import CONFIG, NUMBER, Exchange, watched
from tests.integration.telephony.esl.freeswitch import ACCEPTED, CALL_ID, Caller, channel_data, freeswitch, written
from warmcall.telephony.freeswitch.connector import FreeswitchConnector
from warmcall.telephony.freeswitch.settings import Settings
from warmcall.telephony.headers import token_of
from warmcall.telephony.refusals import Refusal
from warmcall.testing import running

KNOWN = {"Caller-Caller-ID-Number": "+12025550123", "Caller-Privacy-Hide-Number": "false"}


async def test_a_matched_call_carries_the_token_twice_and_no_personal_data(exchange: Exchange) -> None:
    issued = await exchange.ask()

    caller = await exchange.call(Caller(keys=[issued.access_code or ""]))

    token = caller.variables["sip_h_X-Warmcall-Token"]
    assert token_of(caller.variables["sip_h_User-to-User"]) == token
    context = await exchange.server.bus.command("CallRequests.context", {"token": token})
    assert context["context"]["fields"] == {"firstname": "Ada"}
    assert "Ada" not in f"{caller.executed}"


async def test_a_token_the_caller_brought_along_is_removed(exchange: Exchange) -> None:
    caller = await exchange.call(Caller())

    assert caller.variables["sip_h_X-Warmcall-Token"] == "(unset)"


async def test_the_call_is_followed_to_its_end(exchange: Exchange) -> None:
    issued = await exchange.ask()

    caller = await exchange.call(Caller(keys=["000000", issued.access_code or ""]))

    assert ("bridge", "sofia/external/sip:sales@pbx.example.com") in caller.executed
    assert exchange.names() == ["created", "call_received", "code_refused", "matched", "connected", "ended"]
    assert exchange.data("ended")["reason"] == "it was hung up (NORMAL_CLEARING)"


async def test_a_caller_who_gives_up_while_it_rings_was_not_connected(exchange: Exchange) -> None:
    issued = await exchange.ask()

    await exchange.call(Caller(keys=[issued.access_code or ""], hangs_up_at="bridge"))

    assert "connected" not in exchange.names()
    assert exchange.data("ended")["reason"] == "the caller hung up (ORIGINATOR_CANCEL)"


async def test_a_call_nobody_answers_is_left_to_the_dialplan_alive(exchange: Exchange) -> None:
    issued = await exchange.ask()

    caller = await exchange.call(Caller(keys=[issued.access_code or ""], answered=False))

    assert caller.hung_up is None
    assert exchange.data("ended")["reason"] == "nobody answered (NO_ANSWER)"


async def test_a_known_caller_is_not_asked(exchange: Exchange) -> None:
    await exchange.ask("+12025550123")

    caller = await exchange.call(Caller(), KNOWN)

    assert "matched" in exchange.names()
    assert "play_and_get_digits" not in dict(caller.executed)


async def test_a_number_the_caller_withholds_is_not_used_even_if_the_network_tells(exchange: Exchange) -> None:
    await exchange.ask("+12025550123")

    await exchange.call(Caller(), KNOWN | {"Caller-Privacy-Hide-Number": "true"})

    assert "matched" not in exchange.names()


async def test_name_and_attestation_are_kept_for_the_agent(exchange: Exchange) -> None:
    issued = await exchange.ask()
    more = {"Caller-Caller-ID-Name": "Ada\nCaller", "variable_sip_verstat_detailed": "TN-Validation-Passed-B"}

    await exchange.call(
        Caller(keys=[issued.access_code or ""]), KNOWN | {"Caller-Caller-ID-Number": "+12025550199"} | more
    )

    matched = exchange.data("matched")
    assert (matched["callerName"], matched["attestation"]) == ("Ada Caller", "B")


async def test_the_dialplan_may_know_better_which_number_was_dialled(exchange: Exchange) -> None:
    await exchange.ask()

    await exchange.call(Caller(), {"Caller-Destination-Number": "ivr", "variable_warmcall_dialled": NUMBER})

    assert "call_received" in exchange.names()


async def test_fifty_calls_at_once_each_get_their_own_context(exchange: Exchange) -> None:
    codes = [(await exchange.ask()).access_code or "" for _ in range(50)]
    callers = [Caller(keys=["000000", code]) for code in codes]

    await asyncio.gather(
        *(exchange.call(caller, {"Unique-ID": f"call-{index}"}) for index, caller in enumerate(callers))
    )

    assert len({caller.variables["sip_h_X-Warmcall-Token"] for caller in callers}) == 50
    assert exchange.names().count("ended") == 50


async def test_very_long_variables_cost_nothing(exchange: Exchange) -> None:
    issued = await exchange.ask()
    more = {f"variable_{index}": "ü" * 3000 for index in range(8)} | {"Caller-Caller-ID-Name": "A" * 9000}

    await exchange.call(
        Caller(keys=[issued.access_code or ""]), KNOWN | {"Caller-Caller-ID-Number": "+12025550199"} | more
    )

    assert exchange.data("matched")["callerName"] == "A" * 80


@pytest.mark.parametrize(
    ("destination", "application"),
    [
        ("+12025550177", ("bridge", "sofia/gateway/carrier/+12025550177")),
        ("queue:sales", ("callcenter", "sales@default")),
        ("1001", ("bridge", "user/1001")),
    ],
)
async def test_every_kind_of_destination_is_connected(destination: str, application: tuple[str, str]) -> None:
    config = CONFIG.replace("sip:reception@pbx.example.com", destination) + 'number = "sofia/gateway/carrier/{}"\n'
    async with running(config) as server:
        caller = await watched(server).call(Caller())

    assert application in caller.executed


@pytest.mark.parametrize("destination", ["+12025550177", "sip:a,b|c@pbx", "sip:[2001:db8::1]"])
async def test_a_destination_freeswitch_cannot_be_told_is_left_to_the_dialplan(destination: str) -> None:
    async with running(CONFIG.replace("sip:reception@pbx.example.com", destination)) as server:
        caller = await watched(server).call(Caller())

    assert not {"bridge", "callcenter"} & set(dict(caller.executed))
    assert caller.hung_up is None


async def refusals(exchange: Exchange) -> dict[Refusal, int]:
    await exchange.connector.stop()
    return {kind: count for (_, kind), count in exchange.server.warmcall.connectors.refusals.counts.items()}


async def test_a_block_that_does_not_end_is_not_read(exchange: Exchange) -> None:
    async with freeswitch(exchange.port) as peer:
        assert await peer.read() == ["connect"]
        await peer.write("variable_x: " + "A" * 600_000)
        await peer.finish()

    assert await refusals(exchange) == {Refusal.MALFORMED: 1}


@pytest.mark.parametrize("length", ["999999999", "-1", "1e3", "9" * 400])
async def test_a_length_that_cannot_be_is_refused(exchange: Exchange, length: str) -> None:
    async with freeswitch(exchange.port) as peer:
        assert await peer.read() == ["connect"]
        await peer.write(f"Content-Type: text/event-plain\nContent-Length: {length}")
        assert await peer.read() is None

    assert await refusals(exchange) == {Refusal.MALFORMED: 1}


async def test_a_connection_that_is_not_about_a_call_is_refused(exchange: Exchange) -> None:
    async with freeswitch(exchange.port) as peer:
        assert await peer.read() == ["connect"]
        await peer.write(ACCEPTED)
        assert await peer.read() is None

    assert await refusals(exchange) == {Refusal.MALFORMED: 1}


async def test_a_peer_that_is_not_on_the_list_gets_nothing() -> None:
    async with running(CONFIG + 'peers = ["192.0.2.0/24"]\n') as server:
        exchange = watched(server)
        async with freeswitch(exchange.port) as peer:
            assert await peer.read() is None

        assert await refusals(exchange) == {Refusal.PEER: 1}


async def test_stopping_leaves_calls_to_the_dialplan(exchange: Exchange) -> None:
    async with freeswitch(exchange.port) as peer:
        assert await peer.read() == ["connect"]
        await peer.write(f"{written(channel_data(NUMBER))}\n{ACCEPTED}")
        assert await peer.read() == ["resume"]

        await exchange.connector.stop()

        assert await peer.read() is None


async def test_a_peer_that_stops_answering_is_given_up_and_nobody_else_waits(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    impatient = FreeswitchConnector(Settings(port=0), exchange.connector._switchboard, patience=0.02)
    await impatient.start()
    async with freeswitch(impatient.port) as slow:
        assert await slow.read() == ["connect"]
        await slow.write(f"{written(channel_data(NUMBER))}\n{ACCEPTED}")
        assert await slow.read() == ["resume"]
        meanwhile = await exchange.call(Caller(), {"Unique-ID": "call-2"})
        while await slow.read() is not None:
            """Whatever it still tries is not answered."""
    await impatient.stop()

    assert "bridge" in dict(meanwhile.executed)
    assert f"call {CALL_ID} is left to the dialplan: FreeSWITCH did not answer in time" in caplog.text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "ask_code.wav").write_bytes(b"RIFF")
    return tmp_path


@pytest.mark.parametrize(("line", "place"), [("", None), ('sounds = "/mnt/warmcall"\n', "/mnt/warmcall")])
async def test_the_owners_recordings_are_played(folder: Path, line: str, place: str | None) -> None:
    async with running(f'{CONFIG}{line}\n[prompts]\nfolder = "{folder}"\n') as server:
        caller = await watched(server).call(Caller())

    asked = next(argument for application, argument in caller.executed if application == "play_and_get_digits")
    assert f" {place or folder}/en/ask_code.wav " in asked


async def test_texts_without_a_recording_are_spoken_by_the_voice_that_is_named() -> None:
    async with running(f'{CONFIG}voices = {{ en = "flite:slt" }}\n') as server:
        caller = await watched(server).call(Caller())

    asked = "'say:flite:slt:I did not hear any keys. Please key in the 6 digits you see on the page.'"
    assert asked in dict(caller.executed)["play_and_get_digits"]
    assert ("playback", "say:flite:slt:You are being connected to our general line.") in caller.executed
