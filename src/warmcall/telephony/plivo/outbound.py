"""Writing decisions as Plivo's XML."""

import math
from xml.etree.ElementTree import Element, SubElement, tostring

from warmcall.telephony.connector import Reply, Switchboard, Turn
from warmcall.telephony.destinations import Destination, Kind
from warmcall.telephony.headers import TOKEN_HEADER, Header
from warmcall.telephony.ivr import Decision, Gather, HangUp, Route
from warmcall.telephony.plivo.settings import Settings
from warmcall.telephony.reach import Reach

DONE = Reply()
"""The answer to a report that asks nothing."""

CONTEXT_HEADER = "Warmcalltoken"
"""Arrives as `X-PH-Warmcalltoken`: Plivo wants a capital, then small letters, at most 24 in all."""


class Documents:
    """Writes documents.

    Args:
        switchboard: Knows texts and addresses.
        settings: Of the connector.
        reach: What can be called.
    """

    def __init__(self, switchboard: Switchboard, settings: Settings, reach: Reach) -> None:
        self._switchboard = switchboard
        self._settings = settings
        self._reach = reach

    def write(self, turn: Turn) -> Reply:
        """Write what to do next."""
        decision = turn.decision
        if isinstance(decision, Gather):
            return self._gather(decision, turn.state)
        if isinstance(decision, HangUp):
            response = Element("Response")
            self._say(response, decision)
            SubElement(response, "Hangup")
            return _reply(response)
        return self.connect(decision, self._switchboard.headers(decision))

    def hang_up(self) -> Reply:
        """Write that the call ends, without a word."""
        response = Element("Response")
        SubElement(response, "Hangup")
        return _reply(response)

    def connect(self, route: Route, headers: tuple[Header, ...], *, last: bool = False) -> Reply:
        """Write where a call goes.

        Args:
            route: The decision.
            headers: What goes with the call.
            last: Whether nothing else is to be tried if nobody answers.
        """
        target = self._reach.target(route)
        if target is None:
            return self.hang_up()
        response = Element("Response")
        self._say(response, route)
        done = self._reach.done_url(route, target, headers, last=last)
        self._dial(response, target, dict(headers).get(TOKEN_HEADER), done)
        return _reply(response)

    def _gather(self, asked: Gather, state: str | None) -> Reply:
        action = self._switchboard.url("digits", state)
        seconds = str(math.ceil(asked.timeout_s))
        attributes = {
            "action": action,
            "method": "POST",
            "numDigits": str(asked.digits),
            "timeout": seconds,
            "digitTimeout": seconds,
            "finishOnKey": "#",
            "retries": "1",
            "redirect": "true",
        }
        response = Element("Response")
        self._say(SubElement(response, "GetDigits", attributes), asked)
        # Only reached in silence.
        SubElement(response, "Redirect", {"method": "POST"}).text = action
        return _reply(response)

    def _dial(self, response: Element, target: Destination, token: str | None, done: str) -> None:
        attributes = {
            "action": done,
            "method": "POST",
            "redirect": "true",
            "timeout": str(self._settings.answer_timeout_s),
            "callbackUrl": self._switchboard.url("progress"),
            "callbackMethod": "POST",
        }
        if self._settings.caller_id:
            attributes["callerId"] = self._settings.caller_id
        if token and target.kind is Kind.SIP:
            # Letters and digits only, so in hexadecimal.
            attributes["sipHeaders"] = f"{CONTEXT_HEADER}={token.encode().hex()}"
        dial = SubElement(response, "Dial", attributes)
        SubElement(dial, "User" if target.kind is Kind.SIP else "Number").text = target.value

    def _say(self, parent: Element, decision: Decision) -> None:
        speech = self._switchboard.speech(decision)
        if speech.audio_url:
            SubElement(parent, "Play").text = speech.audio_url
        else:
            SubElement(parent, "Speak", {"language": speech.language}).text = speech.text


def _reply(response: Element) -> Reply:
    body = tostring(response, encoding="utf-8", xml_declaration=True)
    return Reply(content_type="text/xml; charset=utf-8", body=body)
