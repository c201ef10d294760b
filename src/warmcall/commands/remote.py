"""Asking a running server, from the command line."""

from typing import Any, ClassVar

import httpx

from warmcall.calls.model import Json
from warmcall.errors import WarmcallError

_WAIT_S = 30


class ServerError(WarmcallError):
    """A server that cannot be reached, or says no."""

    code: ClassVar[str] = "server_refused"


def ask(method: str, url: str, path: str, key: str | None, body: Json | None = None) -> Json:
    """Send one request; returns the answer's JSON.

    Args:
        method: Of HTTP.
        url: The server's address.
        path: What to ask for, such as `/v1/admin/config`.
        key: An API key.
        body: Sent as JSON.

    Raises:
        ServerError: if it cannot be reached, or says no; the message says why.
    """
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        response = httpx.request(method, url.rstrip("/") + path, headers=headers, json=body, timeout=_WAIT_S)
        answer: Any = response.json()
    except httpx.HTTPError as error:
        raise ServerError(f"{url} cannot be reached: {error or type(error).__name__}.") from error
    except ValueError as error:
        raise ServerError(f"{url} does not answer as Warmcall does ({response.status_code}). Check --url.") from error
    if response.is_success:
        told: Json = answer
        return told
    raise ServerError(str(answer.get("detail") or f"The server answered {response.status_code}."), {"problem": answer})
