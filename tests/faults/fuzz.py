"""Fuzz the decoder of event bodies and the planner of prompts: ``python -m tests.faults.fuzz decoder --minutes 10``.

Real bodies and published prompts are bent until something raises, is lost, or takes too long. With atheris, which is
no dependency (``uv pip install atheris``), what reaches new code is bent further; else Hypothesis makes the changes.
"""

import argparse
import asyncio
import importlib.util
import os
import sys
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

MOST_SECONDS = 2.0
"""Longest that one input of a few kilobytes may take on a busy machine; quadratic work takes minutes."""
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TENANT = "7a1f0c1e-4a53-4c4c-9f65-0b8f5f6b9d10"
PROMPTS = Path(__file__).parents[1] / "ask/prompts.toml"


def check_body(body: bytes) -> None:
    """Decode a body: nothing raises, everything is accounted for, and what is parked stays parked when replayed."""
    from shared.ingest import decode

    found = decode(body, received_at=NOW, default_tenant=TENANT)
    for record in found.records:
        record.key.encode()
        assert record.at.utcoffset() is not None
    for parked in found.parked:
        assert parked.reason
        assert parked.body
        again = decode(parked.body, received_at=NOW, default_tenant=TENANT)
        assert sum(one.count for one in again.parked) >= 1, "bytes that nobody could read vanish in a replay"
    assert all(count > 0 for count in found.ignored.values())


def check_prompt(text: str) -> None:
    """Plan a prompt by the rules: nothing raises, the plan is bounded, names real inputs, and is the same again."""
    from shared.ask.plan import Plan

    planner, context, known = _planner()
    planned = asyncio.run(planner.plan(text, context))
    assert planned == asyncio.run(planner.plan(text, context))
    if isinstance(planned, Plan):
        assert 1 <= len(planned.steps) <= 5
        assert all(set(step.inputs) <= known[step.skill] for step in planned.steps)


def bodies() -> list[bytes]:
    """Return the demo's bodies, cut to a size that a fuzzer can do many of, one of each beginning."""
    from local import story

    kept = {event.body[:200]: event.body for event in story.events() if len(event.body) < 20_000}
    return list(kept.values())


def prompts() -> list[str]:
    """Return Microsoft's published prompts."""
    return [prompt for section in tomllib.loads(PROMPTS.read_text())["published"].values() for prompt in section]


def _planner():  # type: ignore[no-untyped-def]  # noqa: ANN202 - made once, three of the planner's own types
    global _made  # noqa: PLW0603
    if _made is None:
        from shared.ask.catalogue import skills
        from shared.ask.plan import Context
        from shared.ask.rules import RulesPlanner
        from shared.ask.skill import Ref

        user = Ref(kind="user", id="u-1", name="1@x.example")
        known = {name: {one.name for one in skill.inputs} for name, skill in skills().items()}
        _made = RulesPlanner(skills()), Context(now=NOW, subject=user, recent=(user,)), known
    return _made


_made = None
TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]], list[str]]] = {
    "decoder": (check_body, bodies, ["shared.ingest", "shared.models"]),
    "planner": (
        lambda data: check_prompt(data.decode("utf-8", "replace")),
        lambda: [prompt.encode() for prompt in prompts()],
        ["shared.ask.understand", "shared.ask.rules"],
    ),
}


class Watched:
    """A check that counts its inputs and fails for those that take too long."""

    def __init__(self, check: Callable[[bytes], None]) -> None:
        self._check = check
        self.inputs = 0
        self.slowest = 0.0

    def __call__(self, data: bytes) -> None:
        """Check one input."""
        began = time.process_time()
        self._check(data)
        seconds = time.process_time() - began
        self.inputs += 1
        self.slowest = max(self.slowest, seconds)
        assert seconds < MOST_SECONDS, f"{seconds:.1f} s for {len(data)} bytes"


def by_hypothesis(watched: Watched, seeds: list[bytes], seconds: float) -> None:
    """Bend the seeds until the time is up; raises what was found."""
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    from tests.faults.bending import bent

    ends = time.monotonic() + seconds

    @settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(bent(st.sampled_from(seeds)))
    def run(data: bytes) -> None:
        watched(data)

    while time.monotonic() < ends:
        run()


def by_atheris(watched: Watched, seeds: list[bytes], seconds: float) -> None:
    """Let libFuzzer bend the seeds, led by what code they reach. Ends the process: 0, or 77 and a line of what failed."""
    import atheris

    with TemporaryDirectory(prefix="entra-triage-fuzz-") as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(seeds):
            (corpus / str(number)).write_bytes(seed)
        arguments = [sys.argv[0], str(corpus), f"-max_total_time={int(seconds)}", "-max_len=16384", "-timeout=60"]
        atheris.Setup([*arguments, f"-artifact_prefix={folder}/", "-print_final_stats=1"], watched)
        atheris.Fuzz()


def main() -> int:
    """Fuzz one target; print what was done."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--minutes", type=float, default=10)
    given = parser.parse_args()
    check, seeds, modules = TARGETS[given.target]
    watched = Watched(check)
    if importlib.util.find_spec("atheris"):
        import atheris

        with atheris.instrument_imports(include=modules):
            import shared.ask.rules
            import shared.ingest  # noqa: F401 - imported here so that they are instrumented
        by = by_atheris
    else:
        by = by_hypothesis
    import atexit

    def told() -> None:
        sys.stdout.write(f"{given.target}: {watched.inputs} inputs, the slowest {watched.slowest:.2f} s\n")
        sys.stdout.flush()

    atexit.register(told)
    os.environ.setdefault("PYTHONHASHSEED", "0")
    by(watched, seeds(), given.minutes * 60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
