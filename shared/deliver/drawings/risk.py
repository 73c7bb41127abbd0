"""Risk over time, as Entra told it: the level of each detection, and what it holds of the identity since when."""

from datetime import datetime

import msgspec

from shared.deliver.drawings.axis import Axis
from shared.deliver.drawings.timeline import CLOSEST, detection_name
from shared.models.dossier import Dossier, Fact

LEVELS = ("high", "medium", "low")
ENDED = {"remediated", "dismissed", "confirmedSafe"}
ROW_HEIGHT = 24


class Row(msgspec.Struct, frozen=True):
    """A level and its height in the drawing, in pixels from the top."""

    level: str
    y: int


class Point(msgspec.Struct, frozen=True):
    """A detection, or several of one level close together; or the identity's own level."""

    x: float
    y: int
    count: int
    is_identity: bool
    is_ended: bool
    """Remediated, dismissed or confirmed safe."""
    title: str


class Change(msgspec.Struct, frozen=True):
    """One line of the table: when, what, which level and state."""

    at: datetime
    what: str
    level: str
    state: str
    fact: Fact


class RiskOverTime(msgspec.Struct, frozen=True):
    """The drawing, and the same in words."""

    rows: tuple[Row, ...]
    height: int
    points: tuple[Point, ...]
    changes: tuple[Change, ...]


def changes_of(dossier: Dossier) -> tuple[Change, ...]:
    """Return every level that Entra gave a time for, oldest first."""
    found = []
    for fact in dossier.all("risk.detection", "risk.user"):
        if fact.at is not None:
            what = detection_name(fact) if fact.kind == "risk.detection" else "Risk of the identity"
            found.append(Change(fact.at, what, fact.text_of("risk_level"), fact.text_of("risk_state"), fact))
    return tuple(sorted(found, key=lambda change: (change.at, change.fact.id)))


def risk_over_time(changes: tuple[Change, ...], axis: Axis) -> RiskOverTime:
    """Return the drawing; a level that Entra hides or that is not known has a row of its own."""
    levels = [*LEVELS]
    levels += ["none"] if any(_row(change) == "none" for change in changes) else []
    levels += ["unknown"] if any(_row(change) == "unknown" for change in changes) else []
    rows = tuple(Row(level, 16 + ROW_HEIGHT * at) for at, level in enumerate(levels))
    heights = {row.level: row.y for row in rows}
    points = list[Point]()
    for change in changes:
        x, y = axis.x(change.at), heights[_row(change)]
        is_identity = change.fact.kind == "risk.user"
        before = next((n for n, one in enumerate(points) if _joins(one, x, y, is_identity, change)), None)
        if before is None:
            points.append(Point(x, y, 1, is_identity, change.state in ENDED, _title(change)))
        else:
            old = points[before]
            points[before] = msgspec.structs.replace(
                old, count=old.count + 1, title=f"{old.title}; {_title(change)}" if old.count < 3 else old.title
            )
    return RiskOverTime(rows, rows[-1].y + 16, tuple(points), changes)


def _joins(point: Point, x: float, y: int, is_identity: bool, change: Change) -> bool:
    is_same = (point.y, point.is_identity, point.is_ended) == (y, is_identity, change.state in ENDED)
    return is_same and not is_identity and abs(x - point.x) < CLOSEST


def _row(change: Change) -> str:
    """Return the row of a level; ``hidden``, ``unknownFutureValue`` and what was not said share one."""
    return change.level if change.level in (*LEVELS, "none") else "unknown"


def _title(change: Change) -> str:
    return f"{change.at:%H:%M} UTC {change.what}: {change.level or 'level unknown'}, {change.state or 'state unknown'}"
