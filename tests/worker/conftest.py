"""Run scenarios against sample apps, each in a process of its own: the worker library holds one app a process."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DRIVE = [sys.executable, "-m", "tests.worker.drive"]
MOST_SECONDS = 240


@pytest.fixture(scope="session")
def driver() -> Iterator[subprocess.Popen[str]]:
    """A process from which scenarios are forked: most of a start is loading what all of them load."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process: subprocess.Popen[str] = subprocess.Popen(DRIVE, cwd=ROOT, start_new_session=True, **pipes)
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture
def isolated(tmp_path: Path, driver: subprocess.Popen[str]) -> Callable[..., Any]:
    """Run ``async def scenario(folder, *arguments)`` of the test's module elsewhere and return what it returns."""

    def run(scenario: Callable[..., Any], *arguments: Any) -> Any:
        name = f"{scenario.__module__}:{scenario.__name__}"
        job = {"name": name, "folder": str(tmp_path), "arguments": json.dumps(arguments), "environ": dict(os.environ)}
        assert driver.stdin is not None
        assert driver.stdout is not None
        driver.stdin.write(json.dumps(job) + "\n")
        driver.stdin.flush()
        if not select.select([driver.stdout], [], [], MOST_SECONDS)[0]:
            os.killpg(driver.pid, signal.SIGKILL)
        assert driver.stdout.readline() == "0\n", (tmp_path / "said").read_text()[-4000:]
        return json.loads((tmp_path / "result.json").read_text())

    return run


@pytest.fixture
def afresh(tmp_path: Path) -> Callable[..., Any]:
    """Run a scenario like ``isolated``, in an interpreter of its own, whose hashes are others."""

    def run(scenario: Callable[..., Any]) -> Any:
        name = f"{scenario.__module__}:{scenario.__name__}"
        words = [*DRIVE, name, str(tmp_path), "[]"]
        ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
        assert ended.returncode == 0, ended.stderr[-4000:]
        return json.loads((tmp_path / "result.json").read_text())

    return run
