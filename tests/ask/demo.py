"""The demo's tenant behind the door: its story told, HTTP served, its people asked about as an analyst would."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from local import story
from local.host.http import Keys
from local.skills_page import tell_story
from local.story.people import TENANT_ID
from local.system import UNLIMITED, running
from local.tenant import Tenant
from shared.clock import ManualClock
from shared.settings import Settings
from shared.state.sqlite import MEMORY
from tests.ask.door import MASTER_KEY, OTHER_KEY, Door
from tests.systems import KEY

SETTINGS = Settings(tenant_id=TENANT_ID, state_path=MEMORY, graph_share=UNLIMITED)


@asynccontextmanager
async def demo() -> AsyncIterator[Door]:
    """Serve the demo's tenant after its story, with two callers' keys; triage has been done."""
    clock = ManualClock(story.NOW)
    with tempfile.TemporaryDirectory(prefix="entra-triage-") as folder:
        async with (
            running(
                Tenant.load(story.tenant()),
                Path(folder),
                SETTINGS,
                clock=clock,
                sleep=clock.sleep,
                mode="stepped",
                port=0,
                keys=Keys(function=(KEY, OTHER_KEY), master=MASTER_KEY),
            ) as system,
            aiohttp.ClientSession() as http,
        ):
            await tell_story(system)
            yield Door(http, system, clock)
