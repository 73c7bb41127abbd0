"""Which cases are open, which ended when, and who is part of a campaign: copies of cases, in partitions that are lists.

A table has one order, that of its keys, and no transaction across partitions. So ``caselists`` holds a case once more
for each list that it is on, and three rules keep the lists true:

* Copies are written before the case. Whoever wins reads what the one before has saved, and so writes after it; a crash
  in between is repeated by the queue.
* ``open`` gets every case at every save, so that one which closes leaves no open copy. Nothing is removed on the way:
  a case stays with its campaign, and where it ended before says less than where it is open.
* ``mend`` compares all of it with the cases once a day: it adds what an older version or a crash left out, and removes
  copies that lead nowhere, an hour after they were written.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from shared.errors import ConflictError
from shared.models.cases import Case
from shared.state.azure.rows import Row, Table, at_once, key_of
from shared.state.azure.storage import Storage
from shared.state.values import body_reader, to_micros

type Keys = tuple[str, str]

TABLE = "caselists"
OPEN, ENDED, CAMPAIGN = "open", "ended", "campaign|"
MENDED: Keys = ("mended", "row")
EVERY = timedelta(days=1)
_LAST = 10**18 - 1
_ALIGN_TRIES = 8
_case = body_reader(msgspec.json.Decoder(Case))


class _Copy(msgspec.Struct, frozen=True):
    """What ``mend`` remembers of a copy."""

    digest: int
    etag: str
    written_at: datetime | None


class CaseLists:
    """Table ``caselists``, beside the table of the cases themselves."""

    def __init__(self, storage: Storage, cases: Table) -> None:
        self._lists = Table(storage, TABLE)
        self._cases = cases
        self._is_whole = False

    async def is_whole(self) -> bool:
        """Say whether every case is on its lists: not before the first ``mend``, which follows an upgrade."""
        self._is_whole = self._is_whole or await self._lists.get(*MENDED) is not None
        return self._is_whole

    def puts(self, case: Case, body: bytes) -> list[Callable[[], Awaitable[None]]]:
        """Return the calls that write a case's copies, to be made before it is saved."""
        places = sorted(_every_place(case))
        return [lambda at=at: self._lists.put(at[0], at[1], body) for at in places]  # type: ignore[misc]

    async def latest(self) -> list[Case]:
        """Return each case that is open or was until ``mend`` came by, as it was saved last."""
        return [_case(row.body) for row in await self._lists.query("PartitionKey eq @p", p=OPEN)]

    async def ended(self, *, most: int | None = None, before: datetime | None = None) -> list[Case]:
        """Return copies of ended cases, latest signal first; one that opened again leaves its old copy."""
        condition, values = "PartitionKey eq @p", {"p": ENDED}
        if before is not None:
            condition, values = f"{condition} and RowKey ge @first", {**values, "first": _countdown(before)}
        return [_case(row.body) for row in await self._lists.query(condition, most, **values)]

    async def members(self, case_id: str) -> list[Case]:
        """Return the cases that are part of a campaign."""
        rows = await self._lists.query("PartitionKey eq @p", p=f"{CAMPAIGN}{key_of(case_id)}")
        return [_case(row.body) for row in rows]

    async def remove(self, case: Case) -> None:
        """Take a case that is gone off its lists."""
        await self._delete(_every_place(case))

    async def align(self, case: Case, written: set[Keys] | None = None) -> None:
        """Write a case's copies anew from what is saved; none when it is gone.

        ``written``: where there are copies of this form of it, which is not the one that is saved.
        """
        written = _every_place(case) if written is None else written
        for _ in range(_ALIGN_TRIES):
            row = await self._cases.get(key_of(case.identity.key), key_of(case.id))
            if row is None:
                await self._delete(written)
                return
            saved = _case(row.body)
            places = _places(saved) | (_open_copy(saved) & written)
            await at_once([lambda at=at, body=row.body: self._lists.put(at[0], at[1], body) for at in places])  # type: ignore[misc]
            await self._delete(written - places)
            written |= places
            again = await self._cases.get(row.partition, row.row)
            if again is not None and again.etag == row.etag:
                return

    async def mend(self, now: datetime, settled_before: datetime) -> int:
        """Compare the lists with the cases unless that was done within a day; return how many copies were wrong.

        ``settled_before``: by the storage's clock; what was written since may belong to a case that is being saved.
        """
        marker = await self._lists.get(*MENDED)
        if marker is not None and timedelta(0) <= now - datetime.fromisoformat(marker.body.decode()) < EVERY:
            return 0
        stored: dict[Keys, _Copy] = {}
        async for page in self._lists.pages():
            stored |= {(row.partition, row.row): _Copy(hash(row.body), row.etag, row.written_at) for row in page}
        stored.pop(MENDED, None)
        wrong = 0
        async for page in self._cases.pages():
            astray = [case for row in page if (case := _case(row.body)) and _is_astray(case, row, stored)]
            await at_once([lambda c=c: self.align(c, _open_copy(c) & stored.keys()) for c in astray])  # type: ignore[misc]
            wrong += len(astray)
        stray = [(keys, one.etag) for keys, one in stored.items() if one.written_at and one.written_at < settled_before]
        await at_once([lambda keys=keys, etag=etag: self._drop(keys, etag) for keys, etag in stray])  # type: ignore[misc]
        await self._lists.put(*MENDED, now.isoformat().encode())
        return wrong + len(stray)

    async def _delete(self, places: set[Keys]) -> None:
        await at_once([lambda place=place: self._lists.delete(*place) for place in places])  # type: ignore[misc]

    async def _drop(self, keys: Keys, etag: str) -> None:
        try:
            await self._lists.delete(*keys, etag)
        except ConflictError:
            return  # it was written meanwhile, so it is of use


def _places(case: Case) -> set[Keys]:
    """Return where a case belongs: open or ended, and with its campaign."""
    key = key_of(case.id)
    places = {(OPEN, key) if case.is_unfinished else (ENDED, f"{_countdown(case.last_signal_at)}-{key}")}
    return places | ({(f"{CAMPAIGN}{key_of(case.campaign_id)}", key)} if case.campaign_id else set())


def _every_place(case: Case) -> set[Keys]:
    """Return where a case is written when it is saved."""
    return _places(case) | _open_copy(case)


def _open_copy(case: Case) -> set[Keys]:
    return {(OPEN, key_of(case.id))}


def _is_astray(case: Case, row: Row, stored: dict[Keys, _Copy]) -> bool:
    """Say whether a copy of a case is not there or another; take those that are right from ``stored``."""
    found = [stored.pop(place, None) for place in _places(case)]
    found += [stored[place] for place in _open_copy(case) & stored.keys()]
    return any(one is None or one.digest != hash(row.body) for one in found)


def _countdown(moment: datetime) -> str:
    """Return a time as text that sorts the latest first."""
    return f"{_LAST - to_micros(moment):019d}"
