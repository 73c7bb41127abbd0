"""A process that competes with its like for one state file and prints what it got, as JSON.

``python -m tests.state.rival FILE NAME``; it says ``ready`` and begins when a line comes in.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import msgspec

from shared.clock import system_clock
from shared.errors import ConflictError
from shared.state.sqlite import SqliteState
from tests.state.samples import after, case, sign_in

SAVES = 40
LEASES = 25
SLIDING_LIMIT, SLIDING_SECONDS, SLIDING_TRIES_SECONDS = 10, 0.2, 1.0


async def save_cases(state: SqliteState) -> int:
    """Raise the case's revision by one, many times; return how often someone else was first."""
    conflicts, saved = 0, 0
    while saved < SAVES:
        found = await state.case(case().id)
        assert found is not None
        raised = msgspec.structs.replace(found[0], revision=found[0].revision + 1)
        try:
            await state.save_case(raised, found[1])
        except ConflictError:
            conflicts += 1
        else:
            saved += 1
    return conflicts


def was_alone(marker: Path) -> bool:
    """Make and remove a file that only one at a time can make; say whether nobody else had it."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    time.sleep(0.001)
    marker.unlink()
    return True


async def take_leases(state: SqliteState, name: str, marker: Path) -> int:
    """Hold the lease many times; return how often somebody else was inside as well."""
    intruders = 0
    for _ in range(LEASES):
        # The holder to wait for is another process, which can set no event here.
        while not await state.acquire_lease("case-1", name, 600):
            await asyncio.sleep(0.001)
        intruders += not was_alone(marker)
        await state.release_lease("case-1", name)
    return intruders


async def take_sliding_budget(state: SqliteState) -> int:
    """Ask again and again for a while; return the grants."""
    grants, end = 0, time.monotonic() + SLIDING_TRIES_SECONDS
    while time.monotonic() < end:
        wait = await state.take_budget("sliding", 1, SLIDING_LIMIT, SLIDING_SECONDS)
        grants += wait == 0
        await asyncio.sleep(min(wait, 0.01))
    return grants


async def empty_queue(state: SqliteState) -> list[str]:
    """Receive and finish messages until none is left; return their bodies."""
    bodies: list[str] = []
    while messages := await state.receive("work", visibility_seconds=600, limit=4):
        for message in messages:
            await state.delete("work", message)
            bodies.append(message.body.decode())
    return bodies


async def compete(path: str, name: str) -> dict[str, object]:
    """Do everything that must not collide."""
    state = SqliteState.open(path, clock=system_clock)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    result: dict[str, object] = {
        "bodies": await empty_queue(state),
        "conflicts": await save_cases(state),
        "intruders": await take_leases(state, name, Path(path).with_suffix(".inside")),
        "fixed_grants": sum([await state.take_budget("fixed", 1, 50, 3600) == 0 for _ in range(40)]),
    }
    new = 0
    for number in range(60):
        await state.send("keyed", b"%d" % number, key=str(number))
        new += await state.add_records([("a", sign_in(number, at=after(number))), ("b", sign_in(number))])
        await state.add_counts({"turns": 1})
    result["new_records"] = new
    begin = time.monotonic()
    result["sliding_grants"] = await take_sliding_budget(state)
    result["sliding_span"] = (begin, time.monotonic())
    await state.close()
    return result


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(compete(sys.argv[1], sys.argv[2]))))
