"""The built-in subset of jQuery against jQuery itself: each line runs on both and must give the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import STATIC, STRICT_CSP, HostPage

pytestmark = pytest.mark.once("hundreds of cases; --browser firefox runs them there")

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parents[1] / "data/jquery"
LINES = (DATA / "cases.txt").read_text().splitlines()
CASES = dict(line.split(" | ", 1) for line in LINES if not line.startswith("#"))

RUN_ALL = """async ([fixture, cases]) => {
  const run = async ($, code) => {
    const lines = [];
    const log = (...values) => void lines.push(values);
    document.body.innerHTML = fixture;
    const answer = await new Function("$", "log", code.startsWith("{") ? code : "return (" + code + ")")($, log);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const isSet = answer instanceof real || answer instanceof mine;
    const plain = isSet ? answer.get().map((node) => node.outerHTML) : (answer ?? null);
    return JSON.stringify([lines, plain, document.body.innerHTML]);
  };
  const outcomes = {};
  for (const [name, code] of Object.entries(cases))
    outcomes[name] = [await run(mine, code).catch(String), await run(real, code).catch(String)];
  return outcomes;
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    host = HostPage(context.new_page())
    real = (ROOT / "widget/node_modules/jquery/dist/jquery.js").read_text()
    host.serve("/jquery.js", real, content_type="text/javascript")
    page = host.open('<style>.gone { display: none }</style><body><script src="/jquery.js"></script>')
    page.evaluate("window.real = jQuery.noConflict(true)")
    load_subset(page)
    yield page
    context.close()
    assert host.errors == []


def load_subset(page: Page) -> None:
    [part] = STATIC.glob("warmcall/*/jquery.js")
    page.evaluate(
        "address => import(address).then((part) => void (window.mine = part.jQuery))", f"/{part.relative_to(STATIC)}"
    )


@pytest.fixture(scope="module")
def outcomes(page: Page) -> dict[str, list[str]]:
    found: dict[str, list[str]] = page.evaluate(RUN_ALL, [(DATA / "fixture.html").read_text(), CASES])
    return found


@pytest.mark.parametrize("name", CASES)
def test_it_gives_what_jquery_gives(outcomes: dict[str, list[str]], name: str) -> None:
    mine, real = outcomes[name]
    assert real.startswith("["), f"the case itself fails: {real}"
    assert mine == real


@pytest.mark.parametrize(
    ("use", "named"),
    [
        ("$('p').slideUp()", ".slideUp()"),
        ("$.ajax('/x')", "$.ajax()"),
        ("$('p:visible')", 'selector "p:visible"'),
        ("$('p').filter(':eq(1)')", 'selector ":eq(1)"'),
    ],
)
def test_what_it_has_not_says_so_and_how_to_have_it(page: Page, use: str, named: str) -> None:
    said = page.evaluate("(use) => { try { Function('$', use)(mine) } catch (error) { return error.message } }", use)
    assert said == f"Warmcall's built-in part of jQuery has no {named}. " + (
        "Load jQuery 3 before Warmcall to have it."
    )


def test_a_set_does_not_pretend_to_be_something_else(page: Page) -> None:
    asked = "['then', 'toJSON', 'nodeType', '0', 'window'].map((name) => mine('.none')[name] === undefined)"
    assert page.evaluate(asked) == [True] * 5
    assert page.evaluate("[mine.fn.validate === undefined, mine('p') instanceof mine]") == [True, True]


def test_it_works_under_the_strictest_policy(page: Page) -> None:
    assert page.context.browser
    host = HostPage(page.context.browser.new_page())
    strict = host.open('<body><div id="box"></div><script src="/warmcall.js"></script>', csp=STRICT_CSP)
    load_subset(strict)
    built = strict.evaluate(
        """() => {
          const box = mine("#box").html("<p style='color: red'>x</p>").append("<b>y</b>");
          box.attr("style", "margin: 1px").css("top", 1).hide().show();
          return document.querySelector("#box").outerHTML;
        }"""
    )
    assert built == '<div id="box" style="margin: 1px; top: 1px;"><p style="color: red;">x</p><b>y</b></div>'
    assert host.errors == []
    strict.close()
