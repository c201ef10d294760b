import re
from pathlib import Path

import msgspec
import pytest

from warmcall.calls.codes import draw_code
from warmcall.calls.directory import Limits
from warmcall.calls.hours import parse_hours
from warmcall.places import SettingsError
from warmcall.settings import load, parse
from warmcall.tables import GroupTable, HoursTable, LimitsTable, PromptTable, ServerSettings, SiteTable, StoreTable
from warmcall.telephony.connector import ConnectorSettings
from warmcall.webhooks.hook import WebhooksTable, WebhookTable

DOCS = Path(__file__).parents[3] / "docs" / "configuration.md"
COMPLETE = DOCS.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
LEAST = """
[[site]]
id = "demo"

[[site.group]]
name = "sales"
numbers = ["+18005550100"]
destination = "1001"
"""


def test_a_complete_configuration_is_read() -> None:
    settings = parse(COMPLETE)
    site = settings.directory.site("demo")
    group = settings.directory.group("demo", "sales")
    assert settings.server.public_url == "https://call.example.com"
    assert site.origins == {"https://www.example.com"}
    assert (site.limits.per_address_per_min, site.limits.per_caller_per_hour) == (30, 5)
    assert group.numbers == ("+18005550100", "+18005550101")
    assert (group.code_digits, group.capacity, group.countries) == (6, 500, ("US", "CA"))
    assert group.hours == parse_hours("America/New_York", {"mon-fri": ["08:00-12:00", "13:00-20:00"]}, ["2026-12-25"])


@pytest.mark.parametrize(
    "table",
    [
        ServerSettings,
        SiteTable,
        GroupTable,
        HoursTable,
        LimitsTable,
        Limits,
        PromptTable,
        StoreTable,
        ConnectorSettings,
        WebhookTable,
        WebhooksTable,
    ],
)
def test_every_setting_is_documented(table: type[msgspec.Struct]) -> None:
    documented = set(re.findall(r"`(?:\w+\.)?(\w+)`", DOCS.read_text(encoding="utf-8")))
    assert {field.name for field in msgspec.structs.fields(table)} - {"group", "limits", "webhook"} <= documented


def test_what_is_left_out_has_a_default() -> None:
    settings = parse(LEAST)
    site = settings.directory.site("demo")
    group = settings.directory.group("demo", "sales")
    assert settings.server.public_url is None
    assert settings.server.trusted_proxies == ()
    assert site.origins == frozenset()
    assert site.retention_days == 30
    assert (site.limits.per_address_per_min, site.limits.per_caller_per_hour) == (120, 20)
    assert group.code_digits == 6
    assert group.lifetime_s == 600
    assert group.match_by == ("caller", "code")
    assert group.number_policy == "shared"
    assert group.cool_down_s == 60
    assert group.capacity is None
    assert group.hours is None


def test_a_group_may_do_without_codes() -> None:
    group = parse(LEAST + "access_code = false\n").directory.group("demo", "sales")
    assert group.code_digits is None
    assert not group.asks_for_code


def test_a_closed_day_may_be_a_date_of_toml() -> None:
    quoted = parse(COMPLETE).directory.group("demo", "sales")
    bare = parse(COMPLETE.replace('"2026-12-25"', "2026-12-25")).directory.group("demo", "sales")
    assert quoted == bare


@pytest.mark.parametrize(
    ("line", "changed", "complaint"),
    [
        ("lifetime_s = 600", 'lifetime_s = "x"', 'lifetime_s: expected an integer, got "x"'),
        ("lifetime_s = 600", "lifetime_s = 1.5", "lifetime_s: expected an integer, got 1.5"),
        ("lifetime_s = 600", "lifetime_s = 0", "lifetime_s: expected an integer from 1 to 86400, got 0"),
        ("lifetime_s", "lifetime", "lifetime: is not known here; check its spelling or leave it out"),
        ("digits = 6", "digits = 3", "access_code.digits: expected an integer from 4 to 8, got 3"),
        ("digits = 6", "digits = 9", "access_code.digits: expected an integer from 4 to 8, got 9"),
        ("{ digits = 6 }", "true", "access_code: expected a table such as { digits = 6 }, or false"),
        ("{ digits = 6 }", "6", "access_code: expected true or false or a table, got 6"),
        ('"+18005550101"]', '"18005550101"]', 'numbers[1]: expected a number in E.164 form such as "+18005550100"'),
        ('"+18005550101"]', '"+18005550100"]', "numbers: names the same number twice"),
        ('["+18005550100", "+18005550101"]', "[]", "numbers: a group needs at least one access number"),
        ('["+18005550100", "+18005550101"]', '"+18005550100"', "numbers: expected a list"),
        ('"sip:sales@pbx.example.com"', '" "', "destination: expected where calls go"),
        ('"sip:sales@pbx.example.com"', '"sip:a\\r\\nX: 1"', "destination: expected where calls go"),
        ('destination = "sip:sales@pbx.example.com"', "", "destination: is missing"),
        ('"+18005550199"', '"call us"', "fallback_number: expected a number in E.164 form"),
        ('["caller", "code"] ', '["caller", "name"] ', 'match_by[1]: expected one of caller, code, number, got "name"'),
        ('["caller", "code"] ', "[] ", "match_by: expected at least one of"),
        ('["caller", "code"] ', '["code", "code"] ', "match_by: names the same way twice"),
        ('["caller", "code"] ', '["number"] ', 'match_by: "number" alone identifies a call only with number_policy'),
        ('["US", "CA"]', '["usa"]', 'countries[0]: expected an ISO 3166-1 code such as "US", got "usa"'),
        ("capacity = 500", "capacity = 0", "capacity: expected an integer from 1 to 1000000000, got 0"),
        ("capacity = 500", 'number_policy = "own"', "number_policy: expected one of shared, exclusive, prefer"),
        ("capacity = 500", "cool_down_s = -1", "cool_down_s: expected an integer from 0 to 86400, got -1"),
        ("America/New_York", "Mars/Olympus", "hours.timezone: 'Mars/Olympus' is not a time zone"),
        ("mon-fri", "mon-fry", "hours.weekly.mon-fry: expected a day or a range of days"),
        ("13:00-20:00", "20:00", "hours.weekly.mon-fri: '20:00' is not a period"),
        ("closed = [", 'special = { xmas = [] }, closed = [', "hours.special.xmas: "),
        ('"2026-12-25"', '"Christmas"', 'hours.closed[0]: expected a date such as 2026-12-25, got "Christmas"'),
        ("capacity = 500", 'blocked_numbers = ["1900*"]', "blocked_numbers[0]: expected a number in E.164 form"),
        ("capacity = 500", 'blocked_numbers = ["/(/"]', "blocked_numbers[0]: not a regular expression of RE2"),
        ("capacity = 500", "limits = { per_caller_per_hour = 0 }", "limits.per_caller_per_hour: expected an integer"),
        ('name = "sales"', 'name = "sales team"', 'name: expected letters, digits, dots and dashes, got "sales team"'),
    ],
)  # fmt: skip
def test_a_complaint_about_a_group_names_the_place(line: str, changed: str, complaint: str) -> None:
    assert line in COMPLETE
    with pytest.raises(SettingsError) as raised:
        parse(COMPLETE.replace(line, changed), "warmcall.toml")
    assert str(raised.value).startswith(f"warmcall.toml: site[0].group[0].{complaint}")


@pytest.mark.parametrize(
    ("line", "changed", "complaint"),
    [
        ('"https://call.example.com"', '"call.example.com"', 'server.public_url: expected an address such as'),
        ('"https://call.example.com"', '"https://call.example.com/"', 'server.public_url: expected an address such as'),
        ("public_url", "public_uri", "server.public_uri: is not known here"),
        ("[server]", '[server]\nlog_level = "loud"', "server.log_level: expected one of debug, info, warning, error"),
        ("[server]", "[server]\nport = 70000", "server.port: expected an integer from 0 to 65535, got 70000"),
        ("[server]", '[server]\ntrusted_proxies = ["proxy"]', "server.trusted_proxies[0]: expected an address or"),
        ('"https://www.example.com"', '"https://www.example.com/shop"', "site[0].origins[0]: expected scheme://"),
        ('"https://www.example.com"', '"www.example.com"', "site[0].origins[0]: expected scheme://"),
        ('"https://www.example.com"', '"https://WWW.example.com"', "site[0].origins[0]: expected scheme://"),
        ('"https://www.example.com"', '"*"', "site[0].origins[0]: expected scheme://"),
        ("retention_days = 30", "retention_days = 0", "site[0].retention_days: expected an integer from 1 to"),
        ("per_caller_per_hour = 5", "per_caller_per_hour = 0", "site[0].limits.per_caller_per_hour: expected"),
        ("per_caller_per_hour", "per_caller", "site[0].limits.per_caller: is not known here"),
        ('id = "demo"', 'id = "de/mo"', "site[0].id: expected letters, digits, dots and dashes"),
    ],
)  # fmt: skip
def test_a_complaint_about_server_and_site_names_the_place(line: str, changed: str, complaint: str) -> None:
    assert line in COMPLETE
    with pytest.raises(SettingsError) as raised:
        parse(COMPLETE.replace(line, changed), "warmcall.toml")
    assert str(raised.value).startswith(f"warmcall.toml: {complaint}")


def test_a_number_belongs_to_one_group() -> None:
    second = '[[site.group]]\nname = "help"\nnumbers = ["+18005550100"]\ndestination = "1002"\n'
    with pytest.raises(SettingsError, match=r"site\[0\].group\[1\].numbers\[0\]: \+18005550100 belongs to demo/sales"):
        parse(LEAST + second)


def test_a_group_name_is_used_once_in_a_site() -> None:
    second = '[[site.group]]\nname = "sales"\nnumbers = ["+18005550102"]\ndestination = "1002"\n'
    with pytest.raises(SettingsError, match=r'site\[0\].group\[1\].name: the name "sales" is taken'):
        parse(LEAST + second)


def test_a_site_id_is_used_once() -> None:
    with pytest.raises(SettingsError, match=r'site\[1\].id: the id "demo" is taken'):
        parse(LEAST + LEAST.replace("+18005550100", "+18005550102"))


def test_a_code_is_not_the_only_way_to_match_where_there_is_none() -> None:
    with pytest.raises(SettingsError, match="the group matches by code only, but access_code is false"):
        parse(LEAST + 'access_code = false\nmatch_by = ["code"]\n')


def test_a_number_alone_may_identify_where_it_is_exclusive() -> None:
    group = parse(LEAST + 'number_policy = "exclusive"\nmatch_by = ["number"]\n').directory.group("demo", "sales")
    assert group.match_by == ("number",)


@pytest.mark.parametrize("text", ["", "[server]\n"])
def test_a_configuration_needs_a_site(text: str) -> None:
    with pytest.raises(SettingsError, match="site: no site is configured"):
        parse(text)


def test_a_site_needs_a_group() -> None:
    with pytest.raises(SettingsError, match=r"site\[0\].group: the site has no group"):
        parse('[[site]]\nid = "demo"\n')


def test_what_is_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(SettingsError, match=r"not valid TOML: .*line 2"):
        parse("\n[[site\n")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"warmcall\.toml: there is no such file"):
        load(tmp_path / "warmcall.toml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "warmcall.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"warmcall\.toml: cannot be read"):
        load(tmp_path / "warmcall.toml")


def test_a_group_may_have_limits_of_its_own() -> None:
    directory = parse(COMPLETE + "limits = { per_caller_per_hour = 2 }\n").directory
    group = directory.group("demo", "sales")
    limits, counted_for = directory.limits(group)
    assert (limits.per_address_per_min, limits.per_caller_per_hour) == (30, 2)
    assert counted_for == "demo/sales"


@pytest.mark.parametrize(
    ("prefix", "complaint"),
    [
        (
            "123456",
            "site[0].group[0].access_code.digits: codes of 6 digits leave 0 to chance when [server] access_code_",
        ),
        ("1234", "site[0].group[0].access_code.digits: codes of 6 digits leave 2 to chance"),
        ("9-7", 'server.access_code_prefix: expected digits such as "71"'),
        ("7-12", 'server.access_code_prefix: expected digits such as "71"'),
        ("x", 'server.access_code_prefix: expected digits such as "71"'),
    ],
)
def test_a_prefix_that_leaves_codes_too_little_chance_is_refused(prefix: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(complaint)):
        parse(f'[server]\naccess_code_prefix = "{prefix}"\n{LEAST}')


def test_codes_of_a_server_begin_with_its_prefix() -> None:
    group = parse(f'[server]\naccess_code_prefix = "70-72"\n{LEAST}').directory.group("demo", "sales")
    assert group.code_digits is not None
    codes = {draw_code(group.code_digits, group.code_prefix) for _ in range(200)}
    assert {code[:2] for code in codes} == {"70", "71", "72"}
    assert {len(code) for code in codes} == {6}
