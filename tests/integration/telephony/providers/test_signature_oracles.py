import base64
import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import oracles
from tests.integration.telephony.providers import signing
from warmcall.telephony.connector import Webhook
from warmcall.telephony.jambonz import inbound as jambonz
from warmcall.telephony.jambonz.settings import Settings as JambonzSettings
from warmcall.telephony.plivo import inbound as plivo
from warmcall.telephony.refusals import RefusedError
from warmcall.telephony.twiml.signatures import SignalwireSignatures, TelnyxSignatures, TwilioSignatures
from warmcall.testing import FakeClock

HERE = Path(__file__).parent
FORM = "application/x-www-form-urlencoded"
CASES = 400
SHARED = "k1"

Case = TypeVar("Case")

# Making an environment takes longer than a test should, once.
pytestmark = pytest.mark.timeout(600)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
pairs = st.lists(st.tuples(names, texts), max_size=8)
tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)
hosts = st.sampled_from(["calls.example.com", "127.0.0.1", "x.example"])
queries = st.lists(st.tuples(names, texts), max_size=3).map(lambda each: urlencode(each, quote_via=quote))
# Plivo's code fails on other characters in a query.
ascii_texts = st.text(st.characters(max_codepoint=127), min_size=1, max_size=8)
ascii_queries = st.lists(st.tuples(ascii_texts, ascii_texts), max_size=3).map(urlencode)


@st.composite
def urls(draw: st.DrawFn) -> tuple[str, str]:
    """An address as the provider signed it and as we see it: with or without its port."""
    scheme, query = draw(st.sampled_from(["https", "http"])), draw(queries)
    host, port = draw(hosts), draw(st.sampled_from(["", f":{443 if scheme == 'https' else 80}", ":8443"]))
    rest = f"/telephony/twilio/{draw(st.sampled_from(['voice', 'digits']))}" + (f"?{query}" if query else "")
    ports = st.sampled_from([port, ""])
    return f"{scheme}://{host}{draw(ports)}{rest}", f"{scheme}://{host}{draw(ports)}{rest}"


def drawn(strategy: st.SearchStrategy[Case], count: int = CASES) -> list[Case]:
    """As many cases as a strategy gives, for one question to the oracle."""
    found: list[Case] = []

    @settings(max_examples=count, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def keep(case: Case) -> None:
        found.append(case)

    keep()
    return found


def passes(check: Callable[..., Any], *of: Any) -> bool:
    try:
        check(*of)
    except RefusedError:
        return False
    return True


def webhook(url: str, body: bytes, headers: dict[str, str], content_type: str = FORM) -> Webhook:
    headers = {"content-type": content_type, **headers}
    return Webhook(method="POST", url=url, headers=headers, body=body, query=urlsplit(url).query)


@st.composite
def twilio_cases(draw: st.DrawFn) -> dict[str, Any]:
    signed_url, seen_url = draw(urls())
    body = draw(st.none() | texts)
    if body is not None:
        told = hashlib.sha256((body + draw(st.sampled_from(["", "", "changed"]))).encode()).hexdigest()
        mark = "&" if "?" in seen_url else "?"
        signed_url, seen_url = (f"{url}{mark}bodySHA256={told}" for url in (signed_url, seen_url))
    return {
        "token": draw(tokens),
        "signed_url": signed_url,
        "seen_url": seen_url,
        "pairs": draw(pairs),
        "body": body,
        "algorithm": draw(st.sampled_from(["HMAC_SHA1", "HMAC_SHA256"])),
        "forge": draw(st.sampled_from([False, False, True])),
    }


def test_twilio_requests_pass_if_and_only_if_twilios_code_lets_them() -> None:
    cases = drawn(twilio_cases())

    answers = oracles.ask("twilio", HERE / "oracle_twilio.py", cases)

    for case, answer in zip(cases, answers, strict=True):
        headers = {"x-twilio-signature": answer["signature"]}
        if case["algorithm"] == "HMAC_SHA256":
            headers["x-twilio-webhooks-signature-settings"] = f"key={SHARED},algorithm=HMAC_SHA256"
        signatures = TwilioSignatures(case["token"], {SHARED: case["token"]})
        told = case["body"] is not None
        body = case["body"].encode() if told else urlencode(case["pairs"]).encode()
        seen = webhook(case["seen_url"], body, headers, "application/json" if told else FORM)
        assert passes(signatures.fields, seen) == answer["valid"], case
    assert 50 < sum(answer["valid"] for answer in answers) < len(answers) - 50


@st.composite
def signalwire_cases(draw: st.DrawFn) -> dict[str, Any]:
    signed_url, seen_url = draw(urls())
    form = draw(st.dictionaries(names, texts, min_size=1, max_size=8))
    return {
        "token": draw(tokens),
        "signed_url": signed_url,
        "seen_url": seen_url,
        "pairs": list(form.items()),
        "body": urlencode(form),
        "compatible": draw(st.booleans()),
        "forge": draw(st.sampled_from([False, False, True])),
    }


def test_signalwire_requests_pass_if_and_only_if_signalwires_code_lets_them() -> None:
    cases = drawn(signalwire_cases())

    answers = oracles.ask("signalwire", HERE / "oracle_signalwire.py", cases)

    for case, answer in zip(cases, answers, strict=True):
        signatures = SignalwireSignatures(case["token"])
        seen = webhook(case["seen_url"], case["body"].encode(), {"x-signalwire-signature": answer["signature"]})
        assert passes(signatures.fields, seen) == answer["valid"], case
    assert 50 < sum(answer["valid"] for answer in answers) < len(answers) - 50


@st.composite
def plivo_cases(draw: st.DrawFn) -> dict[str, Any]:
    query = draw(ascii_queries)
    return {
        "token": draw(tokens),
        "url": f"https://{draw(hosts)}/telephony/plivo/digits" + (f"?{query}" if query else ""),
        "pairs": draw(pairs),
        "nonce": draw(st.text("0123456789", min_size=1, max_size=20)),
        "others": draw(st.lists(st.sampled_from(["AAAA=", "BBBBBB=="]), max_size=2)),
        "forge": draw(st.sampled_from([False, False, True])),
    }


def test_plivo_requests_pass_if_and_only_if_plivos_code_lets_them() -> None:
    cases = drawn(plivo_cases())

    answers = oracles.ask("plivo", HERE / "oracle_plivo.py", cases)

    for case, answer in zip(cases, answers, strict=True):
        headers = {"x-plivo-signature-v3": answer["header"], "x-plivo-signature-v3-nonce": case["nonce"]}
        seen = webhook(case["url"], urlencode(case["pairs"]).encode(), headers)
        assert passes(plivo.read_form, seen, case["token"]) == answer["valid"], case
    assert 50 < sum(answer["valid"] for answer in answers) < len(answers) - 50


@st.composite
def telnyx_cases(draw: st.DrawFn) -> dict[str, Any]:
    key = Ed25519PrivateKey.from_private_bytes(draw(st.binary(min_size=32, max_size=32)))
    body, now_s = draw(texts), 1_795_435_200
    at = str(now_s + draw(st.sampled_from([0, -1, 300, -300, 301, -301, 100_000])))
    signature = base64.b64encode(key.sign(f"{at}|{body}".encode())).decode()
    changed = draw(st.sampled_from(["no", "no", "no", "body", "time", "signature", "length"]))
    headers = {"telnyx-signature-ed25519": signature, "telnyx-timestamp": at}
    match changed:
        case "body":
            body += "x"
        case "time":
            headers["telnyx-timestamp"] = str(int(at) - 1)
        case "signature":
            headers["telnyx-signature-ed25519"] = base64.b64encode(bytes(64)).decode()
        case "length":
            headers["telnyx-signature-ed25519"] = signature[:-8]
    return {
        "now_s": now_s,
        "body": body,
        "headers": headers,
        "key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
    }


def test_telnyx_requests_pass_if_and_only_if_telnyxs_code_lets_them() -> None:
    cases = drawn(telnyx_cases())

    answers = oracles.ask("telnyx", HERE / "oracle_telnyx.py", cases)

    for case, valid in zip(cases, answers, strict=True):
        signatures = TelnyxSignatures(case["key"], FakeClock(case["now_s"] * 1000))
        seen = webhook("https://x.example/telephony/telnyx/voice", case["body"].encode(), case["headers"])
        assert passes(signatures.fields, seen) == valid, case
    assert 50 < sum(answers) < len(answers) - 50


@st.composite
def jambonz_cases(draw: st.DrawFn) -> dict[str, Any]:
    body, now_s, secret = draw(texts), 1_795_435_200, draw(tokens)
    at = now_s - draw(st.sampled_from([0, 1, 300, 301, 100_000]))
    good = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    some = draw(st.lists(st.sampled_from(["00", "f" * 64]), max_size=2))
    changed = draw(st.sampled_from(["no", "no", "no", "body", "time", "none"]))
    sent = [*some, *([] if changed == "none" else [good])]
    header = ",".join([f"t={at - (changed == 'time')}", *(f"v1={each}" for each in sent), "v0=ignored"])
    return {"now_s": now_s, "secret": secret, "header": header, "body": body + ("x" if changed == "body" else "")}


def test_jambonz_requests_pass_if_and_only_if_jambonzs_code_lets_them() -> None:
    cases = drawn(jambonz_cases())

    answers = oracles.ask("jambonz", HERE / "oracle_jambonz.cjs", cases)

    for case, valid in zip(cases, answers, strict=True):
        clock = FakeClock(case["now_s"] * 1000)
        seen = webhook("https://x.example/call", case["body"].encode(), {"jambonz-signature": case["header"]})
        settings = JambonzSettings(webhook_secret=case["secret"])
        assert was_let_in(seen, settings, clock) == valid, case
    assert 50 < sum(answers) < len(answers) - 50


def was_let_in(seen: Webhook, settings: JambonzSettings, clock: FakeClock) -> bool:
    try:
        jambonz.read_report(seen, settings, clock)
    except RefusedError as error:
        # Let in, and then found to be no JSON.
        return error.kind.value == "malformed"
    return True


def test_the_signatures_of_the_doubles_are_the_vendors() -> None:
    url, body = "https://x.example/telephony/twilio/digits?state=abc", b"b=2&a=1&a=0&c=%C3%A9"
    plain = {"token": signing.TOKEN, "signed_url": url, "seen_url": url, "body": None, "forge": False}
    fields = [["b", "2"], ["a", "1"], ["a", "0"], ["c", "é"]]

    (answer,) = oracles.ask("twilio", HERE / "oracle_twilio.py", [{**plain, "pairs": fields, "algorithm": "HMAC_SHA1"}])

    assert signing.twilio(url, body)["x-twilio-signature"] == answer["signature"]
