"""Solving a server's challenge: the proof of work that a page does, in Python."""

import asyncio
import base64
from collections.abc import Mapping
from typing import Any

import msgspec
from altcha import v1 as altcha


async def solve(challenge: Mapping[str, Any]) -> str | None:
    """Solve a challenge beside the event loop.

    Args:
        challenge: As `GET /v1/sites/{site}/groups/{group}/challenge` hands it out.

    Returns:
        What to send as `challenge`; `None` if it cannot be solved here, such as one of a CAPTCHA provider.
    """
    if challenge.get("kind") != "pow":
        return None
    return await asyncio.to_thread(_work, challenge)


def _work(challenge: Mapping[str, Any]) -> str | None:
    found = altcha.solve_challenge(
        challenge["challenge"], challenge["salt"], challenge["algorithm"], challenge["maxnumber"], 0
    )
    if found is None:
        return None
    members = {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(msgspec.json.encode({**members, "number": found.number})).decode()
