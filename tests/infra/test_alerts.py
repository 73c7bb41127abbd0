"""Alerts look for what the app really says."""

import ast
import logging
import re
from functools import cache

import msgspec
import pytest

from shared import telemetry
from shared.errors import DeliveryDeniedError, DeliveryRejectedError
from tests.infra.bicep import FOLDER, ROOT, code, resources, variable

ALERTS = variable("alerts.bicep", "alerts")
QUERIES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((FOLDER / "alerts").glob("*.kql"))}


@cache
def said() -> dict[str, set[str]]:
    """Return each constant message that the app logs, with the fields that it is logged with."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "shared").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in {"happened", "went_wrong", "warning"} and isinstance(node.args[0].value, str):
                fields = {keyword.arg for keyword in node.keywords if keyword.arg} | (
                    {"error"} if name == "went_wrong" else set()
                )
                found[node.args[0].value] = found.get(node.args[0].value, set()) | fields
    return found


def test_each_alert_has_its_query_and_each_query_its_alert() -> None:
    """alerts.bicep loads alerts/NAME.kql under NAME, each once."""
    loaded = re.findall(
        r"name: '([a-z-]+)'\n.*\n    query: loadTextContent\('alerts/([a-z-]+)\.kql'\)", code("alerts.bicep")
    )
    assert [name for name, file in loaded if name != file] == []
    assert sorted(name for name, _ in loaded) == sorted(QUERIES) == sorted(alert["name"] for alert in ALERTS)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_looks_for_what_the_app_logs(name: str) -> None:
    """Messages and fields of a query are those of a call in shared/; what is cut off is what was looked for."""
    query = QUERIES[name]
    messages = re.findall(r'Message startswith "([^"]+)"', query)
    assert messages or "AppRequests" in query or "AzureMetrics" in query
    assert {message.strip() for message in messages} <= set(said())
    for cut, measured in re.findall(r'substring\(Message, strlen\("([^"]+)"\)\)|fields\.(\w+)', query):
        if cut:
            assert cut in messages
        if measured:
            assert measured in said()[messages[0].strip()]


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_names_functions_that_exist(name: str, bindings: list[dict[str, str]]) -> None:
    """A function can't be renamed without its alert."""
    functions = set(re.findall(r'"([a-z]+_[a-z_]+)"', QUERIES[name]))
    assert functions <= {one["function"] for one in bindings}
    assert functions or "Name" not in QUERIES[name].replace("MetricName", "")


def test_each_poison_queue_has_an_alert(bindings: list[dict[str, str]]) -> None:
    """What takes from a poison queue is watched itself: nothing else would tell that it fails."""
    takers = {one["function"] for one in bindings if one.get("queueName", "").endswith("-poison")}
    assert takers
    assert {taker for taker in takers if not any(f'"{taker}"' in query for query in QUERIES.values())} == set()


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_ends_in_what_the_rule_reads(name: str) -> None:
    """The columns time, about and amount are there."""
    for column in ("TimeGenerated", "about", "amount"):
        assert re.search(rf"\b{column}\b", QUERIES[name]), column
    assert QUERIES[name].count("(") == QUERIES[name].count(")")
    assert QUERIES[name].startswith("// ")


def test_metrics_that_are_asked_for_reach_the_workspace() -> None:
    """AzureMetrics has rows of the namespace only because a diagnostic setting sends them."""
    assert any("AzureMetrics" in query for query in QUERIES.values())
    setting = resources("Microsoft.Insights/diagnosticSettings")["event-hubs.bicep:metrics"]
    assert setting["scope"] == "namespace"
    assert setting["properties"]["metrics"] == [{"category": "AllMetrics", "enabled": True}]


@pytest.mark.parametrize("refusal", [DeliveryRejectedError, DeliveryDeniedError])
def test_messages_have_the_form_that_queries_cut(
    refusal: type[DeliveryRejectedError], caplog: pytest.LogCaptureFixture
) -> None:
    """A line is the constant name, a blank, and JSON with the fields; a refused delivery is named by its class."""
    with caplog.at_level(logging.INFO):
        telemetry.happened("case triaged", facts=3, gaps=1)
        telemetry.went_wrong("delivery failed", refusal("no", status=400), destination="webhook")
    triaged, failed = (record.getMessage() for record in caplog.records)
    assert msgspec.json.decode(triaged.removeprefix("case triaged ")) == {"facts": 3, "gaps": 1}
    fields = msgspec.json.decode(failed.removeprefix("delivery failed "))
    assert fields == {"destination": "webhook", "error": refusal.__name__}
    assert f'"{refusal.__name__}"' in QUERIES["delivery-refused"]
    assert f'"{refusal.__name__}"' in QUERIES["delivery-failing"]


def test_the_document_says_what_each_alert_means() -> None:
    """docs/deployment.md has a row for each alert, and none for what is gone."""
    document = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    table = document.split("## Alerts")[1].split("\n## ")[0]
    listed = re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)
    assert sorted(listed) == sorted([*QUERIES, variable("alerts.bicep", "ruleKeysRead")])


def test_each_alert_has_its_section_in_operations() -> None:
    """docs/operations.md says what to do at each, by its name, and has none for what is gone."""
    document = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## `([a-z-]+)`$", document, re.MULTILINE)
    assert sorted(sections) == sorted([*QUERIES, variable("alerts.bicep", "ruleKeysRead")])
