import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.chromium import STATIC, STRICT_CSP, HostPage
from tests.browser.panel import SITE, Panel, message

PACKS = Path(__file__).parents[2] / "widget/languages/packs"
NAMES = sorted(path.stem for path in PACKS.glob("*.json"))
PACK_LIMIT_BYTES = 1024


@pytest.fixture
def panel(host: HostPage) -> Panel:
    return Panel(host)


def pack(name: str) -> dict[str, str]:
    read: dict[str, str] = json.loads((PACKS / f"{name}.json").read_text())
    return read


def speak(panel: Panel, lang: str) -> None:
    assert panel.command("App.setLanguage", {"lang": lang}) == ["resolved", None]


def language(panel: Panel) -> object:
    return panel.page.evaluate("CXBus.data('App.language')")


def strings(panel: Panel) -> dict[str, str]:
    found: dict[str, str] = panel.page.evaluate("CXBus.data('App.i18n').clicktocall")
    return found


def placeholders(sentences: dict[str, str]) -> dict[str, list[str]]:
    return {key: sorted(re.findall(r"\{\w+\}", sentence)) for key, sentence in sentences.items()}


@pytest.mark.chromium_only("compares texts")
def test_every_pack_says_what_english_says(panel: Panel) -> None:
    panel.load()
    panel.open()
    panel.until(lambda: "PhoneLabel" in strings(panel))
    english = strings(panel)
    for name in NAMES:
        speak(panel, name)
        told = strings(panel)
        assert language(panel) == name
        assert told == pack(name), name
        assert set(pack(name)) == set(english), name
        assert placeholders(told) == placeholders(english), name
        assert all(told.values()), name


def test_the_packs_are_those_promised() -> None:
    promised = "ar da de es fi fr he it ja ko nl no pl pt-BR sv th tr zh-CN zh-TW"
    assert promised.split() == NAMES
    assert sorted(path.name for path in STATIC.glob("warmcall/*/lang-*.js")) == [f"lang-{name}.js" for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_takes_at_most_a_kilobyte(name: str) -> None:
    [path] = STATIC.glob(f"warmcall/*/lang-{name}.js")
    assert path.with_suffix(".js.br").stat().st_size <= PACK_LIMIT_BYTES
    assert path.read_bytes().isascii()


def test_english_needs_no_pack(panel: Panel) -> None:
    panel.load()
    panel.get_number()
    assert [request.url for request in panel.host.requests if "lang" in request.url] == []


@pytest.mark.chromium_only("looks up names in a table")
@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("de", "de"),
        ("de_AT", "de"),
        ("FR", "fr"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("nb-NO", "no"),
        ("nn", "no"),
        ("zh", "zh-CN"),
        ("zh-Hans-HK", "zh-CN"),
        ("zh-TW", "zh-TW"),
        ("zh-Hant", "zh-TW"),
        ("zh-HK", "zh-TW"),
        ("en-GB", "en"),
    ],
)
def test_the_tag_names_a_language_in_many_ways(panel: Panel, tag: str, name: str) -> None:
    panel.load(attributes=f'{SITE} data-lang="{tag}"')
    assert language(panel) == name


def test_an_unknown_language_is_english_with_one_line_in_the_console(panel: Panel) -> None:
    lines: list[str] = []
    panel.page.on("console", lambda line: lines.append(line.text))
    panel.load(attributes=f'{SITE} data-lang="tlh"')
    assert language(panel) == "en"
    [line] = lines
    assert line.endswith("language pack: tlh")
    panel.get_number()


def test_a_pack_that_cannot_be_loaded_keeps_nothing_from_starting(panel: Panel) -> None:
    [path] = STATIC.glob("warmcall/*/lang-de.js")
    panel.host.serve(f"/{path.relative_to(STATIC)}", "", status=500)
    panel.load(attributes=f'{SITE} data-lang="de"')
    assert panel.host.take_errors() != []
    panel.open()
    assert panel.find(".cx-title").text_content() == "Call us now"


def test_german_from_the_launcher_to_the_number(panel: Panel) -> None:
    german = pack("de")
    panel.load(attributes=f'{SITE} data-lang="de"', csp=STRICT_CSP)
    launcher = panel.find("warmcall-launcher button")
    assert (launcher.text_content(), launcher.get_attribute("lang")) == (german["Launcher"], "de")
    panel.get_number()
    assert panel.find("dialog").get_attribute("lang") == "de"
    shown = panel.find("dialog").inner_text()
    for key in ("Title", "PhoneLabel", "AccessLabel", "ScanLabel", "ExpireLabel", "CancelRequest", "StatusWaiting"):
        assert german[key] in shown, key


def test_strings_of_the_page_win_over_the_pack(panel: Panel) -> None:
    own = {"de": {"clicktocall": {"Title": "Moin"}}}
    panel.load(f"<script>_genesys = {{widgets: {{main: {{lang: 'de', i18n: {json.dumps(own)}}}}}}}</script>")
    assert strings(panel)["Title"] == "Moin"
    assert strings(panel)["FirstName"] == pack("de")["FirstName"]


def test_strings_of_a_file_win_over_the_pack(panel: Panel) -> None:
    panel.host.serve("/pack.json", json.dumps({"de": {"clicktocall": {"Title": "Moin"}}}))
    panel.load("<script>_genesys = {widgets: {main: {lang: 'de', i18n: '/pack.json'}}}</script>")
    assert strings(panel)["Title"] == "Moin"
    assert strings(panel)["FirstName"] == pack("de")["FirstName"]


def test_of_two_languages_asked_for_the_last_one_is_spoken(panel: Panel) -> None:
    panel.load()
    handles = [panel.start("App.setLanguage", {"lang": lang}) for lang in ("de", "fr", "en")]
    assert [panel.settled(handle)[0] for handle in handles] == ["resolved"] * 3
    assert language(panel) == "en"


def test_switching_relabels_an_open_form_and_keeps_what_was_typed(panel: Panel) -> None:
    panel.load()
    panel.open()
    panel.fill(first="Phone number")
    for name in ("de", "he", "ja"):
        speak(panel, name)
        sentences = pack(name)
        expect(panel.find(".cx-title")).to_have_text(sentences["Title"])
        expect(panel.find("label[for$=phonenumber]")).to_have_text(sentences["PhoneNumber"])
        expect(panel.find(".cx-register-submit-button")).to_have_text(sentences["FormSubmit"])
        expect(panel.find("#cx_clicktocall_form_lastname")).to_have_attribute(
            "placeholder", sentences["PlaceholderOptional"]
        )
        expect(panel.find(".cx-button-close")).to_have_attribute("aria-label", sentences["AriaClose"])
        expect(panel.find("dialog")).to_have_attribute("lang", name)
    assert panel.find("#cx_clicktocall_form_firstname").input_value() == "Phone number"
    speak(panel, "en")
    expect(panel.find(".cx-title")).to_have_text("Call us now")
    expect(panel.find("dialog")).to_have_attribute("dir", "ltr")


def test_switching_keeps_the_values_within_sentences(panel: Panel) -> None:
    panel.live(message("snapshot", {"state": "waiting"}) + message("code_refused", {"triesLeft": 2}))
    panel.load()
    panel.get_number()
    expect(panel.find(".status")).to_have_text("That code was not right. Tries left: 2")
    speak(panel, "es")
    expect(panel.find(".status")).to_have_text("Ese código no es correcto. Intentos restantes: 2")
    expect(panel.page.get_by_role("button", name="Copiar: +18005550100")).to_be_visible()
    expect(panel.find("a.cx-phone-number")).to_have_text("+1\u00a0800\u00a0555\u00a00100")


@pytest.mark.parametrize("name", ["ar", "he"])
def test_right_to_left_mirrors_the_panel_but_no_number(panel: Panel, name: str) -> None:
    panel.load(attributes=f'{SITE} data-lang="{name}"')
    panel.get_number()
    assert panel.find("dialog").get_attribute("dir") == "rtl"

    def left(selector: str) -> float:
        box = panel.find(selector).bounding_box()
        assert box is not None
        return box["x"]

    def direction(selector: str) -> object:
        return panel.find(selector).evaluate("(element) => getComputedStyle(element).direction")

    assert left(".cx-button-close") < left(".cx-title")
    assert left(".cx-phone-number-container button") < left("a.cx-phone-number")
    assert (direction(".cx-title"), direction("a.cx-phone-number"), direction(".cx-access-code")) == (
        "rtl",
        "ltr",
        "ltr",
    )


@pytest.mark.once("axe reads the same elements and colours")
@pytest.mark.parametrize("name", ["ar", "de", "ja"])
def test_axe_finds_nothing_in_other_languages(panel: Panel, name: str) -> None:
    panel.page.emulate_media(reduced_motion="reduce")
    panel.load("<main><h1>A page</h1></main>", attributes=f'{SITE} data-lang="{name}"')
    panel.get_number()
    found = Axe().run(panel.page).response
    assert [rule["id"] for rule in found["violations"] + found["incomplete"]] == []
