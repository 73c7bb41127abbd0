"""Run scenarios, each in a process of its own: the worker library holds one app a process.

``python -m tests.worker.drive module:function FOLDER ARGUMENTS`` runs one and writes what it returns. Without words it
runs one for each line of JSON on standard input, forked from a process that has loaded what all need, and answers with
the exit code; ``FOLDER/said`` has what the scenario printed.
"""

import asyncio
import importlib
import json
import os
import sys
import traceback
from pathlib import Path


def main(name: str, folder: str, arguments: str) -> None:
    """Run it, and fail when it leaves a task behind."""
    module, _, function = name.partition(":")
    scenario = getattr(importlib.import_module(module), function)

    async def run() -> object:
        result = await scenario(Path(folder), *json.loads(arguments))
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            raise RuntimeError(f"{len(left)} tasks left behind")
        return result

    (Path(folder) / "result.json").write_text(json.dumps(asyncio.run(run())))


def serve() -> None:
    """Fork for each line until standard input ends."""
    for line in sys.stdin:
        job = json.loads(line)
        importlib.import_module(job["name"].partition(":")[0])
        child = os.fork()
        if child == 0:
            os._exit(_forked(job))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _forked(job: dict[str, object]) -> int:
    said = os.open(Path(job["folder"]) / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), said, said)):
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(job["environ"])
    try:
        main(job["name"], job["folder"], job["arguments"])
    except BaseException:  # noqa: BLE001 - whatever ends it is told to the test
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) > 1 else serve()
