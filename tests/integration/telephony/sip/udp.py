"""One datagram out, what comes back in: for what sipp would not send."""

import asyncio
from itertools import count

from tests.integration.telephony.sip.callers import UNKNOWN
from tests.integration.telephony.sip.sipp import HOST
from tests.integration.telephony.sip.waiting import WITHIN_S
from tests.unit.telephony.redirect.line import invite

VIA = "SIP/2.0/UDP 127.0.0.1:5070"


class _Ear(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.put_nowait(data)


async def statuses(port: int, datagrams: list[bytes], at_least: int = 0) -> list[int]:
    """Send datagrams, and return the statuses of all final answers: so many, and until it is quiet for a while."""
    return [status_of(answer) for answer in await answers(port, datagrams, at_least)]


def status_of(answer: str) -> int:
    """The status of a response."""
    return int(answer.split()[1])


async def answers(port: int, datagrams: list[bytes], at_least: int = 0, quiet_s: float = 0.3) -> list[str]:
    """Send datagrams, and return all final answers: so many, and until it is quiet for a while."""
    loop = asyncio.get_running_loop()
    transport, ear = await loop.create_datagram_endpoint(_Ear, local_addr=(HOST, 0))
    own = transport.get_extra_info("sockname")[1]
    found: list[str] = []
    try:
        for datagram in datagrams:
            transport.sendto(datagram.replace(b":5070", b":%d" % own), (HOST, port))
        while True:
            async with asyncio.timeout(quiet_s if len(found) >= at_least else WITHIN_S):
                answer = (await ear.heard.get()).decode("latin-1")
            if status_of(answer) >= 200:
                found.append(answer)
    except TimeoutError:
        return found
    finally:
        transport.close()


async def decided(port: int) -> None:
    """Wait until Warmcall is asked: Kamailio takes note of a connection a moment after it is open."""
    for attempt in count():
        probe = invite(
            uri=f"sip:{UNKNOWN}@{HOST}", Call_ID=f"probe-{attempt}", Via=f"{VIA};branch=probe{attempt};rport"
        )
        if 404 in await statuses(port, [probe.encode()], 1):
            return
        assert attempt < 50, "Kamailio does not ask"
