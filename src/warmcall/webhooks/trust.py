"""Whose certificates receivers may have."""

import os
import ssl

import httpx

from warmcall.errors import WarmcallError


class CertificatesUnreadableError(WarmcallError):
    """The certificates that the environment names cannot be read.

    Args:
        why: What is wrong with them.
    """

    code = "certificates_unreadable"

    def __init__(self, why: str) -> None:
        named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR", "")
        super().__init__(
            f"SSL_CERT_FILE: cannot read certificates from {named}: {why}. Name a file of certificates in PEM form."
        )


def trusted() -> ssl.SSLContext:
    """What is trusted: the public authorities, or in their place those in the file that `SSL_CERT_FILE` names.

    Raises:
        CertificatesUnreadableError: if that file cannot be used.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise CertificatesUnreadableError(error.strerror or str(error)) from error
