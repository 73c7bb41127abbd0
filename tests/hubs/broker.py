"""An Event Hubs namespace on loopback, for the SDK's own clients: hubs in memory, keys and tokens checked.

``Namespace({"risk-events": 2}).running()`` serves two partitions; ``stop`` and ``start`` keep what the hubs hold.
"""

import asyncio
import base64
import hashlib
import hmac
import time
import urllib.parse
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from tests.hubs.connection import Connection, Link
from tests.hubs.store import Hub, Partition

KEY = "bm90LWEtc2VjcmV0LWJ1dC1hLXRlc3Qta2V5"
KEY_NAME = "tests"
MAX_MESSAGE_BYTES = 1024 * 1024


class Namespace:
    """Hubs by name, with how many partitions each has.

    ``refuses_identity``: tokens of Entra are not good enough. ``takes``: messages until it is busy, for ever if None.
    ``token_types``, ``addresses`` and ``connections`` are what clients did.
    """

    def __init__(self, hubs: Mapping[str, int], *, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self.hubs = {name: Hub(name, [Partition() for _ in range(count)]) for name, count in hubs.items()}
        self.max_message_bytes = max_message_bytes
        self.refuses_identity = False
        self.takes: int | None = None
        self.token_types: list[str] = []
        self.addresses: list[str] = []
        self.connections = 0
        self.port = 0
        self.readers: list[Link] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def host(self) -> str:
        """What stands where Azure has NAME.servicebus.windows.net."""
        return f"127.0.0.1:{self.port}"

    def connection(self, *, key: str = KEY, hub: str | None = None) -> str:
        """Return a connection string, as the emulator's."""
        path = f"EntityPath={hub};" if hub else ""
        return (
            f"Endpoint=sb://{self.host}/;SharedAccessKeyName={KEY_NAME};SharedAccessKey={key};{path}"
            "UseDevelopmentEmulator=true;"
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Namespace"]:
        """Serve on a free port of loopback."""
        await self.start()
        try:
            yield self
        finally:
            await self.stop()

    async def start(self) -> None:
        """Serve, on the same port as before when there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End every connection and listen no more."""
        if self._server is not None:
            self._server.close()
            self.drop()
            await asyncio.gather(*self._serving)
            self._server = None

    def drop(self) -> None:
        """Let every connection go, as a hub does with idle ones."""
        for writer in self._writers:
            writer.close()

    def check(self, token_type: str, token: str) -> tuple[int, str]:
        """Return status and description for a token."""
        self.token_types.append(token_type)
        if token_type == "jwt":
            return (401, "Unauthorized access.") if self.refuses_identity else (202, "Accepted")
        parts = {name: urllib.parse.unquote(value) for name, value in urllib.parse.parse_qsl(token.partition(" ")[2])}
        signed = f"{urllib.parse.quote_plus(parts['sr'])}\n{parts['se']}".encode()
        signature = base64.b64encode(hmac.new(KEY.encode(), signed, hashlib.sha256).digest()).decode()
        if parts["skn"] != KEY_NAME or not hmac.compare_digest(signature, parts["sig"]):
            return 401, "InvalidSignature: The token has an invalid signature."
        return (202, "Accepted") if int(parts["se"]) > time.time() else (401, "ExpiredToken: The token is expired.")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await Connection(self, reader, writer).run()
        self.readers = [link for link in self.readers if link.writer is not writer]
        self._writers.discard(writer)
        self._serving.discard(task)
        writer.close()
