import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.integration.api.conftest import CONFIG, ORIGIN, problem
from warmcall import Bus, CommandRejectedError
from warmcall.cli import main
from warmcall.extensions import ExtensionError, named_extension
from warmcall.testing import running

CRM = """
def extension(bus):
    crm = bus.plugin("Crm")
    crm.before("CallRequests.create", lambda request: {**request, "userData": {"tier": "gold"}})
    crm.ready()

not_a_function = 7
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "my_crm.py").write_text(CRM)
    (tmp_path / "my_broken.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("my_crm", "my_broken"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "my_crm"


async def test_an_extension_enriches_every_request(module: str) -> None:
    async with running(CONFIG, extensions=[named_extension(f"{module}:extension")]) as server:
        body = {"group": "sales", "fields": {"phonenumber": "+12025550123"}}
        issued = (await server.http.post("/v1/sites/shop/call-requests", json=body)).json()
        found = await server.bus.command("CallRequests.find", {"id": issued["id"]})
        assert found["context"]["userData"] == {"tier": "gold"}


async def test_an_extension_refuses_with_a_sentence_that_the_page_gets() -> None:
    async def extension(bus: Bus) -> None:
        owner = bus.plugin("Owner")

        def check(options: dict[str, object]) -> dict[str, object]:
            raise CommandRejectedError("Sales is at lunch; please call the front desk.")

        owner.before("CallRequests.create", check)
        owner.ready()

    async with running(CONFIG, extensions=[extension]) as server:
        response = await server.http.post(
            "/v1/sites/shop/call-requests", json={"group": "sales", "fields": {}}, headers={"Origin": ORIGIN}
        )
        assert problem(response, 409, "command_rejected")["detail"] == "Sales is at lunch; please call the front desk."


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("my_crm", "expected module:function"),
        ("nowhere:extension", "No module named 'nowhere'"),
        ("my_crm:nothing", "my_crm has no function nothing"),
        ("my_crm:not_a_function", "my_crm has no function not_a_function"),
        ("my_broken:extension", "importing my_broken raised RuntimeError: no licence"),
    ],
)
def test_an_extension_that_cannot_be_loaded_is_named(module: str, name: str, why: str) -> None:
    with pytest.raises(ExtensionError, match=why):
        named_extension(name)


def test_the_server_does_not_start_without_an_extension_it_was_told_to_load(module: str, tmp_path: Path) -> None:
    (tmp_path / "warmcall.toml").write_text(CONFIG)
    command = ["serve", "--config", "warmcall.toml", "--data", "data", "--extension", "nowhere:extension"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert "The extension 'nowhere:extension' cannot be loaded" in result.output
