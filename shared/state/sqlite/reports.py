"""Reports by version, where each was delivered, and what was parked."""

import msgspec

from shared.models.cases import Parked
from shared.models.reports import Delivery, Report
from shared.state.sqlite.database import Part
from shared.state.values import body_reader, to_micros

_report = body_reader(msgspec.json.Decoder(Report))
_delivery = body_reader(msgspec.json.Decoder(Delivery))
_parked = body_reader(msgspec.json.Decoder(Parked))


class SqliteReports(Part):
    """Tables ``reports`` and ``deliveries``."""

    async def save_report(self, report: Report) -> None:
        """Store one version, replacing the same version (a rerun after a crash)."""
        await self._database.change(
            "INSERT OR REPLACE INTO reports (case_id, version, body) VALUES (?, ?, ?)",
            (report.case_id, report.version, msgspec.json.encode(report)),
        )

    async def report(self, case_id: str, version: int | None = None) -> Report | None:
        """Return one version, or the latest."""
        found = await self._database.select(
            "SELECT body FROM reports WHERE case_id = ? AND version = ifnull(?, version) ORDER BY version DESC LIMIT 1",
            (case_id, version),
            _report,
        )
        return next(iter(found), None)

    async def deliveries(self, case_id: str) -> list[Delivery]:
        """Return the state of a case at every destination it was sent to, by destination."""
        statement = "SELECT body FROM deliveries WHERE case_id = ? ORDER BY destination"
        return await self._database.select(statement, (case_id,), _delivery)

    async def save_delivery(self, delivery: Delivery) -> None:
        """Store the state of a case at a destination, replacing the earlier one."""
        await self._database.change(
            "INSERT OR REPLACE INTO deliveries (case_id, destination, body) VALUES (?, ?, ?)",
            (delivery.case_id, delivery.destination, msgspec.json.encode(delivery)),
        )


class SqliteParking(Part):
    """Table ``parked``."""

    async def park(self, parked: Parked) -> None:
        """Keep it; parking the same id again changes nothing."""
        await self._database.change(
            "INSERT INTO parked (id, at, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (parked.id, to_micros(parked.at), msgspec.json.encode(parked)),
        )

    async def parked(self) -> list[Parked]:
        """Return everything parked, oldest first (ties by id)."""
        return await self._database.select("SELECT body FROM parked ORDER BY at, id", (), _parked)

    async def parked_names(self) -> list[str]:
        """Return one name for each thing parked, by which to tell whether others are; reads no bytes of them."""
        return await self._database.select("SELECT id FROM parked ORDER BY id", (), str)

    async def unpark(self, parked_id: str) -> None:
        """Forget it, after a replay. Unknown ids are no error."""
        await self._database.change("DELETE FROM parked WHERE id = ?", (parked_id,))
