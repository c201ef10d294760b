import re
import sqlite3
from pathlib import Path

import pytest

from warmcall.store import queries, sqlite
from warmcall.store.sqlite import schema
from warmcall.store.sqlite.queries import QUERIES


def parameters(sql: str) -> list[None]:
    """As many nothings as a query has parameters."""
    numbered = {int(number) for number in re.findall(r"\?(\d)", sql)}
    return [None] * (max(numbered) if numbered else sql.count("?"))


SOURCES = [path.read_text() for path in Path(sqlite.__file__).parent.glob("*.py")]


def test_a_file_of_queries_is_split_at_the_names() -> None:
    text = "-- Things\n\n-- name: one\nSELECT 1;\n\n-- More\n\n-- name: two\nSELECT\n    2;\n"
    assert queries.parse(text) == {"one": "SELECT 1", "two": "SELECT\n    2"}


@pytest.mark.parametrize("name", sorted(vars(QUERIES)))
def test_a_query_fits_the_schema(name: str) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.apply(connection, schema.pending(connection, Path("warmcall.sqlite3")))
    sql = getattr(QUERIES, name)
    connection.execute(f"EXPLAIN {sql}", parameters(sql))


def test_every_query_is_used_and_every_used_one_exists() -> None:
    used = {name for source in SOURCES for name in re.findall(r"QUERIES\.(\w+)", source)}
    assert used == set(vars(QUERIES))


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("find_request", "sqlite_autoindex_call_request_1"),
        ("find_request_by_key", "call_request_key"),
        ("due_waiting", "call_request_due"),
        ("release", "call_request_due"),
        ("next_due", "call_request_due"),
        ("held_requests", "call_request_due"),
        ("events_of_request", "event_request"),
        ("events_after", "INTEGER PRIMARY KEY"),
    ],
)
def test_a_query_goes_over_its_index(name: str, plan: str) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.apply(connection, schema.pending(connection, Path("warmcall.sqlite3")))
    sql = getattr(QUERIES, name)
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters(sql))]
    assert any(plan in step for step in steps)
    assert [step for step in steps if step.startswith("SCAN") and plan not in step] == []
    assert [step for step in steps if "TEMP B-TREE" in step] == []
