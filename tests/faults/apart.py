"""A worker in a process of its own, so that it can be killed while its host lives on: both ends of the wire.

The worker library and the app are the real ones. In Azure host and worker speak gRPC; here a Unix socket carries the same
messages. What the host does when its worker ends is what Azure's does: the invocations that the worker had fail, another
worker is started while later invocations wait for it, and after the third end the host ends itself, to be started anew.
Source: ``RpcFunctionInvocationDispatcher`` and ``GrpcWorkerChannel`` of Azure/azure-functions-host.
"""

import asyncio
import os
import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from local import story
from local.host.worker import Function, Outcome, Worker
from local.system import APP_FOLDER, ENVIRONMENT, UNLIMITED
from local.tenant import StandInCredential
from shared.app import install, open_app
from shared.clock import clock_from
from shared.settings import Settings

SOCKET = "worker.socket"
MOST_ENDS = 3
"""After so many ends of its workers within half an hour Azure's host starts none, and ends itself."""
ENDED = "WorkerProcessExitException"


class Running(msgspec.Struct):
    """An invocation that the worker has."""

    function: str
    result: asyncio.Future[Outcome]


class WorkerApart(Worker):
    """The host's end: looks like the worker that a host has in its own process. Use one for each host."""

    def __init__(self, folder: Path, start: Callable[[], None]) -> None:
        """``start`` starts a process that connects to ``folder``."""
        super().__init__({})
        self.running: dict[str, Running] = {}
        self.ends = 0
        self.is_given_up = asyncio.Event()
        self._folder, self._start = folder, start
        self._ready = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self._closing = False

    async def begin(self, _app_folder: Path) -> "WorkerApart":
        """Start the first process; return when it has loaded the app."""
        self._server = await asyncio.start_unix_server(self._connected, self._folder / SOCKET)
        self._start()
        await self._ready.wait()
        return self

    def has(self, prefix: str) -> int:
        """Return how many invocations of functions whose names begin so the worker has."""
        return sum(one.function.startswith(prefix) for one in self.running.values())

    async def invoke(self, function: Function, invocation_id: str, inputs: Any, **rest: Any) -> Outcome:
        """Have the process run a function; its end fails the invocation."""
        await self._ready.wait()
        if self.is_given_up.is_set():
            return Outcome(ok=False, error_type=ENDED)
        one = Running(function.name, asyncio.get_running_loop().create_future())
        self.running[invocation_id] = one
        assert self._writer is not None
        try:
            await _send(self._writer, (function.name, invocation_id, inputs, rest))
            return await one.result
        except ConnectionError:
            return Outcome(ok=False, error_type=ENDED)
        finally:
            del self.running[invocation_id]

    async def close(self) -> None:
        """Let go of the process, which ends by that."""
        self._closing = True
        if self._writer is not None:
            self._writer.close()
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.functions = await _received(reader)
            self._writer = writer
            self._ready.set()
            while True:
                invocation_id, outcome = await _received(reader)
                self.running[invocation_id].result.set_result(outcome)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._ended()
        finally:
            writer.close()

    def _ended(self) -> None:
        if self._closing:
            return
        self.ends += 1
        self._ready.clear()
        for one in self.running.values():
            if not one.result.done():
                one.result.set_result(Outcome(ok=False, error_type=ENDED))
        if self.ends < MOST_ENDS:
            self._start()
        else:
            self.is_given_up.set()
            self._ready.set()


async def work(folder: Path, seconds: float) -> None:
    """Be the worker: load the app, tell its functions, run what is asked for. Ends with the connection."""
    clock = clock_from(story.NOW + timedelta(seconds=seconds))
    os.environ.update(ENVIRONMENT)
    settings = msgspec.structs.replace(Settings.from_env(os.environ), graph_share=UNLIMITED)
    install(await open_app(settings, clock=clock, credential=StandInCredential()))
    worker = await Worker.start(APP_FOLDER)
    reader, writer = await asyncio.open_unix_connection(folder / SOCKET)
    await _send(writer, worker.functions)

    async def run(name: str, invocation_id: str, inputs: Any, rest: Any) -> None:
        await _send(writer, (invocation_id, await worker.invoke(worker.functions[name], invocation_id, inputs, **rest)))

    async with asyncio.TaskGroup() as running:
        while True:
            running.create_task(run(*await _received(reader)))


async def _send(writer: asyncio.StreamWriter, message: object) -> None:
    data = pickle.dumps(message)
    writer.write(len(data).to_bytes(4) + data)
    await writer.drain()


async def _received(reader: asyncio.StreamReader) -> Any:
    size = int.from_bytes(await reader.readexactly(4))
    return pickle.loads(await reader.readexactly(size))  # noqa: S301 - both ends are ours
