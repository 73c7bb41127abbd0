"""Every row runs at a small size; its numbers have the right shape, and its counts are right. Nothing is timed."""

import io
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from local.bench.row import Measured
from local.bench.rows.decode import filtered, filtered_dicts
from local.bench.run import bench, rows_by_id
from local.bench.tenant_events import sign_in_bodies
from shared.errors import InvalidRequestError

ROOT = Path(__file__).parent.parent.parent
APART = {"worker", "cold_start"}
"""Rows that load the app itself, which a process can do for one app only."""


async def small(row_id: str) -> Measured:
    """Run a row at its small size."""
    return await rows_by_id()[row_id].run(True)


def test_every_promise_has_its_row() -> None:
    """A row that vanishes takes its promise along."""
    assert {"decode", "ingest", "worker", "one_user", "ten_users", "protection_limit", "model_cost", "storm", "cold_start"} <= set(rows_by_id())  # fmt: skip


@pytest.mark.parametrize("row_id", sorted(set(rows_by_id()) - APART))
async def test_a_row_gives_numbers(row_id: str) -> None:
    """Every number is one, every baseline has its ratio."""
    found = await small(row_id)
    numbers = [found.ours, found.ratios, *found.baselines.values()]
    assert found.ours
    assert all(math.isfinite(value) and value >= 0 for part in numbers for value in part.values())
    assert bool(found.baselines) <= bool(found.ratios)


async def test_one_user_takes_one_round_trip_where_peers_take_six() -> None:
    """The counts are the stand-in's, not ours."""
    found = await small("one_user")
    assert found.ours["round_trips"] <= 2
    assert found.ours["gaps"] == 0
    assert {numbers["round_trips"] for numbers in found.baselines.values()} == {6}


async def test_users_at_once_each_have_a_ticket() -> None:
    """Three people: three tickets, a round trip or two each; the usual way takes five a person and one."""
    found = await small("ten_users")
    assert found.ours["tickets"] == 3
    assert 3 <= found.ours["round_trips"] <= 6
    assert [numbers["round_trips"] for numbers in found.baselines.values()] == [16]


async def test_nothing_is_refused_below_the_limit() -> None:
    """Both have tickets and no request is refused; the usual way runs into the limit at once."""
    found = await small("protection_limit")
    assert found.ours["refused"] == 0
    assert found.ours["tickets"] == 2
    (peer,) = found.baselines.values()
    assert peer["refused"] > 0
    assert peer["round_trips"] == 11 + peer["refused"]


def test_both_ways_of_decoding_find_the_same() -> None:
    """A baseline that did less work would be no comparison."""
    import json

    import orjson

    for managed in (True, False):
        bodies = sign_in_bodies(60, managed=managed)
        assert filtered(bodies) == filtered_dicts(bodies, json.loads) == filtered_dicts(bodies, orjson.loads)
        assert filtered(bodies) == (60 if managed else 0)


@pytest.mark.parametrize("row_id", sorted(APART))
def test_a_row_that_loads_the_app(row_id: str) -> None:
    """The worker serves; nothing of the SDK's models is loaded at a cold start."""
    code = f"import asyncio,msgspec\nfrom local.bench.run import rows_by_id\nprint(msgspec.json.encode(asyncio.run(rows_by_id()[{row_id!r}].run(True))).decode())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = msgspec.json.decode(done.stdout.splitlines()[-1], type=Measured)
    assert all(math.isfinite(value) for value in found.ours.values())
    assert found.ours.get("modules_of_msgraph.generated.models", 0) == 0


async def test_the_table_and_the_file_say_the_same(tmp_path: Path) -> None:
    """The JSON file holds machine, target, ratios and numbers of each row; the table shows them."""
    out = io.StringIO()
    path = tmp_path / "bench.json"
    await bench(Console(file=out, width=200), json=path, only="model_cost", small=True)
    document: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    (row,) = document["rows"]
    assert row["id"] == "model_cost"
    assert row["ours"]["input_tokens_most"] <= 2000
    assert document["machine"]["cores"] >= 1
    assert f"{row['ours']['input_tokens_most']:,.0f}" in out.getvalue()


async def test_an_unknown_row_is_named() -> None:
    """The error says what there is."""
    with pytest.raises(InvalidRequestError) as error:
        await bench(Console(file=io.StringIO()), only="speed")
    assert "decode" in error.value.hint
