"""A server process in small: adds requests with few codes, matches half of them, and tells every event it hears.

    python -m tests.integration.postgres_node DSN NODE COUNT

It says `ready`, waits for a line, and then prints a line for each answer (`stored ID`, `matched ID`) as soon as it has
it. When it has done COUNT it says `done`. A further line names an event: once it has heard of that, it says
`heard SEQ SEQ …` and ends.
"""

import asyncio
import random
import sys

from tests.integration.many_servers import match, new_request, wait_until
from warmcall.calls.model import Event
from warmcall.store.postgres import PostgresStore


def say(*words: object) -> None:
    print(*words, flush=True)


async def line() -> str:
    return await asyncio.to_thread(sys.stdin.readline)


async def main(dsn: str, node: int, count: int) -> None:
    store = await PostgresStore.open(dsn, connections=4)
    heard: list[Event] = []
    store.on_events(heard.extend)
    chance = random.Random(node)

    async def visitor(serial: int) -> None:
        code = f"{chance.randrange(600):04}"
        request = new_request(code=code)
        if await store.add(request) is not None:
            return
        say("stored", request.id, code)
        if serial % 2:
            return
        matched = await store.transact(lambda tx: match(tx, f"call-{node}-{serial}", code))
        if matched is not None:
            say("matched", matched.id, code)

    say("ready")
    await line()
    for first in range(0, count, 50):
        await asyncio.gather(*(visitor(serial) for serial in range(first, first + 50)))
    say("done")
    last = int(await line())
    await wait_until(lambda: bool(heard) and heard[-1].seq >= last)
    say("heard", *(event.seq for event in heard))
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
