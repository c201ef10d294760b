from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import HostPage, chromium
from tests.contract.page_runner import bundle_interpreter, run_scenario
from tests.contract.scenarios import Scenario, load_scenarios


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> str:
    return bundle_interpreter(tmp_path_factory.mktemp("interpreter") / "interpreter.js")


@pytest.fixture(scope="module")
def host() -> Iterator[HostPage]:
    with chromium() as browser:
        yield HostPage(browser.new_page())


@pytest.mark.parametrize("scenario", load_scenarios("bus"), ids=lambda scenario: scenario.id)
def test_the_page_bus_runs_the_scenario(host: HostPage, interpreter: str, scenario: Scenario) -> None:
    assert run_scenario(host, interpreter, scenario.to_json()) is None


@pytest.mark.parametrize(
    "scenario", [*load_scenarios("clicktocall"), *load_scenarios("page")], ids=lambda scenario: scenario.id
)
def test_the_page_runs_the_click_to_call_scenario(host: HostPage, interpreter: str, scenario: Scenario) -> None:
    assert run_scenario(host, interpreter, scenario.to_json()) is None


@pytest.mark.parametrize("scenario", load_scenarios("siblings"), ids=lambda scenario: scenario.id)
def test_the_page_runs_the_scenario_of_its_other_plugins(host: HostPage, interpreter: str, scenario: Scenario) -> None:
    assert run_scenario(host, interpreter, scenario.to_json()) is None


def test_a_scenario_that_does_not_hold_is_told(host: HostPage, interpreter: str) -> None:
    wrong = {"name": "wrong", "steps": [{"say": "one"}, {"log": ["two"]}]}
    assert "expected" in (run_scenario(host, interpreter, wrong) or "")


def test_a_word_outside_the_vocabulary_is_refused(host: HostPage, interpreter: str) -> None:
    unknown = {"name": "unknown", "steps": [{"plugin": "A", "colour": "red"}]}
    assert "verb" in (run_scenario(host, interpreter, unknown) or "")


def test_every_file_of_the_contract_is_run() -> None:
    folders = {path.parent.name for path in Path("contract").glob("*/*.yaml")}
    assert folders == {"bus", "clicktocall", "page", "siblings"}
