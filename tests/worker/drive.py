"""Run one scenario: ``python -m tests.worker.drive module:function FOLDER ARGUMENTS``; write what it returns."""

import asyncio
import importlib
import json
import sys
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


if __name__ == "__main__":
    main(*sys.argv[1:])
