"""What fuzzing starts from: an example of each, which is read to its end."""

from tests.unit.telephony.redirect.line import invite

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
        b'[[site]]\nid = "a"\n[[site.group]]\nname = "b"\nnumbers = ["+12025550100"]\ndestination = "sip:a@b"\n'
    ],
}
