import json

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import STRICT_CSP, HostPage

CONFIGURED = "window._genesys = {widgets: {clicktocall: {site: 'demo', group: 'sales'}}}"
SCRIPT = '<script src="/warmcall.js"></script>'


def with_widgets(widgets: str) -> str:
    return f"<script>window._genesys = {{widgets: {widgets}}}</script>"


def rejection(command: str, options: str) -> str:
    return f"CXBus.command('{command}', {options}).then(() => 'resolved', (reason) => reason)"


def app_ready(page: Page) -> object:
    """What `App.ready` says, once it comes, as far as it is JSON."""
    return json.loads(
        page.evaluate(
            "new Promise((resolve) => CXBus.subscribe('App.ready', resolve)).then(({data}) => JSON.stringify(data))"
        )
    )


def test_app_is_ready_with_the_whole_configuration(host: HostPage) -> None:
    page = host.open_with_widget(before=with_widgets("{clicktocall: {site: 'demo'}, own: {x: 1}}"))
    ready = app_ready(page)
    assert isinstance(ready, dict)
    assert (ready["clicktocall"], ready["own"]) == ({"site": "demo"}, {"x": 1})
    assert page.evaluate("CXBus.data('App.ready')") is True


def test_old_names_of_the_main_part_are_merged_over_it(host: HostPage) -> None:
    page = host.open_with_widget(
        before=with_widgets("{main: {theme: 'dark', lang: 'en'}, app: {lang: 'de'}, global: {theme: 'light'}}")
    )
    assert page.evaluate("_genesys.widgets.main") == {"theme": "light", "lang": "de"}


def test_the_old_name_of_the_configuration_is_preferred(host: HostPage) -> None:
    page = host.open_with_widget(before="<script>_genesys = {cxwidget: {main: {theme: 'light'}}, widgets: {}}</script>")
    assert page.evaluate("CXBus.command('App.getTheme').then((theme) => theme)") == "cx-theme-light"


def test_attributes_of_the_tag_are_options(host: HostPage) -> None:
    page = host.open_with_widget(
        attributes='data-site="demo" data-group="sales" data-fallback-number="+18005550199" data-theme="light"'
    )
    assert page.evaluate("_genesys.widgets.clicktocall") == {
        "site": "demo",
        "group": "sales",
        "fallbackNumber": "+18005550199",
    }
    assert page.evaluate("CXBus.data('App.theme')") == "cx-theme-light"


def test_what_a_script_configures_wins_over_the_tag(host: HostPage) -> None:
    page = host.open_with_widget(
        before=with_widgets("{clicktocall: {group: 'support'}}"), attributes='data-site="demo" data-group="sales"'
    )
    assert page.evaluate("_genesys.widgets.clicktocall") == {"site": "demo", "group": "support"}


def test_each_plugin_is_configured_once(host: HostPage) -> None:
    page = host.open_with_widget(before=f"<script>{CONFIGURED}</script>")
    again = "CXBus.command('{}.configure', {{group: 'other'}}).then(0, (reason) => reason)"
    for plugin in ("ClickToCall", "ClickToCallService"):
        assert page.evaluate(again.format(plugin)) == "Already configured"


def test_a_before_function_sees_the_configuration_go_by(host: HostPage) -> None:
    page = host.open_with_widget(
        before=with_widgets(
            """{clicktocall: {site: 'demo'}, extensions: {spy($, CXBus) {
                CXBus.registerPlugin('Spy').before('ClickToCall.configure', (options) => {
                    window.seen = {...options};
                    return options;
                });
            }}}"""
        )
    )
    page.evaluate("new Promise((resolve) => CXBus.subscribe('ClickToCall.ready', resolve)).then(() => 0)")
    assert page.evaluate("window.seen") == {"site": "demo"}


def test_unknown_and_wrong_options_are_told_once_and_left_out(host: HostPage) -> None:
    lines: list[str] = []
    host.page.on("console", lambda line: lines.append(line.text))
    page = host.open_with_widget(
        before=with_widgets("{main: {theme: 3, colour: 'red'}, clicktocall: {ajaxTimeout: 'soon', sise: 'x'}}")
    )
    page.evaluate("new Promise((resolve) => CXBus.subscribe('ClickToCall.ready', resolve)).then(() => 0)")
    told = [line for line in lines if "option " in line]
    for name in ("main.theme", "main.colour", "clicktocall.ajaxTimeout", "clicktocall.sise"):
        assert sum(name in line for line in told) == 1, told
    assert page.evaluate("CXBus.data('App.theme')") == "cx-theme-dark"


def test_start_up_goes_in_the_order_of_the_contract(host: HostPage) -> None:
    host.serve("/late.js", "order.push('address')", content_type="text/javascript")
    host.open(
        """<script>
            window.order = [];
            window._genesys = {widgets: {
                extensions: {
                    late: '/late.js',
                    early($, CXBus, Common) {
                        order.push('function');
                        CXBus.subscribe('App.ready', () => order.push('ready'));
                    },
                },
                onReady: (bus) => { order.push('onReady ' + bus.namespace()) },
            }};
        </script>"""
        + SCRIPT
    )
    page = host.page
    # The small jQuery that the function is handed comes first.
    page.wait_for_function("order.length == 4")
    assert page.evaluate("order") == ["function", "onReady QuickBus", "ready", "address"]


def test_extensions_are_called_in_their_order_and_before_all_else(host: HostPage) -> None:
    page = host.open_with_widget(
        before=with_widgets(
            """{
                extensions: {
                    slow($, CXBus) {
                        window.order = [typeof $];
                        CXBus.subscribe('App.ready', () => order.push('ready'));
                    },
                    quick() { order.push('quick') },
                },
                onReady() { order.push('onReady') },
            }"""
        )
    )
    assert page.evaluate("order") == ["function", "quick", "onReady", "ready"]


@pytest.mark.parametrize(
    "widgets",
    [
        "onReady() { window.made = _genesys.widgets.common.Generate.Icon('chat').is('svg') }",
        "main: {preload: ['Common']}, onReady: made",
    ],
)
def test_common_is_there_before_a_page_that_names_it_is_told_that_app_is_ready(host: HostPage, widgets: str) -> None:
    unnamed = "_genesys.widgets['com' + 'mon']"
    hidden = f"<script>function made() {{ window.made = {unnamed}.guid().length == 36 }}</script>"
    page = host.open_with_widget(before=hidden + with_widgets(f"{{{widgets}}}"))
    assert page.evaluate("window.made") is True


@pytest.mark.once("time")
def test_common_is_not_loaded_for_a_page_that_does_not_name_it(host: HostPage) -> None:
    page = host.open_with_widget(
        before=with_widgets("{onReady() { window.told = JSON.stringify(this) }, extensions: {a() {}}}")
    )
    page.evaluate("_genesys.widgets.bus.command('App.getTheme').then(() => JSON.stringify(_genesys.widgets))")
    assert not [one.url for one in host.requests if "siblings" in one.url or "jquery" in one.url]


@pytest.mark.once("time")
def test_common_that_is_missed_is_named_and_loaded_for_the_next_time(host: HostPage) -> None:
    lines: list[str] = []
    host.page.on("console", lambda line: lines.append(line.text))
    page = host.open_with_widget(before=with_widgets("{onReady: null}"))
    assert page.evaluate("_genesys.widgets.common.showAlert === undefined")
    page.wait_for_function("'guid' in _genesys.widgets.common")
    assert page.evaluate("_genesys.widgets.common.guid().length") == 36
    assert [line for line in lines if "common.showAlert is not there" in line]


def test_a_throwing_extension_harms_nobody(host: HostPage) -> None:
    page = host.open_with_widget(
        before=with_widgets(
            """{
                extensions: {bad() { throw new Error('bad') }, good() { window.good = true }},
                onReady() { throw new Error('worse') },
            }"""
        )
    )
    assert page.evaluate("good")
    told = host.take_errors()
    assert ["extension bad" in told[0], "onReady" in told[1], len(told)] == [True, True, 2]


def test_an_extension_may_take_a_plugins_name_before_it(host: HostPage) -> None:
    page = host.open_with_widget(
        before=with_widgets(
            """{extensions: {mine($, CXBus) {
                const service = CXBus.registerPlugin('ClickToCallService');
                service.registerCommand('restore', (e) => e.deferred.resolve('mine'));
                service.ready();
            }}}"""
        )
    )
    assert page.evaluate("CXBus.command('ClickToCallService.restore').then((value) => value)") == "mine"


def test_an_extension_may_command_a_plugin_that_is_not_there_yet(host: HostPage) -> None:
    page = host.open_with_widget(
        before=with_widgets(
            """{clicktocall: {site: 'demo'}, extensions: {eager($, CXBus) {
                window.outcome = CXBus.command('ClickToCall.LOAD').then(() => 'loaded');
            }}}"""
        )
    )
    assert page.evaluate("outcome") == "loaded"


EMBEDDINGS = {
    "blocking": f"<script>{CONFIGURED}</script>{SCRIPT}",
    "async": f'<script>{CONFIGURED}</script><script async src="/warmcall.js"></script>',
    "defer": f'<script>{CONFIGURED}</script><script defer src="/warmcall.js"></script>',
    "attributes only": '<script async src="/warmcall.js" data-site="demo" data-group="sales"></script>',
    "in the head": f"<head><script>{CONFIGURED}</script>{SCRIPT}</head><body>",
    "injected": f"""<script>{CONFIGURED};
        const script = document.createElement('script');
        script.src = '/warmcall.js';
        document.head.append(script);
    </script>""",
    "twice": f"<script>{CONFIGURED}</script>{SCRIPT}{SCRIPT}",
    "configured after a blocking tag": f"{SCRIPT}<script>{CONFIGURED}</script>",
    "started by the page": f"<script>{CONFIGURED}</script>"
    """<script src="/warmcall.js" onload="CXBus.configure({}); CXBus.loadPlugin('widgets-core')"></script>""",
    "configured by a file": f"""{SCRIPT}<script>
        CXBus.loadFile('/config.js').done(() => CXBus.loadPlugin('widgets-core'));
    </script>""",
}


@pytest.mark.parametrize("html", EMBEDDINGS.values(), ids=EMBEDDINGS.keys())
def test_every_way_of_embedding_gives_one_configured_widget(host: HostPage, html: str) -> None:
    host.serve("/config.js", CONFIGURED, content_type="text/javascript")
    page = host.open("<script>window.globals = Object.keys(window)</script>" + html)
    page.evaluate(
        """new Promise((resolve) => {
            const look = () => window.CXBus ? CXBus.subscribe('ClickToCall.ready', resolve) : setTimeout(look, 5);
            look();
        }).then(() => 0)"""
    )
    assert page.evaluate("_genesys.widgets.clicktocall") == {"site": "demo", "group": "sales"}
    drivers = "name.startsWith('__pw')"
    own = f"Object.keys(window).filter((name) => !globals.includes(name) && !({drivers}))"
    assert set(page.evaluate(own)) - {"globals"} == {"CXBus", "Warmcall", "_genesys"}


def test_a_page_without_any_configuration_gets_defaults(host: HostPage) -> None:
    page = host.open_with_widget()
    page.evaluate("new Promise((resolve) => CXBus.subscribe('ClickToCall.ready', resolve)).then(() => 0)")
    assert page.evaluate("CXBus.command('App.getTheme').then((theme) => theme)") == "cx-theme-dark"


def test_nothing_is_stored(host: HostPage) -> None:
    page = host.open_with_widget(before=f"<script>{CONFIGURED}</script>")
    assert page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


def test_it_runs_under_a_strict_policy_with_trusted_types(host: HostPage) -> None:
    page = host.open_with_widget(attributes='data-site="demo" data-group="sales"', csp=STRICT_CSP)
    page.evaluate("new Promise((resolve) => CXBus.subscribe('ClickToCall.ready', resolve)).then(() => 0)")
    assert host.errors == []


def test_without_use_it_asks_only_for_itself(host: HostPage) -> None:
    host.open_with_widget()
    asked = {request.url.split("8765")[1] for request in host.requests}
    assert asked <= {"/", "/warmcall.js", "/favicon.ico"}


def test_themes_are_set_by_name_and_told_by_class(host: HostPage) -> None:
    page = host.open_with_widget(before=with_widgets("{main: {themes: {own: 'my-theme'}}}"))
    answers = page.evaluate(
        """async () => {
            const heard = [];
            CXBus.subscribe('App.theme', ({ data }) => heard.push(data.theme));
            const set = await CXBus.command('App.setTheme', { theme: 'own' });
            const wrong = await CXBus.command('App.setTheme', { theme: 'none' }).then(0, (reason) => reason);
            return [set, wrong, await CXBus.command('App.getTheme'), heard];
        }"""
    )
    assert answers == ["own", "Invalid theme specified", "my-theme", ["cx-theme-dark", "my-theme"]]


def test_the_language_is_told_whether_known_or_not(host: HostPage) -> None:
    pack = "{en: {own: {Hello: 'Hello', Bye: 'Bye'}}, de: {own: {Hello: 'Hallo'}}}"
    page = host.open_with_widget(before=with_widgets(f"{{main: {{lang: 'de', i18n: {pack}}}}}"))
    own = "[CXBus.data('App.language'), CXBus.data('App.i18n').own]"
    assert page.evaluate(own) == ["de", {"Hello": "Hallo", "Bye": "Bye"}]
    assert page.evaluate(rejection("App.setLanguage", "{lang: 'xx'}")) == (
        "No matching language code found in language pack"
    )
    assert page.evaluate(own) == ["en", {"Hello": "Hello", "Bye": "Bye"}]
    assert page.evaluate(rejection("App.setLanguage", "{}")) == "No language code provided"


def test_a_language_pack_is_fetched_before_app_is_ready(host: HostPage) -> None:
    host.serve("/pack.json", json.dumps({"de": {"own": {"Hello": "Hallo"}}}))
    page = host.open_with_widget(before=with_widgets("{main: {lang: 'de', i18n: '/pack.json'}}"))
    assert page.evaluate("CXBus.data('App.i18n').own") == {"Hello": "Hallo"}


def test_a_language_pack_that_cannot_be_fetched_keeps_nothing_from_starting(host: HostPage) -> None:
    page = host.open_with_widget(before=with_widgets("{main: {i18n: '/missing.json'}}"))
    assert page.evaluate("CXBus.data('App.ready')") is True
    assert any("main.i18n" in error for error in host.take_errors())


def test_strings_of_a_plugin_stand_behind_those_of_the_page(host: HostPage) -> None:
    page = host.open_with_widget(before=with_widgets("{main: {i18n: {en: {own: {Hello: 'Page'}}}}}"))
    strings = page.evaluate(
        """async () => {
            const i18n = { Hello: 'Plugin', Bye: 'Plugin' };
            await CXBus.command('App.registerI18n', { namespace: 'own', i18n });
            return CXBus.data('App.i18n').own;
        }"""
    )
    assert strings == {"Hello": "Page", "Bye": "Plugin"}


def test_an_extension_can_be_registered_later(host: HostPage) -> None:
    page = host.open_with_widget(before=with_widgets("{extensions: {first() {}}}"))
    register = "CXBus.command('App.registerExtension', {{name: 'later', extension(jquery, bus) {{ {} }}}})"
    page.evaluate(register.format("window.later = bus === CXBus") + ".then(() => 0)")
    assert page.evaluate("later")
    taken = "The Extension name: 'first', is already taken. Please use another name."
    bad = "The options 'name' must be a string and 'extension' must be a function or a URL."
    assert page.evaluate(rejection("App.registerExtension", "{name: 'first', extension() {}}")) == taken
    assert page.evaluate(rejection("App.registerExtension", "{name: 'none'}")) == bad


def test_an_extension_cannot_be_registered_before_app_is_ready(host: HostPage) -> None:
    host.serve("/pack.json", "{}")
    early = "CXBus.command('App.registerExtension', {name: 'early', extension() {}})"
    host.open(
        with_widgets("{main: {i18n: '/pack.json'}}")
        + SCRIPT
        + f"<script>window.outcome = {early}.then(0, (reason) => reason)</script>"
    )
    assert host.page.evaluate("outcome") == (
        "You must wait until 'App.ready' is published before registering new Extensions."
    )


def test_mobile_mode_can_be_forced(host: HostPage) -> None:
    page = host.open_with_widget(before=with_widgets("{main: {mobileMode: true}}"))
    page.evaluate("new Promise((resolve) => CXBus.subscribe('App.mobileMode', resolve)).then(() => 0)")
    assert page.evaluate("CXBus.data('App.mobileMode')") is True


def test_a_desktop_is_not_in_mobile_mode(host: HostPage) -> None:
    page = host.open_with_widget()
    assert page.evaluate("CXBus.data('App.mobileMode')") is False
