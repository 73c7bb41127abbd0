"""Embedded state, and a bench that delivers to one destination."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import aiohttp
import pytest

from local.tenant.credential import StandInCredential
from shared.clients import Services
from shared.deliver.deliver import deliver
from shared.deliver.destination import Closes, Destination, destinations_of
from shared.models.reports import Delivery, Report
from shared.settings import Settings
from shared.state.interface import State
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

    def __init__(
        self,
        settings: Settings,
        state: State,
        http: aiohttp.ClientSession | None = None,
        destinations: tuple[Destination, ...] = (),
    ) -> None:
        self.state = state
        self._settings = settings
        if http is not None:
            destinations = destinations_of(settings, state, http, StandInCredential())
        self._destinations = destinations

    @classmethod
    def of(cls, settings: Settings, services: Services) -> Self:
        """Return a bench over services that are open already."""
        return cls(settings, services.state, destinations=services.destinations)

    async def close(self) -> None:
        """Close what destinations keep open."""
        for destination in self._destinations:
            if isinstance(destination, Closes):
                await destination.close()

    async def send(self, *reports: Report) -> Delivery:
        """Save and deliver reports one after another; return the last delivery."""
        for report in reports:
            await self.state.save_report(report)
            (delivery,) = await deliver(report, self._destinations, self.state, self._settings, minutes(5))
        return delivery

    async def probe(self) -> str:
        """Probe the destination, as the doctor does."""
        (destination,) = self._destinations
        return await destination.probe()

    async def forget(self) -> None:
        """Lose what is known of deliveries, as a crash before the save does."""
        for known in await self.state.deliveries("case-0123456789ab"):
            lost = Delivery(
                case_id=known.case_id, destination=known.destination, version=0, status="pending", at=known.at
            )
            await self.state.save_delivery(lost)
