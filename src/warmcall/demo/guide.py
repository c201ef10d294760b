"""What `warmcall demo` says when it is ready."""

from rich.console import Console
from rich.text import Text

from warmcall.demo.running import LOOPBACK, Demo
from warmcall.telephony.demoline.line import PORT

_LINK = "bold cyan"


def show_guide(console: Console, demo: Demo, host: str) -> None:
    """Print where everything is and how to make the first call. Commands stand alone on their line, to be copied."""
    number = _numbers(demo)[0][1][0]
    console.print()
    console.print("Warmcall is running. Make your first call:", style="bold")
    console.print()
    _item(console, "1  Open the shop and ask for a number", f"{demo.url}/demo/", _LINK)
    _item(console, "2  Open the agent's screen beside it", f"{demo.url}/demo/agent", _LINK)
    if demo.line:
        _item(console, "3  Press “Dial it for me” in the shop, or dial the number and key in the code", None)
        _item(console, "      in a second terminal", _dial(demo, number), "bold")
        _item(console, "      with any softphone", f"sip:{number}@{demo.line}", _LINK)
        console.print()
        for name, numbers in _numbers(demo):
            console.print(f"   Numbers of {name}: {', '.join(numbers)}", style="dim")
    else:
        _item(console, "   There is no phone line.", demo.line_trouble, "bold red")
    console.print()
    console.print(_reach(host), style="dim")
    console.print("Press Ctrl-C to stop.", style="dim")


def _item(console: Console, text: str, value: str | None, style: str = "") -> None:
    console.print(Text(f"{text:<40} ") + Text(value, style) if value else text)


def _dial(demo: Demo, number: str) -> str:
    elsewhere = "" if demo.line == f"{LOOPBACK}:{PORT}" else f" --line {demo.line}"
    return f"warmcall dial {number} --code CODE{elsewhere}"


def _numbers(demo: Demo) -> list[tuple[str, tuple[str, ...]]]:
    sites = demo.settings.directory.sites.values()
    return [(group.name, tuple(group.numbers)) for site in sites for group in site.groups]


def _reach(host: str) -> str:
    if host in (LOOPBACK, "localhost"):
        return "Only this machine can reach it. The numbers are fictional and nothing leaves 127.0.0.1."
    return f"It listens on {host}, and the demo asks nobody for a password: use it on a network you trust."
