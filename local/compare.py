"""What another policy would move: two runs of the same events, case by case."""

from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from shared.errors import InvalidRequestError

FIELDS = ("verdict", "severity", "score")


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One case that is judged otherwise; texts are ``before -> after``, empty where nothing moved."""

    case_id: str
    identity: str
    verdict: str
    severity: str
    score: str
    findings: tuple[str, ...]
    """``+id`` for a finding that came, ``-id`` for one that went."""
    actions: tuple[str, ...]
    terms: tuple[str, ...]
    """Score terms that changed, with their points before and after."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What moved between an earlier run and this one."""

    cases: int
    moved: tuple[Move, ...]
    came: tuple[str, ...]
    """Cases that only this run has."""
    went: tuple[str, ...]
    """Cases that only the earlier run has."""


def compare(baseline: Path, now: Path) -> Comparison:
    """Return what moved. Raises InvalidRequestError where ``baseline`` is no run's output."""
    before, after = _rows(baseline), _rows(now)
    both = [case_id for case_id in after if case_id in before]
    moves = [_move(before[case_id], after[case_id], baseline, now) for case_id in both]
    return Comparison(
        cases=len(after),
        moved=tuple(move for move in moves if move is not None),
        came=tuple(case_id for case_id in after if case_id not in before),
        went=tuple(case_id for case_id in before if case_id not in after),
    )


def show(comparison: Comparison, console: Console) -> None:
    """Print a comparison inside 80 columns."""
    for move in comparison.moved:
        parts = [f"{name} {text}" for name in FIELDS if (text := getattr(move, name))]
        console.print(f"{move.case_id}  {move.identity}", markup=False, highlight=False, width=80)
        console.print(f"  {'; '.join(parts)}", markup=False, highlight=False, width=80)
        for name in ("terms", "findings", "actions"):
            for text in getattr(move, name):
                console.print(f"    {text}", markup=False, highlight=False, width=80)
    for case_id in comparison.came:
        console.print(f"{case_id}  only with this policy", markup=False, highlight=False)
    for case_id in comparison.went:
        console.print(f"{case_id}  no case any more", markup=False, highlight=False)
    changed = len(comparison.moved) + len(comparison.came) + len(comparison.went)
    console.print(f"{changed} of {comparison.cases} cases moved", markup=False, highlight=False)


def _rows(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        summary = msgspec.json.decode((folder / "summary.json").read_bytes())
        return {row["case_id"]: row for row in summary["cases"]}
    except (OSError, msgspec.DecodeError, KeyError, TypeError) as error:
        raise InvalidRequestError(
            f"`{folder}` is not the output of a run", hint="Give the folder that an earlier replay wrote with --out."
        ) from error


def _move(before: dict[str, Any], after: dict[str, Any], baseline: Path, now: Path) -> Move | None:
    changed = {name: f"{before[name]} -> {after[name]}" for name in FIELDS if before[name] != after[name]}
    findings, actions = (_difference(before[name], after[name]) for name in ("findings", "actions"))
    if not (changed or findings or actions):
        return None
    return Move(
        case_id=after["case_id"],
        identity=after["identity"]["name"] or after["identity"]["id"],
        verdict=changed.get("verdict", ""),
        severity=changed.get("severity", ""),
        score=changed.get("score", ""),
        findings=findings,
        actions=actions,
        terms=_terms(baseline / before["report"], now / after["report"]),
    )


def _difference(before: list[str], after: list[str]) -> tuple[str, ...]:
    return (
        *(f"+{item}" for item in after if item not in before),
        *(f"-{item}" for item in before if item not in after),
    )


def _terms(before: Path, after: Path) -> tuple[str, ...]:
    was, now = (_points(path) for path in (before, after))
    names = dict.fromkeys([*was, *now])
    return tuple(
        f"{name}: {was.get(name, 0)} -> {now.get(name, 0)}" for name in names if was.get(name) != now.get(name)
    )


def _points(path: Path) -> dict[str, int]:
    terms = msgspec.json.decode(path.read_bytes())["assessment"]["terms"]
    return {term["source"]: term["points"] for term in terms}
