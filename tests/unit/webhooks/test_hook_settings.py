import pytest

from warmcall.calls.model import EventType
from warmcall.places import SettingsError
from warmcall.settings import parse

SECRET = "whsec_bmV3LXNlY3JldC1vZi10aGlydHktdHdvLWJ5dGVzISE="
SITE = """
[[site]]
id = "demo"

[[site.group]]
name = "sales"
numbers = ["+18005550100"]
destination = "1001"

[[site.webhook]]
name = "crm"
url = "https://crm.example.com/hook"
secrets = ["SECRET"]
""".replace("SECRET", SECRET)


def test_what_is_left_out_has_a_default() -> None:
    (hook,) = parse(SITE).webhooks
    assert (hook.id, hook.site, hook.secrets) == ("demo/crm", "demo", (SECRET,))
    assert hook.types == tuple(EventType)
    assert hook.include == frozenset()
    assert (hook.timeout_s, hook.concurrency) == (10, 4)


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_SECRET", SECRET)
    (hook,) = parse(SITE.replace(SECRET, "env:CRM_SECRET")).webhooks
    assert hook.secrets == (SECRET,)


def test_what_a_file_for_another_machine_refers_to_need_not_be_here() -> None:
    text = SITE.replace(SECRET, "env:NO_SUCH_VARIABLE").replace("https://crm", "http://crm")
    (hook,) = parse(text, here=False).webhooks
    assert hook.secrets == ("env:NO_SUCH_VARIABLE",)
    with pytest.raises(SettingsError, match="url: expected an address"):
        parse(text.replace("http://crm", "crm"), here=False)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("https://crm", "http://crm", "site[0].webhook[0].url: expected https"),
        ("https://crm", "ftp://crm", "site[0].webhook[0].url: expected an address"),
        ("https://crm", "https://user:word@crm", "site[0].webhook[0].url: expected an address"),
        ("crm.example.com", "crm example.com", "site[0].webhook[0].url: expected an address"),
        ("crm.example.com", "crm\\\\.example.com", "site[0].webhook[0].url: expected an address"),
        ("crm.example.com", "[::1", "site[0].webhook[0].url: expected an address"),
        (SECRET, "whsec_abc\u00e9", "site[0].webhook[0].secrets[0]: expected a secret"),
        (SECRET, "whsec_abc", "site[0].webhook[0].secrets[0]: expected a secret"),
        (SECRET, "env:NO_SUCH_VARIABLE", "site[0].webhook[0].secrets[0]: the environment variable"),
        (
            SECRET,
            "kept:12345678",
            "site[0].webhook[0].secrets[0]: kept:12345678 stands for a secret that a store keeps",
        ),
        (SECRET, "file:crm", "site[0].webhook[0].secrets[0]: expected a file with its whole path"),
        (f'["{SECRET}"]', "[]", "site[0].webhook[0].secrets: expected one secret"),
        ('name = "crm"', 'name = "c/m"', "site[0].webhook[0].name: expected letters"),
        ('name = "crm"', 'name = "crm"\nevents = ["call_request.rang"]', "site[0].webhook[0].events[0]: expected one"),
        ('name = "crm"', 'name = "crm"\ninclude = ["phone"]', "site[0].webhook[0].include[0]: expected one of"),
        ('name = "crm"', 'name = "crm"\ntimeout_s = 0', "site[0].webhook[0].timeout_s: expected an integer"),
        ('name = "crm"', 'name = "crm"\nconcurrency = 65', "site[0].webhook[0].concurrency: expected an integer"),
        (
            "[[site]]",
            '[webhooks]\nallow_networks = ["ten"]\n[[site]]',
            "webhooks.allow_networks[0]: expected an address",
        ),
    ],
)
def test_a_slip_is_told_with_its_place(before: str, after: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(SITE.replace(before, after, 1))
    assert complaint in str(caught.value)


@pytest.mark.parametrize("host", ["CRM.example.com", "xn--mnchen-3ya.example.com", "[2606:2800:220:1::1]:8443"])
def test_a_host_may_be_written_as_any_other_program_takes_it(host: str) -> None:
    assert parse(SITE.replace("crm.example.com", host)).webhooks


def test_two_hooks_of_a_site_have_two_names() -> None:
    again = SITE[SITE.index("[[site.webhook]]") :]
    with pytest.raises(SettingsError, match="taken"):
        parse(SITE + again)
