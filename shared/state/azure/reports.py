"""Reports by version, where each was delivered, and what was parked."""

import msgspec

from shared.clock import Clock
from shared.errors import ConflictError
from shared.models.cases import Parked
from shared.models.reports import Delivery, Report
from shared.state.azure.rows import Table, key_of
from shared.state.azure.storage import Part, Storage
from shared.state.values import body_reader

_report = body_reader(msgspec.json.Decoder(Report))
_delivery = body_reader(msgspec.json.Decoder(Delivery))
_parked = body_reader(msgspec.json.Decoder(Parked))
_LAST = 10**10 - 1
_ONLY = "row"


class AzureReports(Part):
    """Tables ``reports`` (a case's newest version is its first row) and ``deliveries``."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        super().__init__(storage, clock)
        self._reports = Table(storage, "reports")
        self._deliveries = Table(storage, "deliveries")

    async def save_report(self, report: Report) -> None:
        """Store one version, replacing the same version (a rerun after a crash)."""
        await self._reports.put(key_of(report.case_id), _version(report.version), msgspec.json.encode(report))

    async def report(self, case_id: str, version: int | None = None) -> Report | None:
        """Return one version, or the latest."""
        if version is not None:
            row = await self._reports.get(key_of(case_id), _version(version))
            return _report(row.body) if row else None
        rows = await self._reports.query("PartitionKey eq @p", p=key_of(case_id), limit=1)
        return _report(rows[0].body) if rows else None

    async def deliveries(self, case_id: str) -> list[Delivery]:
        """Return the state of a case at every destination it was sent to, by destination."""
        rows = await self._deliveries.query("PartitionKey eq @p", p=key_of(case_id))
        return sorted((_delivery(row.body) for row in rows), key=lambda one: one.destination)

    async def save_delivery(self, delivery: Delivery) -> None:
        """Store the state of a case at a destination, replacing the earlier one."""
        keys = key_of(delivery.case_id), key_of(delivery.destination)
        await self._deliveries.put(*keys, msgspec.json.encode(delivery))


class AzureParking(Part):
    """Table ``parked``."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        super().__init__(storage, clock)
        self._parked = Table(storage, "parked")

    async def park(self, parked: Parked) -> None:
        """Keep it; parking the same id again changes nothing."""
        try:
            await self._parked.insert(key_of(parked.id), _ONLY, msgspec.json.encode(parked))
        except ConflictError:
            return  # it is there

    async def parked(self) -> list[Parked]:
        """Return everything parked, oldest first (ties by id). Reads the whole table, which is small."""
        return sorted((_parked(row.body) for row in await self._parked.query()), key=lambda one: (one.at, one.id))

    async def parked_names(self) -> list[str]:
        """Return one name for each thing parked, by which to tell whether others are; reads no bytes of them."""
        return sorted(key["PartitionKey"] for key in await self._parked.keys("RowKey eq @row", row=_ONLY))

    async def unpark(self, parked_id: str) -> None:
        """Forget it, after a replay. Unknown ids are no error."""
        await self._parked.delete(key_of(parked_id), _ONLY)


def _version(version: int) -> str:
    """Return a row key that sorts later versions first."""
    return f"{_LAST - version:010d}"
