"""Events on their way to a receiver over TLS, with certificates of an authority of our own."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from standardwebhooks import Webhook

from tests.integration.api.conftest import ask, eventually
from tests.integration.api.test_serve import run
from tests.integration.webhooks.conftest import SECRET, SITE, hook
from tests.integration.webhooks.receiver import receiving
from warmcall.testing import running

NOW = datetime.now(UTC)
UNTRUSTED = "its certificate is of an authority that is not trusted here; add it to the file in SSL_CERT_FILE"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that says to trust our authority, named in the environment."""
    path = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def context_of(certificate: trustme.LeafCert, seen: list[str | None] | None = None) -> ssl.SSLContext:
    """What a receiver with a certificate serves with, and the names that it was asked for."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(tls)
    if seen is not None:
        tls.sni_callback = lambda connection, name, context: seen.append(name)
    return tls


async def test_a_receiver_is_known_by_its_name_while_the_address_that_was_checked_is_connected_to(
    authority: trustme.CA, trusting: Path
) -> None:
    asked: list[str | None] = []
    async with receiving(tls=context_of(authority.issue_cert("localhost"), asked)) as receiver:
        url = f"https://localhost:{receiver.port}/hook"
        async with running(SITE + hook(url, concurrency=1)) as server:
            for _ in range(3):
                await ask(server)
            await eventually(lambda: len(receiver.received) == 3)
    assert asked == ["localhost"], "one connection, used again"
    for received in receiver.received:
        assert received.headers["host"] == f"localhost:{receiver.port}"
        assert Webhook(SECRET).verify(received.body, received.headers)["type"] == "call_request.created"


async def test_a_receiver_without_a_name_is_known_by_its_address(authority: trustme.CA, trusting: Path) -> None:
    tls = context_of(authority.issue_cert("127.0.0.1"))
    async with receiving(tls=tls) as receiver, running(SITE + hook(receiver.url)) as server:
        await ask(server)
        await eventually(lambda: len(receiver.received) == 1)


Issue = Callable[[trustme.CA], trustme.LeafCert]


@pytest.mark.parametrize(
    ("issue", "host", "why"),
    [
        (lambda ca: trustme.CA().issue_cert("localhost"), "localhost", UNTRUSTED),
        (lambda ca: ca.issue_cert("crm.example.com"), "localhost", "its certificate is for another name"),
        (lambda ca: ca.issue_cert("127.0.0.1"), "localhost", "its certificate is for another name"),
        (lambda ca: ca.issue_cert("localhost"), "127.0.0.1", "its certificate is for another address"),
        (
            lambda ca: ca.issue_cert("localhost", not_before=NOW - timedelta(9), not_after=NOW - timedelta(1)),
            "localhost",
            "its certificate has expired",
        ),
        (
            lambda ca: ca.issue_cert("localhost", not_before=NOW + timedelta(1), not_after=NOW + timedelta(9)),
            "localhost",
            "its certificate is not valid yet",
        ),
    ],
    ids=["unknown authority", "another name", "its address only", "its name only", "expired", "not yet valid"],
)
async def test_why_a_certificate_is_refused_is_in_the_list_and_in_the_log(
    authority: trustme.CA, trusting: Path, caplog: pytest.LogCaptureFixture, issue: Issue, host: str, why: str
) -> None:
    async with (
        receiving(tls=context_of(issue(authority))) as receiver,
        running(SITE + hook(f"https://{host}:{receiver.port}/hook")) as server,
    ):
        await ask(server)
        await eventually(lambda: any(vars(r).get("reason") == why for r in caplog.records))
        (delivery,) = await server.bus.command("Webhooks.deliveries")
    assert (delivery.state, delivery.attempts, delivery.error) == ("pending", 1, why)
    assert receiver.received == []


async def test_without_a_word_only_public_authorities_are_trusted(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    async with (
        receiving(tls=context_of(authority.issue_cert("localhost"))) as receiver,
        running(SITE + hook(f"https://localhost:{receiver.port}/hook")) as server,
    ):
        tried = await server.bus.command("Webhooks.test", {"hook": "shop/crm"})
    assert (tried.ok, tried.error, receiver.received) == (False, UNTRUSTED, [])


async def test_a_receiver_that_speaks_no_tls_is_told() -> None:
    def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as plain:
        port = plain.sockets[0].getsockname()[1]
        async with running(SITE + hook(f"https://127.0.0.1:{port}/hook")) as server:
            tried = await server.bus.command("Webhooks.test", {"hook": "shop/crm"})
    assert tried.error == "no TLS connection: wrong version number"


async def test_the_command_line_tries_with_the_same_trust(authority: trustme.CA, trusting: Path) -> None:
    config = trusting.with_name("warmcall.toml")
    async with receiving(tls=context_of(authority.issue_cert("127.0.0.1"))) as receiver:
        config.write_text(SITE + hook(receiver.url))
        tried = await asyncio.to_thread(run, "webhooks", "test", "shop/crm", "--config", str(config))
    assert (tried.returncode, tried.stdout) == (0, "shop/crm took it.\n")


def test_certificates_that_cannot_be_read_are_told_in_one_sentence(tmp_path: Path) -> None:
    config, missing = tmp_path / "warmcall.toml", str(tmp_path / "missing.pem")
    config.write_text(SITE + hook("https://crm.example.com/"))
    options = ("--config", str(config), "--data", str(tmp_path / "data"), "--port", "0")
    for command in (("webhooks", "test", "shop/crm", *options[:2]), ("serve", *options)):
        refused = run(*command, SSL_CERT_FILE=missing)
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"warmcall: SSL_CERT_FILE: cannot read certificates from {missing}: No such")
        assert len(refused.stderr.splitlines()) == 1
