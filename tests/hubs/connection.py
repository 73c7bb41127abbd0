"""One client's connection: its sessions, its links, and what comes over them."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from azure.eventhub._pyamqp import performatives as frames
from azure.eventhub._pyamqp.endpoints import Source, Target
from azure.eventhub._pyamqp.error import AMQPError
from azure.eventhub._pyamqp.outcomes import Accepted

from tests.hubs import wire
from tests.hubs.store import Hub, Partition

if TYPE_CHECKING:
    from tests.hubs.broker import Namespace

CREDIT = 1000
WINDOW = 0x7FFFFFFF
FRAME_BYTES = 65536
ROOM_FOR_FIELDS = 256
EPOCH = b"com.microsoft:epoch"
_ADDRESS = re.compile(
    r"(?:\w+://[^/]+/)?(?P<hub>[^/]+)(?:/ConsumerGroups/(?P<group>[^/]+))?(?:/Partitions/(?P<id>\d+))?"
)


@dataclass
class Session:
    """A channel: how many frames the client takes, and the number of the next one."""

    channel: int
    window: int
    next_outgoing: int = 0
    next_incoming: int = 0


@dataclass(eq=False)
class Link:
    """One link. ``reads``: the client reads from it."""

    session: Session
    writer: asyncio.StreamWriter
    handle: int
    address: str
    reads: bool
    hub: Hub | None = None
    group: str = ""
    partition: Partition | None = None
    epoch: int | None = None
    next: int = 0
    credit: int = 0
    count: int = 0
    parts: bytearray = field(default_factory=bytearray)
    delivery: int = 0
    format: int = 0

    def send(self, frame: Any) -> None:
        """Write a frame on the link's channel."""
        wire.send(self.writer, self.session.channel, frame)

    def deliver(self, raw: bytes) -> None:
        """Send one message, in as many frames as it takes."""
        tag, size = str(self.count).encode(), FRAME_BYTES - ROOM_FOR_FIELDS
        for start in range(0, len(raw), size):
            more = start + size < len(raw)
            number, rest = self.session.next_outgoing, [None] * 5
            self.send(frames.TransferFrame(self.handle, number, tag, 0, False, more, *rest, raw[start : start + size]))
            self.session.next_outgoing += 1
            self.session.window -= 1
        self.count += 1
        self.credit -= 1

    def pump(self) -> None:
        """Send what the partition has and the client takes."""
        events = self.partition.events if self.partition else []
        while self.credit > 0 and self.session.window > WINDOW_RESERVE and self.next < len(events):
            self.next += 1
            self.deliver(events[self.next - 1].raw)

    def grant(self) -> None:
        """Let the client send."""
        self.credit = CREDIT
        session = self.session
        self.send(
            frames.FlowFrame(
                session.next_incoming,
                WINDOW,
                session.next_outgoing,
                WINDOW,
                self.handle,
                self.count,
                CREDIT,
                None,
                False,
                False,
                None,
            )
        )

    def detach(self, condition: str, description: str) -> None:
        """End the link with an error."""
        self.send(frames.DetachFrame(self.handle, True, AMQPError(condition.encode(), description)))


WINDOW_RESERVE = 32
"""Frames that the largest message takes."""


class Connection:
    """Answers one client until it closes."""

    def __init__(self, namespace: "Namespace", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._namespace = namespace
        self._reader = reader
        self._writer = writer
        self._sessions: dict[int, Session] = {}
        self._links: dict[tuple[int, int], Link] = {}
        self._claims: set[str] = set()

    async def run(self) -> None:
        """Sign in, then answer frames."""
        await self._greet()
        on = {
            wire.OPEN: self._open,
            wire.BEGIN: self._begin,
            wire.ATTACH: self._attach,
            wire.FLOW: self._flow,
            wire.TRANSFER: self._transfer,
            wire.DETACH: self._detach,
            wire.END: self._end,
        }
        while True:
            channel, kind, fields = await wire.read(self._reader)
            if kind == wire.CLOSE:
                wire.send(self._writer, channel, frames.CloseFrame(None))
                return
            if kind in on:
                on[kind](channel, fields)
            await self._writer.drain()

    async def _greet(self) -> None:
        assert await self._reader.readexactly(8) == wire.SASL_HEADER
        self._writer.write(wire.SASL_HEADER)
        wire.send(self._writer, 0, frames.SASLMechanism([b"MSSBCBS", b"ANONYMOUS", b"EXTERNAL"]), wire.SASL)
        await wire.read(self._reader)
        wire.send(self._writer, 0, frames.SASLOutcome(0, b""), wire.SASL)
        assert await self._reader.readexactly(8) == wire.AMQP_HEADER
        self._writer.write(wire.AMQP_HEADER)

    def _open(self, channel: int, _fields: list[Any]) -> None:
        wire.send(
            self._writer, channel, frames.OpenFrame("hub", None, FRAME_BYTES, 255, None, None, None, None, None, None)
        )

    def _begin(self, channel: int, fields: list[Any]) -> None:
        self._sessions[channel] = Session(channel, window=fields[2], next_incoming=fields[1])
        wire.send(self._writer, channel, frames.BeginFrame(channel, 0, WINDOW, WINDOW, 255, None, None, None))

    def _attach(self, channel: int, fields: list[Any]) -> None:
        name, handle, reads = wire.text(fields[0]), fields[1], bool(fields[2])
        address = wire.text(fields[5][0] if reads else fields[6][0])
        link = Link(self._sessions[channel], self._writer, handle, address, reads)
        error = None if address.startswith("$") else self._connect(link, fields)
        self._links[channel, handle] = link
        # As the protocol has it, a link that is refused is attached to nothing, and then detached.
        source, target = (Source(address=address), Target(address=address)) if error is None else (None, None)
        count = 0 if reads else None
        size = self._namespace.max_message_bytes
        link.send(
            frames.AttachFrame(
                name, handle, not reads, 0, 0, source, target, None, False, count, size, None, None, None
            )
        )
        if error is not None:
            link.detach(*error)
        elif not reads:
            link.grant()

    def _connect(self, link: Link, fields: list[Any]) -> tuple[str, str] | None:
        """Tie a link to its hub and partition; return why not."""
        self._namespace.addresses.append(link.address)
        found = _ADDRESS.fullmatch(link.address)
        link.hub = self._namespace.hubs.get(found["hub"]) if found else None
        if found is None or link.hub is None or (found["id"] and int(found["id"]) >= len(link.hub.partitions)):
            return "amqp:not-found", f"The messaging entity '{link.address}' could not be found."
        if link.hub.name not in self._claims:
            return "amqp:unauthorized-access", f"No claim for '{link.hub.name}'."
        link.partition = link.hub.partitions[int(found["id"])] if found["id"] else None
        if not link.reads:
            return None
        link.group, link.epoch = found["group"], (fields[13] or {}).get(EPOCH)
        stolen = self._take_over(link)
        if stolen is None and link.partition is not None:
            link.next = link.partition.position(wire.text(next(iter((fields[5][7] or {}).values()), "")))
            self._namespace.readers.append(link)
        return stolen

    def _take_over(self, link: Link) -> tuple[str, str] | None:
        """End the readers that a newcomer with an epoch outranks, or say that it is outranked."""
        for other in list(self._namespace.readers):
            if other.partition is not link.partition or other.group != link.group or other.epoch is None:
                continue
            if link.epoch is None or link.epoch < other.epoch:
                return "amqp:link:stolen", f"A receiver with the higher epoch '{other.epoch}' exists."
            self._namespace.readers.remove(other)
            other.detach("amqp:link:stolen", f"New receiver with the higher epoch '{link.epoch}' is created.")
        return None

    def _flow(self, channel: int, fields: list[Any]) -> None:
        session = self._sessions[channel]
        session.window = (fields[0] or 0) + fields[1] - session.next_outgoing
        link = self._links.get((channel, fields[4])) if fields[4] is not None else None
        if link is not None and link.reads:
            link.credit = (fields[5] or 0) + fields[6] - link.count
        for one in self._links.values():
            if one in self._namespace.readers:
                one.pump()

    def _transfer(self, channel: int, fields: list[Any]) -> None:
        session, link = self._sessions[channel], self._links.get((channel, fields[0]))
        session.next_incoming += 1
        if link is None:
            return
        if not link.parts:
            link.delivery, link.format = fields[1], fields[3] or 0
        link.parts += fields[-1]
        if fields[5]:
            return
        raw, link.parts = bytes(link.parts), bytearray()
        link.count += 1
        link.credit -= 1
        if len(raw) > self._namespace.max_message_bytes:
            size = f"The received message (size {len(raw)}) exceeds the limit ({self._namespace.max_message_bytes})."
            link.detach("amqp:link:message-size-exceeded", size)
            return
        if link.hub is not None and self._namespace.takes is not None:
            if self._namespace.takes == 0:
                link.detach(
                    "com.microsoft:server-busy", "The request was terminated because the entity is being throttled."
                )
                return
            self._namespace.takes -= 1
        if link.hub is None:
            self._answer(link, raw)
        else:
            self._store(link.hub, link, raw)
        link.send(frames.DispositionFrame(True, link.delivery, link.delivery, True, Accepted(), None))
        if link.credit < CREDIT // 2:
            link.grant()

    def _store(self, hub: Hub, link: Link, raw: bytes) -> None:
        partition = link.partition or hub.choose(raw)
        for one in wire.split(raw) if link.format == wire.BATCH else [raw]:
            partition.append(one)
        for reader in self._namespace.readers:
            if reader.partition is partition:
                reader.pump()

    def _answer(self, link: Link, raw: bytes) -> None:
        """Answer ``$cbs`` and ``$management``."""
        request = wire.message(raw)
        asked = {wire.text(name): value for name, value in request.application_properties.items()}
        name, value = wire.text(asked.get("name")), None
        if link.address == "$cbs":
            status, said = self._namespace.check(wire.text(asked["type"]), wire.text(request.value))
            if status < 400:
                self._claims.add(name.removesuffix("/").partition("://")[2].split("/")[1])
        elif name not in self._namespace.hubs:
            status, said = 404, f"The messaging entity '{name}' could not be found."
        else:
            hub, number = self._namespace.hubs[name], asked.get("partition")
            status, said = 200, "OK"
            value = hub.described_partition(wire.text(number)) if number is not None else hub.described()
        back = next(one for one in self._links.values() if one.reads and one.address == link.address)
        back.deliver(wire.answer(request, {"status-code": status, "status-description": said}, value))

    def _detach(self, channel: int, fields: list[Any]) -> None:
        link = self._links.pop((channel, fields[0]), None)
        if link is not None:
            if link in self._namespace.readers:
                self._namespace.readers.remove(link)
            link.send(frames.DetachFrame(link.handle, True, None))

    def _end(self, channel: int, _fields: list[Any]) -> None:
        wire.send(self._writer, channel, frames.EndFrame(None))
