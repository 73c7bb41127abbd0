"""From a fresh interpreter to the first invocation served, by the official worker library."""

import asyncio
import sys
import tempfile
from statistics import median

import msgspec

from local.bench.row import Measured, Row
from local.system import APP_FOLDER


class _Start(msgspec.Struct):
    ok: bool
    imported: float
    indexed: float
    served: float
    models: int


async def run(small: bool) -> Measured:
    """Start several interpreters, one after another."""
    starts = [await _start() for _ in range(1 if small else 5)]
    ours = {
        "seconds_to_first_invocation_served": median(start.served for start in starts),
        "seconds_of_import": median(start.imported for start in starts),
        "seconds_to_indexed": median(start.indexed for start in starts),
        "modules_of_msgraph.generated.models": max(start.models for start in starts),
    }
    return Measured(
        ours=ours,
        meets=None
        if small
        else ours["seconds_to_first_invocation_served"] <= 1.5 and not any(s.models for s in starts),
        note=("median of five, byte code compiled, files in the page cache; the interpreter's own start is not in it."),
    )


async def _start() -> _Start:
    with tempfile.TemporaryDirectory(prefix="entra-triage-bench-") as folder:
        environment = {
            "PATH": "/usr/bin:/bin",
            "TRIAGE_STATE_PATH": f"{folder}/state.sqlite",
            "PYTHONPATH": str(APP_FOLDER),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "local.bench.first_invocation", cwd=APP_FOLDER, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, problem = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the app did not start: {problem.decode(errors='replace')[-500:]}")
    start = msgspec.json.decode(out, type=_Start)
    if not start.ok:
        raise RuntimeError("the first invocation failed")
    return start


ROW = Row(
    id="cold_start",
    what="import of function_app to the first invocation served",
    target="1.5 s, no msgraph.generated.models loaded",
    run=run,
)
