"""What fuzzing starts from: an example of each, which is read to its end."""

from fuzz.serving import KEYS
from tests.unit.telephony.redirect.line import invite

ORIGIN = "Origin: https://www.example.com"
JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
PHONE = f"X-API-Key: {KEYS['telephony']}"
ADMIN = f"Authorization: Bearer {KEYS['admin']}"
EVERYTHING = b"""
[server]
public_url = "https://call.example.com"
trusted_proxies = ["10.0.0.0/8"]
access_code_prefix = "7-9"
[webhooks]
allow_networks = ["10.1.0.0/16"]
[telephony.pbx]
kind = "http"
[extensions.crm]
key = "value"
[[site]]
id = "a"
origins = ["https://www.example.com"]
compat = true
retention_days = 30
limits = { per_address_per_min = 30, per_caller_per_hour = 5 }
challenge = { kind = "captcha", secret = "x", verify_url = "https://captcha.example.com/siteverify" }
[[site.webhook]]
name = "crm"
url = "https://crm.example.com:8443/hook?key=1"
secrets = ["whsec_bmV3LXNlY3JldC1vZi10aGlydHktdHdvLWJ5dGVzISE="]
events = ["call_request.matched"]
include = ["fields"]
[[site.group]]
name = "b"
numbers = ["+12025550100", "+12025550101"]
access_code = { digits = 6 }
lifetime_s = 600
destination = "sip:a@b"
fallback_number = "+12025550199"
match_by = ["caller", "code"]
countries = ["US"]
blocked_numbers = ["+1900*", "/\\\\+44(70|76)[0-9]+/"]
capacity = 500
number_policy = "prefer_exclusive"
cool_down_s = 60
language = "de-CH"
screen_pop = "https://crm.example.com/?phone={phone}"
compat_names = ["Sales"]
consent = { version = "1", text = "We note the call.", url = "https://www.example.com/privacy" }
challenge = false
[site.group.hours]
timezone = "Europe/Berlin"
weekly = { mon-fri = ["08:00-12:00", "13:00-20:00"] }
closed = [2026-12-25]
special = { "2026-12-24" = ["09:00-12:00"] }
"""


def _request(first: str, body: str, *headers: str) -> bytes:
    return ("\n".join((first, *headers)) + "\n\n" + body).encode()


SEEDS: dict[str, list[bytes]] = {
    "sip": [invite().encode(), invite(method="OPTIONS").encode()],
    "fastagi": [
        b"agi_network_script: call\nagi_uniqueid: 1\nagi_extension: 12025550100\n\n200 result=1\n511 result=-1\n"
    ],
    "event_socket": [
        b"Content-Type: command/reply\nReply-Text: +OK\nUnique-ID: 1\nCaller-Destination-Number: 12025550100\n\n"
    ],
    "evapi": [b'61:{"event":"call","ti":1,"tl":2,"ci":"x","dialled":"12025550100"},'],
    "ari": [b'{"type":"ChannelDestroyed","channel":{"id":"1","channelvars":{"WARMCALL_CALL":"1"}}}'],
    "webhooks": [
        b"state=abc\0CallSid=CA1&To=%2B12025550100&Digits=1",
        b't=1,v1=a\0{"call_sid":"1","to":"+1","sip":{"headers":{}}}',
    ],
    "numbers": [
        b'"Ada" <sip:+12025550123@example.com;verstat=TN-Validation-Passed-A>',
        b"tel:2025550123;phone-context=+1",
    ],
    "tokens": [b"AaIE7AbMe2mZ9uUAX10SygAABBccddEEff0011"],
    "bodies": [b'{"group":"sales","fields":{"a":1},"userData":{"b":[{}]},"page":{"url":"x"}}'],
    "configuration": [
        b'[[site]]\nid = "a"\n[[site.group]]\nname = "b"\nnumbers = ["+12025550100"]\ndestination = "sip:a@b"\n',
        EVERYTHING,
    ],
    "hours": [
        b"Europe/Berlin\nmon-fri 08:00-12:00 13:00-20:00\nsat 22:00-02:00\nclosed 2026-12-25\n12-24 09:00-12:00\n"
        b"2026-12-27/2026-12-31 10:00-24:00",
        b"America/New_York\nmon-sun 00:00-24:00",
    ],
    "screen_pop": [b"https://crm.example.com/{site}?phone={phone}&id={id}#{token}\n+12025550123&id=1#/../"],
    "solutions": [
        b'{"algorithm":"SHA-256","challenge":"0af7","number":7,"salt":"a?expires=4102444800&group=shop%2Fsales&","signature":"0af7"}'
    ],
    "live_events": [b"the caller hung up\ndata: more"],
    "code_prefixes": [b"71", b"007-009"],
    "requests": [
        _request("GET /v1/call-requests/$id/events?token=$token&lastEventId=1", "", ORIGIN),
        _request("GET /v1/call-requests/$id/events", "", ORIGIN, "Authorization: Bearer $token", "Last-Event-ID: 7"),
        _request("DELETE /v1/call-requests/$id", "", ORIGIN, "Authorization: Bearer $token"),
        _request("GET /v1/context/$context", "", PHONE),
        _request("POST /v1/context/$context/notes", '{"text": "Wants oak.", "disposition": "sold"}', JSON, PHONE),
        _request("POST /v1/call-reports", '{"callId": "c0", "state": "connected"}', JSON, PHONE),
        _request("GET /v1/sites/shop/groups/sales", "", ORIGIN, 'Cookie: a=b; c="d"'),
        _request("OPTIONS /v1/sites/shop/call-requests", "", ORIGIN, "Access-Control-Request-Method: POST"),
        _request(
            "POST /v1/sites/shop/call-requests",
            '{"group": "sales", "fields": {"phonenumber": "+12025550123"}, "page": {"url": "https://www.example.com/"}}',
            ORIGIN,
            JSON,
            "X-Forwarded-For: 203.0.113.9, 10.0.0.1",
            "Idempotency-Key: one",
        ),
        _request(
            "POST /v1/match",
            '{"callId": "c1", "dialledNumber": "+12025550100", "callerNumber": "+12025550123", "digits": "482913"}',
            JSON,
            PHONE,
        ),
        _request(
            "POST /telephony/carrier/voice?state=x", "CallSid=CA1&To=%2B12025550100", FORM, "X-Twilio-Signature: x"
        ),
        _request("POST /genesys/1/service/callback/sales", "_customer_number=%2B12025550123&_urs=1", FORM, ORIGIN),
        _request(
            "POST /genesys/1/service/match-interaction",
            "_access_number=%2B12025550100&_access_code=482913",
            FORM,
            PHONE,
        ),
        _request(
            "POST /engagement/v3/call-in/requests/create",
            '{"groupName": "sales", "phoneNumber": "+12025550123", "tenantOrganizationId": 1}',
            JSON,
            ORIGIN,
        ),
        _request("GET /v1/admin/webhook-deliveries?state=dead&limit=10&before=7", "", ADMIN),
        _request("GET /v1/admin/audit?limit=1", "", ADMIN),
        _request("GET /v1/admin/people/%2B12025550123", "", ADMIN),
        _request("PUT /v1/admin/config?dryRun=true", '{"site": []}', JSON, ADMIN),
        _request("GET /metrics", "", ADMIN),
        _request("GET /warmcall.js", "", "Accept-Encoding: br;q=1, gzip;q=0.5, *;q=0", 'If-None-Match: W/"x", "y"'),
    ],
}
