"""What a proof of work costs the server and the visitor: `python -m benchmarks.challenge`.

The visitor's work is the mean of the default difficulty: the number to be found is half of the greatest one. Our page
script looks for it in slices of the page's main thread, without `crypto.subtle`, which pages without TLS lack; a loop
over Python's `hashlib`, which is OpenSSL's, says what the same hashes cost a program. Of the rounds the median counts.
"""

import asyncio
import subprocess
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from playwright.sync_api import Browser

from tests.browser.chromium import HostPage, chromium
from tests.browser.firefox import firefox
from warmcall import settings
from warmcall.calls.clock import SystemClock
from warmcall.calls.directory import Group
from warmcall.calls.gates import Challenge
from warmcall.challenge.work import Work
from warmcall.client.solving import solve
from warmcall.store.memory import MemoryStore

ROOT = Path(__file__).parents[1]
ROUNDS = 5
PROOFS = 2000
_EASY = 100
_PAGES = (
    (chromium, "in Chromium", 1),
    (chromium, "in Chromium, CPU slowed 4 times", 4),
    (firefox, "in Firefox", 1),
)
_SALT = "0123456789abcdef01234567?expires=4102444800&group=demo%2Fsales&"
_CONFIG = """
[[site]]
id = "demo"
[[site.group]]
name = "sales"
numbers = ["+18005550100"]
destination = "1001"
challenge = { kind = "pow" }
"""


def measure() -> list[dict[str, Any]]:
    """Measure issuing and verifying in this process, and solving in both browsers.

    Returns:
        Rows of the table, without a budget.
    """
    directory = settings.parse(_CONFIG).directory
    group = directory.group("demo", "sales")
    assert group.challenge is not None
    challenge = group.challenge
    issue_us, verify_us = asyncio.run(_server_us(group, challenge))
    rows = [
        {"name": "issue a proof of work, CPU", "ours_us": issue_us, "ratio": round(issue_us, 1), "limit": None},
        {"name": "verify its solution, CPU", "ours_us": verify_us, "ratio": round(verify_us, 1), "limit": None},
    ]
    number = challenge.max_number // 2
    bare_ms = median(_bare_ms(number) for _ in range(ROUNDS))
    with TemporaryDirectory() as folder:
        solver = _solver(Path(folder))
        for engine, where, slowdown in _PAGES:
            with engine() as browser:
                rows.append(_solved(browser, where, solver, challenge, bare_ms, slowdown))
    return rows


async def _server_us(group: Group, challenge: Challenge) -> tuple[float, float]:
    """CPU of issuing and of verifying one proof, that it was not used before included."""
    work = Work(MemoryStore(), SystemClock(), bytes(32))
    began_s = process_time()
    for _ in range(PROOFS):
        work.issue(group, challenge)
    issue_us = (process_time() - began_s) / PROOFS * 1e6
    # What a solution costs to verify does not depend on what it cost to find.
    easy = Challenge(kind="pow", max_number=_EASY)
    solutions = [await solve({"kind": "pow", **work.issue(group, easy)}) for _ in range(PROOFS)]
    began_s = process_time()
    faults = [await work.fault(group, solution) for solution in solutions if solution]
    verify_us = (process_time() - began_s) / PROOFS * 1e6
    assert faults == [None] * PROOFS
    return issue_us, verify_us


def _wanted(number: int) -> str:
    return sha256(f"{_SALT}{number}".encode()).hexdigest()


def _bare_ms(number: int) -> float:
    wanted = bytes.fromhex(_wanted(number))
    began_s = perf_counter()
    salted = sha256(_SALT.encode())
    for candidate in range(number + 1):
        hashed = salted.copy()
        hashed.update(b"%d" % candidate)
        if hashed.digest() == wanted:
            break
    return (perf_counter() - began_s) * 1000


def _solver(folder: Path) -> str:
    """The part of the page script that does the work, as a module."""
    bun, out = ROOT / ".venv/bin/bun", folder / "gate.js"
    command = [str(bun) if bun.exists() else "bun", "build", "widget/call/gate.ts", "--minify", f"--outfile={out}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    return out.read_text()


def _solved(
    browser: Browser, where: str, solver: str, challenge: Challenge, bare_ms: float, slowdown: int
) -> dict[str, Any]:
    asked = {
        "kind": "pow",
        "algorithm": "SHA-256",
        "challenge": _wanted(challenge.max_number // 2),
        "maxnumber": challenge.max_number,
        "salt": _SALT,
        "signature": "s",
    }
    with browser.new_context() as context:
        host = HostPage(context.new_page())
        host.serve("/gate.js", solver, content_type="text/javascript")
        page = host.open("<body>")
        if slowdown > 1:
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        took_ms: list[float] = page.evaluate(
            """async ([asked, rounds]) => {
                const { solve } = await import("/gate.js");
                const took = [];
                for (let round = 0; round < rounds; round++) {
                    const began = performance.now();
                    if (!await solve(asked)) throw Error("not solved");
                    took.push(performance.now() - began);
                }
                return took;
            }""",
            [asked, ROUNDS],
        )
    ours_ms = median(took_ms)
    return {
        "name": f"solve a proof of work of the default difficulty {where}",
        "ours_ms": ours_ms,
        "peer": "the same hashes by hashlib",
        "peer_ms": bare_ms,
        "ratio": round(ours_ms / bare_ms, 1),
        "limit": None,
    }


if __name__ == "__main__":
    for row in measure():
        print(row)
