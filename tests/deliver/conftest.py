"""Embedded state, and a bench that delivers to one destination."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from local.tenant.credential import StandInCredential
from shared.deliver.deliver import deliver
from shared.deliver.destination import destinations_of
from shared.models.reports import Delivery, Report
from shared.settings import Settings
from shared.state.sqlite import SqliteState
from tests.records import minutes


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[SqliteState]:
    """Open embedded state."""
    opened = SqliteState.open(tmp_path / "state.sqlite", clock=lambda: minutes(5))
    yield opened
    await opened.close()


class Bench:
    """Delivers reports to one destination, as the pipeline does."""

    def __init__(self, settings: Settings, state: SqliteState, http: aiohttp.ClientSession) -> None:
        self.state = state
        self._settings = settings
        self._destinations = destinations_of(settings, state, http, StandInCredential())

    async def send(self, *reports: Report) -> Delivery:
        """Save and deliver reports one after another; return the last delivery."""
        for report in reports:
            await self.state.save_report(report)
            (delivery,) = await deliver(report, self._destinations, self.state, self._settings, minutes(5))
        return delivery

    async def forget(self) -> None:
        """Lose what is known of deliveries, as a crash before the save does."""
        for known in await self.state.deliveries("case-0123456789ab"):
            lost = Delivery(
                case_id=known.case_id, destination=known.destination, version=0, status="pending", at=known.at
            )
            await self.state.save_delivery(lost)
