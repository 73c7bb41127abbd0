"""Azurite behind a proxy with ports that stay: cut off, killed and started again while the app goes on."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from local.azurite import Azurite, running_azurite

SETTLE_SECONDS = 6.0
"""Azurite writes to its folder every five seconds; real storage has written before it answers. So it is cut off first,
and killed when all that it has answered is in its folder."""


class Cable:
    """One port that leads to another, until it is cut."""

    def __init__(self) -> None:
        self.target: tuple[str, int] | None = None
        self.refusal: bytes | None = None
        """What is answered to any request instead of leading on: a whole HTTP response."""
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Reset every connection, and each new one."""
        self.target = None
        for writer in list(self._open):
            writer.transport.abort()

    async def stop(self) -> None:
        """Listen no longer."""
        self.cut()
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusal is not None and await reader.read(65536):
            writer.write(self.refusal)
            writer.close()
            return
        if self.target is None:
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            self._open.discard(writer)
            return
        self._open.add(far_writer)
        try:
            await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
        finally:
            for one in (writer, far_writer):
                one.close()
                self._open.discard(one)


class Cables:
    """Cables to the three services of an account; their ports stay when they lead elsewhere."""

    def __init__(self) -> None:
        self._each = {service: Cable() for service in ("Blob", "Queue", "Table")}

    async def lead_to(self, connection: str) -> str:
        """Lead to the services of a connection string; return the one that goes through the cables."""
        parts = dict(part.split("=", 1) for part in connection.rstrip(";").split(";"))
        for service, cable in self._each.items():
            if not cable.port:
                await cable.start()
            url = urlsplit(parts[f"{service}Endpoint"])
            cable.target = ("127.0.0.1", url.port or 0)
            parts[f"{service}Endpoint"] = f"http://127.0.0.1:{cable.port}{url.path}"
        return ";".join(f"{name}={value}" for name, value in parts.items()) + ";"

    def refuse(self, answer: bytes | None) -> None:
        """Answer this to every request from now on, also on open connections; None: no longer."""
        for cable in self._each.values():
            target = cable.target
            cable.cut()
            cable.target, cable.refusal = target, answer

    def cut(self) -> None:
        """Reset all."""
        for cable in self._each.values():
            cable.cut()

    async def stop(self) -> None:
        """Listen no longer."""
        for cable in self._each.values():
            await cable.stop()


class Storage:
    """An Azurite that can be killed; ``connection`` stays the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: AbstractContextManager[Azurite] | None = None
        self._azurite: Azurite | None = None
        self._cables = Cables()
        self.connection = ""

    async def start(self) -> None:
        """Start it and connect."""
        self._running = running_azurite(self._folder)
        self._azurite = await asyncio.to_thread(self._running.__enter__)
        self.connection = await self._cables.lead_to(self._azurite.account(0))

    def cut(self) -> None:
        """Reset all connections and take no new ones."""
        self._cables.cut()

    async def kill(self) -> None:
        """Cut it off, kill it, and start it again."""
        self.cut()
        await asyncio.sleep(SETTLE_SECONDS)
        assert self._azurite is not None
        assert self._running is not None
        os.kill(self._azurite.process_id, signal.SIGKILL)
        await asyncio.to_thread(self._running.__exit__, None, None, None)
        await self.start()

    async def close(self) -> None:
        """End it."""
        await self._cables.stop()
        if self._running is not None:
            await asyncio.to_thread(self._running.__exit__, None, None, None)


@asynccontextmanager
async def storage_in(folder: Path) -> AsyncIterator[Storage]:
    """Run one, and end it."""
    storage = Storage(folder)
    await storage.start()
    try:
        yield storage
    finally:
        await storage.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except (ConnectionError, OSError, RuntimeError):
        writer.transport.abort()
