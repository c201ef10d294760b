"""The plugin Challenge: hands challenges out, and looks at their solutions.

`CallRequests.create` gives `Challenge.verify` for every group that asks for a challenge, so a
`before("Challenge.verify", …)` can look at a token in another way, and refuse with a `ChallengeFailedError`.
"""

from typing import Annotated

import msgspec

from warmcall.bus.bus import Bus
from warmcall.bus.command import CommandEvent
from warmcall.calls.clock import Clock
from warmcall.calls.directory import Directory, Group
from warmcall.calls.draft import convert
from warmcall.calls.errors import ChallengeFailedError, ChallengeRequiredError
from warmcall.calls.model import Json
from warmcall.calls.port import Store
from warmcall.challenge.siteverify import SiteVerify
from warmcall.challenge.work import Work

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _Asked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    site: _Name
    group: _Name


class _Solved(_Asked, frozen=True):
    solution: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    address: str | None = None


class ChallengePlugin:
    """Registers the plugin `Challenge`: `issue` {site, group} → a challenge, `verify` {site, group, solution, address}.

    Args:
        bus: Where to register.
        store: Keeps which solutions were used.
        directory: What groups ask for.
        clock: Tells the time.
        secret: Signs proofs of work; the same on every server of a store.
    """

    def __init__(self, bus: Bus, store: Store, directory: Directory, clock: Clock, secret: bytes) -> None:
        self._directory = directory
        self._work = Work(store, clock, secret)
        self._siteverify = SiteVerify()
        plugin = bus.plugin("Challenge")
        plugin.register_command("issue", self._issue)
        plugin.register_command("verify", self._verify)
        plugin.ready()
        plugin.republish("ready")

    async def aclose(self) -> None:
        """Close connections to providers."""
        await self._siteverify.aclose()

    def _issue(self, e: CommandEvent) -> Json:
        asked = convert(e.data, _Asked)
        return self._challenge(self._directory.group(asked.site, asked.group))

    def _challenge(self, group: Group) -> Json:
        challenge = group.challenge
        if challenge is None:
            return {"kind": "none"}
        if challenge.kind == "captcha":
            return {"kind": "captcha", "siteKey": challenge.site_key}
        return {"kind": "pow", **self._work.issue(group, challenge)}

    async def _verify(self, e: CommandEvent) -> None:
        solved = convert(e.data, _Solved)
        group = self._directory.group(solved.site, solved.group)
        challenge = group.challenge
        if challenge is None:
            return
        if not solved.solution:
            raise ChallengeRequiredError(challenge=self._challenge(group))
        if challenge.kind == "captcha":
            why = await self._siteverify.fault(challenge, solved.solution, solved.address)
        else:
            why = await self._work.fault(group, solved.solution)
        if why:
            raise ChallengeFailedError(why, self._challenge(group))
