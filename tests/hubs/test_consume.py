"""The whole system fed by real event hubs: what was sent becomes cases, once."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from azure.storage.blob.aio import ContainerClient
from rich.console import Console

from local.hubs.checkpoints import CONTAINER, Checkpoints
from local.hubs.connection import HubConnection
from local.hubs.consume import RealHubs
from local.hubs.send import send_bodies
from local.replay import SETTINGS, latest_moment, read_bodies, replay
from local.system import RISK_HUB, SIGN_IN_HUB, System, running
from local.tenant import Tenant
from shared.clock import clock_from
from shared.errors import AccessDeniedError, DependencyUnavailableError, InvalidRequestError, NotFoundError
from shared.state.interface import TICKET_QUEUE
from tests.hubs.broker import KEY, Namespace
from tests.hubs.conftest import RISK, SIGN_INS
from tests.ports import lasting_port

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "tests/scenarios/password_spray"
BODIES = read_bodies([SCENARIO / "events.json"])
NAMES = {RISK_HUB: RISK, SIGN_IN_HUB: SIGN_INS}


def hubs_at(namespace: Namespace, storage: str, names: dict[str, str] = NAMES, **key: str) -> RealHubs:
    """Return the app's two hubs."""
    connection = HubConnection(namespace.connection(**key))
    return RealHubs(connection, Checkpoints(storage), names, consumer_group="$Default", balance_seconds=0.5)


@asynccontextmanager
async def serving(folder: Path, namespace: Namespace, storage: str) -> AsyncIterator[System]:
    """Run the app on the namespace, state on disk."""
    hubs = hubs_at(namespace, storage)
    await hubs.prepare()
    clock = clock_from(latest_moment(BODIES))
    settings = msgspec.structs.replace(SETTINGS, state_path="state.sqlite", update_delay_seconds=0)
    tenant = Tenant.load(SCENARIO / "tenant.json")
    async with running(tenant, folder, settings, clock=clock, hubs=hubs) as system:
        yield system


async def checkpoints(storage: str) -> int:
    """Return how many events the checkpoints cover."""
    async with ContainerClient.from_connection_string(storage, CONTAINER) as container:
        blobs = [blob async for blob in container.list_blobs(include=["metadata"]) if "/checkpoint/" in blob.name]
    return sum(int(blob.metadata["sequencenumber"]) + 1 for blob in blobs)


async def settled(system: System, storage: str, events: int) -> None:
    """Wait until so many events are checkpointed and no triage is owed."""
    async with asyncio.timeout(60):
        while await checkpoints(storage) < events or not await system.is_idle():
            await asyncio.sleep(0.1)


async def outcome(system: System) -> dict[str, Any]:
    """Return each identity's verdict and version, and how many tickets went out for it."""
    found = {}
    tickets = await system.services.state.peek(TICKET_QUEUE, 1000)
    for case in await system.services.state.cases():
        report = await system.services.state.report(case.id)
        assert report is not None
        sent = sum(case.id.encode() in ticket for ticket in tickets)
        found[case.identity.id] = (case.id, report.assessment.verdict, report.version, sent)
    return found


async def test_a_sent_recording_becomes_the_cases_of_a_replay(
    namespace: Namespace, storage: str, tmp_path: Path
) -> None:
    """Over both hubs and their partitions every record is processed; read again from the start, nothing is doubled."""
    middle = len(BODIES) // 2
    console = Console(quiet=True)
    connection = HubConnection(namespace.connection())
    sent = await send_bodies(BODIES[:middle], connection, RISK, console)
    sent_too = await send_bodies(BODIES[middle:], connection, SIGN_INS, console)
    events = sent.events + sent_too.events
    async with serving(tmp_path / "live", namespace, storage) as system:
        await settled(system, storage, events)
        first = await outcome(system)
        counted = (await system.services.state.counts())["records"]
    assert all(partition.events for name in (RISK, SIGN_INS) for partition in namespace.hubs[name].partitions)

    async with ContainerClient.from_connection_string(storage, CONTAINER) as container:
        async for blob in container.list_blobs():
            await container.delete_blob(blob.name)
    async with serving(tmp_path / "live", namespace, storage) as system:
        await settled(system, storage, events)
        assert await outcome(system) == first, "a lost checkpoint makes no second case, version or ticket"
        assert (await system.services.state.counts())["records"] == 2 * counted

    undisturbed = await replay(Tenant.load(SCENARIO / "tenant.json"), BODIES, tmp_path / "replay")
    assert counted == undisturbed["events"]["records"]
    assert {one: verdict for one, (_, verdict, _, _) in first.items()} == {
        row["identity"]["id"]: row["verdict"]
        for row in [*undisturbed["cases"], *(one for one in undisturbed["campaigns"] if "report" in one)]
    }


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"key": "d3Jvbmc="}, AccessDeniedError, "denied the credential"),
        ({"names": {RISK_HUB: "nowhere"}}, NotFoundError, "no event hub `nowhere`"),
    ],
)
async def test_what_is_wrong_with_hubs_is_said_at_the_start(
    namespace: Namespace, storage: str, change: dict[str, Any], error: type[Exception], words: str
) -> None:
    """The SDK would log it and try for ever."""
    with pytest.raises(error, match=words) as refused:
        await hubs_at(namespace, storage, **change).prepare()
    assert KEY not in str(refused.value)


async def test_what_is_wrong_with_the_storage_account_is_said_at_the_start(namespace: Namespace, storage: str) -> None:
    """A wrong key, nobody there, no account at all; none repeats the key."""
    wrong = storage.replace("AccountKey=", "AccountKey=d3Jvbmcx")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:{free.getsockname()[1]}/a;"
        for text, error in ((wrong, AccessDeniedError), (nobody, DependencyUnavailableError)):
            with pytest.raises(error) as refused:
                await hubs_at(namespace, text).prepare()
            assert "AccountKey" not in f"{refused.value}{refused.value.hint}"
    for text in ("nonsense", "AccountName=a;x"):
        with pytest.raises(InvalidRequestError):
            await hubs_at(namespace, text).prepare()


async def test_serve_reads_what_send_sends(namespace: Namespace, storage: str, tmp_path: Path) -> None:
    """Both commands as a user runs them, and serve killed in between: a ticket for who fell and one for the spray."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")},
        "HUBS": namespace.connection(),
        "STORE": storage,
        "PYTHONPATH": str(ROOT),
        "TRIAGE_LEASE_SECONDS": "4",
    }
    port = str(lasting_port())
    log = (tmp_path / "serve.log").open("ab")
    now = latest_moment(BODIES).isoformat()
    serve = [sys.executable, "-m", "local", "serve", "--port", port, "--now", now]
    serve += ["--tenant", str(SCENARIO / "tenant.json"), "--event-hub-env", "HUBS", "--checkpoints-env", "STORE"]
    send = [sys.executable, "-m", "local", "send", "--events", str(SCENARIO / "events.json")]
    send += ["--connection-env", "HUBS", "--hub", RISK]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(serve, cwd=tmp_path, env=environment, stdout=log, stderr=log)

    async with aiohttp.ClientSession() as http:
        process = start()
        try:
            sent = await asyncio.to_thread(subprocess.run, send, env=environment, capture_output=True, text=True)
            assert sent.returncode == 0, sent.stderr
            await until_tickets(http, port, process, 1)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process = start()
            kinds = sorted(case["identity"]["kind"] for case in await until_tickets(http, port, process, 2))
            said = (tmp_path / "serve.log").read_text()
            assert f"{RISK} (2 partitions), {SIGN_INS} (2 partitions)" in said
            assert kinds == ["campaign", "user"]
        finally:
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 30) == 0
            log.close()
    assert KEY not in said + sent.stdout + sent.stderr


async def until_tickets(
    http: aiohttp.ClientSession, port: str, process: subprocess.Popen[bytes], count: int
) -> list[dict[str, Any]]:
    """Wait until serve has so many tickets and owes nothing."""
    async with asyncio.timeout(90):
        while True:
            assert process.poll() is None
            try:
                async with http.get(f"http://127.0.0.1:{port}/local/tickets") as answer:
                    tickets = (await answer.json())["value"]
                async with http.get(f"http://127.0.0.1:{port}/local/owed") as answer:
                    owed = await answer.json()
                if len(tickets) >= count and not owed["triage"]:
                    return list(tickets)
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)
