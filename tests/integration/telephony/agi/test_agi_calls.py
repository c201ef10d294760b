import asyncio
from pathlib import Path

import pytest

from tests.integration.telephony.agi.asterisk import CALL_ID, Caller, asterisk, environment
from tests.integration.telephony.agi.conftest import CONFIG, NUMBER, Exchange, watched
from warmcall.telephony.asterisk.connector import AsteriskConnector
from warmcall.telephony.asterisk.settings import Settings
from warmcall.telephony.headers import token_of
from warmcall.telephony.refusals import Refusal
from warmcall.testing import running


async def test_a_matched_call_carries_the_token_twice_and_no_personal_data(exchange: Exchange) -> None:
    issued = await exchange.ask()

    caller = await exchange.call(Caller(keys=[issued.access_code or ""]))

    token = caller.variables["__WARMCALL_TOKEN"]
    assert token_of(caller.variables["__WARMCALL_UUI"]) == token
    context = await exchange.server.bus.command("CallRequests.context", {"token": token})
    assert context["context"]["fields"] == {"firstname": "Ada"}
    assert "Ada" not in "".join(caller.commands)


async def test_a_known_caller_is_not_asked(exchange: Exchange) -> None:
    await exchange.ask("+12025550123")

    caller = await exchange.call(Caller(), callerid="12025550123", callingpres="0")

    assert caller.variables["WARMCALL_MATCHED"] == "1"
    assert not [command for command in caller.commands if command.startswith("GET DATA")]


@pytest.mark.parametrize("presentation", ["32", "35", "67"])
async def test_a_number_the_caller_withholds_is_not_used_even_if_the_network_tells(
    exchange: Exchange, presentation: str
) -> None:
    await exchange.ask("+12025550123")

    caller = await exchange.call(Caller(), callerid="12025550123", callingpres=presentation)

    assert caller.variables["WARMCALL_MATCHED"] == "0"


async def test_name_and_attestation_are_kept_for_the_agent(exchange: Exchange) -> None:
    issued = await exchange.ask()

    await exchange.call(
        Caller(keys=[issued.access_code or ""]),
        callerid="12025550199",
        callingpres="0",
        calleridname='Ada "The" Caller',
        arg_1="attestation=A",
    )

    matched = exchange.data("matched")
    assert (matched["callerName"], matched["attestation"]) == ('Ada "The" Caller', "A")


async def test_the_dialplan_may_know_better_which_number_was_dialled(exchange: Exchange) -> None:
    await exchange.ask()

    caller = await exchange.call(Caller(), extension="s", dnid="unknown", arg_1=f"dialled={NUMBER}")

    assert caller.variables["WARMCALL_ACTION"] == "route"
    assert "call_received" in exchange.names()


async def test_calls_sent_to_a_named_extension_are_known_by_the_number_they_came_on(exchange: Exchange) -> None:
    await exchange.ask()

    await exchange.call(Caller(), extension="s")

    assert "call_received" in exchange.names()


async def test_the_same_call_asked_about_twice_gets_the_same_answer(exchange: Exchange) -> None:
    issued = await exchange.ask()
    first = await exchange.call(Caller(keys=[issued.access_code or ""]))

    second = await exchange.call(Caller())

    assert second.variables == first.variables
    assert exchange.names().count("matched") == 1


async def test_connected_and_ended_are_reported_by_hooks_of_the_dialplan(exchange: Exchange) -> None:
    issued = await exchange.ask()
    caller = await exchange.call(Caller(keys=[issued.access_code or ""]))
    call_id = caller.variables["__WARMCALL_CALL"]

    await exchange.hook("connected", f"call={call_id}")
    await exchange.hook("connected", f"call={call_id}")
    await exchange.hook("ended", f"call={call_id}", "status=ANSWER", "cause=16")

    assert exchange.names()[-3:] == ["matched", "connected", "ended"]
    assert exchange.data("ended")["reason"] == "it was hung up (cause 16)"


@pytest.mark.parametrize(
    ("status", "reason"),
    [("BUSY", "the destination was busy"), ("NOANSWER", "nobody answered"), ("", "the caller hung up")],
)
async def test_why_a_call_ended_is_told(exchange: Exchange, status: str, reason: str) -> None:
    issued = await exchange.ask()
    await exchange.call(Caller(keys=[issued.access_code or ""]))

    await exchange.hook("ended", f"status={status}", "cause=", call_id="1700000000.1")

    assert exchange.data("ended")["reason"] == reason


async def test_the_end_of_a_call_nobody_knew_does_no_harm(exchange: Exchange) -> None:
    await exchange.hook("ended", "call=")

    assert exchange.names() == []
    assert await refusals(exchange) == {}


@pytest.mark.parametrize("call_id", ["9" * 500, "1\x00", "1\u20282"])
async def test_a_report_that_names_no_call_is_refused(exchange: Exchange, call_id: str) -> None:
    await exchange.hook("connected", f"call={call_id}")

    assert await refusals(exchange) == {Refusal.MALFORMED: 1}


async def test_hanging_up_after_the_match_ends_the_request(exchange: Exchange) -> None:
    issued = await exchange.ask()

    await exchange.call(Caller(keys=[issued.access_code or ""], hangs_up_at='SET VARIABLE "WARMCALL_ACTION"'))

    assert exchange.data("ended")["reason"] == "the caller hung up"


async def test_fifty_calls_at_once_each_get_their_own_context(exchange: Exchange) -> None:
    codes = [(await exchange.ask()).access_code or "" for _ in range(50)]
    callers = [Caller(keys=["000000", code]) for code in codes]

    await asyncio.gather(
        *(exchange.call(caller, uniqueid=f"1700000000.{index}") for index, caller in enumerate(callers))
    )

    assert len({caller.variables["__WARMCALL_TOKEN"] for caller in callers}) == 50
    assert exchange.names().count("matched") == 50


async def test_a_very_long_name_is_cut_and_costs_nothing(exchange: Exchange) -> None:
    issued = await exchange.ask()

    await exchange.call(
        Caller(keys=[issued.access_code or ""]), callerid="12025550199", callingpres="0", calleridname="A" * 9000
    )

    assert exchange.data("matched")["callerName"] == "A" * 80


async def refusals(exchange: Exchange) -> dict[Refusal, int]:
    await exchange.connector.stop()
    return {kind: count for (name, kind), count in exchange.server.warmcall.connectors.refusals.counts.items()}


async def test_a_line_that_does_not_end_is_not_read(exchange: Exchange) -> None:
    await exchange.call(Caller(), accountcode="A" * 100_000)

    assert await refusals(exchange) == {Refusal.MALFORMED: 1}


async def test_an_environment_that_does_not_end_is_not_read(exchange: Exchange) -> None:
    await exchange.call(Caller(), **{f"arg_{index}": "x" for index in range(1000)})

    assert await refusals(exchange) == {Refusal.MALFORMED: 1}


async def test_another_path_is_refused(exchange: Exchange) -> None:
    await exchange.hook("admin")

    assert await refusals(exchange) == {Refusal.MALFORMED: 1}


async def test_who_connects_and_says_nothing_is_no_refusal(exchange: Exchange) -> None:
    async with asterisk(exchange.port):
        pass

    assert await refusals(exchange) == {}


async def test_a_peer_that_is_not_on_the_list_gets_nothing() -> None:
    async with running(CONFIG + 'peers = ["192.0.2.0/24"]\n') as server:
        exchange = watched(server)
        async with asterisk(exchange.port) as peer:
            assert await peer.read() is None

        assert await refusals(exchange) == {Refusal.PEER: 1}


async def test_a_destination_the_dialplan_would_misread_is_left_to_it() -> None:
    config = CONFIG.replace("sip:reception@pbx.example.com", "sip:a,30,G(x)@pbx")
    async with running(config) as server:
        caller = await watched(server).call(Caller())

    assert caller.variables["WARMCALL_ACTION"] == "fallback"
    assert caller.variables["WARMCALL_DESTINATION"] == ""


async def test_stopping_leaves_calls_to_the_dialplan(exchange: Exchange) -> None:
    async with asterisk(exchange.port) as peer:
        await peer.write_environment(environment(NUMBER))
        assert await peer.read()

        await exchange.connector.stop()

        assert await peer.read() is None


async def test_a_peer_that_stops_answering_is_given_up_and_nobody_else_waits(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    impatient = AsteriskConnector(Settings(port=0), exchange.connector._switchboard, patience=0.02)
    await impatient.start()
    async with asterisk(impatient.port) as slow:
        await slow.write_environment(environment(NUMBER))
        assert await slow.read()
        meanwhile = await exchange.call(Caller(), uniqueid="1700000000.2")
        assert await slow.read() is None
    await impatient.stop()

    assert meanwhile.variables["WARMCALL_ACTION"] == "route"
    assert f"call {CALL_ID} is left to the dialplan: Asterisk did not answer in time" in caplog.text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en").mkdir()
    for name in ("ask_code", "connecting"):
        (tmp_path / "en" / f"{name}.wav").write_bytes(b"RIFF")
    return tmp_path


async def test_the_owners_recordings_are_played_from_the_folder_both_read(folder: Path) -> None:
    async with running(f'{CONFIG}\n[prompts]\nfolder = "{folder}"\n') as server:
        exchange = watched(server)
        issued = await exchange.ask()
        caller = await exchange.call(Caller(keys=[issued.access_code or ""]))

    assert f'GET DATA "{folder}/en/ask_code" "8000" "6"' in caller.commands


async def test_the_owners_recordings_are_played_from_asterisks_copy(folder: Path) -> None:
    async with running(f'{CONFIG}sounds = "warmcall"\n\n[prompts]\nfolder = "{folder}"\n') as server:
        caller = await watched(server).call(Caller())

    assert 'GET DATA "warmcall/en/ask_code" "8000" "6"' in caller.commands


async def test_a_recording_asterisk_does_not_have_is_replaced_by_a_beep(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(f'{CONFIG}sounds = "warmcall"\n\n[prompts]\nfolder = "{folder}"\n') as server:
        exchange = watched(server)
        issued = await exchange.ask()
        caller = await exchange.call(Caller(keys=[issued.access_code or ""], missing=("warmcall/en/ask_code",)))

    assert caller.variables["WARMCALL_MATCHED"] == "1"
    assert "cannot play warmcall/en/ask_code" in caplog.text


async def test_texts_without_a_recording_are_spoken_by_the_application_that_is_named() -> None:
    async with running(f'{CONFIG}say = "Festival"\n') as server:
        caller = await watched(server).call(Caller())

    at = caller.commands.index('EXEC Festival "Please key in the 6 digits you see on the page."')
    assert caller.commands[at + 1] == 'GET DATA "silence/1" "8000" "6"'
