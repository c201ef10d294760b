import asyncio
import sys

from tests.integration.demoline.conftest import Exchange

WITHIN_S = 30.0


async def run_dial(*arguments: str) -> tuple[int, str]:
    """Run `warmcall dial` as a program of its own; returns how it ended and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "warmcall.cli", "dial", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(WITHIN_S):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_dialling_with_the_right_code_succeeds_and_tells_each_step(exchange: Exchange) -> None:
    issued = await exchange.ask()
    assert issued.access_code

    code, said = await run_dial(
        issued.access_number, "--code", issued.access_code, "--line", exchange.line.address, "--hold", "0"
    )

    assert code == 0, said
    told = [line.partition(" s  ")[2] for line in said.splitlines()]
    assert told[1:] == [
        "The line answered.",
        "The line asks for the code.",
        f"Keyed in {issued.access_code}.",
        "Matched: the line knows who is calling and why. It is ringing.",
        "The agent answered.",
        "Hung up.",
    ]
    assert (await exchange.event("ended"))["id"] == issued.id


async def test_dialling_from_the_number_in_the_form_needs_no_code(exchange: Exchange) -> None:
    issued = await exchange.ask(caller="+12025550155")

    code, said = await run_dial(
        issued.access_number, "--from", "+1 202 555 0155", "--line", exchange.line.address, "--hold", "0"
    )

    assert code == 0, said
    assert "from +12025550155" in said


async def test_dialling_with_a_wrong_code_fails_with_a_sentence(exchange: Exchange) -> None:
    issued = await exchange.ask()

    code, said = await run_dial(issued.access_number, "--code", "000000", "--line", exchange.line.address)

    assert code == 1
    assert "does not know this code" in said


async def test_dialling_where_no_line_runs_says_how_to_start_one() -> None:
    code, said = await run_dial("+12025550100", "--line", "127.0.0.1:9")

    assert code == 1
    assert "warmcall demo" in said


async def test_what_is_no_number_is_refused_before_any_call() -> None:
    code, said = await run_dial("reception")

    assert code == 2
    assert "+12025550100" in said


async def test_what_is_no_code_is_refused_before_any_call() -> None:
    code, said = await run_dial("+12025550100", "--code", "12ab")

    assert code == 2
    assert "up to 8 digits" in said
