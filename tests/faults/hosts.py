"""Local hosts that can be killed at any moment, started again in no time: forked from one process that has the app.

``python -m tests.faults.hosts FOLDER`` reads commands on standard input, one a line: ``host NAME SECONDS`` forks a
host that keeps its events in ``FOLDER/NAME.sqlite`` and begins SECONDS after the story's present, ``worker NAME SECONDS``
a worker for a host elsewhere; both answer with the process id. Each is a process group of its own. All share the state
that the environment names.
"""

import asyncio
import contextlib
import importlib
import logging
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec

from local import story
from local.host import host
from local.host.event_log import EventLog
from local.host.host import Host
from local.host.host_json import HostSettings, read_host_json
from local.host.queues import QueueReader
from local.system import APP_FOLDER, ENVIRONMENT, UNLIMITED
from local.tenant import StandInCredential, Tenant, TenantServer
from shared import pipeline
from shared.app import install, open_app
from shared.clock import clock_from
from shared.settings import Settings
from tests.faults.apart import work

ROOT = Path(__file__).parents[2]
VISIBILITY_SECONDS = 3.0
"""How soon a message of a killed host comes back; ten seconds usually."""
BUSY_SECONDS = 2
RETRY_SECONDS = 3.0
"""When a message that failed is tried again; ``visibilityTimeout`` of host.json is 30 seconds."""


class Hosts:
    """The hosts of one run, from the runner's side."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._log = (folder / "hosts.log").open("ab")
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.hosts", str(folder)],
            cwd=ROOT,
            env={**{k: v for k, v in os.environ.items() if not k.startswith("TRIAGE_")}, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._running: dict[str, int] = {}

    def start(self, name: str, seconds: float, *, kind: Literal["host", "worker"] = "host") -> None:
        """Fork one whose clock reads so many seconds after the story's present."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(f"{kind} {name} {seconds:.3f}\n")
        self._parent.stdin.flush()
        answer = self._parent.stdout.readline()
        assert answer, "the hosts' parent has ended: see hosts.log"
        self._running[name] = int(answer)

    def kill(self, name: str) -> None:
        """End a host with all that is its, at once."""
        os.killpg(self._running.pop(name), signal.SIGKILL)

    def check(self) -> None:
        """Raise RuntimeError when a host has ended that nobody killed."""
        for name, process in self._running.items():
            try:
                os.kill(process, 0)
            except ProcessLookupError:
                raise RuntimeError(f"host `{name}` ended by itself: see hosts.log") from None

    def close(self) -> None:
        """End all."""
        for name in list(self._running):
            with contextlib.suppress(ProcessLookupError):
                self.kill(name)
        assert self._parent.stdin is not None
        self._parent.stdin.close()
        self._parent.wait(10)
        assert self._parent.stdout is not None
        self._parent.stdout.close()
        self._log.close()


async def _serve(folder: Path, name: str, seconds: float) -> None:
    clock = clock_from(story.NOW + timedelta(seconds=seconds))
    settings = msgspec.structs.replace(Settings.from_env(os.environ), graph_share=UNLIMITED)
    async with TenantServer(Tenant.load(msgspec.json.decode((folder / "tenant.json").read_bytes()))) as tenant:
        settings = msgspec.structs.replace(settings, graph_url=tenant.url)
        events = EventLog.open(folder / f"{name}.sqlite", clock=clock)
        app = await open_app(settings, clock=clock, credential=StandInCredential())
        install(app)
        await Host.start(APP_FOLDER, state=app.own.state, event_log=events, environ=ENVIRONMENT, clock=clock)
        await asyncio.Event().wait()


def quick_host_json(path: Path) -> HostSettings:
    """Return the settings of a host.json file, with quick retries of queue messages."""
    settings = read_host_json(path)
    queues = msgspec.structs.replace(settings.queues, visibility_timeout_seconds=RETRY_SECONDS)
    return msgspec.structs.replace(settings, queues=queues)


def main() -> None:
    """Fork hosts until standard input ends."""
    # So that no fork has to load them: the app, and what its first triage loads.
    for module in ("function_app", "anyio.to_thread", "h2.connection", "httpcore", "jinja2", "msgraph"):
        importlib.import_module(module)

    folder = Path(sys.argv[1])
    logging.basicConfig(level=logging.INFO, format="%(process)d %(name)s %(message)s")
    logging.getLogger("azure").setLevel(logging.WARNING)
    pipeline.BUSY_SECONDS = BUSY_SECONDS
    assert QueueReader.__init__.__kwdefaults__ is not None
    QueueReader.__init__.__kwdefaults__["visibility_seconds"] = VISIBILITY_SECONDS
    host.read_host_json = quick_host_json
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    running: dict[str, int] = {}
    for line in sys.stdin:
        kind, name, seconds = line.split()
        child = os.fork()
        if child == 0:
            os.close(0)
            asyncio.run(work(folder, float(seconds)) if kind == "worker" else _serve(folder, name, float(seconds)))
            os._exit(0)
        # Here and not in the child: whoever reads the number may kill the group at once.
        os.setpgid(child, child)
        running[name] = child
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
    # Whoever gave the commands has ended, in peace or not.
    for child in running.values():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
