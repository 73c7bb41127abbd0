"""The demo's tenant behind the door: its story told, HTTP served, its people asked about as an analyst would."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from local import story
from local.skills_page import tell_story
from local.story.people import TENANT_ID
from local.system import UNLIMITED
from shared.settings import Settings
from shared.state.sqlite import MEMORY
from tests.ask.door import Door, door

SETTINGS = Settings(tenant_id=TENANT_ID, state_path=MEMORY, graph_share=UNLIMITED)


@asynccontextmanager
async def demo() -> AsyncIterator[Door]:
    """Serve the demo's tenant after its story, with two callers' keys; triage has been done."""
    with tempfile.TemporaryDirectory(prefix="entra-triage-") as folder:
        async with door(Path(folder), tenant=story.tenant(), settings=SETTINGS, now=story.NOW) as made:
            await tell_story(made.system)
            yield made
