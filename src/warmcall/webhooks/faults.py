"""Why a try failed, in words that the owner of the receiver can act on, and none of the receiver's."""

import os
import ssl
from collections.abc import Iterator
from typing import Final

# X509_V_ERR_… of OpenSSL's x509_vfy.h; Python's ssl module does not name them.
_UNTRUSTED: Final = "its certificate is of an authority that is not trusted here; add it to the file in SSL_CERT_FILE"
_CERTIFICATE: Final = {
    2: _UNTRUSTED,
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: _UNTRUSTED,
    19: _UNTRUSTED,
    20: _UNTRUSTED,
    21: _UNTRUSTED,
    23: "its certificate was revoked",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}


def reason(error: BaseException) -> str:
    """What an error of the HTTP client comes from."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _CERTIFICATE.get(cause.verify_code, f"its certificate is not accepted: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError):
            return f"no TLS connection: {(cause.reason or type(cause).__name__).lower().replace('_', ' ')}"
        if isinstance(cause, OSError) and cause.errno:
            return f"no connection: {os.strerror(cause.errno)}"
    return f"no answer: {type(error).__name__}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
