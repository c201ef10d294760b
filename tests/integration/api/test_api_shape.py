"""What holds for every route: one shape of errors, one set of headers, one document that knows them all."""

import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from openapi_spec_validator import validate

from tests.integration.api.conftest import CONFIG, ORIGIN, problem
from warmcall import Bus
from warmcall.calls.errors import ChallengeRequiredError, RefusalError, StoreUnavailableError
from warmcall.testing import FakeClock, RunningServer, running
from warmcall.web.assets import Assets
from warmcall.web.exchange import Exchange
from warmcall.web.operation import Operation
from warmcall.web.operations import OPERATIONS
from warmcall.web.problems import KINDS


def routes(which: Callable[[Operation], bool] = lambda operation: True) -> pytest.MarkDecorator:
    chosen = [operation for operation in OPERATIONS if which(operation)]
    return pytest.mark.parametrize("operation", chosen, ids=[operation.name for operation in chosen])


def address(operation: Operation) -> str:
    return re.sub(r"{(\w+)}", lambda found: {"site": "shop", "group": "nope"}.get(found[1], "x1"), operation.path)


@routes()
async def test_a_method_that_is_not_there_is_a_problem_that_names_those_that_are(
    server: RunningServer, operation: Operation
) -> None:
    response = await server.http.patch(address(operation))
    found = problem(response, 405, "method_not_allowed")
    assert operation.method in found["allowed"]
    assert operation.method in response.headers["allow"]


@routes()
async def test_a_final_slash_is_another_address(server: RunningServer, operation: Operation) -> None:
    problem(await server.http.request(operation.method, address(operation) + "/"), 404, "not_found")


@routes()
async def test_a_fault_is_a_problem_without_its_cause(
    server: RunningServer, operation: Operation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(exchange: Exchange) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(server.warmcall.application._origins, "admit", fail)
    found = problem(await server.http.request(operation.method, address(operation)), 500, "internal_error")
    assert "secret" not in json.dumps(found)
    assert "secret detail" in caplog.text


@routes()
async def test_a_stopping_server_says_so(server: RunningServer, operation: Operation) -> None:
    server.warmcall.application.stopping = True
    response = await server.http.request(operation.method, address(operation))
    if operation.name == "isAlive":
        assert response.status_code == 200
        return
    assert problem(response, 503, "shutting_down")["retryable"] is True
    assert response.headers["retry-after"] == "5"


@routes(lambda operation: operation.auth == "api_key")
async def test_routes_of_phone_systems_need_a_key(server: RunningServer, operation: Operation) -> None:
    problem(await server.http.request(operation.method, address(operation)), 401, "api_key_required")


@routes(lambda operation: operation.auth.startswith("visitor"))
async def test_routes_of_visitors_need_a_token_and_a_page_of_ours(server: RunningServer, operation: Operation) -> None:
    problem(await server.http.request(operation.method, address(operation)), 401, "visitor_token_required")
    foreign = {"Origin": "https://evil.example"}
    response = await server.http.request(operation.method, address(operation), headers=foreign)
    problem(response, 403, "origin_not_allowed")


@routes(lambda operation: operation.body is not None)
@pytest.mark.parametrize(("body", "status", "code"), [("{", 400, "malformed_json"), ("[]", 422, "invalid_field")])
async def test_routes_with_a_body_refuse_a_bad_one_alike(
    server: RunningServer, operation: Operation, body: str, status: int, code: str
) -> None:
    key = await server.new_key(operation.scopes[0]) if operation.scopes else "none"
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    response = await server.http.request(operation.method, address(operation), content=body, headers=headers)
    problem(response, status, code)


@routes(lambda operation: operation.hot)
async def test_a_hot_route_answers_the_same_through_the_framework(
    server: RunningServer, phone: httpx.AsyncClient, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = await phone.request(operation.method, address(operation), json={})
    monkeypatch.setattr(server.warmcall.application, "_hot", {})
    routed = await phone.request(operation.method, address(operation), json={})
    unlike = {"requestId", "date"}
    assert routed.status_code == direct.status_code
    assert {**routed.json(), **dict.fromkeys(unlike)} == {**direct.json(), **dict.fromkeys(unlike)}
    assert set(routed.headers) == set(direct.headers)


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "//", "/v1/sites/shop/call-requests/x", "/v1/sites//call-requests/", "/%00"]
)
async def test_nothing_is_at_other_addresses(server: RunningServer, path: str) -> None:
    problem(await server.http.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/healthz", "/v1/sites/shop/groups/sales", "/openapi.json", "/docs"])
async def test_head_is_get_without_a_body(server: RunningServer, path: str) -> None:
    get, head = await server.http.get(path), await server.http.head(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(get.content))


async def test_every_answer_has_its_id_and_is_not_sniffed_or_stored(server: RunningServer) -> None:
    answers = [await server.http.get(path) for path in ("/healthz", "/nope", "/v1/sites/shop/groups/sales", "/docs")]
    answers.append(await server.http.post("/v1/sites/shop/call-requests", json={"group": "sales"}))
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_readiness_asks_the_store(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await server.http.get("/readyz")).json() == {"status": "ok"}

    async def fail(self: object) -> None:
        raise StoreUnavailableError("The disk is full.")

    monkeypatch.setattr(type(server.store), "ping", fail)
    response = await server.http.get("/readyz")
    assert problem(response, 503, "store_unavailable")["retryable"] is True
    assert response.headers["retry-after"]
    assert (await server.http.get("/healthz")).status_code == 200


async def test_the_document_is_valid_and_knows_every_route(server: RunningServer) -> None:
    document = (await server.http.get("/openapi.json")).json()
    validate(document)
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    served = {(route.path, method) for route in server.warmcall.application.routes for method in route.methods or ()}
    assert described == {(path, method) for path, method in served if method != "HEAD"}
    assert document["servers"] == [{"url": server.base_url}]


async def test_the_document_tells_every_error(server: RunningServer) -> None:
    document = (await server.http.get("/openapi.json")).json()
    told = " ".join(
        response["description"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for response in operation["responses"].values()
    )
    # Refusals of extensions and what no route of this version raises are told of in the list of errors alone.
    apart = {"refused", "command_cancelled", "command_rejected", "method_not_allowed", "state_change_not_allowed"}
    assert {kind.code for kind in KINDS} - apart == set(re.findall(r"`(\w+)`: ", told))
    assert set(document["x-errors"]) == {kind.code for kind in KINDS}


async def test_the_page_of_the_document_asks_nobody_else(server: RunningServer) -> None:
    response = await server.http.get("/docs")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "http" not in re.sub(r"<code>.*?</code>|<pre>.*?</pre>", "", response.text, flags=re.DOTALL)
    for kind in KINDS:
        assert f'id="{kind.code}"' in response.text
    for operation in OPERATIONS:
        assert f'id="{operation.name}"' in response.text


@pytest.fixture
async def with_script(tmp_path: Path, clock: FakeClock) -> AsyncIterator[RunningServer]:
    folder = tmp_path / "static"
    chunk = folder / "warmcall" / "a1b2"
    chunk.mkdir(parents=True)
    script = b"let call = 1;\n" * 50
    (folder / "warmcall.js").write_bytes(script)
    (folder / "warmcall.js.gz").write_bytes(gzip.compress(script))
    (chunk / "qr.js").write_bytes(b"export {};")
    (tmp_path / "secret.txt").write_text("no")
    async with running(CONFIG, data_dir=tmp_path / "data", clock=clock, assets=Assets(folder)) as server:
        yield server


async def test_the_script_is_for_every_page(with_script: RunningServer) -> None:
    response = await with_script.http.get("/warmcall.js", headers={"Origin": "https://anywhere.example"})
    assert response.status_code == 200
    assert response.text == "let call = 1;\n" * 50
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["timing-allow-origin"] == "*"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "max-age=300" in response.headers["cache-control"]
    assert response.headers["vary"] == "accept-encoding"


async def test_the_script_comes_compressed_where_that_is_understood(with_script: RunningServer) -> None:
    plain = await with_script.http.get("/warmcall.js", headers={"Accept-Encoding": "identity"})
    compressed = await with_script.http.get("/warmcall.js", headers={"Accept-Encoding": "gzip, br"})
    refused = await with_script.http.get("/warmcall.js", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers
    assert compressed.headers["content-encoding"] == "gzip"
    assert int(compressed.headers["content-length"]) < int(plain.headers["content-length"])
    assert compressed.content == plain.content == refused.content
    assert compressed.headers["etag"] != plain.headers["etag"]
    assert "content-encoding" not in refused.headers


async def test_the_script_is_not_sent_twice(with_script: RunningServer) -> None:
    first = await with_script.http.get("/warmcall.js")
    again = await with_script.http.get("/warmcall.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


async def test_chunks_are_kept_for_ever(with_script: RunningServer) -> None:
    response = await with_script.http.get("/warmcall/a1b2/qr.js")
    assert response.text == "export {};"
    assert "immutable" in response.headers["cache-control"]


async def test_a_page_from_before_an_upgrade_gets_the_current_chunk_but_does_not_keep_it(
    with_script: RunningServer,
) -> None:
    response = await with_script.http.get("/warmcall/0000/qr.js")
    assert response.text == "export {};"
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/warmcall/a1b2/none.js",
        "/warmcall/../secret.txt",
        "/warmcall/%2e%2e/secret.txt",
        "/warmcall/a1b2/..%2f..%2fsecret.txt",
    ],
)
async def test_nothing_outside_the_folder_is_served(with_script: RunningServer, path: str) -> None:
    problem(await with_script.http.get(path), 404, "not_found")


async def test_the_shipped_script_is_served(server: RunningServer) -> None:
    response = await server.http.get("/warmcall.js")
    assert response.status_code == 200
    assert response.text.isascii()
    types = await server.http.get("/warmcall.d.ts")
    assert types.headers["content-type"] == "text/plain; charset=utf-8"
    assert "declare namespace Warmcall" in types.text


def refuse(bus: Bus) -> None:
    def before(options: dict[str, object]) -> object:
        page = options["page"]
        match page["title"] if isinstance(page, dict) else "":
            case "cancel":
                return False
            case "refuse":
                raise RefusalError("Only customers may call.")
            case "challenge":
                raise ChallengeRequiredError
            case "break":
                raise RuntimeError("secret detail")
        return {**options, "fields": {"firstname": "changed"}}

    bus.plugin("Gate").before("CallRequests.create", before)


@pytest.fixture
async def gated(tmp_path: Path, clock: FakeClock) -> AsyncIterator[RunningServer]:
    async with running(CONFIG, data_dir=tmp_path / "data", clock=clock, extensions=[refuse]) as server:
        yield server


@pytest.mark.parametrize(
    ("title", "status", "code"),
    [
        ("cancel", 403, "command_cancelled"),
        ("refuse", 409, "refused"),
        ("challenge", 428, "challenge_required"),
    ],
)
async def test_an_extension_can_refuse(gated: RunningServer, title: str, status: int, code: str) -> None:
    body = {"group": "sales", "page": {"title": title}}
    response = await gated.http.post("/v1/sites/shop/call-requests", json=body, headers={"Origin": ORIGIN})
    found = problem(response, status, code)
    assert found["fallbackNumber"] == "+12025550199"
    assert "secret" not in json.dumps(found)


async def test_an_extension_that_breaks_costs_nobody_the_number(gated: RunningServer) -> None:
    body = {"group": "sales", "page": {"title": "break"}}
    assert (await gated.http.post("/v1/sites/shop/call-requests", json=body)).status_code == 201


async def test_an_extension_can_change_a_request(gated: RunningServer) -> None:
    response = await gated.http.post("/v1/sites/shop/call-requests", json={"group": "sales"})
    request = await gated.store.find(response.json()["id"])
    assert request is not None
    assert request.fields == {"firstname": "changed"}
