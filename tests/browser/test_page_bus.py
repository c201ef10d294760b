"""What the shared scenarios cannot say of the page's bus: its shape in JavaScript, and its manners."""

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import STRICT_CSP, HostPage

PLUGIN_METHODS = (
    "before command data namespace publish publishDirect ready registerCommand registerEvents registry "
    "republish subscribe subscribers unsubscribe"
)
PROMISE_METHODS = "always debug done fail isRejected isResolved pipe progress promise state then"


@pytest.fixture
def page(host: HostPage) -> Page:
    return host.open_with_widget()


def test_a_plugin_has_the_fourteen_methods(page: Page) -> None:
    assert page.evaluate("Object.keys(CXBus.registerPlugin('A')).sort().join(' ')") == PLUGIN_METHODS


def test_plugin_methods_work_without_this(page: Page) -> None:
    heard = page.evaluate(
        """async () => {
            const { subscribe, publish, command, registerCommand, ready } = CXBus.registerPlugin('A');
            const heard = [];
            subscribe('A.ev', ({ data }) => heard.push(data));
            publish('ev', 1);
            registerCommand('go', ({ deferred: { resolve } }) => resolve(2));
            ready();
            heard.push(await command('go'));
            return heard;
        }"""
    )
    assert heard == [1, 2]


def test_quick_bus_is_a_plugin_that_can_register_plugins(page: Page) -> None:
    quick_bus = page.evaluate("Object.keys(_genesys.widgets.bus).sort().join(' ')")
    assert quick_bus.split() == sorted([*PLUGIN_METHODS.split(), "registerPlugin"])
    assert page.evaluate("_genesys.widgets.bus.namespace()") == "QuickBus"


def test_a_promise_has_the_methods_of_the_contract_and_cannot_be_settled_by_its_receiver(page: Page) -> None:
    methods = page.evaluate(
        """(() => {
            const promise = CXBus.command('App.getTheme');
            const names = new Set();
            for (let at = promise; at !== Object.prototype; at = Object.getPrototypeOf(at))
                Object.getOwnPropertyNames(at).forEach((name) => names.add(name));
            return [...names].filter((name) => name !== 'constructor').sort().join(' ');
        })()"""
    )
    assert methods == PROMISE_METHODS


def test_then_returns_a_real_promise(page: Page) -> None:
    chained = page.evaluate(
        """async () => {
            const after = CXBus.command('App.getTheme').then((theme) => theme.length);
            return [after instanceof Promise, await after, await CXBus.command('App.nothing').then(0, (e) => e)];
        }"""
    )
    assert chained == [True, len("cx-theme-dark"), "Command does not exist"]


def test_a_command_without_a_name_rejects(page: Page) -> None:
    reason = page.evaluate("_genesys.widgets.bus.ready(), _genesys.widgets.bus.command().then(0, (reason) => reason)")
    assert reason == "Command does not exist"


def test_awaiting_a_rejected_command_throws_its_reason(page: Page) -> None:
    caught = page.evaluate(
        "async () => { try { await CXBus.command('App.nothing') } catch (reason) { return reason } }"
    )
    assert caught == "Command does not exist"


def test_a_failed_command_that_only_done_listens_to_is_no_error_of_the_page(page: Page) -> None:
    state = page.evaluate(
        """async () => {
            const promise = CXBus.command('App.nothing').done(() => {});
            await new Promise((resolve) => setTimeout(resolve));
            return promise.state();
        }"""
    )
    assert state == "rejected"


@pytest.mark.chromium_only("the driver does not tell the message of an error in Firefox")
def test_a_callback_that_throws_stops_neither_the_others_nor_the_handler(host: HostPage) -> None:
    page = host.open_with_widget()
    heard = page.evaluate(
        """async () => {
            const heard = [];
            const fault = () => { throw new Error('mine') };
            await CXBus.command('App.getTheme').done(fault, () => heard.push('next'));
            CXBus.subscribe('App.closeAll', fault);
            CXBus.subscribe('App.closeAll', () => heard.push('closeAll'));
            await CXBus.command('App.closeAll');
            await new Promise((resolve) => setTimeout(resolve));
            return heard;
        }"""
    )
    assert heard == ["next", "closeAll"]
    assert ["mine" in error for error in host.take_errors()] == [True, True]


@pytest.mark.chromium_only("the driver does not tell the message of an error in Firefox")
def test_an_asynchronous_handler_that_throws_rejects_its_command(host: HostPage) -> None:
    page = host.open_with_widget()
    reason = page.evaluate(
        """(() => {
            const a = CXBus.registerPlugin('A');
            a.registerCommand('go', async () => { throw new Error('late') });
            return a.command('go').then(0, (reason) => reason);
        })()"""
    )
    assert reason == "late"
    assert ["late" in error for error in host.take_errors()] == [True]


def test_handlers_that_publish_without_end_let_the_page_live(page: Page) -> None:
    alive = page.evaluate(
        """() => new Promise((resolve) => {
            const a = CXBus.registerPlugin('A');
            let going = true;
            a.subscribe('A.again', () => going && a.publish('again'));
            a.publish('again');
            setTimeout(() => { going = false; resolve(true) }, 20);
        })"""
    )
    assert alive


def test_what_was_published_before_a_long_queue_ended_is_delivered_in_order(page: Page) -> None:
    ordered = page.evaluate(
        """() => new Promise((resolve) => {
            const a = CXBus.registerPlugin('A');
            const heard = [];
            a.subscribe('A.n', ({ data }) => heard.push(data) === 2500 && resolve(heard.every((n, i) => n === i)));
            for (let n = 0; n < 2500; n++) a.publish('n', n);
        })"""
    )
    assert ordered


def test_data_of_an_event_is_one_object_for_all(page: Page) -> None:
    same = page.evaluate(
        """async () => {
            const a = CXBus.registerPlugin('A');
            const seen = [];
            const sent = {};
            a.subscribe('A.ev', ({ data }) => seen.push(data === sent));
            a.subscribe('A.ev', ({ data }) => seen.push(data === sent));
            a.publish('ev', sent);
            await new Promise((resolve) => setTimeout(resolve));
            return seen;
        }"""
    )
    assert same == [True, True]


def test_plugin_interfaces_are_given_out_only_while_unlocked(page: Page) -> None:
    given = page.evaluate(
        """() => {
            CXBus.registerPlugin('A');
            const before = 'getPluginInterface' in CXBus;
            CXBus.configure({ unlocked: true });
            const names = ['A', 'B'].map((name) => CXBus.getPluginInterface(name) && name);
            CXBus.configure({ unlocked: false });
            return [before, names, 'getPluginInterface' in CXBus];
        }"""
    )
    assert given == [False, ["A", False], False]


def test_options_of_a_wrong_type_are_ignored(host: HostPage) -> None:
    page = host.open_with_widget()
    host.serve("/plugins/zed.min.js", "CXBus.registerPlugin('Zed').ready()", content_type="text/javascript")
    page.evaluate("CXBus.configure({pluginsPath: '/plugins', async: 'no'}); CXBus.configure({pluginsPath: 1})")
    assert page.evaluate("CXBus.command('Zed.LOAD').then(() => 'loaded')") == "loaded"


def test_a_plugin_is_loaded_from_where_the_map_says(host: HostPage) -> None:
    page = host.open_with_widget()
    host.serve("/else/where.js", "CXBus.registerPlugin('Zed').ready()", content_type="text/javascript")
    page.evaluate("CXBus.configure({pluginMap: {zed: '/else/where.js'}})")
    assert page.evaluate("CXBus.command('Zed.LOAD').then(() => 'loaded')") == "loaded"


def test_an_address_in_the_map_that_is_no_script_rejects(page: Page) -> None:
    page.evaluate("CXBus.configure({pluginMap: {Zed: '/else/where'}})")
    reason = page.evaluate("CXBus.command('Zed.LOAD').then(0, (reason) => reason)")
    assert reason == "Could not load plugin file in given location. Check your plugins path option."


def test_plugins_are_loaded_under_trusted_types_without_a_violation(host: HostPage) -> None:
    host.serve("/zed.min.js", "CXBus.registerPlugin('Zed').ready()", content_type="text/javascript")
    page = host.open_with_widget(csp=STRICT_CSP)
    assert page.evaluate("CXBus.command('Zed.LOAD').then(() => 'loaded')") == "loaded"


def test_a_plugin_file_that_only_runs_as_a_classic_script_is_loaded_too(host: HostPage) -> None:
    sloppy = "undeclared = 1; CXBus.registerPlugin('Zed').ready()"
    host.serve("/zed.min.js", sloppy, content_type="text/javascript")
    page = host.open_with_widget()
    assert page.evaluate("CXBus.command('Zed.LOAD').then(() => undeclared)") == 1


def test_the_plugins_of_the_script_need_no_file(host: HostPage) -> None:
    page = host.open_with_widget()
    asked = len(host.requests)
    loads = "Promise.all(['widgets-core', 'clicktocall', 'ClickToCallService'].map(CXBus.loadPlugin)).then(() => 1)"
    assert page.evaluate(loads) == 1
    assert len(host.requests) == asked


def test_debug_prints_what_passes_over_the_bus(page: Page) -> None:
    lines: list[str] = []
    page.on("console", lambda line: lines.append(line.text))
    page.evaluate("CXBus.configure({debug: true}); CXBus.command('App.nothing'); 0")
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    assert any("Error (App.nothing): Command does not exist" in line for line in lines)
