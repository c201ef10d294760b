"""Writing decisions as JSON."""

from warmcall.calls.routing import GatherDigits, RouteAnswer, Say
from warmcall.telephony.connector import Switchboard, Turn
from warmcall.telephony.destinations import Destination
from warmcall.telephony.ivr import Decision, Gather, HangUp, Route


def render(turn: Turn, switchboard: Switchboard) -> RouteAnswer:
    """Write what to do next."""
    decision = turn.decision
    say = _say(decision, switchboard)
    if isinstance(decision, Gather):
        return _gather(decision, say, turn.state, switchboard.destination(decision))
    if isinstance(decision, HangUp):
        return RouteAnswer(action="hangup", say=say, reason=decision.reason)
    target = switchboard.destination(decision)
    if target is None:
        return RouteAnswer(action="hangup", say=say, reason="there is nowhere to send the call")
    return _route(decision, say, target, dict(switchboard.headers(decision)))


def _gather(asked: Gather, say: Say, state: str | None, fallback: Destination | None) -> RouteAnswer:
    gather = GatherDigits(
        digits=asked.digits,
        timeout_s=asked.timeout_s,
        fallback_destination=fallback.value if fallback else None,
        fallback_destination_kind=fallback.kind.value if fallback else None,
    )
    return RouteAnswer(action="gather", say=say, gather=gather, state=state)


def _route(route: Route, say: Say, target: Destination, headers: dict[str, str]) -> RouteAnswer:
    return RouteAnswer(
        action="route",
        say=say,
        matched=route.matched,
        group=route.group,
        destination=target.value,
        destination_kind=target.kind.value,
        headers=headers,
        token=route.token,
        context_url=route.context.url if route.context else None,
    )


def _say(decision: Decision, switchboard: Switchboard) -> Say:
    speech = switchboard.speech(decision)
    return Say(prompt=decision.prompt.value, text=speech.text, language=speech.language, audio_url=speech.audio_url)
