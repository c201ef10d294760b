"""A double of Twilio and its relatives: executes documents as they would, and refuses what they do not know."""

from urllib.parse import parse_qsl, unquote, urlencode
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tests.integration.telephony.providers.provider import Caller, HungUpError, Leg, Provider, Story

ATTRIBUTES = {
    "Response": set(),
    "Say": {"language"},
    "Play": set(),
    "Gather": {"input", "numDigits", "timeout", "finishOnKey", "action", "method"},
    "Redirect": {"method"},
    "Dial": {"timeout", "action", "method", "callerId"},
    "Number": {"statusCallback", "statusCallbackEvent", "statusCallbackMethod"},
    "Sip": {"statusCallback", "statusCallbackEvent", "statusCallbackMethod"},
    "Enqueue": {"action", "method"},
    "Task": set(),
    "Hangup": set(),
}
MORE = {"twilio": {"actionOnEmptyResult", "workflowSid"}, "signalwire": {"actionOnEmptyResult"}, "telnyx": set()}
QUEUE_LEG = "queue"


class TwimlProvider(Provider):
    """One of the three; the connector's name says which."""

    @property
    def dialect(self) -> str:
        """Which one it is."""
        return self.kind if self.kind in MORE else "twilio"

    async def call(self, number: str, caller: Caller, **more: str) -> Story:
        return await _Call(self, number, caller, more).run()


class _Call:
    def __init__(self, provider: TwimlProvider, number: str, caller: Caller, more: dict[str, str]) -> None:
        self._provider = provider
        self._caller = caller
        self._keys = list(caller.keys)
        self._agent = list(caller.agent)
        self.story = Story(provider.new_call_id())
        self._fields = {"CallSid": self.story.call_id, "From": caller.number, "To": number, "Direction": "inbound"}
        self._fields |= {"CallStatus": "ringing", "ApiVersion": "2010-04-01", **more}

    async def run(self) -> Story:
        url: str | None = f"{self._provider.base_url}/voice"
        fields: dict[str, str] = {}
        try:
            while url is not None:
                url, fields = await self._execute(await self._document(url, fields))
            self.story.ended = "us"
        except HungUpError:
            self.story.ended = "caller"
        await self._report(f"{self._provider.base_url}/status", CallStatus="completed", CallDuration="12")
        return self.story

    async def _document(self, url: str, more: dict[str, str]) -> Element:
        body = urlencode(self._fields | more).encode()
        answer = await self._provider.deliver(self._caller, url, body)
        self._fields["CallStatus"] = "in-progress"
        assert answer.headers["content-type"].startswith("text/xml")
        response = ElementTree.fromstring(answer.content)
        assert response.tag == "Response"
        for element in response.iter():
            unknown = set(element.attrib) - ATTRIBUTES[element.tag] - MORE[self._provider.dialect]
            assert not unknown, f"{self._provider.kind} knows no {unknown} of {element.tag}"
        return response

    async def _execute(self, response: Element) -> tuple[str | None, dict[str, str]]:
        for verb in response:
            match verb.tag:
                case "Say" | "Play":
                    self._hear(verb)
                case "Gather":
                    keys = self._key_in(verb)
                    if keys or verb.get("actionOnEmptyResult") == "true":
                        return verb.attrib["action"], {"Digits": keys}
                case "Redirect":
                    return str(verb.text), {}
                case "Dial":
                    return verb.attrib["action"], await self._dial(verb)
                case "Enqueue":
                    task = verb.find("Task")
                    value = str(verb.text) if task is None else f"{verb.attrib['workflowSid']} {task.text}"
                    self.story.legs.append(Leg(QUEUE_LEG, value, {}))
                    return verb.attrib["action"], {"QueueResult": self._caller.queue}
                case "Hangup":
                    return None, {}
        return None, {}

    def _hear(self, verb: Element) -> None:
        self.story.heard.append(str(verb.text))
        self.story.languages.append(verb.get("language", ""))

    def _key_in(self, gather: Element) -> str:
        assert gather.get("method") == "POST"
        assert gather.get("input") == "dtmf"
        assert int(gather.attrib["timeout"]) >= 1
        for verb in gather:
            self._hear(verb)
        if not self._keys:
            raise HungUpError
        return self._keys.pop(0).partition(gather.attrib["finishOnKey"])[0][: int(gather.attrib["numDigits"])]

    async def _dial(self, dial: Element) -> dict[str, str]:
        (noun,) = dial
        value, _, query = str(noun.text).partition("?")
        headers = dict(parse_qsl(query))
        assert len(query) < 1024, "Twilio's warning 21227"
        assert len(value) <= 255
        allowed = {"x-"} if self._provider.dialect != "twilio" else {"x-", "us"}
        assert {name[:2].lower() for name in headers} <= allowed
        self.story.legs.append(Leg(noun.tag, unquote(value), headers))
        agent = self._agent.pop(0)
        leg = {"DialCallSid": f"{self.story.call_id}b"}
        if agent != "answers":
            return {"DialCallStatus": {"caller leaves": "canceled"}.get(agent, agent), **leg}
        assert noun.get("statusCallbackEvent") == "answered"
        await self._report(
            noun.attrib["statusCallback"],
            CallSid=leg["DialCallSid"],
            ParentCallSid=self.story.call_id,
            CallStatus="in-progress",
            Direction="outbound-dial",
        )
        self._caller.talk()
        return {"DialCallStatus": "completed", "DialCallDuration": "9", **leg}

    async def _report(self, url: str, **fields: str) -> None:
        await self._provider.report(self._caller, url, urlencode(self._fields | fields).encode())
