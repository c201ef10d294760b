"""`GET /openapi.json` and `GET /docs`: the document, and a page that shows it without asking any third party."""

import html
import re
from functools import cached_property
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from warmcall.web.openapi import document

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1.5rem }
code, pre { font: 0.9em ui-monospace, monospace }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid #8886; border-radius: 6px }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.75rem 0.3rem 0; border-top: 1px solid #8884 }
details { margin: 0.5rem 0; padding: 0.5rem 0.75rem; border: 1px solid #8886; border-radius: 6px }
summary { cursor: pointer }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700 }
"""


class Docs:
    """Starlette endpoints of the documentation.

    Args:
        public_url: Where the server is reached.
    """

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    @cached_property
    def _document(self) -> dict[str, Any]:
        return document(self._public_url)

    async def openapi(self, request: Request) -> Response:
        """The OpenAPI document."""
        return Response(msgspec.json.encode(self._document), media_type="application/json")

    async def page(self, request: Request) -> Response:
        """The document as a page."""
        return HTMLResponse(render(self._document), headers={"content-security-policy": _POLICY})


def render(openapi: dict[str, Any]) -> str:
    """Write an OpenAPI document as an HTML page."""
    info = openapi["info"]
    operations = [
        (path, method, operation) for path, methods in openapi["paths"].items() for method, operation in methods.items()
    ]
    tags = dict.fromkeys(operation["tags"][0] for _, _, operation in operations)
    sections = "".join(
        f"<h2>{_text(tag)}</h2>" + "".join(_operation(*entry) for entry in operations if entry[2]["tags"][0] == tag)
        for tag in tags
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(info['title'])} HTTP API</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{_text(info['title'])} HTTP API {_text(info['version'])}</h1><p>{_text(info['summary'])}</p>"
        '<p>The same as data: <a href="openapi.json">openapi.json</a></p>'
        f"{sections}<h2>Errors</h2>{_errors(openapi['x-errors'])}"
        f"<h2>Schemas</h2>{_schemas(openapi['components']['schemas'])}</main></body></html>"
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    parameters = "".join(
        f"<tr><td><code>{_text(p['name'])}</code></td><td>{p['in']}</td><td>{_text(p.get('description', ''))}</td></tr>"
        for p in operation["parameters"]
    )
    responses = "".join(
        f"<tr><td>{status}</td><td>{_text(response['description'])}{_content(response)}</td></tr>"
        for status, response in operation["responses"].items()
    )
    schemes = " or ".join(f"<code>{name}</code>" for scheme in operation["security"] for name in scheme)
    return (
        f'<details id="{operation["operationId"]}"><summary><span class="method">{method.upper()}</span>'
        f"<code>{_text(path)}</code> {_text(operation['summary'])}</summary>"
        f"<p>{_text(operation.get('description', ''))}</p>"
        + (f"<p>Needs {schemes}.</p>" if schemes else "")
        + (f"<table>{parameters}</table>" if parameters else "")
        + (f"<p>Body{_content(operation['requestBody'])}</p>" if "requestBody" in operation else "")
        + f"<table>{responses}</table></details>"
    )


def _content(holder: dict[str, Any]) -> str:
    for media_type, content in holder.get("content", {}).items():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        link = f' <a href="#schema-{name}">{name}</a>' if name else ""
        return f" (<code>{_text(media_type)}</code>{link})"
    return ""


def _errors(errors: dict[str, dict[str, Any]]) -> str:
    rows = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{kind["status"]}</td>'
        f"<td>{_text(kind['means'])} {_text(kind['remedy'])}</td></tr>"
        for code, kind in errors.items()
    )
    return f"<table><tr><th>code</th><th>status</th><th>meaning and remedy</th></tr>{rows}</table>"


def _schemas(schemas: dict[str, Any]) -> str:
    return "".join(
        f'<details id="schema-{name}"><summary><code>{name}</code></summary>'
        f"<pre>{_text(msgspec.json.format(msgspec.json.encode(schema)).decode())}</pre></details>"
        for name, schema in schemas.items()
    )


def _text(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
