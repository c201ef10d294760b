import pytest

from warmcall.telephony.connector import Webhook
from warmcall.telephony.refusals import Refusal, RefusedError
from warmcall.telephony.twiml.signatures import (
    SignalwireSignatures,
    SigningKeyError,
    TelnyxSignatures,
    TwilioSignatures,
)
from warmcall.testing import FakeClock

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
BODY = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
PUBLISHED = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
"""The signature in Twilio's own description, made with the token 12345."""

SIGNALWIRE_URL = "https://81f2-2-45-18-191.ngrok-free.app/"


def webhook(url: str = URL, body: bytes = BODY, **headers: str) -> Webhook:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Webhook(method="POST", url=url, headers=named, body=body, query=url.partition("?")[2])


def refusal(signatures: TwilioSignatures | SignalwireSignatures | TelnyxSignatures, seen: Webhook) -> Refusal:
    with pytest.raises(RefusedError) as caught:
        signatures.fields(seen)
    return caught.value.kind


def test_the_published_example_of_twilio_passes() -> None:
    fields = TwilioSignatures("12345", {}).fields(webhook(x_twilio_signature=PUBLISHED))

    assert dict(fields)["Digits"] == "1234"


@pytest.mark.parametrize("port", [":443", ""])
def test_the_port_may_be_written_or_not(port: str) -> None:
    seen = webhook(URL.replace(".com", f".com{port}"), x_twilio_signature=PUBLISHED)

    assert TwilioSignatures("12345", {}).fields(seen)


def test_another_port_is_another_address() -> None:
    seen = webhook(URL.replace(".com", ".example:8443"), x_twilio_signature=PUBLISHED)

    assert refusal(TwilioSignatures("12345", {}), seen) is Refusal.SIGNATURE


@pytest.mark.parametrize(
    "settings", ["key=unknown,algorithm=HMAC_SHA256", "algorithm=MD5", "key=known,algorithm=HMAC_SHA1"]
)
def test_a_key_or_scheme_that_is_not_known_is_refused(settings: str) -> None:
    seen = webhook(x_twilio_signature=PUBLISHED, x_twilio_webhooks_signature_settings=settings)

    assert refusal(TwilioSignatures("12345", {"known": "another-secret"}), seen) is Refusal.SIGNATURE


def test_a_signature_in_other_letters_is_refused_and_no_error() -> None:
    assert refusal(TwilioSignatures("12345", {}), webhook(x_twilio_signature="é")) is Refusal.SIGNATURE


def test_signalwire_may_sign_as_twilio_does() -> None:
    assert SignalwireSignatures("12345").fields(webhook(x_signalwire_signature=PUBLISHED))
    assert SignalwireSignatures("12345").fields(webhook(x_twilio_signature=PUBLISHED))


def test_a_wrong_stronger_signature_is_not_outweighed_by_a_weaker_one() -> None:
    seen = webhook(x_signalwire_signature=PUBLISHED, x_signalwire_sha256_signature="00" * 32)

    assert refusal(SignalwireSignatures("12345"), seen) is Refusal.SIGNATURE


def test_the_stronger_signature_of_signalwire_passes() -> None:
    signature = "e4d07dcd7c453b469b4c7e3e746c3a22b736778d9ce6ea5a9626f8e0f53a52be"
    seen = webhook(SIGNALWIRE_URL, b"a=1", x_signalwire_sha256_signature=signature)

    assert SignalwireSignatures("12345678").fields(seen) == [("a", "1")]


@pytest.mark.parametrize("key", ["not base64!", "AAAA", ""])
def test_a_key_that_is_none_is_told_at_once(key: str) -> None:
    with pytest.raises(SigningKeyError, match="44 characters"):
        TelnyxSignatures(key, FakeClock())
