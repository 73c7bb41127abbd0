"""Lists of cases on Azure Storage: rows of an older version, what a crash leaves, what is read for what is shown."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from shared.clock import system_clock
from shared.models.cases import Case
from shared.state.azure import AzureState, StorageConnection
from shared.state.azure import storage as azure_storage
from shared.state.azure.case_lists import MENDED, TABLE, CaseLists
from shared.state.azure.rows import Table, key_of
from shared.state.azure.storage import Storage
from tests.state.samples import HOSTILE, after, case, ended, identity, member

ALWAYS = datetime(9000, 1, 1, tzinfo=UTC)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Counted:
    """What the storage was asked, and how many rows it answered with."""

    def __init__(self) -> None:
        self.requests = self.rows = 0

    def __call__(self, response: Any) -> None:
        """Count one answer."""
        self.requests += 1
        answer = response.http_response
        if response.http_request.method == "GET" and answer.status_code == 200 and answer.body()[:1] == b"{":
            self.rows += len(json.loads(answer.body()).get("value", [0]))

    def taken(self) -> tuple[int, int]:
        """Return requests and rows since the last look."""
        found = self.requests, self.rows
        self.requests = self.rows = 0
        return found


class Desk:
    """The state, and its tables as an older version wrote them."""

    def __init__(self, connection: str, counted: Counted) -> None:
        self.counted = counted
        self.state = AzureState.open(
            StorageConnection(connection_string=connection), clock=system_clock, credential=None
        )
        self.storage = Storage.open(StorageConnection(connection_string=connection), None)
        self.lists = CaseLists(self.storage, self.table("cases"))

    def table(self, name: str) -> Table:
        """Return a table."""
        return Table(self.storage, name)

    async def save_as_before(self, one: Case) -> None:
        """Store a case as a version without lists did."""
        await self.table("caseids").put(key_of(one.id), "row", key_of(one.identity.key).encode())
        await self.table("cases").put(key_of(one.identity.key), key_of(one.id), msgspec.json.encode(one))

    async def shown(self) -> list[list[Case]]:
        """Return every list."""
        return [
            await self.state.open_cases(),
            await self.state.latest_cases(5),
            await self.state.campaign_members("case-c"),
            await self.state.silent_cases(after(15)),
        ]


@pytest_asyncio.fixture
async def desk(storage: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """Yield an empty account."""
    counted = Counted()
    monkeypatch.setitem(azure_storage._OPTIONS, "raw_response_hook", counted)
    made = Desk(storage, counted)
    yield made
    await made.state.close()
    await made.storage.close()


def kept() -> list[Case]:
    """Return forty cases, the latest first: two open, four of a campaign."""
    cases = [ended(case(number, owner=number, last_signal_at=after(50 - number))) for number in range(1, 41)]
    return [case(1, owner=1, last_signal_at=after(49)), *map(member, cases[1:5]), *cases[5:39], case(40, owner=40)]


async def test_cases_of_an_older_version_are_on_every_list_before_and_after(desk: Desk) -> None:
    """Until the timer has been there all cases are read; then only those that are shown."""
    cases = kept()
    for one in cases:
        await desk.save_as_before(one)
    expected = [[cases[0], cases[39]], cases[:5], cases[1:5], [*cases[35:39], cases[39]]]
    assert await desk.shown() == expected
    assert await desk.state.mend_lists() == 40
    assert await desk.shown() == expected
    assert await desk.state.mend_lists() == 0


async def test_a_list_reads_what_it_shows(desk: Desk) -> None:
    """Requests and rows, before the first comparison and after it."""
    for one in kept():
        await desk.save_as_before(one)

    async def read() -> dict[str, tuple[int, int]]:
        found = {}
        for name, call in {
            "open": desk.state.open_cases(),
            "members": desk.state.campaign_members("case-c"),
            "latest": desk.state.latest_cases(5),
        }.items():
            desk.counted.taken()
            await call
            found[name] = desk.counted.taken()
        return found

    await desk.state.open_cases()
    assert {rows for _, rows in (await read()).values()} == {40}
    await desk.state.mend_lists()
    await desk.state.open_cases()
    assert await read() == {"open": (1, 2), "members": (1, 4), "latest": (2, 2 + 7)}


async def test_what_an_older_version_changed_is_put_right_a_day_later(desk: Desk) -> None:
    """Rolled back and forward again: cases were saved beside the lists."""
    await desk.state.mend_lists()
    for number in (1, 2):
        await desk.state.save_case(member(case(number, owner=number)), None)
    changed = [ended(case(1, owner=1, revision=5)), case(3, owner=3)]
    for one in changed:
        await desk.save_as_before(one)
    now = system_clock()
    assert await desk.lists.mend(now + timedelta(hours=23), ALWAYS) == 0
    assert await desk.lists.mend(now + timedelta(hours=25), ALWAYS) > 0
    assert await desk.state.open_cases() == [member(case(2, owner=2)), changed[1]]
    assert await desk.state.campaign_members("case-c") == [member(case(2, owner=2))]
    assert await desk.state.latest_cases(9) == [changed[0], member(case(2, owner=2)), changed[1]]
    # The ended case's copy among the open ones said so, and goes now.
    assert [await desk.lists.mend(now + timedelta(hours=hours), ALWAYS) for hours in (50, 75)] == [1, 0]


async def test_a_copy_that_leads_nowhere_goes_when_it_is_old_enough(desk: Desk) -> None:
    """A worker that was killed before its case was saved, or one that is about to save it."""
    await desk.lists.mend(NEVER, NEVER)
    for call in desk.lists.puts(case(1), msgspec.json.encode(case(1))):
        await call()
    assert await desk.lists.mend(NEVER + timedelta(days=2), NEVER) == 0
    assert await desk.state.open_cases() == [case(1)]
    assert await desk.lists.mend(NEVER + timedelta(days=4), ALWAYS) == 1
    assert await desk.state.open_cases() == []


async def test_a_clock_that_was_ahead_holds_nothing_up(desk: Desk) -> None:
    """A comparison that is dated in the future counts as none."""
    await desk.lists.mend(ALWAYS, NEVER)
    await desk.save_as_before(case(1))
    assert await desk.state.mend_lists() == 1
    assert await desk.state.open_cases() == [case(1)]


async def test_an_erased_person_is_in_no_byte_of_the_tables(desk: Desk) -> None:
    """Neither name nor id, in a row's keys or its body, where copies and stray copies are too."""
    await desk.state.mend_lists()
    etag = await desk.state.save_case(member(case(1)), None)
    etag = await desk.state.save_case(member(ended(case(1, last_signal_at=after(5)))), etag)
    etag = await desk.state.save_case(member(case(1, last_signal_at=after(9))), etag)
    await desk.state.save_case(member(ended(case(1, last_signal_at=after(99)))), etag)
    await desk.state.save_case(case(2, owner=2), None)
    await desk.state.erase([case(1).id], [identity(1).id], [HOSTILE])
    for name in (TABLE, "cases", "caseids"):
        rows = [row async for page in desk.table(name).pages() for row in page if (row.partition, row.row) != MENDED]
        assert len(rows) == 1
        stored = f"{rows[0].partition} {rows[0].row} {rows[0].body.decode()}"
        assert not [word for word in (case(1).id, "user-1", "DROP TABLE") if word in stored]
