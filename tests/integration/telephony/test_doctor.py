import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.integration.telephony.conftest import CONFIG
from tests.integration.telephony.providers import signing
from warmcall.cli import main
from warmcall.telephony.registry import FOLDERS
from warmcall.testing import running

GOOD = CONFIG.replace("+12025550100", "+12025551000")


def doctor(folder: Path, config: str, *options: str, data: str = "data") -> Result:
    file = folder / "warmcall.toml"
    file.write_text(config, encoding="utf-8")
    return CliRunner().invoke(main, ["doctor", "--config", str(file), "--data", str(folder / data), *options])


def levels(result: Result) -> dict[tuple[str, str], str]:
    areas = json.loads(result.output)["areas"]
    return {(area["name"], finding["what"]): finding["level"] for area in areas for finding in area["findings"]}


def test_a_server_in_order_is_healthy(tmp_path: Path) -> None:
    result = doctor(tmp_path, GOOD, "--json")

    assert result.exit_code == 0
    assert json.loads(result.output)["healthy"]
    assert levels(result)["telephony.pbx", "address"] == "ok"
    assert levels(result)["numbers", "shop/sales"] == "ok"
    assert levels(result)["store", "database"] == "ok"
    assert levels(result)["page script", "warmcall.js"] == "ok"
    assert not (tmp_path / "data").exists()


def test_what_is_wrong_comes_with_what_to_do(tmp_path: Path) -> None:
    result = doctor(tmp_path, GOOD.replace('secret = "geheim"', 'secret = "geheim"\nbreaks = true'))

    assert result.exit_code == 1
    assert "failed       settings: it breaks" in result.output
    assert "-> Set breaks = false." in result.output
    assert "geheim" not in result.output


def test_a_configuration_that_cannot_be_read_ends_the_examination(tmp_path: Path) -> None:
    result = doctor(tmp_path, "[server")

    assert result.exit_code == 1
    assert "not valid TOML" in result.output


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("+12025551000", "+12025550100", "set aside for examples"),
        ("+12025551000", "+12", "expected a number in E.164 form"),
        ("+12025551000", "+1202555100011111", "expected a number in E.164 form"),
        ("+12025551000", "+1202555100011", "no phone numbers"),
        ("queue:desk", "queue:a b", "is no queue a phone system can be told"),
        ('fallback_number = "+12025550199"', "", "has no fallback_number"),
        ("[[site.group]]", '[[site.group]]\nlanguage = "nl"', "no texts in nl"),
        ("[[site]]", '[server]\npublic_url = "http://127.0.0.1:1"\n[[site]]', "is not https"),
        ("[[site]]", '[server]\npublic_url = "http://127.0.0.1:1"\n[[site]]', "does not answer from this machine"),
    ],
)
def test_each_slip_is_found(tmp_path: Path, old: str, new: str, finding: str) -> None:
    assert finding in doctor(tmp_path, GOOD.replace(old, new, 1)).output


def test_a_store_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where a directory should be")

    result = doctor(tmp_path, GOOD, data="file/data")

    assert result.exit_code == 1
    assert "cannot be written to" in result.output


async def test_a_running_server_is_reached_at_its_public_address(tmp_path: Path) -> None:
    from warmcall import doctor as surgery

    async with running(GOOD, data_dir=tmp_path / "data") as server:
        file = tmp_path / "warmcall.toml"
        file.write_text(f'[server]\npublic_url = "{server.base_url}"\n{GOOD}', encoding="utf-8")
        areas = await surgery.examine(file, tmp_path / "data")

    found = {(area.name, finding.what): finding.level.value for area in areas for finding in area.findings}
    assert found["address", "reachable"] == "ok"
    assert found["store", "database"] == "ok"


REQUIRED = {
    "twilio": f'signing_key = "{signing.TOKEN}"',
    "signalwire": f'signing_key = "{signing.TOKEN}"',
    "telnyx": f'signing_key = "{signing.TELNYX_KEY}"',
    "plivo": f'auth_token = "{signing.TOKEN}"',
    "jambonz": f'webhook_secret = "{signing.TOKEN}"',
}


def test_every_kind_of_connector_is_looked_at(tmp_path: Path) -> None:
    tables = "".join(f"[telephony.{kind}]\n{REQUIRED.get(kind, '')}\n" for kind in FOLDERS)
    sites = "[[site]]" + GOOD.partition("[[site]]")[2]

    result = doctor(tmp_path, f"[server]\nport = 8766\n{tables}{sites}", "--json")

    areas = {area["name"]: area["findings"] for area in json.loads(result.output)["areas"]}
    for kind in FOLDERS:
        found = {finding["what"]: finding for finding in areas[f"telephony.{kind}"]}
        assert "check" not in found, found
        # Without a setting of one's own there is something to say about each.
        assert any(finding["level"] in ("warning", "not checked") for finding in found.values()), found
    said = {kind: " ".join(finding["says"] for finding in areas[f"telephony.{kind}"]) for kind in FOLDERS}
    assert "http://127.0.0.1:8766/v1/route " in said["http"]
    assert "http://127.0.0.1:8766/telephony/plivo/answer" in said["plivo"]
    assert signing.TOKEN not in result.output


WEBHOOK = """
[[site.webhook]]
name = "crm"
url = "https://127.0.0.1/hook"
secrets = ["whsec_bmV3LXNlY3JldC1vZi10aGlydHktdHdvLWJ5dGVzISE=", "whsec_b2xkLXNlY3JldC1vZi10aGlydHktdHdvLWJ5dGVzISE="]

[[site.group]]
"""


def test_a_webhook_where_none_may_be_is_told(tmp_path: Path) -> None:
    result = doctor(tmp_path, GOOD.replace("\n[[site.group]]\n", WEBHOOK, 1))

    assert result.exit_code == 1
    assert "failed       shop/crm: 127.0.0.1 is no public address" in result.output
    assert "warning      shop/crm: 2 secrets sign" in result.output


def test_an_allowed_webhook_is_in_order(tmp_path: Path) -> None:
    allowed = '[webhooks]\nallow_networks = ["127.0.0.0/8"]\n' + GOOD.replace("\n[[site.group]]\n", WEBHOOK, 1)

    assert levels(doctor(tmp_path, allowed, "--json"))["webhooks", "shop/crm"] in ("ok", "warning")
    assert "may be sent to https://127.0.0.1/hook" in doctor(tmp_path, allowed).output


def test_certificates_that_cannot_be_read_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    result = doctor(tmp_path, GOOD.replace("\n[[site.group]]\n", WEBHOOK, 1))

    assert "failed       certificates: SSL_CERT_FILE: cannot read certificates from " in result.output

    addressed = doctor(tmp_path, f'[server]\npublic_url = "https://127.0.0.1:1"\n{GOOD}')
    assert "failed       certificates: SSL_CERT_FILE: cannot read certificates from " in addressed.output


def test_a_server_behind_no_known_proxy_is_told_what_that_costs(tmp_path: Path) -> None:
    server = '[server]\npublic_url = "https://call.example.com"\n'
    alone = doctor(tmp_path, server + GOOD)
    known = doctor(tmp_path, f'{server}trusted_proxies = ["127.0.0.1"]\n{GOOD}')

    assert "warning      trusted_proxies: are none" in alone.output
    assert "trusted_proxies" not in known.output


def test_where_traces_go_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example.com:4318/")
    result = doctor(tmp_path, "[server]\ntracing = true\n" + GOOD)

    assert "spans go to http://collector.example.com:4318/v1/traces; this is not tried" in result.output


def test_traces_without_their_packages_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    result = doctor(tmp_path, "[server]\ntracing = true\n" + GOOD)

    assert "failed       extra: server.tracing needs the extra `otel`" in result.output


def test_extensions_are_loaded_to_see_if_they_can_be(tmp_path: Path) -> None:
    config = GOOD + '[extensions.round_robin]\nfor = "sales"\n[extensions.forgotten]\na = 1\n'
    named = ("--extension", "examples.extensions.round_robin:extension")

    assert "ok           extensions: loaded: round_robin" in doctor(tmp_path, config, *named).output
    assert (
        "warning      extensions.forgotten: has settings, but is not loaded" in doctor(tmp_path, config, *named).output
    )
    broken = doctor(tmp_path, config, "--extension", "nowhere:extension")
    assert broken.exit_code == 1
    assert "failed       nowhere:extension: The extension 'nowhere:extension' cannot be loaded" in broken.output


CAPTCHA = 'challenge = { kind = "captcha", secret = "env:NO_SUCH_SECRET", verify_url = "https://captcha.example.com/" }'


def test_a_secret_that_this_machine_lacks_is_told_of_what_the_store_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared.toml"
    hook = WEBHOOK.replace(WEBHOOK[WEBHOOK.index("secrets") : WEBHOOK.index("\n", WEBHOOK.index("secrets"))], "SECRETS")
    hook = hook.replace("SECRETS", 'secrets = ["env:NO_SUCH_SECRET"]')
    shared.write_text(GOOD.replace("\n[[site.group]]\n", f"{CAPTCHA}\n{hook}", 1), encoding="utf-8")
    applied = CliRunner().invoke(main, ["apply", str(shared), "--data", str(tmp_path / "data")])
    assert applied.exit_code == 0, applied.output

    result = doctor(tmp_path, '[webhooks]\nallow_networks = ["127.0.0.0/8"]', "--json")

    assert levels(result)["webhooks", "shop/crm"] == "failed"
    assert levels(result)["challenges", "shop/sales"] == "failed"
    assert result.output.count("the environment variable NO_SUCH_SECRET is not set") == 2
    monkeypatch.setenv("NO_SUCH_SECRET", "whsec_bmV3LXNlY3JldC1vZi10aGlydHktdHdvLWJ5dGVzISE=")
    found = levels(doctor(tmp_path, '[webhooks]\nallow_networks = ["127.0.0.0/8"]', "--json"))
    assert found["challenges", "shop/sales"] == "ok"
    assert found["webhooks", "shop/crm"] in ("ok", "warning")
