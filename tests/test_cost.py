"""docs/cost.md adds up: its totals follow from its own assumptions and prices, and its numbers of the app are the code's."""

import re
from pathlib import Path

import pytest

from shared.settings import Settings
from shared.write.prompt import MAX_OUTPUT_TOKENS
from tests.infra.bicep import parameters, variable

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/cost.md").read_text(encoding="utf-8")
TENANTS = (1_000, 50_000, 1_000_000)
DAYS, HOURS, DAY_SECONDS = 30, 730, 86_400


def units() -> dict[str, float]:
    """Return the numbers of the page's first two tables by their names."""
    rows = re.findall(r"^\| ([^|]+?) \| ([\d.,]+) \|", PAGE.split("## A month")[0], re.MULTILINE)
    return {name: float(value.replace(",", "")) for name, value in rows}


def lines() -> dict[str, list[float]]:
    """Return the rows of the table of a month: dollars for each tenant."""
    table = PAGE.split("## A month")[1].split("## ")[0]
    rows = re.findall(r"^\| ([^|]+?) \| (\d[\d,]*) \| (\d[\d,]*) \| (\d[\d,]*) \|", table, re.MULTILINE)
    return {name: [float(value.replace(",", "")) for value in values] for name, *values in rows}


def month(users: int, unit: dict[str, float]) -> dict[str, float]:
    """Return dollars by line for a tenant of so many users, as the page says how."""
    of_a_user = {
        "interactive": unit["interactive sign-ins"],
        "non_interactive": unit["non-interactive sign-ins"],
        "workload": unit["sign-ins of workloads"],
        "audit": unit["audit records"],
    }
    records = users * sum(of_a_user.values())
    kilobytes = users * sum(of_a_user[kind] * unit[f"KB of one {kind.replace('_', '-')} record"] for kind in of_a_user)
    messages = records / unit["records in a message"]
    peak = unit["busiest hour against the mean"]
    throughput_units = max(1, -(-kilobytes / 1000 / DAY_SECONDS * peak // 1))
    busy = min(1.0, messages / DAY_SECONDS) * DAY_SECONDS
    instances = max(1.0, records / DAY_SECONDS / unit["records an instance takes in a second"])
    gb_seconds = busy * instances * DAYS * unit["GB of an instance"]
    runs = min(messages, unit["batches a second at most"] * DAY_SECONDS) * DAYS
    per_record = (
        unit["storage requests a record, many together"] if users >= 1_000_000 else unit["storage requests a record"]
    )
    kept = records * unit["days of evidence"] * unit["KB kept of a record"] / 1e6
    logs = runs * unit["KB of log of one batch"] / 1e6 + unit["GB of metrics of one busy instance"] * busy / DAY_SECONDS
    calls = users * unit["share of users with a case a month"] * unit["versions of a report"]
    tokens = (
        unit["input tokens of a version"] * unit["a million input tokens"]
        + unit["output tokens of a version"] * unit["a million output tokens"]
    )
    return {
        "Event Hubs": throughput_units * HOURS * unit["a throughput unit and hour"]
        + messages * DAYS / 1e6 * unit["a million messages"],
        "Functions": max(0, gb_seconds - unit["free GB-seconds"]) * unit["a GB-second"]
        + max(0, runs - unit["free runs"]) / 1e6 * unit["a million runs"],
        "evidence in tables": kept * unit["a GB in tables, a month"],
        "requests to tables": records * DAYS * per_record / 1e4 * unit["ten thousand requests to tables"],
        "logs, traces, metrics": max(0, logs - unit["free GB of logs"]) * unit["a GB of logs"],
        "alerts, queues, vault": unit["alerts, queues and vault"],
        "model": calls * tokens / 1e6,
    }


@pytest.mark.parametrize("place", range(len(TENANTS)))
def test_a_month_follows_from_assumptions_and_prices(place: int) -> None:
    """Each line to the dollar, and the total is their sum."""
    said = lines()
    computed = month(TENANTS[place], units())
    assert {name: said[name][place] for name in computed} == {name: round(value) for name, value in computed.items()}
    assert said["**together**"][place] == sum(said[name][place] for name in computed)


def test_numbers_of_the_app_are_the_code_s() -> None:
    """Memory, evidence, tokens and alerts are what the template and the code say."""
    unit = units()
    assert unit["GB of an instance"] * 1024 == parameters("main.bicep")["instanceMemoryMB"]["default"]
    assert unit["days of evidence"] == Settings().history_days
    assert unit["output tokens of a version"] == MAX_OUTPUT_TOKENS
    often = [alert["every"] for alert in variable("alerts.bicep", "alerts")]
    assert unit["alerts, queues and vault"] >= 1.5 * often.count("PT5M") + 0.5 * (len(often) - often.count("PT5M"))
