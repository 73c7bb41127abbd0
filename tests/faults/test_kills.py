"""Two hosts on one state, killed with -9 while they work; ``make faults`` does the same with 100,000 records."""

from pathlib import Path

from tests.faults.run import run


async def test_killed_hosts_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """A tenth of the full size, three in a hundred sent again, one unreadable: evidence, cases, tickets and parked bytes."""
    counts = await run(tmp_path, records=10_000, seed=20261127, kills=8, azurite=False, seconds=400)
    assert counts.wrong == [], (tmp_path / "hosts.log").read_text()[-3000:]
    assert counts.table["hosts killed"] >= 8
    assert counts.table["records parked"] == 100
    assert counts.table["tickets"] == counts.table["identities that must have a case"] == 50
