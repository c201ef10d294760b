"""Markup that pages hand over as strings."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import STATIC, STRICT_CSP, HostPage

pytestmark = pytest.mark.once("hundreds of cases; --browser firefox runs them there")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    host = HostPage(context.new_page())
    page = host.open('<body><script src="/warmcall.js"></script>', csp=STRICT_CSP)
    [part] = STATIC.glob("warmcall/*/markup.js")
    page.evaluate(
        "address => import(address).then((part) => void (window.parse = part.parseMarkup))",
        f"/{part.relative_to(STATIC)}",
    )
    yield page
    context.close()
    assert host.errors == []


def parsed(page: Page, html: str) -> str:
    found: str = page.evaluate(
        "(html) => { const box = document.createElement('div'); box.append(parse(html)); return box.innerHTML }", html
    )
    return found


# What is built is what the browser would have built, had it been allowed to.
@pytest.mark.parametrize(
    "html",
    [
        '<p class="a b" id="x">Text <b>bold</b> and <i>more</i></p>',
        "<ul><li>1</li><li>2</li></ul>",
        '<input type="text" name="n" value="a &quot;b&quot;" disabled=""><br><hr>',
        "a &lt; b &amp; c",
        '<a href="https://example.com/?a=1&amp;b=2">x</a><a href="tel:+1800">y</a><a href="/x:y">z</a>',
        '<button type="button" aria-label="Close" data-x="1" tabindex="-1">X</button>',
        '<select><optgroup label="g"><option selected="">1</option></optgroup></select>',
        '<svg viewBox="0 0 1 1"><path d="M0 0"></path></svg>',
        '<div style="color: red;">x</div>',
    ],
)
def test_harmless_markup_comes_out_as_it_went_in(page: Page, html: str) -> None:
    assert parsed(page, html) == html


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<script>alert(1)</script>x", "x"),
        ("<SCRIPT src=/x></SCRIPT >x", "x"),
        ("<style>* { color: red }</style>x", "x"),
        ("<p onclick='alert(1)' ONLOAD=x>x</p>", "<p>x</p>"),
        ("<a href='javascript:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href=' java\nscript:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href='&#106;avascript:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href='data:text/html,x'>x</a>", "<a>x</a>"),
        ("<form action='javascript:x'><input formaction='javascript:x'></form>", "<form><input></form>"),
        ("<iframe srcdoc='<script>x</script>'>y</iframe>x", "x"),
        ("<svg><script>x</script><use href='#x'/><a xlink:href='javascript:x'>y</a></svg>", "<svg><a>y</a></svg>"),
        ("<x-widget><b>x</b></x-widget>", "<b>x</b>"),
        ("<object data=/x><p>x</p></object>", "<p>x</p>"),
        ("<!-- a <b> --><!doctype html>x", "x"),
        ("<math><mtext><img onerror=alert(1)></mtext></math>", "<img>"),
    ],
)
def test_what_could_run_is_left_out(page: Page, html: str, expected: str) -> None:
    assert parsed(page, html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<li>1<li>2", "<li>1</li><li>2</li>"),
        ("<p>1<p>2<div>3</div>", "<p>1</p><p>2</p><div>3</div>"),
        ("<tr><td>1<td>2<tr><td>3", "<tr><td>1</td><td>2</td></tr><tr><td>3</td></tr>"),
        ("<b>1</i>2</b>3", "<b>12</b>3"),
        ("<textarea>a <b> b</textarea>", "<textarea>a &lt;b&gt; b</textarea>"),
        ("<p title='a > b'>x</p>", '<p title="a &gt; b">x</p>'),
        ("<div><b>1</div>2", "<div><b>1</b></div>2"),
        ("<input value=x/>", '<input value="x/">'),
        ("<p class=a id='b' hidden>x", '<p class="a" id="b" hidden="">x</p>'),
        ("1 < 2 &nope; &#x41;&#66;&nbsp;&euro;", "1 &lt; 2 &amp;nope; AB&nbsp;\u20ac"),
        ('<a target="_blank" href="/x">x</a>', '<a target="_blank" rel="noopener" href="/x">x</a>'),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
    ],
)
def test_loose_markup_is_understood(page: Page, html: str, expected: str) -> None:
    assert parsed(page, html) == expected


def test_it_needs_no_more_than_the_strictest_policy_allows(page: Page) -> None:
    assert "color: red" in parsed(page, '<p style="color: red">x</p>')
    assert page.evaluate("parse('<p onclick=x>') instanceof DocumentFragment")
