"""``serve`` under kill -9: nothing lost, nothing doubled. ``tests/faults`` kills more, and counts."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from local import story
from local.replay import replay
from local.tenant import Tenant
from shared.clock import iso, system_clock
from shared.state.interface import TICKET_QUEUE
from shared.state.sqlite import SqliteState
from tests.ports import lasting_port

ROOT = Path(__file__).parent.parent
KILLS = 2
WAIT_SECONDS = 90


class Served:
    """A ``serve`` process that can be killed and started again on the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tenant.json").write_bytes(msgspec.json.encode(story.tenant()))
        self.port = lasting_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it is ready when its port answers."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")},
            "PYTHONPATH": str(ROOT),
            "TRIAGE_LEASE_SECONDS": "4",
            "TRIAGE_UPDATE_DELAY_SECONDS": "1",
        }
        command = [sys.executable, "-m", "local", "serve", "--tenant", "tenant.json", "--port", str(self.port)]
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--now", iso(story.NOW)], cwd=self.folder, env=environment, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    async def ask(self, http: aiohttp.ClientSession, path: str) -> Any:
        """Return JSON from a path, waiting for the server to be up."""
        for _ in range(WAIT_SECONDS * 10):
            assert self.process is not None
            assert self.process.poll() is None, (self.folder / "serve.log").read_text()
            try:
                async with http.get(self.url + path) as answer:
                    return await answer.json()
            except aiohttp.ClientError:
                time.sleep(0.1)
        pytest.fail("serve did not come up: " + (self.folder / "serve.log").read_text())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Hand out a server and end it afterwards."""
    made = Served(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


async def post(http: aiohttp.ClientSession, url: str, body: bytes) -> bool:
    """Send one body as a producer would: True once it is acknowledged."""
    try:
        async with http.post(url, data=body, timeout=aiohttp.ClientTimeout(total=5)) as answer:
            return answer.status == 201
    except (aiohttp.ClientError, TimeoutError):
        return False


async def test_kill_and_restart_loses_nothing_and_doubles_nothing(served: Served, tmp_path: Path) -> None:
    """Killed twice in the middle of the story, the system ends with the tickets of an undisturbed run."""
    chance = random.Random(20260310)
    events = story.events()
    kills_at = set(chance.sample(range(10, len(events)), KILLS))
    served.start()
    async with aiohttp.ClientSession() as http:
        await served.ask(http, "/local/owed")
        for position, event in enumerate(events):
            if position in kills_at:
                time.sleep(chance.random() * 0.4)
                served.kill()
                served.start()
                await served.ask(http, "/local/owed")
            while not await post(http, f"{served.url}/local/event-hubs/{event.hub}", event.body):
                time.sleep(0.05)
        deadline = time.monotonic() + WAIT_SECONDS
        while await served.ask(http, "/local/owed") != {"events": 0, "triage": 0}:
            assert time.monotonic() < deadline, (tmp_path / "serve.log").read_text()
            time.sleep(0.2)
        desk = await served.ask(http, "/local/tickets")
    served.kill()

    undisturbed = await replay(Tenant.load(story.tenant()), [event.body for event in events], tmp_path / "undisturbed")
    rows = [*undisturbed["cases"], *(one for one in undisturbed["campaigns"] if "report" in one)]
    expected = {row["identity"]["id"]: (row["verdict"], row["status"]) for row in rows}
    state = SqliteState.open(tmp_path / ".local/state.sqlite", clock=system_clock)
    try:
        found, latest = {}, {}
        for case in await state.cases():
            report = await state.report(case.id)
            assert report is not None
            assert not case.needs_triage
            found[case.identity.id] = (report.assessment.verdict, report.status)
            latest[case.identity.id] = report.version
        sent = [msgspec.json.decode(body)["idempotencyKey"] for body in await state.peek(TICKET_QUEUE, 1000)]
        parked = [item for item in await state.parked() if item.kind == "triage"]
    finally:
        await state.close()
    assert found == expected
    assert len(sent) == len(set(sent))
    assert {key.rsplit("-v", 1)[0] for key in sent} == {row["case_id"] for row in rows}
    assert sorted(ticket["identity"]["id"] for ticket in desk["value"]) == sorted(expected), "one ticket an identity"
    for ticket in desk["value"]:
        versions = [entry["version"] for entry in ticket["history"]]
        assert versions == sorted(set(versions)), "each version once, in order"
        # A kill between saving and sending, and news before the next try, leave a version that nobody was sent.
        assert versions[-1] == latest[ticket["identity"]["id"]], "the last that came is the last that there is"
        assert [entry["action"] for entry in ticket["history"]].count("create") <= 1
    assert parked == []
