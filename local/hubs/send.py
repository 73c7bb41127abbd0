"""The ``send`` command: recorded events to a real event hub."""

import argparse
import itertools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

from local.hubs.connection import HubConnection
from local.hubs.keyed import Keyed, keyed
from local.hubs.options import value_of
from local.replay import read_bodies, within_limit
from shared.errors import InvalidRequestError, PayloadTooLargeError

if TYPE_CHECKING:
    from azure.eventhub.aio import EventHubProducerClient

WINDOW = 500
"""Events that are put together by partition key: more would let identities overtake each other further."""
ROOM_BYTES = 1024
"""What key, properties and framing take of a message at most."""
TIMEOUT_SECONDS = 30


class Sent(msgspec.Struct):
    """What the hub has acknowledged."""

    events: int = 0
    records: int = 0
    batches: int = 0


async def send(given: argparse.Namespace, console: Console) -> int:
    """Send the files and say what arrived. Raises a TriageError that says what was wrong; nothing of a key is shown."""
    connection = HubConnection(value_of(given.connection, given.connection_env) or "")
    hub = given.hub or connection.hub
    if hub is None:
        raise InvalidRequestError(
            "which event hub?", hint="Name it with --hub; risk events and sign-ins have one each."
        )
    bodies = read_bodies(given.events)
    try:
        await send_bodies(bodies, connection, hub, console)
    finally:
        await connection.close()
    return 0


async def send_bodies(bodies: Iterable[bytes], connection: HubConnection, hub: str, console: Console) -> Sent:
    """Send message bodies to a hub, each identity's in order. Raises as ``HubConnection.translated`` says."""
    from azure.core.exceptions import AzureError
    from azure.eventhub.exceptions import EventHubError

    sent = Sent()
    producer = connection.producer(hub)
    try:
        limit = (await producer.create_batch()).max_size_in_bytes
        events = list(_fitting(keyed(bodies), limit - ROOM_BYTES, hub))
        with console.status("") as status:
            for window in itertools.batched(events, WINDOW, strict=False):
                await _send_window(producer, window, sent)
                status.update(f"sent {sent.events} of {len(events)} events")
    except (EventHubError, AzureError, OSError) as error:
        if sent.events:
            console.print(f"sent {sent.events} of {len(events)} events before it failed", highlight=False)
        raise connection.translated(error, hub, "Send") from None
    finally:
        await producer.close()
    named = sum(event.key is not None for event in events)
    console.print(
        f"sent {sent.events} events with {sent.records} records to `{hub}` in {sent.batches} batches; "
        f"{named} with their identity as partition key",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    return sent


def _fitting(events: Iterable[Keyed], most: int, hub: str) -> Iterable[Keyed]:
    """Yield events of at most so many bytes. Raises PayloadTooLargeError for a record that is longer by itself."""
    for number, event in enumerate(events, 1):
        if len(event.body) <= most:
            yield event
            continue
        parts = within_limit(event.body, most)
        if any(len(part) > most for part in parts):
            raise PayloadTooLargeError(
                f"event {number} holds a record of {max(map(len, parts))} bytes; `{hub}` takes {most}",
                hint="Nothing was sent. Leave that record out; Entra sends none of this size.",
            )
        yield from keyed(parts)


async def _send_window(producer: "EventHubProducerClient", window: Sequence[Keyed], sent: Sent) -> None:
    groups: dict[str | None, list[Keyed]] = {}
    for event in window:
        groups.setdefault(event.key, []).append(event)
    for key, group in groups.items():
        waiting = group
        while waiting:
            taken = await _send_batch(producer, waiting, key)
            sent.events += taken
            sent.records += sum(event.records for event in waiting[:taken])
            sent.batches += 1
            waiting = waiting[taken:]


async def _send_batch(producer: "EventHubProducerClient", events: Sequence[Keyed], key: str | None) -> int:
    """Send as many of the events as one batch takes; return how many the hub has acknowledged."""
    from azure.eventhub import EventData

    batch = await producer.create_batch(partition_key=key)
    for event in events:
        data = EventData(event.body)
        data.content_type = "application/json"
        try:
            batch.add(data)
        except ValueError:
            break
    await producer.send_batch(batch, timeout=TIMEOUT_SECONDS)
    return len(batch)
