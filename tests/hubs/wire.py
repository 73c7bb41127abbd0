"""AMQP 1.0 frames and messages, read and written with the SDK's own codec."""

import asyncio
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from azure.eventhub._pyamqp._decode import _DECODE_BY_CONSTRUCTOR, decode_frame, decode_payload
from azure.eventhub._pyamqp._encode import encode_frame, encode_payload
from azure.eventhub._pyamqp.message import Message, Properties

SASL_HEADER, AMQP_HEADER = b"AMQP\x03\x01\x00\x00", b"AMQP\x00\x01\x00\x00"
SASL, AMQP = b"\x01", b"\x00"
OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DETACH, END, CLOSE = 16, 17, 18, 19, 20, 22, 23, 24
DELIVERY_ANNOTATIONS, MESSAGE_ANNOTATIONS, DATA = 0x71, 0x72, 0x75
BATCH = 0x80013700
"""The message format of a batch: each of its data sections is a message."""


async def read(reader: asyncio.StreamReader) -> tuple[int, int, list[Any]]:
    """Return the next frame that is not empty: channel, kind, fields; a transfer's payload is the last."""
    while True:
        size, _, _, channel = struct.unpack(">IBBH", await reader.readexactly(8))
        if size > 8:
            kind, fields = decode_frame(memoryview(await reader.readexactly(size - 8)))
            return channel, kind, fields


def send(writer: asyncio.StreamWriter, channel: int, frame: Any, kind: bytes = AMQP) -> None:
    """Write one frame, all its fields included: the client reads them by position."""
    header, data = encode_frame(frame, kind)
    writer.write(header + struct.pack(">H", channel) + (data or b""))


def text(value: bytes | str | None) -> str:
    """Return what the codec left as bytes."""
    return value.decode() if isinstance(value, bytes) else value or ""


def message(raw: bytes | bytearray) -> Message:
    """Return a message decoded."""
    return decode_payload(memoryview(raw))


def answer(request: Message, said: Mapping[str, Any], value: Any = None) -> bytes:
    """Return the reply to a request of a management node."""
    properties = Properties(correlation_id=request.properties.message_id)
    reply = Message(properties=properties, application_properties=dict(said), value=value)
    return bytes(encode_payload(bytearray(), reply))


def split(batch: bytes) -> list[bytes]:
    """Return the messages of a batch."""
    return [bytes(part) for part in message(batch).data]


def stamped(raw: bytes, stamps: Mapping[str, Any]) -> bytes:
    """Return a message with these annotations besides its own; everything else stays as it came, byte for byte."""
    kept: list[tuple[int, bytes]] = []
    annotations: dict[bytes, Any] = {}
    for code, section, value in _sections(raw):
        if code == MESSAGE_ANNOTATIONS:
            annotations.update({key: text(held) if isinstance(held, bytes) else held for key, held in value.items()})
        else:
            kept.append((code, section))
    annotations.update({name.encode(): stamp for name, stamp in stamps.items()})
    written = bytes(encode_payload(bytearray(), Message(message_annotations=annotations)))
    before = [section for code, section in kept if code <= DELIVERY_ANNOTATIONS]
    return b"".join([*before, written, *(section for code, section in kept if code > DELIVERY_ANNOTATIONS)])


def _sections(raw: bytes) -> Iterator[tuple[int, bytes, Any]]:
    """Yield each section: its code, its bytes, its value. A descriptor is always a small ulong, of three bytes."""
    view = memoryview(raw)
    while view:
        left, value = _DECODE_BY_CONSTRUCTOR[view[3]](view[4:])
        yield view[2], bytes(view[: len(view) - len(left)]), value
        view = left
