from warmcall.telephony.connector import Reply, Switchboard, Turn
from warmcall.telephony.ivr import Gather, Route


def render(turn: Turn, switchboard: Switchboard) -> Reply:
    said = switchboard.speech(turn.decision).text
    if isinstance(turn.decision, Gather):
        return Reply(body=f"{said}\nGATHER {switchboard.url('digits', turn.state)}".encode())
    target = switchboard.destination(turn.decision) if isinstance(turn.decision, Route) else None
    return Reply(body=f"{said}\n{f'DIAL {target.value}' if target else 'HANGUP'}".encode(), headers=(("X-Pbx", "1"),))
