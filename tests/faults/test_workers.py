"""A worker killed with -9 while its host lives on: with a batch of events, with a request, with a ticket on its way."""

from pathlib import Path

from tests.faults.workers import run_workers


async def test_killed_workers_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """One host loses three workers and is started anew, the next loses one: what they had fails and is done again."""
    counts, seen = await run_workers(tmp_path, records=1000, seed=20261127, seconds=300)
    assert counts.wrong == [], (tmp_path / "hosts.log").read_text()[-3000:]
    assert counts.table["workers killed without their hosts"] == 4
    assert seen.failed["event_hub"] >= 2
    assert seen.failed["queue"] >= 2
    assert seen.passed_over == 0
    assert seen.left_to_others >= 1
    assert seen.again["event_hub"] >= 1
    assert seen.again["queue"] >= 2
    assert counts.table["tickets"] == counts.table["identities that must have a case"] == 5
