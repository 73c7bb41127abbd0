"""Run mutants in forked children: libraries are imported once, ours anew in each child with the change in place."""

import hashlib
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import msgspec

from tests.mutation.mutant import ROOT, STAGES, Mutant

SECONDS = 240
"""After so long a child is stopped; a change that never ends is noticed by whoever waits."""
SURVIVED = 250
"""Exit code of a child in which every test passed; what is lower names the group of tests that failed."""
TOO_LONG, BROKE = 251, 252
LIBRARIES = ("pytest", "msgspec", "aiohttp", "azure.functions", "rich", "kiota_abstractions")
"""Not the plugins of pytest, which rewrites them as it imports them."""


class Result(msgspec.Struct, kw_only=True):
    """What became of a mutant."""

    name: str
    digest: str
    state: str
    """``killed``, ``survived``, or ``timeout``, which counts as killed."""
    by: str
    """The group of tests that failed; for a survivor all groups that passed."""
    tests: str
    """Digest of those tests, so that a result holds until they change."""
    seconds: float


def preload() -> None:
    """Import what every child needs and no change touches."""
    import importlib

    for name in LIBRARIES:
        importlib.import_module(name)
    ours = [name for name in sys.modules if name.split(".")[0] in {"shared", "functions", "local"}]
    if ours:
        raise RuntimeError(f"already imported, so a change would not be seen: {', '.join(sorted(ours))}")


def prepare(folder: Path) -> None:
    """Replay every scenario in a child, unchanged, and leave the reports that ``judge_again`` judges."""
    os.environ["MUTATION_REPORTS"] = str(folder)
    _, status = os.waitpid(_forked(lambda: _replay(folder)), 0)
    if status:
        raise RuntimeError("the scenarios could not be replayed")


def _replay(folder: Path) -> int:
    import asyncio

    from local.scenario_folders import reports_of, scenario_folders

    for scenario in scenario_folders(ROOT / "tests/scenarios"):
        reports = asyncio.run(reports_of(scenario, folder / scenario.name))
        (folder / f"{scenario.name}.json").write_bytes(msgspec.json.encode(reports))
    return 0


def digest_of(groups: Iterable[tuple[str, ...]]) -> str:
    """Return the digest of tests, with the scenarios where they replay them."""
    found = hashlib.sha256()
    for path in (path for group in groups for name in group for path in _files(name)):
        found.update(path.read_bytes())
    return found.hexdigest()


def _files(name: str) -> list[Path]:
    path = ROOT / name
    if name.endswith(("test_scenarios.py", "judge_again.py")):
        return [path, *sorted((ROOT / "tests/scenarios").glob("*/*.*"))]
    return sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []


def run(mutants: Iterable[Mutant], *, jobs: int, done: Callable[[Result], None]) -> None:
    """Run mutants, ``jobs`` at a time, and hand over each result as it comes."""
    waiting, running = iter(mutants), dict[int, tuple[Mutant, float]]()
    # Whoever stops the run must not leave its children behind.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for mutant in _first(waiting, jobs):
            running[_start(mutant)] = (mutant, time.monotonic())
        while running:
            pid, status = os.wait()
            mutant, since = running.pop(pid)
            done(_result(mutant, status, time.monotonic() - since))
            for following in _first(waiting, 1):
                running[_start(following)] = (following, time.monotonic())
    finally:
        signal.signal(signal.SIGTERM, before)
        for pid in running:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def unchanged(kinds: Iterable[str]) -> list[str]:
    """Return the groups of tests that fail without any change: nothing could be learnt from them."""
    nothing = Mutant(kind="", path="", place="", change="", text="")
    broken = []
    for group in dict.fromkeys(group for kind in dict.fromkeys(kinds) for group in STAGES[kind]):
        present = [name for name in group if (ROOT / name).exists()]
        _, status = os.waitpid(_forked(lambda present=present: _tests(nothing, present)), 0)  # type: ignore[misc]
        if status:
            broken.append(" ".join(group))
    return broken


def _first(waiting: Iterator[Mutant], count: int) -> list[Mutant]:
    return [mutant for _, mutant in zip(range(count), waiting, strict=False)]


def _start(mutant: Mutant) -> int:
    """Return the child that runs the groups one after another, in a process group of its own."""
    pid = _forked(lambda: _groups(mutant))
    os.setpgid(pid, pid)
    return pid


def _forked(work: Callable[[], int]) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = BROKE
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        code = work()
    finally:
        os._exit(code)


def _groups(mutant: Mutant) -> int:
    """Return the number of the first group that failed, in a child for each: pytest runs once in a process."""
    for number, group in enumerate(STAGES[mutant.kind]):
        present = [name for name in group if (ROOT / name).exists()]
        if not present:
            continue
        _, status = os.waitpid(_forked(lambda present=present: _tests(mutant, present)), 0)  # type: ignore[misc]
        code = os.waitstatus_to_exitcode(status)
        if code == -signal.SIGALRM:
            return TOO_LONG
        if code:
            return number
    return SURVIVED


def _tests(mutant: Mutant, names: list[str]) -> int:
    import pytest

    signal.alarm(SECONDS)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.chdir(ROOT)
    if mutant.path:
        _put_in_place(str(ROOT / mutant.path), mutant.text)
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *names]))


def _put_in_place(target: str, text: str) -> None:
    """Make imports and reads of one file see the changed text; nothing is written to disk."""
    load, read_bytes, read_text = importlib.machinery.SourceFileLoader.get_code, Path.read_bytes, Path.read_text

    def get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        return compile(text, target, "exec") if self.path == target else load(self, fullname)

    def bytes_of(self: Path) -> bytes:
        return text.encode() if str(self.absolute()) == target else read_bytes(self)

    def text_of(self: Path, *args: Any, **kwargs: Any) -> str:
        return text if str(self.absolute()) == target else read_text(self, *args, **kwargs)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    Path.read_bytes = bytes_of  # type: ignore[method-assign]
    Path.read_text = text_of  # type: ignore[method-assign]


def _result(mutant: Mutant, status: int, seconds: float) -> Result:
    groups, code = STAGES[mutant.kind], os.waitstatus_to_exitcode(status)
    if code == BROKE or code < 0:
        raise RuntimeError(f"the child of `{mutant.name}` broke ({code}); nothing is known of it")
    state = {SURVIVED: "survived", TOO_LONG: "timeout"}.get(code, "killed")
    decisive = groups[code : code + 1] if state == "killed" else groups
    by = " ".join(name for group in decisive for name in group)
    return Result(
        name=mutant.name,
        digest=mutant.digest,
        state=state,
        by=by,
        tests=digest_of(decisive),
        seconds=round(seconds, 1),
    )
