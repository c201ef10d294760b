from pathlib import Path

import pytest

from warmcall.places import SettingsError
from warmcall.settings import load, parse

LEAST = """
[[site]]
id = "demo"

[[site.group]]
name = "sales"
numbers = ["+18005550100"]
destination = "1001"
"""


def complaint(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(text, "warmcall.toml")
    return str(caught.value)


def test_a_phone_system_has_a_table() -> None:
    settings = parse(f'[telephony.ivr]\nkind = "http"\nfallback_destination = "8001"\n{LEAST}')

    assert [(table.name, table.kind) for table in settings.telephony.values()] == [("ivr", "http")]
    assert settings.telephony["ivr"].settings.fallback_destination == "8001"


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("[telephony.http]\ncolour = 1", "telephony.http.colour: is not known here"),
        (
            '[telephony.http]\nfallback_destination = "a b"',
            "telephony.http.fallback_destination: 'a b' is no extension",
        ),
        ("[telephony.carrier]", 'telephony.carrier: there is no connector "carrier"'),
        ("[telephony.prompts]", "telephony.prompts: expected a name"),
        ('[telephony."a/b"]', "telephony.a/b: expected a name"),
        ("[telephony]\nhttp = 3", "telephony[...]: expected a table"),
        ('[prompts]\nfolder = "nowhere"', "prompts.folder: nowhere is not a folder"),
        ("[prompts]\nfolder = 3", "prompts.folder: expected a string"),
    ],
)
def test_a_table_that_cannot_be_used_is_named_with_its_place(table: str, why: str) -> None:
    assert complaint(f"{table}\n{LEAST}").startswith(f"warmcall.toml: {why}")


def test_prompts_are_found_beside_the_configuration_file(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    file = tmp_path / "warmcall.toml"
    file.write_text(f'[prompts]\nfolder = "prompts"\n{LEAST}', encoding="utf-8")

    assert load(file).prompts_folder == tmp_path / "prompts"


def test_a_group_has_a_language_and_a_screen_pop() -> None:
    text = f'{LEAST}language = "de-CH"\nscreen_pop = "https://crm.example.com/{{group}}?phone={{phone}}"'
    group = parse(text).directory.group("demo", "sales")

    assert (group.language, group.screen_pop) == ("de-CH", "https://crm.example.com/{group}?phone={phone}")


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ('language = "german"', "language: expected a language"),
        ('screen_pop = "https://crm/{firstname}"', "screen_pop: firstname stands for nothing here"),
        ('screen_pop = "https://{phone}/"', "screen_pop: expected an address"),
        ('screen_pop = "javascript:alert({token})"', "screen_pop: expected an address"),
        ('screen_pop = "https://crm/{phone"', "screen_pop: expected an address"),
    ],
)
def test_a_groups_settings_are_checked(setting: str, why: str) -> None:
    assert f"site[0].group[0].{why}" in complaint(LEAST + setting)
