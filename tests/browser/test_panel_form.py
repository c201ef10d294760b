import pytest

from tests.browser.chromium import HostPage
from tests.browser.panel import Panel

PHONE = "#cx_clicktocall_form_phonenumber"


@pytest.fixture
def panel(host: HostPage) -> Panel:
    panel = Panel(host)
    panel.load()
    return panel


def described(panel: Panel, selector: str) -> str:
    """What a screen reader says about a field besides its label."""
    note = panel.find(selector).get_attribute("aria-describedby")
    return panel.find(f"#{note}").inner_text()


def with_form(host: HostPage, inputs: str) -> Panel:
    """A page whose own form is written in JavaScript."""
    panel = Panel(host)
    panel.load(f"<script>_genesys = {{widgets: {{clicktocall: {{formJSON: {{inputs: {inputs}}}}}}}}}</script>")
    panel.open()
    return panel


def test_an_empty_phone_number_is_marked_and_nothing_is_sent(panel: Panel) -> None:
    panel.open()
    panel.submit()
    assert panel.find(PHONE).get_attribute("aria-invalid") == "true"
    assert described(panel, PHONE) == "Please enter your phone number."
    assert panel.focused() == PHONE[1:]
    assert panel.names() == ["opened"]
    assert panel.created() == []


def test_typing_takes_the_mark_away(panel: Panel) -> None:
    panel.open()
    panel.submit()
    panel.find(PHONE).press_sequentially("1")
    assert panel.find(PHONE).get_attribute("aria-invalid") == "false"
    assert described(panel, PHONE) == "The phone you will call us from."


def test_a_phone_number_holds_digits_and_plus(panel: Panel) -> None:
    panel.open()
    panel.find(PHONE).fill("+1 (202) 555-0143 ext")
    assert panel.find(PHONE).input_value() == "+12025550143"


def test_the_standard_fields_have_the_names_of_the_contract(panel: Panel) -> None:
    panel.open()
    fields = panel.find(".cx-input").evaluate_all(
        "(all) => all.map((f) => [f.id, f.name, f.maxLength, f.autocomplete])"
    )
    assert fields == [
        ["cx_clicktocall_form_firstname", "firstname", 100, "given-name"],
        ["cx_clicktocall_form_lastname", "lastname", 100, "family-name"],
        ["cx_clicktocall_form_phonenumber", "phonenumber", 100, "tel"],
    ]


def test_enter_submits(panel: Panel) -> None:
    panel.open()
    panel.fill()
    panel.find(PHONE).press("Enter")
    panel.find(".cx-display-step").wait_for()


def test_pressing_twice_asks_once(panel: Panel) -> None:
    panel.open()
    panel.fill()
    panel.page.evaluate(
        """() => {
          const form = document.querySelector('warmcall-panel').shadowRoot.querySelector('form');
          form.requestSubmit();
          form.requestSubmit();
        }"""
    )
    panel.find(".cx-display-step").wait_for()
    assert len(panel.created()) == 1
    assert panel.names().count("submitted") == 1


def test_a_form_of_the_page_replaces_the_standard_one(host: HostPage) -> None:
    panel = with_form(
        host,
        """[
          {name: 'email', id: 'mail', label: 'E-mail', placeholder: '@i18n:clicktocall.PlaceholderOptional'},
          {name: 'topic', type: 'select', label: 'Topic', options: [
            {text: 'Sales', value: 's'},
            {group: true, text: 'After sales'},
            {text: 'Support', value: 'p', selected: true},
          ]},
          {name: 'story', type: 'textarea', label: 'Story'},
          {name: 'agree', type: 'checkbox', label: 'Agreed'},
          {name: 'ref', type: 'hidden', value: () => 'r' + 7},
        ]""",
    )
    assert panel.find("#mail").get_attribute("placeholder") == "Optional"
    assert panel.find("#mail").get_attribute("autocomplete") == "email"
    assert panel.find("optgroup option").inner_text() == "Support"
    panel.find("textarea").fill("It rains.")
    panel.page.get_by_label("Agreed").check()
    panel.submit()
    panel.find(".cx-display-step").wait_for()
    assert panel.last("submitted")["form"] == {
        "email": "",
        "topic": "p",
        "story": "It rains.",
        "agree": True,
        "ref": "r7",
    }


def test_a_form_for_one_opening_wins_over_the_configured_one(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"formJSON": {"inputs": [{"name": "configured"}]}})
    panel.open(formJSON={"inputs": [{"name": "given"}]})
    assert panel.find(".cx-input").evaluate_all("(all) => all.map((f) => f.name)") == ["given"]
    panel.command("close")
    panel.open()
    assert panel.find(".cx-input").evaluate_all("(all) => all.map((f) => f.name)") == ["configured"]


def test_only_true_of_every_validator_submits(host: HostPage) -> None:
    panel = with_form(
        host,
        """[
          {name: 'one', validate: (event, row, input) => input.val() == 'yes'},
          {name: 'two', validate: () => 1},
        ]""",
    )
    panel.submit()
    assert panel.find(".cx-error").count() == 2
    panel.find("[name=one]").fill("yes")
    panel.find("[name=one]").press("Tab")
    assert panel.find(".cx-error").evaluate_all("(all) => all.map((f) => f.name)") == ["two"]
    assert panel.names() == ["opened", "started"]


def test_a_validator_is_not_called_while_the_form_is_built(host: HostPage) -> None:
    panel = with_form(host, "[{name: 'a', validate: (event) => !!(window.called ??= []).push(typeof event)}]")
    assert panel.page.evaluate("window.called") is None
    panel.submit()
    panel.until(lambda: panel.page.evaluate("window.called"))
    assert set(panel.page.evaluate("window.called")) == {"object"}


def test_validators_get_the_jquery_of_the_page(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(
        """<script>
          window.jQuery = (element) => ({wrapped: element});
          _genesys = {widgets: {clicktocall: {formJSON: {inputs: [{name: 'a', label: 'A',
            validate: (event, row, input, label, $, bus, common) => {
              window.got = [row.wrapped.className, input.wrapped.name, label.wrapped.textContent, $ === jQuery,
                bus === CXBus, common.checkPath({a: 1}, 'a')];
              return true;
            }}]}}}};
        </script>"""
    )
    panel.open()
    panel.submit()
    panel.until(lambda: panel.page.evaluate("window.got"))
    assert panel.page.evaluate("got") == ["row", "a", "A", True, True, 1]


def test_strings_that_are_code_are_left_out_of_a_form(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(options={"formJSON": {"inputs": [{"name": "a", "onfocus": "window.hacked = 1", "style": "x"}]}})
    panel.open()
    assert panel.find("[name=a]").evaluate("(field) => field.getAttributeNames()").count("onfocus") == 0
    assert panel.page.evaluate("window.hacked") is None


def test_words_of_the_page_replace_ours(host: HostPage) -> None:
    panel = Panel(host)
    panel.load(
        """<script>_genesys = {widgets: {main: {lang: 'ar', i18n: {ar: {clicktocall: {
          FirstName: 'Vorname', AriaFormSubmit: 'Nummer holen'}}}}}}</script>"""
    )
    panel.open()
    assert panel.page.get_by_label("Vorname").is_visible()
    assert panel.page.get_by_label("رقم الهاتف").is_visible()
    assert panel.find("dialog").get_attribute("dir") == "rtl"
