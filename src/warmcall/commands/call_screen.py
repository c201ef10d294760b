"""What `warmcall call` shows in a terminal: number, code, countdown, and what becomes of the call."""

import time
from types import TracebackType
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

_SENTENCES = {
    "waiting": "Waiting for the call",
    "call_received": "A call has come in",
    "code_refused": "A wrong code was keyed in",
    "matched": "The call was matched",
    "connected": "Connected",
    "ended": "Ended",
    "expired": "The number has expired",
    "cancelled": "Cancelled",
}
_OVER = {"matched", "connected", "ended", "expired", "cancelled"}


class CallScreen:
    """A live display; a context manager.

    Args:
        console: Where to show it; standard output if `None`.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._number: dict[str, Any] | None = None
        self._until_s = 0.0
        self._steps: list[tuple[str, str]] = []
        self._sentence = "Asking for a number …"
        # Live renders at once.
        self._live = Live(console=console or Console(), get_renderable=self._render, refresh_per_second=4)

    def __enter__(self) -> "CallScreen":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def tell(self, told: dict[str, Any]) -> None:
        """Show one more step."""
        match told["event"]:
            case "number":
                self._number, self._sentence = told, "Waiting for the call"
                self._until_s = time.monotonic() + told["expiresInS"]
            case "status":
                self._status(told)
            case "timeout":
                self._sentence = "Given up after --timeout"
            case _:
                self._sentence = told["message"] or "No number is given."
                if told.get("fallbackNumber"):
                    self._sentence += f" Call {told['fallbackNumber']} instead."
        self._live.refresh()

    def _status(self, told: dict[str, Any]) -> None:
        self._sentence = _SENTENCES.get(told["status"], told["status"])
        more = [f"by {told['matchedBy']}"] if "matchedBy" in told else []
        more += [f"tries left: {told['triesLeft']}"] if "triesLeft" in told else []
        more += [told["reason"]] if "reason" in told else []
        self._steps.append((str(told.get("at", "")), " · ".join([self._sentence, *more])))
        if told["status"] in _OVER:
            self._until_s = 0.0

    def _render(self) -> RenderableType:
        if self._number is None:
            return Text(self._sentence)
        table = Table.grid(padding=(0, 2))
        table.add_row("Call", Text(self._number["number"], style="bold"))
        if self._number["code"]:
            table.add_row("Code", Text(_in_threes(self._number["code"]), style="bold"))
        left_s = self._until_s - time.monotonic()
        if left_s > 0:
            table.add_row("Good for", f"{int(left_s) // 60}:{int(left_s) % 60:02}")
        steps = [Text(f"{at}  {sentence}") for at, sentence in self._steps]
        return Group(Panel(table, title=self._sentence, expand=False), *steps)


def _in_threes(code: str) -> str:
    return " ".join(code[start : start + 3] for start in range(0, len(code), 3))
