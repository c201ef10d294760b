from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import HostPage
from tests.contract.page_runner import PageRunner, bundle_interpreter
from tests.contract.scenarios import Scenario, load_scenarios

FOLDERS = ("bus", "clicktocall", "page", "siblings")
SCENARIOS = [scenario for folder in FOLDERS for scenario in load_scenarios(folder)]


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> str:
    return bundle_interpreter(tmp_path_factory.mktemp("interpreter") / "interpreter.js")


@pytest.fixture(scope="module")
def runner(browser: Browser, interpreter: str) -> Iterator[PageRunner]:
    context = browser.new_context()
    yield PageRunner(HostPage(context.new_page()), interpreter, SCENARIOS)
    context.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_the_page_runs_the_scenario(runner: PageRunner, scenario: Scenario) -> None:
    assert runner.outcome(scenario) is None


def test_a_scenario_that_does_not_hold_is_told(runner: PageRunner) -> None:
    right = {"name": "right", "steps": [{"say": "one"}, {"log": ["one"]}]}
    wrong = {"name": "wrong", "steps": [{"say": "one"}, {"log": ["two"]}]}
    first, second, third = runner.run([right, wrong, right])
    assert (first, third) == (None, None)
    assert "expected" in (second or "")


def test_a_word_outside_the_vocabulary_is_refused(runner: PageRunner) -> None:
    [told] = runner.run([{"name": "unknown", "steps": [{"plugin": "A", "colour": "red"}]}])
    assert "verb" in (told or "")


def test_every_file_of_the_contract_is_run() -> None:
    assert {path.parent.name for path in Path("contract").glob("*/*.yaml")} == set(FOLDERS)
    assert len({scenario.id for scenario in SCENARIOS}) == len(SCENARIOS)
