"""Lists of cases in a state file: those of an older version, and the indexes that they are read by."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from shared.clock import ManualClock
from shared.errors import DependencyError
from shared.models.cases import Case
from shared.state.sqlite import SqliteState
from shared.state.sqlite import opening as sqlite_opening
from shared.state.sqlite.schema import MIGRATIONS
from shared.state.values import to_micros
from tests.state.samples import NOON, after, case, ended, member


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a state file as the last version without lists made it."""
    made = tmp_path / "state.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_opening, "MIGRATIONS", MIGRATIONS[:3])
        patch.setattr(sqlite_opening, "SCHEMA_VERSION", 3)
        sqlite_opening.connect(str(made)).close()
    return made


def save_as_before(path: Path, cases: Sequence[tuple[Case, bytes]]) -> None:
    """Store cases under bodies as that version did."""
    rows = [(one.id, one.identity.key, to_micros(one.last_signal_at), body) for one, body in cases]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO cases VALUES (?, ?, 0, ?, 1, ?)", rows)


async def test_cases_of_an_older_version_are_on_every_list(path: Path) -> None:
    """One of a version without campaigns too."""
    kept = [member(ended(case(1, last_signal_at=after(3)))), case(2), ended(case(3, last_signal_at=after(-1)))]
    bodies = [msgspec.json.encode(one) for one in kept]
    assert b'"campaign_id":"",' in bodies[1]
    bodies[1] = bodies[1].replace(b'"campaign_id":"",', b"")
    save_as_before(path, list(zip(kept, bodies, strict=True)))
    state = SqliteState.open(path, clock=ManualClock(NOON))
    assert await state.open_cases() == [kept[1]]
    assert await state.campaign_members("case-c") == [kept[0]]
    assert await state.silent_cases(NOON) == [kept[2]]
    assert await state.latest_cases(2) == kept[:2]
    await state.close()


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b"\xff"])
async def test_a_case_that_cannot_be_read_holds_up_no_upgrade(path: Path, body: bytes) -> None:
    """The file opens; the row is an error where it is listed, as before."""
    save_as_before(path, [(case(), body)])
    state = SqliteState.open(path, clock=ManualClock(NOON))
    with pytest.raises(DependencyError, match="cannot be read"):
        await state.open_cases()
    await state.close()


async def test_lists_are_read_by_their_indexes(path: Path) -> None:
    """None sorts, and none looks at cases that it does not show."""
    await SqliteState.open(path, clock=ManualClock(NOON)).close()
    lists = {
        "is_open": "cases_open",
        "campaign_id = 'case-c' AND campaign_id <> ''": "cases_of_campaign (campaign_id=?)",
        "last_signal_at < 5": "cases_by_signal (last_signal_at<?)",
        "true": "cases_by_signal",
    }
    with closing(sqlite3.connect(path)) as connection:
        for condition, index in lists.items():
            question = f"EXPLAIN QUERY PLAN SELECT body FROM cases WHERE {condition} ORDER BY last_signal_at DESC, id"  # noqa: S608
            (step,) = connection.execute(question).fetchall()
            assert step[3].endswith(f"USING INDEX {index}")
