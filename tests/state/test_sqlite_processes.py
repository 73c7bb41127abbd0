"""Processes that share one state file never get in each other's way, and never both win."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from shared.clock import system_clock
from shared.state.sqlite import SqliteState
from tests.state import rival
from tests.state.samples import case

ROOT = Path(__file__).parents[2]
RIVALS = 3
MESSAGES = 90


def let_compete(path: Path) -> list[dict[str, Any]]:
    """Start the rivals, let them go together, and return what each got."""
    command = [sys.executable, "-m", "tests.state.rival", str(path)]
    rivals = [
        subprocess.Popen([*command, f"rival-{n}"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(RIVALS)
    ]
    for process in rivals:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in rivals:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in rivals]
    assert [process.returncode for process in rivals] == [0] * RIVALS
    return [json.loads(output) for output in outputs]


async def test_processes_on_one_file_agree(tmp_path: Path) -> None:
    """No update lost, no lease held twice, no budget overdrawn, no message or record handled twice."""
    path = tmp_path / "state.sqlite"
    state = SqliteState.open(path, clock=system_clock)
    await state.save_case(case(revision=0), None)
    for number in range(MESSAGES):
        await state.send("work", b"%d" % number)

    results = let_compete(path)

    found = await state.case(case().id)
    assert found is not None
    assert found[0].revision == RIVALS * rival.SAVES
    assert sum(result["conflicts"] for result in results) > 0, "they never met, so nothing was shown"
    assert [result["intruders"] for result in results] == [0] * RIVALS
    assert sum(result["fixed_grants"] for result in results) == 50
    bodies = [body for result in results for body in result["bodies"]]
    assert sorted(bodies, key=int) == [str(number) for number in range(MESSAGES)]
    assert len(await state.peek("keyed", limit=1000)) == 60
    assert sum(result["new_records"] for result in results) == 2 * 60
    assert await state.counts() == {"turns": RIVALS * 60}
    await state.close()

    # Grants lie in so many windows that follow each other, each of which may hold the limit.
    begins, ends = zip(*(result["sliding_span"] for result in results), strict=True)
    windows = int((max(ends) - min(begins)) / rival.SLIDING_SECONDS) + 1
    grants = sum(result["sliding_grants"] for result in results)
    assert 2 * rival.SLIDING_LIMIT < grants <= windows * rival.SLIDING_LIMIT
