"""``python -m tests.hostile``: every text in every field; prints what they achieved and how many were tried."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.hostile.corpus import TEXTS, WRITABLE
from tests.hostile.test_words import wrongs
from tests.hostile.world import judged


async def main() -> int:
    """Run them all; return the exit code."""
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        plain = await judged(Path(folder) / "plain", None)
        for run in range(len(TEXTS)):
            found += [f"run {run}: {wrong}" for wrong in wrongs(await judged(Path(folder) / str(run), run), plain)]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.stdout.write(f"{len(TEXTS)} texts in {len(WRITABLE)} fields each, {len(TEXTS)} cases: {len(found)} wrong\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
