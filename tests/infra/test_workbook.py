"""The workbook asks for names that the app exports, and the deployment makes it."""

import json
import re
from typing import Any

import pytest

from shared.telemetry_names import ATTRIBUTES, EVERYWHERE, INSTRUMENTS, SPANS
from tests.infra.bicep import FOLDER, the

WORKBOOK: dict[str, Any] = json.loads((FOLDER / "workbook.json").read_text(encoding="utf-8"))
QUERIES = {item["name"]: item["content"]["query"] for item in WORKBOOK["items"] if item["type"] == 3}
INSTRUMENT = {one.name: one for one in INSTRUMENTS.values()}
OWN = re.compile(r'Properties\["([^"]+)"\]')
"""What a query reads of an item's attributes."""


def named(query: str) -> list[str]:
    """Return the metrics or spans that a query looks for."""
    found = re.findall(r'Name == "([^"]+)"', query)
    for some in re.findall(r"Name in \(([^)]+)\)", query):
        found += re.findall(r'"([^"]+)"', some)
    return found


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_asks_for_what_is_exported(name: str) -> None:
    """Each metric or span exists, and has each attribute that the query reads of it."""
    query = QUERIES[name]
    asked = named(query)
    known: dict[str, tuple[str, ...]] = (
        {one.name: one.attributes for one in INSTRUMENT.values()}
        if query.startswith("AppMetrics")
        else {span: one.attributes for span, one in SPANS.items()}
    )
    assert asked
    assert set(asked) <= set(known)
    outside = {ATTRIBUTES[attribute][0] for one in asked for attribute in (*known[one], *EVERYWHERE)}
    assert set(OWN.findall(query)) <= outside
    assert query.count("(") == query.count(")")
    assert all(line.startswith("| ") for line in query.splitlines()[1:])


@pytest.mark.parametrize("name", QUERIES)
def test_a_histogram_is_read_as_one(name: str) -> None:
    """A mean is of sums by counts; a counter's ``ItemCount`` says nothing."""
    query = QUERIES[name]
    kinds = {INSTRUMENT[one].kind for one in named(query) if one in INSTRUMENT}
    if query.startswith("AppMetrics") and "ItemCount" in query:
        assert kinds == {"histogram"}


def test_every_metric_and_span_is_shown() -> None:
    """Nothing is exported that nobody looks at."""
    asked = {one for query in QUERIES.values() for one in named(query)}
    assert asked == {*INSTRUMENT, *SPANS}


def test_the_file_is_a_workbook() -> None:
    """Items have names of their own, a kind that workbooks know, and the time that the parameter sets."""
    items = WORKBOOK["items"]
    names = [item["name"] for item in items]
    assert WORKBOOK["version"] == "Notebook/1.0"
    assert len(names) == len(set(names))
    assert {item["type"] for item in items} == {1, 3, 9}
    (time,) = [item["content"]["parameters"][0]["name"] for item in items if item["type"] == 9]
    assert {item["content"]["timeContextFromParameter"] for item in items if item["type"] == 3} == {time}
    assert set(re.findall(r"\{(\w+):grain\}", " ".join(QUERIES.values()))) == {time}


def test_it_is_deployed() -> None:
    """The resource carries the file, for the workspace."""
    properties = the("Microsoft.Insights/workbooks")["properties"]
    assert properties["sourceId"] == "workspaceId"
    assert "workbook.json" in str(properties["serializedData"])
