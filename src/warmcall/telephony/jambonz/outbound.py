"""Writing decisions as jambonz's verbs."""

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from warmcall.telephony.connector import Reply, Switchboard, Turn
from warmcall.telephony.destinations import Destination, Kind
from warmcall.telephony.headers import Header
from warmcall.telephony.ivr import Decision, Gather, HangUp, Route
from warmcall.telephony.jambonz.settings import Settings
from warmcall.telephony.reach import Reach

Verb = dict[str, Any]

HANG_UP: Verb = {"verb": "hangup"}


class Documents:
    """Writes lists of verbs.

    Args:
        switchboard: Knows texts and addresses.
        settings: Of the connector.
        reach: What can be called.
    """

    def __init__(self, switchboard: Switchboard, settings: Settings, reach: Reach) -> None:
        self._switchboard = switchboard
        self._settings = settings
        self._reach = reach

    def write(self, turn: Turn, carried: Mapping[str, str]) -> Reply:
        """Write what to do next.

        Args:
            turn: The decision.
            carried: What the next report needs, and will not say itself.
        """
        decision = turn.decision
        if isinstance(decision, Gather):
            return reply(self._gather(decision, turn.state, carried))
        if isinstance(decision, HangUp):
            return reply(self._say(decision), HANG_UP)
        return self.connect(decision, self._switchboard.headers(decision))

    def connect(self, route: Route, headers: tuple[Header, ...], *, last: bool = False) -> Reply:
        """Write where a call goes.

        Args:
            route: The decision.
            headers: What goes with the call.
            last: Whether nothing else is to be tried if nobody answers.
        """
        target = self._reach.target(route)
        if target is None:
            return reply(HANG_UP)
        done = self._reach.done_url(route, target, headers, last=last)
        if target.kind is Kind.QUEUE:
            return reply(self._say(route), {"verb": "enqueue", "name": target.value, "actionHook": done})
        return reply(self._say(route), self._dial(target, headers, done))

    def _gather(self, asked: Gather, state: str | None, carried: Mapping[str, str]) -> Verb:
        seconds = math.ceil(asked.timeout_s)
        more = f"&{urlencode(carried)}" if carried else ""
        say = self._say(asked)
        return {
            "verb": "gather",
            "input": ["digits"],
            "numDigits": asked.digits,
            "finishOnKey": "#",
            "timeout": seconds,
            "interDigitTimeout": seconds,
            "dtmfBargein": True,
            "actionHook": self._switchboard.url("digits", state) + more,
            say.pop("verb"): say,
        }

    def _dial(self, target: Destination, headers: tuple[Header, ...], done: str) -> Verb:
        dial: Verb = {
            "verb": "dial",
            "actionHook": done,
            "timeout": self._settings.answer_timeout_s,
            "target": [self._target(target)],
        }
        if self._settings.caller_id:
            dial["callerId"] = self._settings.caller_id
        if headers and target.kind is Kind.SIP:
            dial["headers"] = dict(headers)
        return dial

    def _target(self, target: Destination) -> Verb:
        if target.kind is Kind.SIP:
            return {"type": "sip", "sipUri": target.value}
        trunk = {"trunk": self._settings.trunk} if self._settings.trunk else {}
        return {"type": "phone", "number": target.value, **trunk}

    def _say(self, decision: Decision) -> Verb:
        speech = self._switchboard.speech(decision)
        if speech.audio_url:
            return {"verb": "play", "url": speech.audio_url}
        # "default" is the vendor of the application.
        synthesizer = {"vendor": "default", "language": speech.language}
        return {"verb": "say", "text": speech.text, "synthesizer": synthesizer}


def reply(*verbs: Verb) -> Reply:
    """Answer with verbs; with none, a report that asks nothing."""
    return Reply(content_type="application/json", body=msgspec.json.encode(verbs))
