from collections.abc import Callable

from tests.unit.calls.conftest import NUMBERS, Desk
from warmcall.calls.screenpop import unknown_names

OpenDesk = Callable[..., Desk]
TEMPLATE = "https://crm.example.com/{group}?phone={phone}&token={token}#{site}"


async def test_the_agents_crm_opens_on_the_caller(open_desk: OpenDesk) -> None:
    desk = open_desk(screen_pop=TEMPLATE)
    await desk.ask(phone="+12025550123")
    answer = await desk.call("call-1", NUMBERS[0], "+12025550123")

    assert answer.context is not None
    token = answer.context.token
    expected = f"https://crm.example.com/sales?phone=%2B12025550123&token={token}#shop"
    assert answer.context.screen_pop_url == expected
    found = await desk.bus.command("CallRequests.context", {"token": token})
    assert found["context"]["screenPopUrl"] == expected


async def test_a_visitor_who_gave_no_number_leaves_the_place_empty(open_desk: OpenDesk) -> None:
    desk = open_desk(screen_pop="https://crm.example.com/?phone={phone}")
    issued = await desk.ask(phone=None)
    answer = await desk.call("call-1", NUMBERS[0], digits=issued.access_code)

    assert answer.context is not None
    assert answer.context.screen_pop_url == "https://crm.example.com/?phone="


async def test_no_value_can_change_where_the_address_leads(open_desk: OpenDesk) -> None:
    desk = open_desk(name="a/b?c&d#e\r\n", screen_pop="https://crm.example.com/{group}")
    issued = await desk.bus.command(
        "CallRequests.create", {"site": "shop", "group": "a/b?c&d#e\r\n", "fields": {"phonenumber": "+12025550123"}}
    )
    found = await desk.bus.command("CallRequests.context", {"token": desk.tokens.context(issued.id)})

    assert found["context"]["screenPopUrl"] == "https://crm.example.com/a%2Fb%3Fc%26d%23e%0D%0A"


async def test_a_group_without_a_template_pops_nothing(open_desk: OpenDesk) -> None:
    desk = open_desk()
    await desk.ask(phone="+12025550123")
    answer = await desk.call("call-1", NUMBERS[0], "+12025550123")

    assert answer.context is not None
    assert answer.context.screen_pop_url is None


def test_places_for_nothing_are_named() -> None:
    assert unknown_names("https://x/{phone}{firstname}{phone.__class__}") == ["firstname", "phone.__class__"]
