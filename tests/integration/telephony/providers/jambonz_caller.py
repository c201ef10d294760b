"""A double of jambonz: executes verbs as it would, and refuses what it does not know."""

import json
from typing import Any

from tests.integration.telephony.providers.provider import Caller, HungUpError, Leg, Provider, Story

Verb = dict[str, Any]

PROPERTIES = {
    "say": {"text", "synthesizer"},
    "play": {"url"},
    "gather": {
        "input",
        "numDigits",
        "finishOnKey",
        "timeout",
        "interDigitTimeout",
        "dtmfBargein",
        "actionHook",
        "say",
        "play",
    },
    "dial": {"actionHook", "timeout", "target", "callerId", "headers"},
    "enqueue": {"name", "actionHook"},
    "hangup": set(),
}


class JambonzProvider(Provider):
    """jambonz."""

    content_type = "application/json"
    first = "call"
    reports = ("status",)

    async def call(self, number: str, caller: Caller, **more: str) -> Story:
        return await _Call(self, number, caller, more).run()


class _Call:
    def __init__(self, provider: JambonzProvider, number: str, caller: Caller, more: dict[str, str]) -> None:
        self._provider = provider
        self._caller = caller
        self._keys = list(caller.keys)
        self._agent = list(caller.agent)
        self.story = Story(provider.new_call_id())
        self._fields = {"call_sid": self.story.call_id, "from": caller.number, "to": number, "direction": "inbound"}
        self._fields |= {"call_status": "trying", "caller_name": ""}
        self._headers = {"from": f"<sip:{caller.number}@example.com>;tag=1", "call-id": "x", **more}

    async def run(self) -> Story:
        url: str | None = f"{self._provider.base_url}/call"
        fields: Verb = {"sip": {"headers": self._headers}}
        try:
            while url is not None:
                url, fields = await self._execute(await self._verbs(url, fields))
            self.story.ended = "us"
        except HungUpError:
            self.story.ended = "caller"
        await self._report(call_status="completed", duration=12)
        return self.story

    async def _verbs(self, url: str, more: Verb) -> list[Verb]:
        answer = await self._provider.deliver(self._caller, url, json.dumps(self._fields | more).encode())
        if self._fields["call_status"] == "trying":
            self._fields["call_status"] = "in-progress"
            await self._report()
        assert answer.headers["content-type"] == "application/json"
        verbs: list[Verb] = answer.json()
        for verb in verbs:
            assert not set(verb) - PROPERTIES[verb["verb"]] - {"verb"}, f"jambonz knows no {verb}"
        return verbs

    async def _execute(self, verbs: list[Verb]) -> tuple[str | None, Verb]:
        for verb in verbs:
            match verb["verb"]:
                case "say" | "play":
                    self._hear(verb)
                case "gather":
                    self._hear(verb.get("say") or verb["play"])
                    keys = self._key_in(verb)
                    detected = {"reason": "dtmfDetected", "digits": keys} if keys else {"reason": "timeout"}
                    return verb["actionHook"], detected
                case "dial":
                    return verb["actionHook"], await self._dial(verb)
                case "enqueue":
                    self.story.legs.append(Leg("queue", verb["name"], {}))
                    return verb["actionHook"], {"queueResult": self._caller.queue}
                case "hangup":
                    return None, {}
        return None, {}

    def _hear(self, verb: Verb) -> None:
        self.story.heard.append(verb.get("text") or verb["url"])
        self.story.languages.append(verb.get("synthesizer", {}).get("language", ""))

    def _key_in(self, gather: Verb) -> str:
        assert gather["input"] == ["digits"]
        if not self._keys:
            raise HungUpError
        return self._keys.pop(0).partition(gather["finishOnKey"])[0][: gather["numDigits"]]

    async def _dial(self, dial: Verb) -> Verb:
        (target,) = dial["target"]
        kind, value = ("Sip", target["sipUri"]) if target["type"] == "sip" else ("Number", target["number"])
        self.story.legs.append(Leg(kind, value, dial.get("headers", {})))
        agent = self._agent.pop(0)
        if agent == "caller leaves":
            raise HungUpError
        leg = {"call_sid": f"{self.story.call_id}b", "parent_call_sid": self.story.call_id, "direction": "outbound"}
        if agent != "answers":
            await self._report(**leg, call_status=agent)
            return {"dial_call_status": agent}
        for status in ("ringing", "in-progress", "completed"):
            if status == "completed":
                self._caller.talk()
            await self._report(**leg, call_status=status)
        return {"dial_call_status": "completed", "dial_sip_status": 200}

    async def _report(self, **fields: Any) -> None:
        url = f"{self._provider.base_url}/status"
        await self._provider.report(self._caller, url, json.dumps(self._fields | fields).encode())
