"""Bodies of requests: what they may hold, and how they are read."""

import re
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from warmcall.calls.draft import FieldValue
from warmcall.calls.errors import InvalidFieldError
from warmcall.calls.model import Page
from warmcall.validation import explain
from warmcall.web.errors import MalformedJSONError, MediaTypeError
from warmcall.web.exchange import BODY_LIMIT_BYTES, Exchange

T = TypeVar("T")

NESTING_LIMIT = 32
# Texts are matched whole, so that brackets in them do not count.
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)


class CreateBody(msgspec.Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    """What a page asks for a number with.

    Attributes:
        group: What the call is for.
        fields: The form's values by input name, such as `firstname`, `lastname`, `phonenumber`.
        user_data: What the page knows, for the agent; at most 16 KiB as JSON.
        page: Where the visitor asked.
        consent: Version of the text that the visitor agreed to.
        challenge: The solution of a challenge.
    """

    group: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    fields: dict[str, FieldValue] = {}
    user_data: dict[str, Any] = {}
    page: Page = Page()
    consent: str | None = None
    challenge: str | None = None


class JSONBody(Generic[T]):
    """Reads bodies of one kind.

    Args:
        kind: The struct that says what is allowed.
        limit_bytes: How large a body may be.
    """

    def __init__(self, kind: type[T], limit_bytes: int = BODY_LIMIT_BYTES) -> None:
        self.kind = kind
        self._limit_bytes = limit_bytes
        self._decoder = msgspec.json.Decoder(kind)

    async def read(self, exchange: Exchange) -> dict[str, Any]:
        """Read and check the body; returns it as plain data with the names it has in JSON.

        Raises:
            MediaTypeError: if it is not declared as JSON.
            BodyTooLargeError: if it is above its bound.
            MalformedJSONError: if it is not JSON in UTF-8.
            InvalidFieldError: if a field is unknown, missing, of a wrong type, or nested too deeply.
        """
        declared = exchange.headers.get(b"content-type", b"")
        if declared != b"application/json" and not _is_json(declared):
            raise MediaTypeError(declared.decode("latin-1"))
        return self.decode(await exchange.body(self._limit_bytes))

    def decode(self, raw: bytes) -> dict[str, Any]:
        """Check a body that was read. Raises as `read` does."""
        # Each level of nesting costs a bracket, so most bodies pass on a count; the exact walk is for the others.
        if raw.count(b"[") + raw.count(b"{") > NESTING_LIMIT:
            _check_nesting(raw)
        try:
            found: dict[str, Any] = msgspec.to_builtins(self._decoder.decode(raw))
        except msgspec.ValidationError as error:
            field, why = explain(error)
            raise InvalidFieldError(field or "body", f"{why}.") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedJSONError(f"The body is not JSON in UTF-8: {error}.") from error
        return found


class ConfigurationBody(msgspec.Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    """A configuration to apply.

    Attributes:
        configuration: `{"site": [...]}`: the `[[site]]` tables of a configuration file.
        force: Apply it although waiting call requests are stranded.
        dry_run: Only tell what would be.
    """

    configuration: dict[str, Any]
    force: bool = False
    dry_run: bool = False


def _is_json(declared: bytes) -> bool:
    kind, *parameters = (part.strip() for part in declared.lower().split(b";"))
    charsets = (part.partition(b"=")[2].strip(b'" ') for part in parameters if part.startswith(b"charset"))
    return kind == b"application/json" and all(charset in (b"utf-8", b"utf8") for charset in charsets)


def _check_nesting(raw: bytes) -> None:
    """Refuse what nests so deeply that whoever reads it later could run out of stack."""
    depth = 0
    for token in _STRUCTURE.findall(raw):
        if token in b"[{":
            depth += 1
            if depth > NESTING_LIMIT:
                raise InvalidFieldError("body", f"lists and objects are nested more than {NESTING_LIMIT} levels deep.")
        elif token in b"]}":
            depth -= 1
