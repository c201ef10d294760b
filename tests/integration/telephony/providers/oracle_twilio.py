"""Runs beside Twilio's SDK: signs and checks requests, and says which attributes of documents it has no name for."""

import inspect
import json
import re
import sys
from typing import Any
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator  # type: ignore[import-not-found]
from twilio.twiml import voice_response as twiml  # type: ignore[import-not-found]

MAKERS = {
    "Say": twiml.VoiceResponse.say,
    "Play": twiml.VoiceResponse.play,
    "Gather": twiml.VoiceResponse.gather,
    "Redirect": twiml.VoiceResponse.redirect,
    "Dial": twiml.VoiceResponse.dial,
    "Number": twiml.Dial.number,
    "Sip": twiml.Dial.sip,
    "Enqueue": twiml.VoiceResponse.enqueue,
    "Task": twiml.Enqueue.task,
    "Hangup": twiml.VoiceResponse.hangup,
}


class Pairs:
    """A form with repeated names, as the web frameworks have it that the SDK knows."""

    def __init__(self, pairs: list[list[str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Any:
        return iter(name for name, _ in self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def getlist(self, name: str) -> list[str]:
        return [value for each, value in self._pairs if each == name]


def signed(case: dict[str, Any]) -> dict[str, Any]:
    validator = RequestValidator(case["token"])
    form = Pairs(case["pairs"])
    as_body = case["body"] is not None
    signature = validator.compute_signature(case["signed_url"], {} if as_body else form, case["algorithm"])
    if case["forge"]:
        signature = signature[:3] + ("A" if signature[3] != "A" else "B") + signature[4:]
    seen = case["body"] if as_body else form
    valid = validator.validate(case["seen_url"], seen, signature, case["algorithm"])
    return {"signature": signature, "valid": valid}


def unknown(xml: str) -> list[str]:
    found = []
    for element in ElementTree.fromstring(xml).iter():
        if element.tag != "Response":
            known = inspect.signature(MAKERS[element.tag]).parameters
            names = {re.sub("(?<!^)([A-Z])", r"_\1", name).lower(): name for name in element.attrib}
            found += [f"{element.tag}.{name}" for snake, name in names.items() if snake not in known]
    return found


json.dump([unknown(case) if isinstance(case, str) else signed(case) for case in json.load(sys.stdin)], sys.stdout)
