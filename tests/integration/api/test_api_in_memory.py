from tests.integration.api.conftest import CONFIG, ask, eventually
from warmcall.testing import FakeClock, running


async def test_without_a_data_directory_all_is_kept_in_memory() -> None:
    clock = FakeClock()
    async with running(CONFIG, clock=clock) as server:
        issued = await ask(server, fields={"firstname": "Ada"})
        clock.advance(seconds=601)
        token = {"Authorization": f"Bearer {issued['token']}"}
        address = f"/v1/call-requests/{issued['id']}"
        seen: list[str] = []
        server.bus.subscribe("CallRequests.expired", lambda e: seen.append(e.data["id"]))
        await eventually(lambda: seen == [issued["id"]])
        assert (await server.http.get(address, headers=token)).json()["state"] == "expired"
