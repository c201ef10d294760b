"""Runs a scenario on the bus in Python."""

import asyncio
import copy
import logging
import re
import time
from collections.abc import Awaitable, Callable
from functools import reduce
from typing import Any

from tests.contract.scenarios import Scenario, Step, verb_of
from warmcall import Bus, CommandRejectedError, Plugin
from warmcall.bus.master import Master
from warmcall.bus.promise import Promise

DEADLINE_S = 5.0
NOTHING: Any = object()


class Faults(logging.Handler):
    """Collects the texts of the exceptions that the bus reports."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self.texts.append(str(record.exc_info[1]))


class Interpreter:
    """One run of one scenario.

    Args:
        scenario: What to run.
        bus: The bus to run on, if it must have plugins of its own; else a fresh one.
    """

    def __init__(self, scenario: Scenario, bus: Bus | None = None) -> None:
        self.scenario = scenario
        self.bus = bus or Bus(loader=self._load)
        self.log: list[Any] = []
        self.plugins: dict[str, Plugin] = {}
        self.promises: dict[str, Promise] = {}
        self.kept: dict[str, Any] = {}
        self.faults = Faults()
        self.master: Master | None = None
        self.waiting: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run every step; raise `AssertionError` at the first that does not hold."""
        logger = logging.getLogger("warmcall.bus")
        logger.addHandler(self.faults)
        try:
            for number, step in enumerate(self.scenario.steps, start=1):
                self.where = f"step {number}: {step}"
                pending = self._step(step)
                if pending is not None:
                    await pending
            self.where = "the end"
            self._expect([], self.log, "log entries nobody took")
            self._expect([], self.faults.texts, "faults nobody took")
        finally:
            logger.removeHandler(self.faults)
            await self.bus.aclose(grace_s=0.1)

    def _step(self, step: Step, e: Any = None) -> Awaitable[None] | None:
        verb = verb_of(step)
        action: Callable[[Step, Any], Awaitable[None] | None] = getattr(self, f"_do_{_snake_case(verb)}")
        return action(step, e)

    def _steps(self, steps: list[Step], e: Any = None) -> None:
        for step in steps:
            self._step(step, e)

    def _expect(self, wanted: Any, got: Any, what: str) -> None:
        assert _same(wanted, got), f"{self.where}\n{what}: wanted {wanted!r}, got {got!r}"

    def _as(self, step: Step) -> Any:
        return self.plugins[step["as"]] if "as" in step else self.bus

    def _note(self, *entry: Any) -> None:
        self.log.append([_plain(part) for part in entry])

    async def _load(self, name: str) -> None:
        await asyncio.sleep(0)
        steps = self.scenario.files[name]
        self._note("load", name)
        self._steps(steps)

    # Plugins

    def _do_plugin(self, step: Step, _e: Any) -> None:
        names = step["plugin"]
        for name in names if isinstance(names, list) else [names]:
            self.plugins[name] = self.bus.plugin(name)
            self.plugins[name].ready()

    def _do_register(self, step: Step, _e: Any) -> None:
        plugin = self.bus.register_plugin(step["register"])
        self._expect(step.get("expect", True), plugin is not False, "registered")
        if plugin:
            self.plugins[step["register"]] = plugin

    def _do_ready(self, step: Step, _e: Any) -> None:
        self.plugins[step["ready"]].ready()

    def _do_handle(self, step: Step, _e: Any) -> None:
        full_name, steps = step["handle"], step.get("do", [])
        owner, _, name = full_name.partition(".")

        def handler(e: Any) -> None:
            deferred = e.deferred  # taken over: returning must not settle
            del deferred
            self._note(full_name, "ran", e.data)
            self._steps(steps, e)

        async def asynchronous(e: Any) -> None:
            handler(e)

        chosen = asynchronous if step.get("async") else handler
        self._expect(True, self.plugins[owner].register_command(name, chosen), "registerCommand")

    def _do_register_events(self, step: Step, _e: Any) -> None:
        self._as(step).register_events(step["registerEvents"])

    def _do_namespace(self, step: Step, _e: Any) -> None:
        self._expect(step["namespace"], self._as(step).namespace(), "namespace")

    def _do_registry(self, step: Step, _e: Any) -> None:
        registry = next(iter(self.plugins.values())).registry()
        self._expect(step.get("expect"), registry.get(step["registry"]), "registry")

    def _do_subscribers(self, step: Step, _e: Any) -> None:
        self._expect(step["subscribers"], self._as(step).subscribers(), "subscribers")

    # Commands

    def _do_command(self, step: Step, _e: Any) -> None:
        arguments = [step["options"]] if "options" in step else []
        self._given(step, step["command"], self._as(step).command(step["command"], *arguments))

    def _given(self, step: Step, name: str, promise: Promise) -> None:
        label = step.get("label", name)
        self.promises[label] = promise
        self._listen(label, step.get("listen", ["done", "fail"]))

    def _listen(self, label: str, kinds: list[Any]) -> None:
        promise = self.promises[label]
        for kind in kinds:
            if isinstance(kind, list):
                promise = getattr(promise, kind[0])([self._listener(label, each) for each in kind])
            else:
                promise = getattr(promise, kind)(self._listener(label, kind))

    def _listener(self, label: str, kind: str) -> Callable[[Any], None]:
        return lambda outcome: self._note(label, kind, outcome)

    def _do_listen(self, step: Step, _e: Any) -> None:
        self._listen(step["listen"], step["to"])

    def _do_then(self, step: Step, _e: Any) -> None:
        async def wait() -> None:
            try:
                value = await self.promises[step["then"]]
            except CommandRejectedError as error:
                self._note(step["then"], "thenFail", error)
            else:
                self._note(step["then"], "then", value)

        task = asyncio.get_running_loop().create_task(wait())
        self.waiting.add(task)
        task.add_done_callback(self.waiting.discard)

    def _do_state(self, step: Step, _e: Any) -> None:
        self._expect(step["expect"], self.promises[step["state"]].state(), "state")

    async def _do_await(self, step: Step, _e: Any) -> None:
        settled = asyncio.Event()
        self.promises[step["await"]].always(lambda _outcome: settled.set())
        await asyncio.wait_for(settled.wait(), DEADLINE_S)

    def _do_before(self, step: Step, _e: Any) -> None:
        def function(options: Any) -> Any:
            self._note("before", step["before"], options)
            *steps, last = step["do"]
            self._steps(steps, None)
            return self._before_result(last, options)

        self._expect(True, self.plugins[step["as"]].before(step["before"], function), "before")

    def _before_result(self, step: Step, options: Any) -> Any:
        match verb_of(step):
            case "return":
                return copy.deepcopy(step["return"])
            case "merge":
                return {**options, **step["merge"]}
            case "mutate":
                options.update(step["mutate"])
                return options
            case "pass":
                return options
            case "returnNothing":
                return None
            case _:
                self._step(step)
                return options

    def _do_resolve(self, step: Step, e: Any) -> None:
        self._deferred(step, e).resolve(step["resolve"])

    def _do_reject(self, step: Step, e: Any) -> None:
        self._deferred(step, e).reject(step["reject"])

    def _do_notify(self, step: Step, e: Any) -> None:
        self._deferred(step, e).notify(step["notify"])

    def _deferred(self, step: Step, e: Any) -> Any:
        return self.kept[step["kept"]] if "kept" in step else e.deferred

    # Inside handlers

    def _do_keep(self, step: Step, e: Any) -> None:
        self.kept[step["keep"]] = e.deferred

    def _do_throw(self, step: Step, _e: Any) -> None:
        raise RuntimeError(step["throw"])

    def _do_mutate(self, step: Step, e: Any) -> None:
        e.data.update(step["mutate"])

    def _do_show(self, step: Step, e: Any) -> None:
        key = step["show"]
        if key == "keys":
            value: Any = sorted(name for name in dir(e) if not name.startswith("_"))
        elif key == "time":
            value = isinstance(e.time, int) and abs(e.time - time.time() * 1000) < 60_000
        else:
            first, *keys = key.split(".")
            value = reduce(lambda found, part: found[part], keys, getattr(e, first))
        self._note("show", key, value)

    # Events

    def _do_subscribe(self, step: Step, _e: Any) -> None:
        label = step.get("label", step.get("as", "CXBus"))

        def handler(e: Any) -> None:
            if not step.get("quiet"):
                self._note(label, "heard", e.event, e.data)
            self._steps(step.get("do", []), e)

        answer = self._as(step).subscribe(step["subscribe"], handler)
        self._expect(step.get("expect", step["subscribe"]), answer, "subscribe")

    def _do_subscribe_nothing(self, step: Step, _e: Any) -> None:
        self._expect(False, self._as(step).subscribe(step["subscribeNothing"], None), "subscribe")

    def _do_unsubscribe(self, step: Step, _e: Any) -> None:
        answer = self._as(step).unsubscribe(step["unsubscribe"])
        self._expect(step.get("expect", True), answer, "unsubscribe")

    def _do_publish(self, step: Step, _e: Any) -> None:
        self._publish(step, self._as(step).publish, step["publish"])

    def _do_publish_direct(self, step: Step, _e: Any) -> None:
        self._publish(step, self._as(step).publish_direct, step["publishDirect"])

    def _do_republish(self, step: Step, _e: Any) -> None:
        self._publish(step, self._as(step).republish, step["republish"])

    def _publish(self, step: Step, publish: Callable[..., Any], name: str) -> None:
        arguments = [copy.deepcopy(step["data"])] if "data" in step else []
        self._expect(True, publish(name, *arguments), "publish")

    # Data

    def _do_store(self, step: Step, _e: Any) -> None:
        self._as(step).data(step["store"], step["value"])

    def _do_read(self, step: Step, _e: Any) -> None:
        arguments = [] if step["read"] is None else [step["read"]]
        self._expect(step["expect"], self._as(step).data(*arguments), "data")

    # The bus as a whole

    def _do_configure(self, step: Step, _e: Any) -> None:
        self.bus.configure(step["configure"])

    def _do_register_master(self, step: Step, _e: Any) -> None:
        master = self.bus.register_master()
        self._expect(step.get("expect", True), master is not None, "registerMaster")
        self.master = master or self.master

    def _do_master(self, step: Step, _e: Any) -> None:
        assert self.master is not None, self.where
        match step["master"]:
            case "lock":
                self.master.lock()
            case "unlock":
                self.master.unlock()
            case options:
                self.master.config(options)

    def _do_get_plugin_interface(self, step: Step, _e: Any) -> None:
        plugin = self.bus.get_plugin_interface(step["getPluginInterface"])
        self._expect(step["expect"], plugin is not False, "getPluginInterface")
        if plugin:
            self.plugins[step["getPluginInterface"]] = plugin

    def _do_load_plugin(self, step: Step, _e: Any) -> None:
        self._given(step, step["loadPlugin"], self.bus.load_plugin(step["loadPlugin"]))

    def _do_load_file(self, step: Step, _e: Any) -> None:
        self._given(step, step["loadFile"], self.bus.load_file(step["loadFile"]))

    def _do_load_module(self, step: Step, _e: Any) -> None:
        self._given(step, step["loadModule"], self.bus.load_module(step["loadModule"]))

    def _do_register_module(self, step: Step, _e: Any) -> None:
        answer = self.bus.register_module(step["registerModule"], step.get("value"))
        self._expect(step.get("expect", True), answer, "registerModule")

    async def _do_settle(self, _step: Step, _e: Any) -> None:
        for _ in range(3):  # tasks that await a command log one turn after it settled
            await self.bus.settle()
            await asyncio.sleep(0)

    def _do_say(self, step: Step, _e: Any) -> None:
        self.log.append(step["say"])

    def _do_log(self, step: Step, _e: Any) -> None:
        log, self.log = self.log, []
        self._expect(step["log"], log, "log")

    def _do_log_has(self, step: Step, _e: Any) -> None:
        log, self.log = self.log, []
        rest = iter(log)
        missing = [entry for entry in step["logHas"] if not any(_same(entry, other) for other in rest)]
        self._expect([], missing, f"missing from, or out of order in, {log!r}")

    def _do_faults(self, step: Step, _e: Any) -> None:
        faults, self.faults.texts = self.faults.texts, []
        self._expect(step["faults"], faults, "faults")


def _snake_case(verb: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter.group().lower()}", verb)


def _plain(value: Any) -> Any:
    """A copy as a scenario spells it."""
    if isinstance(value, CommandRejectedError):
        return str(value) if isinstance(value.reason, str | BaseException | None) else _plain(value.reason)
    if isinstance(value, BaseException):
        return str(value)
    return copy.deepcopy(value)


def _same(wanted: Any, got: Any) -> bool:
    """Equality of JSON: `true` is not 1."""
    if isinstance(wanted, dict):
        return (
            isinstance(got, dict) and wanted.keys() == got.keys() and all(_same(v, got[k]) for k, v in wanted.items())
        )
    if isinstance(wanted, list):
        return isinstance(got, list) and len(wanted) == len(got) and all(map(_same, wanted, got))
    return bool(wanted == got) and isinstance(wanted, bool) == isinstance(got, bool)
