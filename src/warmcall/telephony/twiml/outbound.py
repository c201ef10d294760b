"""Writing decisions as documents."""

import json
import math
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import Element, SubElement, tostring

from warmcall.calls.model import CallId
from warmcall.telephony.connector import Reply, Switchboard, Turn
from warmcall.telephony.destinations import Destination, Kind
from warmcall.telephony.headers import UUI_HEADER, Header
from warmcall.telephony.ivr import Decision, Gather, HangUp, Route
from warmcall.telephony.reach import Reach
from warmcall.telephony.twiml.dialects import Dialect
from warmcall.telephony.twiml.settings import Settings

DONE = Reply(content_type="text/xml; charset=utf-8", body=b"<Response/>")
"""The answer to a report that asks nothing. Not 204: Telnyx repeats what was not answered with 200."""


class Documents:
    """Writes documents for one provider.

    Args:
        switchboard: Knows texts, destinations and addresses.
        settings: Of the connector.
        dialect: Which TwiML it is.
        reach: What can be called.
    """

    def __init__(self, switchboard: Switchboard, settings: Settings, dialect: Dialect, reach: Reach) -> None:
        self._switchboard = switchboard
        self._reach = reach
        self._settings = settings
        self._dialect = dialect

    def write(self, turn: Turn, call_id: CallId) -> Reply:
        """Write what to do next.

        Args:
            turn: The decision.
            call_id: Of the call that came in, for reports of its other legs.
        """
        decision = turn.decision
        if isinstance(decision, Gather):
            return self._gather(decision, turn.state)
        if isinstance(decision, HangUp):
            response = Element("Response")
            self._say(response, decision)
            SubElement(response, "Hangup")
            return _reply(response)
        return self.connect(decision, self._switchboard.headers(decision), call_id)

    def hang_up(self) -> Reply:
        """Write that the call ends, without a word."""
        response = Element("Response")
        SubElement(response, "Hangup")
        return _reply(response)

    def connect(self, route: Route, headers: tuple[Header, ...], call_id: CallId, *, last: bool = False) -> Reply:
        """Write where a call goes.

        Args:
            route: The decision.
            headers: What goes with the call.
            call_id: Of the call that came in.
            last: Whether nothing else is to be tried if nobody answers.
        """
        target = self._reach.target(route)
        if target is None:
            return self.hang_up()
        response = Element("Response")
        self._say(response, route)
        done = self._reach.done_url(route, target, headers, last=last)
        if target.kind is Kind.QUEUE:
            self._enqueue(response, target, headers, done)
        else:
            self._dial(response, target, headers, call_id, done)
        return _reply(response)

    def _gather(self, asked: Gather, state: str | None) -> Reply:
        action = self._switchboard.url("digits", state)
        attributes = {
            "input": "dtmf",
            "numDigits": str(asked.digits),
            "timeout": str(math.ceil(asked.timeout_s)),
            "finishOnKey": "#",
            "action": action,
            "method": "POST",
        }
        if self._dialect.empty_result:
            attributes["actionOnEmptyResult"] = "true"
        response = Element("Response")
        self._say(SubElement(response, "Gather", attributes), asked)
        # Only reached where silence does not go to the action.
        SubElement(response, "Redirect", {"method": "POST"}).text = action
        return _reply(response)

    def _dial(
        self, response: Element, target: Destination, headers: tuple[Header, ...], call_id: CallId, done: str
    ) -> None:
        attributes = {"timeout": str(self._settings.answer_timeout_s), "action": done, "method": "POST"}
        if self._settings.caller_id:
            attributes["callerId"] = self._settings.caller_id
        leg = SubElement(
            SubElement(response, "Dial", attributes),
            "Sip" if target.kind is Kind.SIP else "Number",
            {
                "statusCallback": f"{self._switchboard.url('progress')}?{urlencode({'call': call_id})}",
                "statusCallbackEvent": "answered",
                "statusCallbackMethod": "POST",
            },
        )
        leg.text = self._with_headers(target.value, headers) if target.kind is Kind.SIP else target.value

    def _enqueue(self, response: Element, target: Destination, headers: tuple[Header, ...], done: str) -> None:
        attributes = {"action": done, "method": "POST"}
        if self._settings.workflow is None:
            SubElement(response, "Enqueue", attributes).text = target.value
            return
        queue = SubElement(response, "Enqueue", {"workflowSid": self._settings.workflow, **attributes})
        SubElement(queue, "Task").text = json.dumps({"queue": target.value, **dict(headers)})

    def _with_headers(self, uri: str, headers: tuple[Header, ...]) -> str:
        pairs = "&".join(
            f"{name}={quote(value, safe='')}"
            for name, value in headers
            if self._dialect.user_to_user or name != UUI_HEADER
        )
        return f"{uri}{'&' if '?' in uri else '?'}{pairs}" if pairs else uri

    def _say(self, parent: Element, decision: Decision) -> None:
        speech = self._switchboard.speech(decision)
        if speech.audio_url:
            SubElement(parent, "Play").text = speech.audio_url
        else:
            SubElement(parent, "Say", {"language": speech.language}).text = speech.text


def _reply(response: Element) -> Reply:
    body = tostring(response, encoding="utf-8", xml_declaration=True)
    return Reply(content_type="text/xml; charset=utf-8", body=body)
