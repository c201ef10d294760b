"""Phones that know nothing of us: their number in From, no wish to be told of progress."""

from collections.abc import Callable
from pathlib import Path

from baresip import Account, Call, UserAgent

from tests.integration.demoline.conftest import Exchange
from tests.integration.demoline.waiting import eventually
from tests.integration.telephony.sip.softphone import calling

SOON_S = 5.0


async def softphone(exchange: Exchange, user: str, number: str, headers: dict[str, str] | None = None) -> Call:
    account = Account(user=user, domain="127.0.0.1", password="", reg_interval=0)
    agent = await UserAgent.create(exchange.stack.runtime, account)
    call = await agent.dial(f"sip:{number}@{exchange.line.address}", headers)
    await call.wait_established(SOON_S)
    return call


def digits_heard(call: Call) -> Callable[[], list[str]]:
    heard: list[str] = []
    call.on_dtmf(lambda event: heard.append(event.digit))
    return lambda: heard


async def test_the_caller_is_known_by_the_number_in_from(exchange: Exchange) -> None:
    issued = await exchange.ask(caller="+12025550155")

    call = await softphone(exchange, "+12025550155", issued.access_number)

    assert (await exchange.event("matched"))["matchedBy"] == "caller"
    await call.hangup()


async def test_a_softphone_of_others_is_known_by_its_number(exchange: Exchange, tmp_path: Path) -> None:
    issued = await exchange.ask(caller="+12025550155")
    port = int(exchange.line.address.rpartition(":")[2])

    async with calling("+12025550155", issued.access_number, port, tmp_path / "phone"):
        await exchange.event("connected")

    assert (await exchange.event("ended"))["reason"] == "the caller hung up"


async def test_a_caller_who_asks_for_privacy_is_not_known_by_number(exchange: Exchange) -> None:
    issued = await exchange.ask(caller="+12025550155")

    call = await softphone(exchange, "+12025550155", issued.access_number, {"Privacy": "id"})

    await exchange.event("call_received")
    assert "matched" not in exchange.names()
    await call.hangup()


async def test_a_number_may_be_dialled_without_its_plus_sign(exchange: Exchange) -> None:
    issued = await exchange.ask(caller="+12025550155")

    call = await softphone(exchange, "+12025550155", issued.access_number.removeprefix("+"))

    assert (await exchange.event("matched"))["id"] == issued.id
    await call.hangup()


async def test_a_softphone_hears_speech_and_no_signals(exchange: Exchange) -> None:
    issued = await exchange.ask(caller="+12025550155")
    call = await softphone(exchange, "+12025550155", issued.access_number)
    heard = digits_heard(call)
    loud: list[bytes] = []

    def listen() -> bool | None:
        loud.append(call.audio.read(16_000).strip(b"\0"))
        return any(len(sound) > 200 for sound in loud) or None

    await exchange.event("connected")
    await eventually(listen)

    assert heard() == []
    await call.hangup()


async def test_closing_the_line_hangs_up_and_reports_it(exchange: Exchange) -> None:
    issued = await exchange.ask(caller="+12025550155")
    call = await softphone(exchange, "+12025550155", issued.access_number)
    await exchange.event("connected")

    await exchange.line.aclose()

    assert (await exchange.event("ended"))["reason"] == "the line was closed"
    await eventually(lambda: call.state.value == "closed" or None)
