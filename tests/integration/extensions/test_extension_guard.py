"""What an extension may do wrong, and what it must not cost."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from tests.integration.api.conftest import CONFIG, problem
from warmcall import Bus, CommandEvent, RefusalError
from warmcall.extensions.loading import ExtensionError, Loaded, under_names
from warmcall.testing import RunningServer, running

QUICK = "[server]\nextension_budget_s = 0.05\n" + CONFIG
NAME = "Ada Lovelace"


class Ran:
    """Remembers what extensions did."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str, str]] = []

    def ran(self, extension: str, what: str, outcome: str, spent_s: float) -> None:
        self.all.append((extension, what, outcome))


def before(function: Callable[[Any], Any]) -> Loaded:
    """An extension that does one thing before each create."""

    def extension(bus: Bus) -> None:
        plugin = bus.plugin("Owner")
        plugin.before("CallRequests.create", function)
        plugin.ready()

    return Loaded("owner", extension)


async def ask(server: RunningServer) -> httpx.Response:
    body = {"group": "sales", "fields": {"firstname": NAME}, "userData": {"n": 1}}
    return await server.http.post("/v1/sites/shop/call-requests", json=body)


async def asleep(request: dict[str, Any]) -> dict[str, Any]:
    await asyncio.sleep(60)
    return request


def broken(request: dict[str, Any]) -> dict[str, Any]:
    request["userData"]["half"] = "done"
    raise LookupError(request["fields"]["firstname"])


async def broken_later(request: dict[str, Any]) -> dict[str, Any]:
    await asyncio.sleep(0)
    return broken(request)


@pytest.mark.parametrize(
    ("function", "outcome"),
    [
        (asleep, "timeout"),
        (broken, "failed"),
        (broken_later, "failed"),
        (lambda request: None, "failed"),
        (lambda request: {**request, "group": "nowhere"}, "invalid"),
        (lambda request: {**request, "userData": "none"}, "invalid"),
        (lambda request: {"group": "sales"}, "invalid"),
        (lambda request: {**request, "colour": "red"}, "invalid"),
    ],
)
async def test_what_fails_is_skipped_named_and_costs_no_number(
    function: Callable[[Any], Any], outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    watch = Ran()
    with caplog.at_level(logging.DEBUG):
        async with running(QUICK, extensions=[before(function)], watch=watch) as server:
            issued = await ask(server)
            assert issued.status_code == 201, issued.text
            found = await server.bus.command("CallRequests.find", {"id": issued.json()["id"]})
    assert found["context"]["userData"] == {"n": 1}
    assert watch.all[-1] == ("owner", "before CallRequests.create", outcome)
    warned = [record for record in caplog.records if record.name == "warmcall.extensions"]
    assert [vars(record)["extension"] for record in warned] == ["owner"]
    assert NAME not in caplog.text
    assert NAME not in str([vars(record) for record in caplog.records])


async def test_only_a_refusal_refuses_and_the_visitor_reads_why() -> None:
    def refuse(request: dict[str, Any]) -> dict[str, Any]:
        raise RefusalError("We are at lunch.")

    async with running(QUICK, extensions=[before(refuse)]) as server:
        refused = problem(await ask(server), 409, "refused")
    assert refused["detail"] == "We are at lunch."
    assert refused["fallbackNumber"] == "+12025550199"


async def test_false_cancels_as_on_any_bus() -> None:
    async with running(QUICK, extensions=[before(lambda request: False)]) as server:
        problem(await ask(server), 403, "command_cancelled")


async def test_one_that_times_out_again_and_again_is_left_alone_for_a_while() -> None:
    watch = Ran()
    async with running(QUICK, extensions=[before(asleep)], watch=watch) as server:
        for _ in range(5):
            assert (await ask(server)).status_code == 201
    assert [outcome for _, _, outcome in watch.all] == ["timeout"] * 3 + ["resting"] * 2


async def test_before_functions_run_in_order_each_on_what_the_one_before_made() -> None:
    def extension(bus: Bus) -> None:
        plugin = bus.plugin("Owner")

        async def first(request: dict[str, Any]) -> dict[str, Any]:
            await asyncio.sleep(0)
            return {**request, "userData": {"trail": "first"}}

        plugin.before("CallRequests.create", first)
        plugin.before(
            "CallRequests.create",
            lambda r: {**r, "userData": {"trail": r["userData"]["trail"] + ", second"}},
        )
        plugin.ready()

    async with running(QUICK, extensions=[extension]) as server:
        issued = await ask(server)
        found = await server.bus.command("CallRequests.find", {"id": issued.json()["id"]})
    assert found["context"]["userData"] == {"trail": "first, second"}


async def test_commands_events_and_failures_of_an_extension_are_told_under_its_name() -> None:
    watch, heard = Ran(), asyncio.Event()

    def extension(bus: Bus) -> None:
        plugin = bus.plugin("Owner")

        async def hear(e: object) -> None:
            heard.set()
            raise LookupError

        def fail(e: CommandEvent) -> None:
            raise LookupError

        plugin.register_command("double", lambda e: e.data["n"] * 2)
        plugin.register_command("fail", fail)
        plugin.subscribe("CallRequests.created", hear)
        plugin.ready()

    async with running(QUICK, extensions=[Loaded("owner", extension)], watch=watch) as server:
        assert await server.bus.command("Owner.double", {"n": 21}) == 42
        with pytest.raises(Exception, match="LookupError"):
            await server.bus.command("Owner.fail")
        await ask(server)
        await asyncio.wait_for(heard.wait(), 10)
        await server.bus.settle()
    assert ("owner", "Owner.double", "ok") in watch.all
    assert ("owner", "Owner.fail", "failed") in watch.all
    assert ("owner", "CallRequests.created", "failed") in watch.all


async def test_an_extension_gets_its_table_and_adds_routes() -> None:
    async def show(request: Request) -> JSONResponse:
        return JSONResponse({"named": request.path_params["name"]})

    async def break_down(request: Request) -> PlainTextResponse:
        raise LookupError(NAME)

    async def missing(request: Request) -> PlainTextResponse:
        raise HTTPException(404)

    async def take(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    def extension(bus: Bus, settings: Mapping[str, Any], http: Any) -> None:
        assert settings == {"colour": "red"}
        http.add([Route("/show/{name}", show), Route("/missing", missing)], scopes=["read"])
        http.add([Route("/broken", break_down), Route("/take", take, methods=["POST"])], scopes=[])

    config = QUICK + '[extensions.owner]\ncolour = "red"\n'
    async with running(config, extensions=[Loaded("owner", extension)]) as server:
        key = {"X-API-Key": await server.new_key("read")}
        problem(await server.http.get("/x/owner/show/ada"), 401, "api_key_required")
        other = {"X-API-Key": await server.new_key("telephony")}
        problem(await server.http.get("/x/owner/show/ada", headers=other), 403, "scope_not_sufficient")
        assert (await server.http.get("/x/owner/show/ada", headers=key)).json() == {"named": "ada"}
        problem(await server.http.get("/x/owner/missing", headers=key), 404, "not_found")
        problem(await server.http.get("/x/owner/nothing"), 404, "not_found")
        problem(await server.http.get("/x/nobody/nothing"), 404, "not_found")
        problem(await server.http.get("/x/owner/broken"), 500, "internal_error")
        assert problem(await server.http.get("/x/owner/take"), 405, "method_not_allowed")["allowed"] == ["POST"]
        assert (await server.http.post("/x/owner/take", content=b"x" * 100_000)).text == "100000"
        problem(await server.http.post("/x/owner/take", content=b"x" * 1_100_000), 413, "body_too_large")


async def test_an_extension_that_wants_what_there_is_not_is_told() -> None:
    def extension(bus: Bus, database: object) -> None:
        raise AssertionError

    with pytest.raises(ExtensionError, match="database"):
        async with running(QUICK, extensions=[extension]):
            pass


def test_two_extensions_have_two_names() -> None:
    def extension(bus: Bus) -> None:
        pass

    named = under_names([extension, extension, Loaded("crm", extension)])
    assert [loaded.name for loaded in named] == [
        "test_extension_guard",
        "test_extension_guard-2",
        "crm",
    ]
