"""What `warmcall doctor` finds out, thing by thing."""

import socket
from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    Attributes:
        what: What was looked at, such as `signature`.
        level: How it is.
        says: What was found, in a sentence; never a secret.
        remedy: What to do about it; empty if nothing.
    """

    what: str
    level: Level
    says: str
    remedy: str = ""


def ok(what: str, says: str) -> Finding:
    """It is as it should be."""
    return Finding(what, Level.OK, says)


def warning(what: str, says: str, remedy: str) -> Finding:
    """It works, but not as it should."""
    return Finding(what, Level.WARNING, says, remedy)


def failed(what: str, says: str, remedy: str) -> Finding:
    """It cannot work like this."""
    return Finding(what, Level.FAILED, says, remedy)


def not_checked(what: str, says: str, remedy: str = "") -> Finding:
    """Finding out takes what the doctor does not do, such as a request to a provider."""
    return Finding(what, Level.NOT_CHECKED, says, remedy)


def listening(what: str, host: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> Finding:
    """Whether a connector could listen there. A running server that does so already counts as a warning."""
    try:
        family = socket.getaddrinfo(host, port, type=kind)[0][0]
        with socket.socket(family, kind) as listener:
            if kind is socket.SOCK_STREAM:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
    except OSError as error:
        return warning(
            what,
            f"{host}:{port} cannot be listened on now: {error.strerror or error}",
            "Fine if Warmcall is running; otherwise choose another host or port, or stop what uses it.",
        )
    return ok(what, f"{host}:{port} is free to listen on")


def secure(what: str, url: str) -> Finding:
    """Whether a provider can reach `url` and nobody on the way can read it."""
    if url.startswith("https://"):
        return ok(what, f"providers are sent to {url}")
    return warning(
        what,
        f"{url} is not https: providers refuse it, or send callers' numbers in the clear",
        "Set server.public_url to the https address under which this server is reached from the internet.",
    )
