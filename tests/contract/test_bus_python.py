import pytest

from tests.contract.interpreter import Interpreter
from tests.contract.scenarios import Scenario, load_scenarios


@pytest.mark.parametrize("scenario", load_scenarios("bus"), ids=lambda scenario: scenario.id)
async def test_the_python_bus_runs_the_scenario(scenario: Scenario) -> None:
    await Interpreter(scenario).run()
