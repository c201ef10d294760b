"""What is particular to older protocols when something is wrong.

WarmcallError
└── WebError
    ├── KeyRefusedError         compat_key_refused
    ├── NotSupportedError       compat_not_supported: a kind of callback that Warmcall does not do
    └── NoMatchError            compat_no_match: the call belongs to no waiting request
"""

from warmcall.web.errors import WebError


class KeyRefusedError(WebError):
    """The site has a key for older clients, and this is not it."""

    code = "compat_key_refused"

    def __init__(self) -> None:
        super().__init__("Send the site's `compat_key` in the header apikey or x-api-key.")


class NotSupportedError(WebError):
    """Warmcall gives out numbers to call; it calls nobody back."""

    code = "compat_not_supported"


class NoMatchError(WebError):
    """Neither caller number nor code belong to a waiting request on the number."""

    code = "compat_no_match"

    def __init__(self) -> None:
        super().__init__("No waiting request matches this call.")
