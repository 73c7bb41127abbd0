"""Cases, which only their latest reader may change, and campaigns.

An identity's cases are one partition of ``cases``, so that its current one is a single read. ``caseids`` leads from a
case's id to that partition; it never changes, so each process remembers it. Lists of cases are read from copies.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from shared.clock import Clock, system_clock
from shared.errors import ConflictError
from shared.models.cases import Campaign, Case
from shared.state.azure.case_lists import CaseLists
from shared.state.azure.rows import ORPHANED_AFTER, Row, Table, at_once, key_of
from shared.state.azure.storage import Part, Storage
from shared.state.values import body_reader

_case = body_reader(msgspec.json.Decoder(Case))
_campaign = body_reader(msgspec.json.Decoder(Campaign))
_ONLY = "row"
_CAMPAIGNS = "campaign"
_MOST_REMEMBERED = 20_000


class AzureCases(Part):
    """Tables ``cases``, ``caseids``, ``caselists`` and ``campaigns``."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        super().__init__(storage, clock)
        self._cases = Table(storage, "cases")
        self._case_ids = Table(storage, "caseids")
        self._lists = CaseLists(storage, self._cases)
        self._campaigns = Table(storage, "campaigns")
        self._partitions: dict[str, str] = {}

    async def current_cases(self, identity_keys: Collection[str]) -> dict[str, tuple[Case, str]]:
        """Return each identity's latest case (by opened_at, then id) and its etag; nothing for those without one."""
        found = await at_once([lambda key=key: self._current(key) for key in identity_keys])  # type: ignore[misc]
        return {key: case for key, case in zip(identity_keys, found, strict=True) if case is not None}

    async def case(self, case_id: str) -> tuple[Case, str] | None:
        """Return a case and its etag."""
        partition = self._partitions.get(case_id) or await self._partition(case_id)
        row = await self._cases.get(partition, key_of(case_id)) if partition else None
        return (_case(row.body), row.etag) if row else None

    async def save_case(self, case: Case, etag: str | None) -> str:
        """Store a case; return the new etag. Raises ConflictError when someone else wrote first."""
        partition, row, body = key_of(case.identity.key), key_of(case.id), msgspec.json.encode(case)
        puts = self._lists.puts(case, body)
        if etag is None:
            # The way to it first: a case that can't be found by its id could never be triaged.
            puts.append(lambda: self._case_ids.put(row, _ONLY, partition.encode()))
        await at_once(puts)
        try:
            if etag is None:
                return await self._cases.insert(partition, row, body)
            return await self._cases.replace(partition, row, body, etag)
        except ConflictError:
            await self._lists.align(case)
            raise

    async def cases(self) -> list[Case]:
        """Return all cases, latest signal first (ties by id). Reads the whole table: for who wants all of them."""
        return _latest_first(_case(row.body) for row in await self._cases.query())

    async def open_cases(self) -> list[Case]:
        """Return the cases that are open or owed triage, latest signal first (ties by id)."""
        if not await self._lists.is_whole():
            return [case for case in await self.cases() if case.is_unfinished]
        return _latest_first(case for case in await self._lists.latest() if case.is_unfinished)

    async def latest_cases(self, most: int) -> list[Case]:
        """Return up to so many cases, latest signal first (ties by id)."""
        if not await self._lists.is_whole():
            return (await self.cases())[:most]
        newest = await self._lists.latest()
        ended = await self._lists.ended(most=most + len(newest))
        # The last form of a case wins: that of `newest`, else the latest of `ended`.
        return _latest_first({case.id: case for case in (*reversed(ended), *newest)}.values())[:most]

    async def campaign_members(self, case_id: str) -> list[Case]:
        """Return the cases that are part of a campaign, latest signal first (ties by id)."""
        if not await self._lists.is_whole():
            return [case for case in await self.cases() if case.campaign_id == case_id]
        return _latest_first(await self._lists.members(case_id))

    async def silent_cases(self, before: datetime) -> list[Case]:
        """Return the cases whose last signal was before a time. Each is read once more: what is found is forgotten."""
        if not await self._lists.is_whole():
            return [case for case in await self.cases() if case.last_signal_at < before]
        found = [*await self._lists.latest(), *await self._lists.ended(before=before)]
        ids = {case.id for case in found if case.last_signal_at < before}
        stored = await at_once([lambda one=one: self.case(one) for one in ids])  # type: ignore[misc]
        return _latest_first(one[0] for one in stored if one is not None and one[0].last_signal_at < before)

    async def mend_lists(self) -> int:
        """Compare what lists are read from with the cases, once a day; return how many rows were wrong."""
        return await self._lists.mend(self._clock(), system_clock() - ORPHANED_AFTER)

    async def save_campaign(self, campaign: Campaign) -> None:
        """Store a campaign, replacing an earlier form of it."""
        await self._campaigns.put(_CAMPAIGNS, key_of(campaign.id), msgspec.json.encode(campaign))

    async def campaigns(self) -> list[Campaign]:
        """Return all campaigns, oldest first (ties by id)."""
        rows = await self._campaigns.query("PartitionKey eq @p", p=_CAMPAIGNS)
        return sorted((_campaign(row.body) for row in rows), key=lambda one: (one.first_at, one.id))

    async def _current(self, identity_key: str) -> tuple[Case, str] | None:
        rows = await self._cases.query("PartitionKey eq @p", p=key_of(identity_key))
        found = [(_case(row.body), row.etag) for row in rows]
        return max(found, key=lambda one: (one[0].opened_at, one[0].id), default=None)

    async def _partition(self, case_id: str) -> str | None:
        found: Row | None = await self._case_ids.get(key_of(case_id), _ONLY)
        if found is None:
            return None
        if len(self._partitions) >= _MOST_REMEMBERED:
            self._partitions.clear()
        return self._partitions.setdefault(case_id, found.body.decode())


def _latest_first(cases: Iterable[Case]) -> list[Case]:
    return sorted(sorted(cases, key=lambda case: case.id), key=lambda case: case.last_signal_at, reverse=True)
