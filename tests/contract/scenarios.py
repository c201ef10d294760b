"""The scenarios of `contract/`: read, checked against the vocabulary, and ready to be sent as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "contract"

Step = dict[str, Any]

STEPS: dict[str, frozenset[str]] = {
    verb: frozenset(arguments.split())
    for verb, arguments in {
        "plugin": "",
        "register": "expect",
        "ready": "",
        "handle": "do async",
        "registerEvents": "as",
        "namespace": "as",
        "registry": "expect",
        "subscribers": "as",
        "command": "as options label listen",
        "listen": "to",
        "then": "",
        "state": "expect",
        "await": "",
        "before": "as do",
        "resolve": "kept",
        "reject": "kept",
        "notify": "kept",
        "subscribe": "as label do quiet expect",
        "subscribeNothing": "as",
        "unsubscribe": "as expect",
        "publish": "as data",
        "publishDirect": "as data",
        "republish": "as data",
        "store": "as value",
        "read": "as expect",
        "configure": "",
        "registerMaster": "expect",
        "master": "",
        "getPluginInterface": "expect",
        "loadPlugin": "label listen",
        "loadFile": "label listen",
        "loadModule": "label listen",
        "registerModule": "value expect",
        "settle": "",
        "say": "",
        "log": "",
        "logHas": "",
        "faults": "",
    }.items()
}
ONLY_IN_HANDLERS = frozenset({"keep", "throw", "show", "mutate"})
ONLY_IN_BEFORE = frozenset({"return", "merge", "pass", "returnNothing"})
NOT_IN_HANDLERS = frozenset({"settle", "await", "log", "logHas", "faults"})


class ScenarioError(Exception):
    """A scenario uses a word the vocabulary does not have."""


@dataclass(frozen=True)
class Scenario:
    """One scenario of one file."""

    file: str
    topic: str
    name: str
    steps: list[Step]
    decision: int | None = None
    plugins: list[str] = field(default_factory=list)
    files: dict[str, list[Step]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What a test of it is called."""
        return f"{self.topic}: {self.name}"

    def to_json(self) -> dict[str, Any]:
        """What an interpreter in another language needs."""
        return {"name": self.name, "plugins": self.plugins, "files": self.files, "steps": self.steps}


def load_scenarios(folder: str) -> list[Scenario]:
    """Read all files of a folder of `contract/`, in order of their names."""
    return [scenario for path in sorted((FOLDER / folder).glob("*.yaml")) for scenario in load_file(path)]


def load_file(path: Path) -> list[Scenario]:
    """Read one file."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    scenarios = [_scenario(path, document, entry) for entry in document["scenarios"]]
    names = [scenario.name for scenario in scenarios]
    if len(set(names)) < len(names):
        raise ScenarioError(f"{path.name}: two scenarios have the same name")
    return scenarios


def verb_of(step: Step, words: frozenset[str] | None = None) -> str:
    """Return the one verb of a step."""
    verbs = [key for key in step if key in (words or _ALL_VERBS)]
    verbs = [key for key in verbs if key not in STEPS.get(verbs[0], frozenset())] if len(verbs) > 1 else verbs
    if len(verbs) != 1:
        raise ScenarioError(f"A step has exactly one verb, this has {verbs}: {step}")
    return verbs[0]


_ALL_VERBS = frozenset(STEPS) | ONLY_IN_HANDLERS | ONLY_IN_BEFORE


def _scenario(path: Path, document: dict[str, Any], entry: dict[str, Any]) -> Scenario:
    scenario = Scenario(
        file=path.name,
        topic=document["topic"],
        plugins=document.get("plugins", []),
        **entry,
    )
    _refuse_what_json_has_not(entry, scenario.id)
    for steps, inner in ((scenario.steps, False), *((steps, True) for steps in scenario.files.values())):
        for step in _checked(steps, inner=inner):
            verb = verb_of(step)
            unknown = set(step) - {verb} - STEPS.get(verb, frozenset())
            if unknown:
                raise ScenarioError(f"{scenario.id}: {verb} does not know {sorted(unknown)}")
    return scenario


def _refuse_what_json_has_not(value: object, where: str) -> None:
    """YAML reads `off` and `no` as booleans, also where a key was meant."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ScenarioError(f"{where}: {key!r} is no key in JSON; put it in quotes")
            _refuse_what_json_has_not(inner, where)
    elif isinstance(value, list):
        for inner in value:
            _refuse_what_json_has_not(inner, where)


def _checked(steps: list[Step], *, inner: bool) -> Iterator[Step]:
    for step in steps:
        verb = verb_of(step)
        allowed = _ALL_VERBS - NOT_IN_HANDLERS if inner else frozenset(STEPS)
        if verb not in allowed:
            raise ScenarioError(f"{verb} cannot stand here: {step}")
        yield step
        yield from _checked(step.get("do", []), inner=True)
