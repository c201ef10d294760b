"""What a visitor must do besides filling in the form: agree to a text, solve a challenge."""

from typing import Literal

import msgspec

from warmcall.calls.errors import ConsentRequiredError
from warmcall.calls.model import Consent


class ConsentText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group's `consent`.

    Attributes:
        version: Names the text; kept with each request, so change it with every change of the text.
        text: What the visitor agrees to, as the panel shows it.
        url: Where more is to be read.
        required: Whether no number is given without it.
    """

    version: str
    text: str
    url: str | None = None
    required: bool = True


class Challenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A site's or a group's `challenge`.

    Attributes:
        kind: `pow`: a proof of work; `captcha`: a token of a provider that answers the siteverify protocol.
        max_number: How much work: on average half as many SHA-256 hashes as this.
        lifetime_s: How long a proof of work may take.
        site_key: What the page needs to get a token.
        secret: What the provider knows this server by, or a reference to that; see `references`.
        verify_url: Where the provider says whether a token is good.
    """

    kind: Literal["pow", "captcha"]
    max_number: int = 50_000
    lifetime_s: int = 300
    site_key: str | None = None
    secret: str | None = None
    verify_url: str | None = None


def agreed(text: ConsentText | None, version: str | None, now_ms: int) -> Consent | None:
    """What is kept of a visitor's consent.

    Args:
        text: The group's.
        version: Of the text that the visitor agreed to; `None` if to none.
        now_ms: The time.

    Raises:
        ConsentRequiredError: if the group wants it, and it is missing or for another text.
    """
    if text is None:
        return None
    if version == text.version:
        return Consent(version, now_ms)
    if text.required:
        raise ConsentRequiredError(text.version, text.text, text.url)
    return None
