"""A double of Plivo: executes documents as it would, and refuses what it does not know."""

import re
from urllib.parse import unquote, urlencode
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tests.integration.telephony.providers.provider import Caller, HungUpError, Leg, Provider, Story

ATTRIBUTES = {
    "Response": set(),
    "Speak": {"language"},
    "Play": set(),
    "GetDigits": {"action", "method", "numDigits", "timeout", "digitTimeout", "finishOnKey", "retries", "redirect"},
    "Redirect": {"method"},
    "Dial": {"action", "method", "redirect", "timeout", "callerId", "callbackUrl", "callbackMethod", "sipHeaders"},
    "Number": set(),
    "User": set(),
    "Hangup": set(),
}
STATUSES = {"busy": "busy", "no-answer": "no-answer", "answers": "completed", "caller leaves": "cancel"}


class PlivoProvider(Provider):
    """Plivo."""

    first = "answer"
    reports = ("progress", "hangup")

    async def call(self, number: str, caller: Caller, **more: str) -> Story:
        return await _Call(self, number, caller, more).run()

    def token(self, leg: Leg) -> str | None:
        sent = leg.headers.get("X-PH-Warmcalltoken")
        return bytes.fromhex(sent).decode() if sent else None


class _Call:
    def __init__(self, provider: PlivoProvider, number: str, caller: Caller, more: dict[str, str]) -> None:
        self._provider = provider
        self._caller = caller
        self._keys = list(caller.keys)
        self._agent = list(caller.agent)
        self.story = Story(provider.new_call_id())
        self._fields = {"CallUUID": self.story.call_id, "From": caller.number.removeprefix("+"), "Direction": "inbound"}
        self._fields |= {"To": number.removeprefix("+"), "CallStatus": "ringing", "Event": "StartApp", **more}

    async def run(self) -> Story:
        url: str | None = f"{self._provider.base_url}/answer"
        fields: dict[str, str] = {}
        try:
            while url is not None:
                url, fields = await self._execute(await self._document(url, fields))
            self.story.ended = "us"
        except HungUpError:
            self.story.ended = "caller"
        over = {"CallStatus": "completed", "HangupCause": "NORMAL_CLEARING", "Event": "Hangup"}
        await self._report(f"{self._provider.base_url}/hangup", over)
        return self.story

    async def _document(self, url: str, more: dict[str, str]) -> Element:
        answer = await self._provider.deliver(self._caller, url, urlencode(self._fields | more).encode())
        self._fields["CallStatus"] = "in-progress"
        assert "xml" in answer.headers["content-type"]
        response = ElementTree.fromstring(answer.content)
        for element in response.iter():
            assert not set(element.attrib) - ATTRIBUTES[element.tag], f"Plivo knows no {element.attrib}"
        return response

    async def _execute(self, response: Element) -> tuple[str | None, dict[str, str]]:
        for element in response:
            match element.tag:
                case "Speak" | "Play":
                    self._hear(element)
                case "GetDigits":
                    if keys := self._key_in(element):
                        return element.attrib["action"], {"Digits": keys}
                case "Redirect":
                    return str(element.text), {}
                case "Dial":
                    return element.attrib["action"], await self._dial(element)
                case "Hangup":
                    return None, {}
        return None, {}

    def _hear(self, element: Element) -> None:
        self.story.heard.append(str(element.text))
        self.story.languages.append(element.get("language", ""))

    def _key_in(self, digits: Element) -> str:
        assert digits.get("method") == "POST"
        for element in digits:
            self._hear(element)
        if not self._keys:
            raise HungUpError
        return self._keys.pop(0).partition(digits.attrib["finishOnKey"])[0][: int(digits.attrib["numDigits"])]

    async def _dial(self, dial: Element) -> dict[str, str]:
        (noun,) = dial
        headers = {}
        for pair in filter(None, dial.get("sipHeaders", "").split(",")):
            name, _, value = pair.partition("=")
            assert re.fullmatch("[A-Z][a-z0-9]{0,18}", name)
            assert re.fullmatch("[A-Za-z0-9%]{1,120}", value)
            headers[f"X-PH-{name}"] = value
        self.story.legs.append(Leg({"User": "Sip"}.get(noun.tag, noun.tag), unquote(str(noun.text)), headers))
        agent = self._agent.pop(0)
        leg = {"DialALegUUID": self.story.call_id, "DialBLegUUID": f"{self.story.call_id}b"}
        if agent == "answers":
            for event in ("answer", "connected", "hangup"):
                if event == "hangup":
                    self._caller.talk()
                await self._report(dial.attrib["callbackUrl"], {"DialAction": event, "DialBLegStatus": event, **leg})
        return {"DialStatus": STATUSES[agent], "DialRingStatus": "true", **leg}

    async def _report(self, url: str, fields: dict[str, str]) -> None:
        await self._provider.report(self._caller, url, urlencode(self._fields | fields).encode())
