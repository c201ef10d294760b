"""The OpenAPI document (version 3.1), made from the table of operations and the structs of the bodies."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from warmcall import __version__
from warmcall.errors import WarmcallError
from warmcall.web.answers import Problem
from warmcall.web.compat.operations import COMPAT_OPERATIONS
from warmcall.web.operation import ALWAYS, Operation
from warmcall.web.operations import OPERATIONS
from warmcall.web.problems import KINDS

_REF = "#/components/schemas/{name}"
_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "none": [],
    "visitor": [{"visitorToken": []}],
    "visitor_query": [{"visitorToken": []}, {"visitorTokenInQuery": []}],
    "api_key": [{"apiKey": []}, {"apiKeyHeader": []}],
}
_SCHEMES = {
    "visitorToken": {"type": "http", "scheme": "bearer", "description": "The `token` of the created call request."},
    "visitorTokenInQuery": {"type": "apiKey", "in": "query", "name": "token"},
    "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key; `warmcall keys new` makes one."},
    "apiKeyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def document(public_url: str) -> dict[str, Any]:
    """Make the document.

    Args:
        public_url: Where the server is reached, without a final slash.
    """
    operations = (*OPERATIONS, *COMPAT_OPERATIONS)
    kinds = [kind for operation in operations for kind in _kinds(operation)]
    schemas, components = msgspec.json.schema_components([*kinds, Problem], ref_template=_REF)
    references = iter(schemas)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        body = next(references) if operation.body is not None else None
        answer = next(references) if operation.answer is not None else None
        described = _operation(operation, body, answer)
        for status in operation.failures or {}:
            failure = described["responses"].setdefault(str(status), {"description": "Refused."})
            failure.setdefault("content", {})["application/json"] = {"schema": next(references)}
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Warmcall",
            "version": __version__,
            "summary": "Click-to-call: a number and a code for a visitor, and the visitor's context for the call.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SCHEMES},
        "x-errors": {kind.code: KINDS[kind]._asdict() | {"retryable": kind.retryable} for kind in KINDS},
    }


def _kinds(operation: Operation) -> list[Any]:
    kinds = (operation.body, operation.answer, *(operation.failures or {}).values())
    return [kind for kind in kinds if kind is not None]


def _operation(operation: Operation, body: Any, answer: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": list(_parameters(operation)),
        "security": _SECURITY[operation.auth],
        "responses": _responses(operation, answer),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.scopes:
        described["x-scopes"] = list(operation.scopes)
    if body is not None:
        described["requestBody"] = {"required": True, "content": {operation.body_media_type: {"schema": body}}}
    return described


def _parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    text = {"type": "string"}
    for name in re.findall(r"{(\w+)}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": text}
    for place, named in (("query", operation.query), ("header", operation.headers)):
        for name, meaning in (named or {}).items():
            yield {"name": name, "in": place, "description": meaning, "schema": text}


def _responses(operation: Operation, answer: Any) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.summary}
    if answer is not None:
        success["content"] = {"application/json": {"schema": answer}}
    elif operation.media_type:
        success["content"] = {operation.media_type: {}}
    responses: dict[str, Any] = {str(operation.status): success}
    if operation.media_type == "text/event-stream":
        responses["204"] = {"description": "Nothing more will come."}
    for status, kinds in sorted(_by_status((*operation.errors, *ALWAYS)).items()):
        responses[str(status)] = {
            "description": "; ".join(f"`{kind.code}`: {KINDS[kind].means}" for kind in kinds),
            "content": {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}},
        }
    return responses


def _by_status(errors: Iterable[type[WarmcallError]]) -> dict[int, list[type[WarmcallError]]]:
    grouped: dict[int, list[type[WarmcallError]]] = {}
    for error in errors:
        grouped.setdefault(KINDS[error].status, []).append(error)
    return grouped
