"""What the page's other plugins say, in every language, and that it follows the language."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import STATIC, STRICT_CSP, Answer, HostPage
from tests.browser.test_languages import NAMES, PACK_LIMIT_BYTES, placeholders

PACKS = Path(__file__).parents[2] / "widget/languages/siblings"
WIDGETS: dict[str, Any] = {
    "sidebar": {"channels": [{"name": "ClickToCall"}, {"name": "ChannelSelector"}, {"name": "CallUs"}]},
    "channelselector": {
        "channels": [{"name": "ClickToCall", "ewt": {"display": True, "queue": "sales"}}, {"name": "WebChat"}]
    },
    "callus": {
        "contacts": [{"displayName": "Sales", "number": "+1 800 555 0100"}, {"number": "+1 800 555 0101"}],
        "hours": ["8-20"],
    },
    "stats": {"ewt": {"dataURL": "/ewt", "apikey": "key", "apiVersion": "v3"}},
}


def pack(name: str) -> dict[str, dict[str, str]]:
    read: dict[str, dict[str, str]] = json.loads((PACKS / f"{name}.json").read_text())
    return read


def flat(sentences: dict[str, dict[str, str]]) -> dict[str, str]:
    return {f"{namespace}.{key}": text for namespace, texts in sentences.items() for key, text in texts.items()}


def load(host: HostPage, lang: str, **main: Any) -> Page:
    host.page.emulate_media(reduced_motion="reduce")
    widgets = json.dumps({**WIDGETS, "main": {"lang": lang, **main}})
    host.serve("/config.js", f"window._genesys = {{widgets: {widgets}}}", content_type="text/javascript")
    host.serve("/ewt", json.dumps({"data": [{"virtualQueue": "sales", "estimatedWaitTime": 150}]}))
    page = host.open_with_widget(before='<main>Shop</main><script src="/config.js"></script>', csp=STRICT_CSP)
    page.locator("warmcall-sidebar").wait_for(state="attached")
    return page


def do(page: Page, name: str, **options: Any) -> None:
    page.evaluate("([name, options]) => CXBus.command(name, options).then(() => 0)", [name, options])


def speak(page: Page, lang: str) -> None:
    do(page, "App.setLanguage", lang=lang)


def left(element: Locator) -> float:
    box = element.bounding_box()
    assert box
    return box["x"]


@pytest.mark.chromium_only("compares texts")
def test_every_pack_has_what_english_has(host: HostPage) -> None:
    page = load(host, "en")
    known: dict[str, dict[str, str]] = page.evaluate("CXBus.data('App.localization').en")
    english = flat({namespace: texts for namespace, texts in known.items() if namespace != "clicktocall"})
    for name in NAMES:
        told = flat(pack(name))
        assert set(told) == set(english), name
        assert placeholders(told) == placeholders(english), name
        assert all(told.values()), name


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_is_small_and_ascii(name: str) -> None:
    [path] = STATIC.glob(f"warmcall/*/words-{name}.js")
    assert path.with_suffix(".js.br").stat().st_size <= PACK_LIMIT_BYTES
    assert path.read_bytes().isascii()


def test_there_is_a_pack_for_every_language_of_the_panel() -> None:
    assert sorted(path.stem for path in PACKS.glob("*.json")) == NAMES


def test_what_is_open_follows_from_english_to_german_to_arabic(host: HostPage) -> None:
    page = load(host, "en")
    do(page, "ChannelSelector.open")
    selector, sidebar = page.locator("warmcall-channels"), page.locator("warmcall-sidebar")
    expect(selector.locator("li").first).to_contain_text("About 3 min")
    for lang, direction, wait in (("de", "ltr", "Etwa 3 Min."), ("ar", "rtl", "حوالي")):
        speak(page, lang)
        words = pack(lang)
        expect(selector.locator("h2")).to_have_text(words["channelselector"]["Title"])
        expect(selector.locator("li").first).to_contain_text(words["sidebar"]["ClickToCallName"])
        expect(selector.locator("li").first).to_contain_text(wait)
        expect(sidebar.locator("nav")).to_have_attribute("aria-label", words["sidebar"]["SideBarLabel"])
        expect(sidebar.locator("li button").last).to_have_attribute("title", words["sidebar"]["CallUsTitle"])
        dialog = page.locator("warmcall-overlay dialog")
        expect(dialog).to_have_attribute("aria-label", words["channelselector"]["Title"])
        expect(dialog.locator("button.close")).to_have_attribute("aria-label", words["overlay"]["AriaClose"])
        expect(selector).to_have_attribute("lang", lang)
        expect(selector).to_have_attribute("dir", direction)
        assert (left(dialog.locator("button.close")) < left(selector.locator("h2"))) == (direction == "rtl")
    speak(page, "en")
    expect(selector.locator("li").first).to_contain_text("About 3 min")


@pytest.mark.once("time")
def test_it_speaks_german_from_the_first_word(host: HostPage) -> None:
    page = load(host, "de-AT")
    # What is said is noted as it is put on the page, so that no English passes unseen.
    page.evaluate(
        """() => {
          window.said = [];
          const append = Element.prototype.append;
          Element.prototype.append = function (...nodes) {
            append.apply(this, nodes);
            said.push(this.textContent, ...nodes.map((node) => node.shadowRoot?.textContent ?? node.textContent));
          };
        }"""
    )
    do(page, "CallUs.open")
    view = page.locator("warmcall-callus")
    words = pack("de")["callus"]
    for key in ("CallUsTitle", "SubTitle", "HoursLabel"):
        expect(view).to_contain_text(words[key])
    assert not [text for text in page.evaluate("said") if text and ("Choose" in text or "Hours" in text)]


@pytest.mark.parametrize("lang", ["ar", pytest.param("he", marks=pytest.mark.once("time"))])
def test_right_to_left_mirrors_the_views_but_no_number(host: HostPage, lang: str) -> None:
    page = load(host, lang)
    do(page, "CallUs.open")
    view = page.locator("warmcall-callus")
    assert left(page.locator("warmcall-overlay button.close")) < left(view.locator("h2"))
    row = view.locator("li").first
    assert left(row.locator("a")) < left(row.locator("svg"))
    direction = "(element) => getComputedStyle(element).direction"
    assert [view.locator(at).first.evaluate(direction) for at in ("h2", "a")] == ["rtl", "ltr"]
    do(page, "SideBar.expand")
    button = page.locator("warmcall-sidebar li button").first
    assert left(button.locator(".name")) < left(button.locator("svg"))
    do(page, "Toaster.open", title="T", body="B", icon="chat")
    toast = page.locator(".cx-toast")
    close = toast.locator(".cx-button-close")
    assert left(close) < left(toast.locator(".cx-title")) < left(toast.locator(".cx-icon"))
    expect(close).to_have_attribute("aria-label", pack(lang)["common"]["AriaClose"])


@pytest.mark.chromium_only("looks up sentences")
def test_buttons_that_nobody_named_follow_too_and_those_of_the_page_do_not(host: HostPage) -> None:
    page = load(host, "fr")
    do(page, "Toaster.open", title="T", body="B", buttons={"type": "binary", "primary": "Yes"})
    buttons = page.locator(".cx-toast .cx-btn")
    expect(buttons).to_have_text(["Non", "Yes"])
    speak(page, "pl")
    expect(buttons).to_have_text(["Nie", "Yes"])


@pytest.mark.chromium_only("looks up sentences")
def test_sentences_of_the_page_win(host: HostPage) -> None:
    own = {
        "de": {"sidebar": {"CallUsName": "Hotline"}, "channelselector": {"WaitTime": "{minutes} Minuten"}},
        "tlh": {"callus": {"CallUsTitle": "HIja'"}},
    }
    page = load(host, "de", i18n=own)
    do(page, "ChannelSelector.open")
    expect(page.locator("warmcall-channels li").first).to_contain_text("3 Minuten")
    names = page.locator("warmcall-sidebar .name")
    expect(names).to_have_text(["Anrufen", "Kontakt", "Hotline"])
    do(page, "App.registerI18n", namespace="sidebar", lang="de", i18n={"CallUsName": "late", "Own": "Eigenes"})
    expect(names.last).to_have_text("Hotline")
    speak(page, "tlh")
    do(page, "CallUs.open")
    view = page.locator("warmcall-callus")
    expect(view.locator("h2")).to_have_text("HIja'")
    expect(view.locator("h3")).to_have_text("Hours")


@pytest.mark.chromium_only("looks up sentences")
def test_a_pack_that_cannot_be_loaded_leaves_english(host: HostPage) -> None:
    [path] = STATIC.glob("warmcall/*/words-de.js")
    host.serve(f"/{path.relative_to(STATIC)}", lambda request: Answer(status=500))
    page = load(host, "de")
    expect(page.locator("warmcall-sidebar .name").first).to_have_text("Call us")
    assert any("sentences in de" in error for error in host.take_errors())


@pytest.mark.chromium_only("looks up sentences")
def test_sentences_are_loaded_with_the_first_plugin_that_speaks_and_not_before(host: HostPage) -> None:
    page = host.open_with_widget(attributes='data-lang="de"')

    def asked() -> list[str]:
        return [request.url.rsplit("/", 1)[1] for request in host.requests if "/words-" in request.url]

    assert asked() == []
    do(page, "Watchman.uptime")
    assert asked() == ["words-de.js"]
    speak(page, "fr")
    assert asked() == ["words-de.js", "words-fr.js"]
    # The same name is loaded once, and English is there.
    for lang in ("en", "de"):
        speak(page, lang)
    assert asked() == ["words-de.js", "words-fr.js"]


@pytest.mark.once("the same tables everywhere")
def test_dates_and_times_of_common_are_written_as_the_language_does(host: HostPage) -> None:
    page = load(host, "de", timeFormat=24)
    page.evaluate("CXBus.loadPlugin('Common').then(() => 0)")
    at = "new Date(2026, 10, 3, 15, 4)"
    written = f"[_genesys.widgets.common.getDateString({at}), _genesys.widgets.common.getFormattedTime({at})]"
    assert page.evaluate(written) == ["03.11.2026", "15:04"]
    speak(page, "en")
    assert page.evaluate(written)[0] == "Nov 3, 2026"
