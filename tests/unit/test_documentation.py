"""What the product has is in its documentation, and the other way round."""

import re
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

from warmcall.calls.directory import Limits
from warmcall.tables import (
    ChallengeTable,
    GroupTable,
    HoursTable,
    PromptTable,
    ServerSettings,
    SiteTable,
    StoreTable,
)
from warmcall.telephony.registry import FOLDERS
from warmcall.web.operations import OPERATIONS
from warmcall.webhooks.hook import WebhooksTable, WebhookTable

DOCS = Path(__file__).parents[2] / "docs"


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_endpoint_is_in_the_table_of_the_http_api() -> None:
    table = "\n".join(line for line in read("http-api.md").splitlines() if line.startswith("| `"))
    ours = {f"{operation.method} {operation.path}" for operation in OPERATIONS}
    shown = set(re.findall(r"`((?:GET|POST|DELETE|PUT) /[^` ?]*)", table))
    described_in_the_text = {f"GET {path}" for path in ("/openapi.json", "/docs")}

    assert ours - described_in_the_text - shown == set()
    assert not [path for path in ("/openapi.json", "/docs") if f"`{path}`" not in read("http-api.md")]


def test_every_error_says_when_it_comes_and_what_to_do() -> None:
    rows = [
        line.strip("|").split(" | ") for line in read("errors.md").splitlines() if re.match(r"\| `\w+` \| \d+ ", line)
    ]

    assert rows
    assert [row[0] for row in rows if len(row) != 5 or not all(cell.strip() for cell in row)] == []


@pytest.mark.parametrize(
    ("table", "prefix"),
    [
        (ServerSettings, ""),
        (SiteTable, ""),
        (GroupTable, ""),
        (Limits, "limits."),
        (ChallengeTable, ""),
        (HoursTable, ""),
        (WebhookTable, ""),
        (WebhooksTable, ""),
        (PromptTable, ""),
        (StoreTable, ""),
    ],
)
def test_every_setting_is_on_the_page_of_the_configuration(table: type[msgspec.Struct], prefix: str) -> None:
    shown = set(re.findall(r"^\| `([a-z_.]+)`", read("configuration.md"), re.MULTILINE))
    # Tables of their own, with headings; limits are listed one by one.
    tables = {"group", "webhook", "limits"}

    assert {f"{prefix}{field.name}" for field in msgspec.structs.fields(table)} - tables - shown == set()


@pytest.mark.parametrize("kind", FOLDERS)
def test_every_setting_of_a_connector_is_on_its_page(kind: str) -> None:
    settings = import_module(f"warmcall.telephony.{FOLDERS[kind]}.settings").Settings
    page = read(f"howto/connect-{kind}.md")
    # Of three relatives two lack what is Twilio's own; `kind` is for tables of another name, in configuration.md.
    foreign = {"kind"} | ({"workflow", "shared_keys"} if kind in ("signalwire", "telnyx") else set())

    names = {field.name for field in msgspec.structs.fields(settings)} - foreign
    assert {name for name in names if not re.search(rf"\b{name}\b", page)} == set()


@pytest.mark.parametrize("kind", FOLDERS)
def test_every_connectors_page_says_what_a_visitor_is_told_and_what_not(kind: str) -> None:
    page = read(f"howto/connect-{kind}.md")

    assert re.search(r"\bconnected\b", page)
    assert re.search(r"\bended\b", page)
    assert re.search(r"\b(cannot|does not|do not|not tell|no more|and what not)\b", page)
