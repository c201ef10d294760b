import json
from typing import Any

import pytest

from warmcall.calls.model import CallId
from warmcall.telephony.asterisk.inbound import Progress, read_event, read_request
from warmcall.telephony.refusals import RefusedError

OURS = {"id": "1.1", "channelvars": {"WARMCALL_CALL": "1.1"}}
DIALLED = {"id": "1.2", "channelvars": {"WARMCALL_CALL": "1.1"}}


@pytest.mark.parametrize(
    ("event", "progress"),
    [
        (
            {"type": "Dial", "caller": OURS, "peer": DIALLED, "dialstatus": "ANSWER"},
            Progress(CallId("1.1"), "connected"),
        ),
        ({"type": "Dial", "caller": OURS, "peer": DIALLED, "dialstatus": "RINGING"}, None),
        ({"type": "Dial", "caller": {"id": "1.1"}, "peer": DIALLED, "dialstatus": "ANSWER"}, None),
        ({"type": "Dial", "peer": DIALLED, "dialstatus": "ANSWER"}, None),
        ({"type": "ChannelDestroyed", "channel": OURS, "cause_txt": "Busy"}, Progress(CallId("1.1"), "ended", "Busy")),
        ({"type": "ChannelDestroyed", "channel": DIALLED, "cause_txt": "Busy"}, None),
        ({"type": "StasisStart", "channel": OURS}, None),
    ],
)
def test_only_events_of_our_callers_count(event: dict[str, Any], progress: Progress | None) -> None:
    assert read_event(json.dumps(event)) == progress


@pytest.mark.parametrize("raw", ["", "[]", "{}", '{"type": 1}', '{"type": "Dial", "caller": 5}', b"\xff"])
def test_what_is_no_event_is_refused(raw: str | bytes) -> None:
    with pytest.raises(RefusedError):
        read_event(raw)


def test_arguments_are_read_by_name() -> None:
    environment = {"agi_network_script": "/call", "agi_uniqueid": "1", "agi_arg_1": "call=2", "agi_arg_2": "x"}

    request = read_request(environment)

    assert (request.path, request.arguments) == ("call", {"call": "2", "x": ""})


@pytest.mark.parametrize("environment", [{}, {"agi_uniqueid": "1"}, {"agi_network_script": "call"}])
def test_what_is_not_fastagi_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(RefusedError):
        read_request(environment)
