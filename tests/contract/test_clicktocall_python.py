import httpx
import pytest

from tests.contract.interpreter import Interpreter
from tests.contract.scenarios import Scenario, load_scenarios
from warmcall.client.app import connected


@pytest.mark.parametrize("scenario", load_scenarios("clicktocall"), ids=lambda scenario: scenario.id)
async def test_the_headless_client_runs_the_scenario(scenario: Scenario) -> None:
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9") as http, connected(http, {}) as client:
        await Interpreter(scenario, client.bus).run()
