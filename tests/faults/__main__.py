"""``python -m tests.faults --records 100000 --seed 1``: kills at random points; prints the counts, 1 when one is wrong."""

import argparse
import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.audit import Counts
from tests.faults.run import run
from tests.faults.workers import run_workers


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, help="default: one for every 2,000 records")
    parser.add_argument("--storage", choices=("sqlite", "azurite"), default="sqlite")
    parser.add_argument("--workers", action="store_true", help="kill workers without their hosts instead: four times")
    parser.add_argument("--seconds", type=float, default=7200, help="give up after this")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="entra-triage-faults-") as folder:
        counts = asyncio.run(_counts(Path(folder), given))
    for name, count in counts.table.items():
        sys.stdout.write(f"{count:>12,}  {name}\n")
    sys.stdout.write("".join(f"WRONG: {line}\n" for line in counts.wrong))
    sys.stdout.write(f"seed {given.seed}, {given.storage}: {len(counts.wrong)} wrong\n")
    return 1 if counts.wrong else 0


async def _counts(folder: Path, given: argparse.Namespace) -> Counts:
    if given.workers:
        counts, seen = await run_workers(folder, records=given.records, seed=given.seed, seconds=given.seconds)
        for trigger in seen.failed:
            sys.stdout.write(
                f"{trigger}: {seen.failed[trigger]} failed with their worker, {seen.again[trigger]} later tries succeeded\n"
            )
        sys.stdout.write(f"event bodies left to the next host: {seen.left_to_others}\n")
        return counts
    return await run(
        folder,
        records=given.records,
        seed=given.seed,
        kills=given.kills if given.kills is not None else max(2, given.records // 2000),
        azurite=given.storage == "azurite",
        seconds=given.seconds,
    )


if __name__ == "__main__":
    sys.exit(main())
