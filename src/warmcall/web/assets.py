"""The files of the page script: read once, served from memory, compressed when they were built."""

from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

SHIPPED = Path(__file__).parent / "static"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
# Types are text to read; by its ending alone such a file would be a film.
_KINDS = {".js": "text/javascript", ".ts": "text/plain"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file.

    Attributes:
        etag: Changes with the content; without quotes.
        encoded: The content by content coding, `identity` always among them.
    """

    media_type: str
    etag: str
    encoded: dict[str, bytes]

    def best(self, accepted: str) -> tuple[str, bytes]:
        """The smallest form that an `Accept-Encoding` header allows, with its content coding."""
        allowed = _accepted(accepted)
        for coding, _ in _ENCODINGS:
            if coding in self.encoded and allowed.get(coding, allowed.get("*", False)):
                return coding, self.encoded[coding]
        return "identity", self.encoded["identity"]


class Assets:
    """The files of a folder.

    Args:
        folder: `warmcall.js` and, under `warmcall/<hash>/`, what it loads on demand; each with `.br` and `.gz` files.
    """

    def __init__(self, folder: Path = SHIPPED) -> None:
        self._folder = folder
        self._read: dict[str, Asset] = {}

    def find(self, name: str) -> Asset | None:
        """The file of this name, a path with slashes; `None` if there is none."""
        asset = self._read.get(name)
        if asset is None and _is_plain(name):
            path = self._folder.joinpath(*name.split("/"))
            if path.is_file():
                asset = self._read[name] = _load(path)
        return asset

    def current(self, file: str) -> Asset | None:
        """The file of this name in whichever folder of `warmcall/` has it now; `None` if none has."""
        if not _is_plain(file):
            return None
        for path in sorted(self._folder.glob("warmcall/*/")):
            asset = self.find(f"warmcall/{path.name}/{file}")
            if asset is not None:
                return asset
        return None


def _is_plain(name: str) -> bool:
    parts = name.split("/")
    return all(part and not part.startswith(".") and "\\" not in part and "\0" not in part for part in parts)


def _load(path: Path) -> Asset:
    content = path.read_bytes()
    encoded = {"identity": content}
    for coding, suffix in _ENCODINGS:
        sibling = path.with_name(path.name + suffix)
        if sibling.is_file():
            encoded[coding] = sibling.read_bytes()
    kind = _KINDS.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind in ("application/json", "image/svg+xml")
    return Asset(f"{kind}; charset=utf-8" if is_text else kind, sha256(content).hexdigest()[:20], encoded)


def _accepted(header: str) -> dict[str, bool]:
    """Content codings and whether they are wanted (RFC 9110, section 12.5.3)."""
    wanted: dict[str, bool] = {}
    for part in header.lower().split(","):
        coding, _, weight = part.strip().partition(";")
        value = weight.replace(" ", "").removeprefix("q=")
        wanted[coding.strip()] = value not in ("0", "0.0", "0.00", "0.000")
    return wanted
