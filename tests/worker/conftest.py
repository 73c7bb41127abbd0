"""Run scenarios against sample apps, each in a fresh interpreter: the worker library holds one app a process."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def isolated(tmp_path: Path) -> Callable[..., Any]:
    """Run ``async def scenario(folder, *arguments)`` of the test's module elsewhere and return what it returns."""

    def run(scenario: Callable[..., Any], *arguments: Any) -> Any:
        name = f"{scenario.__module__}:{scenario.__name__}"
        ended = subprocess.run(
            [sys.executable, "-m", "tests.worker.drive", name, str(tmp_path), json.dumps(arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-4000:]
        return json.loads((tmp_path / "result.json").read_text())

    return run
