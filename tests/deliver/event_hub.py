"""An event hub on loopback that takes events: as much of AMQP 1.0 as a producer speaks, no more.

Frames are read and written with the SDK's own codec; what a server must do with them is here.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from azure.eventhub._pyamqp import performatives as frames
from azure.eventhub._pyamqp._decode import decode_frame, decode_payload
from azure.eventhub._pyamqp._encode import encode_frame, encode_payload
from azure.eventhub._pyamqp.endpoints import Source, Target
from azure.eventhub._pyamqp.message import Message, Properties
from azure.eventhub._pyamqp.outcomes import Accepted

SASL_HEADER, AMQP_HEADER = b"AMQP\x03\x01\x00\x00", b"AMQP\x00\x01\x00\x00"
SASL = b"\x01"
OPEN, BEGIN, ATTACH, TRANSFER, DETACH, END, CLOSE = 16, 17, 18, 20, 22, 23, 24
BATCH = 0x80013700
SENDER, RECEIVER = False, True


class EventHub:
    """One hub. ``status`` is what it answers to tokens."""

    def __init__(self) -> None:
        self.events: list[Message] = []
        self.addresses: list[str] = []
        self.token_types: list[str] = []
        self.status = 202
        self.connections = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["EventHub"]:
        """Serve on a free port of loopback."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        server.close()
        self.drop()

    def drop(self) -> None:
        """Let every connection go, as a hub does with idle ones."""
        while self._writers:
            self._writers.pop().close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._greet(reader, writer)
            await _Connection(self, reader, writer).run()
        writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(8) == SASL_HEADER
        writer.write(SASL_HEADER)
        send(writer, 0, frames.SASLMechanism([b"MSSBCBS", b"ANONYMOUS", b"PLAIN"]), SASL)
        await read(reader)
        send(writer, 0, frames.SASLOutcome(0, b""), SASL)
        assert await reader.readexactly(8) == AMQP_HEADER
        writer.write(AMQP_HEADER)


class _Connection:
    """One connection: its links by channel and handle."""

    def __init__(self, hub: EventHub, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._hub = hub
        self._reader = reader
        self._writer = writer
        self._links: dict[tuple[int, int], str] = {}
        self._answers: dict[int, int] = {}
        self._parts: dict[tuple[int, int], bytearray] = {}

    async def run(self) -> None:
        """Answer frames until the other side closes."""
        while True:
            channel, kind, fields = await read(self._reader)
            if kind == OPEN:
                self._send(channel, frames.OpenFrame("hub", None, 65536, 100, None, None, None, None, None, None))
            elif kind == BEGIN:
                self._send(channel, frames.BeginFrame(channel, 0, 65535, 65535, 255, None, None, None))
            elif kind == ATTACH:
                self._attach(channel, fields)
            elif kind == TRANSFER:
                self._transfer(channel, fields)
            elif kind == DETACH:
                self._send(channel, frames.DetachFrame(fields[0], True, None))
            elif kind == END:
                self._send(channel, frames.EndFrame(None))
            elif kind == CLOSE:
                self._send(channel, frames.CloseFrame(None))
                return

    def _send(self, channel: int, frame: Any) -> None:
        send(self._writer, channel, frame)

    def _attach(self, channel: int, fields: list[Any]) -> None:
        name, handle, role = fields[0].decode(), fields[1], fields[2]
        address = fields[6][0] if role is SENDER else fields[5][0]
        address = address.decode() if isinstance(address, bytes) else str(address)
        self._links[channel, handle] = address
        if role is RECEIVER:
            self._answers[channel] = handle
        elif address != "$cbs":
            self._hub.addresses.append(address)
        count = 0 if role is RECEIVER else None
        source, target = Source(address=address), Target(address=address)
        attach = frames.AttachFrame(
            name, handle, not role, 0, 0, source, target, None, False, count, 2**20, None, None, None
        )
        self._send(channel, attach)
        if role is SENDER:
            self._send(channel, frames.FlowFrame(0, 65535, 0, 65535, handle, 0, 1000, None, False, False, None))

    def _transfer(self, channel: int, fields: list[Any]) -> None:
        link, delivery, more, payload = (channel, fields[0]), fields[1], fields[5], fields[-1]
        self._parts.setdefault(link, bytearray()).extend(payload)
        if more:
            return
        message = decode_payload(memoryview(bytes(self._parts.pop(link))))
        self._send(channel, frames.DispositionFrame(RECEIVER, delivery, delivery, True, Accepted(), None))
        if self._links[link] == "$cbs":
            self._hub.token_types.append(message.application_properties[b"type"].decode())
            self._answer(channel, message)
        elif fields[3] == BATCH:
            self._hub.events += [decode_payload(memoryview(bytes(part))) for part in message.data]
        else:
            self._hub.events.append(message)

    def _answer(self, channel: int, request: Message) -> None:
        """Say whether the token is good."""
        said = {"status-code": self._hub.status, "status-description": "as the test says"}
        properties = Properties(correlation_id=request.properties.message_id)
        payload = bytes(encode_payload(bytearray(), Message(properties=properties, application_properties=said)))
        handle = self._answers[channel]
        transfer = frames.TransferFrame(handle, 0, b"0", 0, True, False, None, None, None, None, None, payload)
        self._send(channel, transfer)


async def read(reader: asyncio.StreamReader) -> tuple[int, int, list[Any]]:
    """Return the next frame that is not empty: channel, kind, fields."""
    while True:
        header = await reader.readexactly(8)
        size, _, _, channel = struct.unpack(">IBBH", header)
        if size > 8:
            kind, fields = decode_frame(memoryview(await reader.readexactly(size - 8)))
            return channel, kind, fields


def send(writer: asyncio.StreamWriter, channel: int, frame: Any, kind: bytes = b"\x00") -> None:
    """Write one frame."""
    header, data = encode_frame(frame, kind)
    writer.write(header + struct.pack(">H", channel) + (data or b""))
