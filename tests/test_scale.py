"""docs/scale.md and docs/cost.md name the numbers that the code and the template have."""

import json
import re
from pathlib import Path

from shared.ask.look import MOST_REQUESTS
from shared.correlate import spread
from shared.graph.budgets import LIMITS
from shared.graph.bulk import MOST_USERS
from shared.settings import Settings
from tests.infra.bicep import parameters, resources

ROOT = Path(__file__).parent.parent
HUBS = resources("Microsoft.EventHub/namespaces/eventhubs")


def hub(symbol: str) -> tuple[int, int]:
    """Return partitions and hours of retention of a hub."""
    properties = HUBS[f"event-hubs.bicep:{symbol}"]["properties"]
    return properties["partitionCount"], properties["retentionDescription"]["retentionTimeInHours"]


def test_the_numbers_are_those_of_the_code() -> None:
    """Each row of the table of numbers, and no row that nobody compares."""
    page = (ROOT / "docs/scale.md").read_text(encoding="utf-8").split("## The numbers")[1].split("\n## ")[0]
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))["extensions"]
    declared = parameters("main.bicep")
    risk, sign_ins = hub("riskEventHub"), hub("signInEventHub")
    assert {name: float(value) for name, value in re.findall(r"^\| ([^|]+?) \| (\d+) \|", page, re.MULTILINE)} == {
        "partitions of the risk hub": risk[0],
        "partitions of the sign-in hub": sign_ins[0],
        "throughput units at most": declared["maximumThroughputUnits"]["default"],
        "hours that risk waits in the hub": risk[1],
        "hours that sign-ins wait in the hub": sign_ins[1],
        "messages in a batch at most": host["eventHubs"]["maxEventBatchSize"],
        "triages at once in an instance": host["queues"]["batchSize"] + host["queues"]["newBatchThreshold"],
        "instances at most": declared["maximumInstanceCount"]["default"],
        "resource units of the directory in ten seconds": LIMITS["directory"].amount,
        "requests to reports in ten seconds": LIMITS["reports"].amount,
        "requests to Identity Protection in a second": LIMITS["identityProtection"].amount,
        "users whose logs are read in one query": MOST_USERS,
        "tries, and right passwords, read of one client or network and day": spread.MOST_OF_DAY,
        "addresses of tries, and users, that are looked at for each": spread.MOST_ADDRESSES,
        "look-ups of one prompt at most": MOST_REQUESTS,
        "thousands of tokens a minute": declared["openAiCapacity"]["default"],
        "seconds that a case may be held": Settings().lease_seconds,
    }
    assert spread.MOST_USERS == spread.MOST_ADDRESSES
    assert [LIMITS[bucket].per_seconds for bucket in ("directory", "reports", "identityProtection")] == [10, 10, 1]
