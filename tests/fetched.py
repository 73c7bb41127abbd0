"""Tools that a test fetches when it runs: too large, or too seldom wanted, to be a dependency."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def fetched(package: str, version: str, command: str) -> list[str]:
    """Return the words that run `command` of a package through uv; skip with the reason where it can't be fetched."""
    uv = ROOT / ".tools/bin/uv"
    found = str(uv) if uv.exists() else shutil.which("uv")
    if found is None:
        pytest.skip(f"uv is not here to run {command}; `make test` brings it")
    words = [found, "tool", "run", "-q", "--from", f"{package}=={version}", command]
    tried = run([*words, "--help"])
    if tried.returncode:
        pytest.skip(f"{package} can't be fetched here")
    return words


def run(words: list[str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command with the project's own cache."""
    environment = {"UV_CACHE_DIR": str(ROOT / ".tools/cache"), "UV_SYSTEM_CERTS": "true", **os.environ}
    return subprocess.run(words, capture_output=True, text=True, timeout=300, env=environment, cwd=cwd)
