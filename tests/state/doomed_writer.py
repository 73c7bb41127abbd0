"""A process that writes state until it is killed, and says after each call that it returned.

``python -m tests.state.doomed_writer FILE NAME`` writes for ever and acknowledges on standard output.
``python -m tests.state.doomed_writer --at-every-statement FOLDER`` forks a writer per statement of a short run,
each of which kills itself as that statement begins, with file and acknowledgements ``FOLDER/<n>.sqlite|.acks``.
"""

import asyncio
import itertools
import os
import signal
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from shared.clock import system_clock
from shared.state.sqlite import SqliteState
from tests.state.samples import after, case, delivery, parked, report, sign_in

RECORDS_A_CALL = 5


async def write(path: str, name: str, turns: Iterable[int], acks: int) -> None:
    """Make one call of every kind a turn; write a line ``kind name-turn`` after each."""
    state = SqliteState.open(path, clock=system_clock)
    for turn in turns:
        this = f"{name}-{turn}"

        def ack(kind: str, this: str = this) -> None:
            # One write call each: whole lines reach the reader even when the next moment is the last.
            os.write(acks, f"{kind} {this}\n".encode())

        await state.add_records([(this, sign_in(number, at=after(number))) for number in range(RECORDS_A_CALL)])
        ack("records")
        new = msgspec.structs.replace(case(owner=turn), id=f"case-{this}")
        etag = await state.save_case(new, None)
        ack("case")
        await state.save_case(msgspec.structs.replace(new, revision=2), etag)
        ack("case-again")
        await state.send("kept", this.encode(), key=this)
        ack("send")
        await state.send(f"finished-{name}", this.encode(), key=this)
        for message in await state.receive(f"finished-{name}", visibility_seconds=600):
            await state.delete(f"finished-{name}", message)
            ack("delete")
        await state.save_report(report(case_id=this, text="x" * 20_000))
        ack("report")
        await state.save_delivery(delivery(case_id=this))
        ack("delivery")
        await state.park(msgspec.structs.replace(parked(), id=this))
        ack("parked")
        await state.add_counts({"left": 1, "right": 1})
        ack("counts")
        assert await state.take_budget(this, 3, 5, 600) == 0
        ack("budget")
    await state.close()


def die_at_statement(number: int) -> None:
    """Have every connection of this process count its statements and kill the process as the given one begins."""
    connect, count = sqlite3.connect, itertools.count(1)

    def trace(_statement: str) -> None:
        if next(count) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def traced_connect(*args: object, **kwargs: object) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)  # type: ignore[call-overload]
        connection.set_trace_callback(trace)
        return connection  # type: ignore[no-any-return]

    sqlite3.connect = traced_connect  # type: ignore[assignment]


def die_at_every_statement(folder: Path) -> None:
    """Run writers of one turn until one outlives its run; print how many were killed."""
    for number in itertools.count(1):
        child = os.fork()
        if child == 0:
            die_at_statement(number)
            acks = os.open(folder / f"{number}.acks", os.O_CREAT | os.O_WRONLY)
            asyncio.run(write(str(folder / f"{number}.sqlite"), str(number), [0], acks))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.stdout.write(str(number - 1))
            sys.exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    if sys.argv[1] == "--at-every-statement":
        die_at_every_statement(Path(sys.argv[2]))
    asyncio.run(write(sys.argv[1], sys.argv[2], itertools.count(), 1))
