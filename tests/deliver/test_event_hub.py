"""Tickets to an event hub over AMQP, with the SDK's own client on loopback."""

import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest

from local.tenant.credential import StandInCredential
from shared.clients import open_services
from shared.deliver.destination import destinations_of
from shared.deliver.event_hub import MAX_BYTES, EventHubDestination
from shared.errors import ConfigurationError, DeliveryUnavailableError
from shared.settings import Settings
from shared.state.sqlite import SqliteState
from tests.deliver.conftest import Bench
from tests.deliver.stories import FIRST, hostile, later
from tests.hubs.broker import KEY, Namespace

HUB = "tickets"


@pytest.fixture
async def namespace() -> AsyncIterator[Namespace]:
    """Run it."""
    async with Namespace({HUB: 4}).running() as made:
        yield made


@pytest.fixture
async def bench(namespace: Namespace, state: SqliteState) -> AsyncIterator[Bench]:
    """Return what delivers to it with the app's identity."""
    settings = Settings(destinations=("event_hub",), event_hub_namespace=namespace.host, event_hub_name=HUB)
    async with aiohttp.ClientSession() as http:
        made = Bench(settings, state, http)
        yield made
        await made.close()


async def test_versions_of_a_case_are_events_of_one_partition_key(namespace: Namespace, bench: Bench) -> None:
    """One connection, signed in with the identity's token; each event says what it is without its body."""
    delivery = await bench.send(FIRST, later())
    assert (delivery.status, delivery.ticket) == ("updated", FIRST.case_id)
    assert (namespace.connections, namespace.token_types) == (1, ["jwt"])
    assert namespace.addresses[0].endswith("/tickets")
    (partition,) = (one for one in namespace.hubs[HUB].partitions if one.events)
    first, second = partition.events
    assert first.key == second.key == FIRST.case_id
    assert second.message.properties.message_id == b"case-0123456789ab-v2"
    assert second.message.application_properties[b"severity"] == b"high"
    body = msgspec.json.decode(second.body)
    assert (body["schema"], body["action"], body["verdict"]) == ("entra-triage/ticket/1", "update", "compromised")


async def test_a_connection_that_the_hub_let_go_is_opened_again(namespace: Namespace, bench: Bench) -> None:
    """After a quiet hour the next ticket goes out as if nothing were."""
    await bench.send(FIRST)
    namespace.drop()
    assert (await bench.send(later())).status == "updated"
    assert len(namespace.hubs[HUB].events) == 2


async def test_the_largest_report_fits(namespace: Namespace, bench: Bench) -> None:
    """Over many frames, cut by section, with its counts."""
    await bench.send(hostile(facts=3000))
    (event,) = namespace.hubs[HUB].events
    assert len(event.body) <= MAX_BYTES
    assert msgspec.json.decode(event.body)["cut"]["evidence"] > 0


async def test_a_repeat_can_be_told_by_its_message_id(namespace: Namespace, bench: Bench) -> None:
    """A crash before the delivery was saved sends the version again: the same id, key and partition for the reader."""
    await bench.send(FIRST)
    await bench.forget()
    await bench.send(FIRST)
    (partition,) = (one for one in namespace.hubs[HUB].partitions if one.events)
    first, again = partition.events
    assert first.key == again.key == FIRST.case_id
    assert first.message.properties.message_id == again.message.properties.message_id == b"case-0123456789ab-v1"


async def test_a_refused_token_names_setting_and_role(
    namespace: Namespace, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """The identity may not send: a failure with a hint, and no token in the log."""
    namespace.refuses_identity = True
    with caplog.at_level(logging.DEBUG):
        delivery = await bench.send(FIRST)
    assert (delivery.status, delivery.detail) == ("failed", "DeliveryDeniedError")
    assert "Azure Event Hubs Data Sender" in (delivery.hint or "")
    assert namespace.hubs[HUB].events == []
    assert "unsigned" not in "\n".join(record.getMessage() for record in caplog.records)


async def test_a_hub_that_is_down_is_tried_again(state: SqliteState) -> None:
    """Nobody listens: the queue brings the case back."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        here = f"127.0.0.1:{free.getsockname()[1]}"
        settings = Settings(destinations=("event_hub",), event_hub_namespace=here, event_hub_name="tickets")
        async with aiohttp.ClientSession() as http:
            bench = Bench(settings, state, http)
            with pytest.raises(DeliveryUnavailableError):
                await bench.send(FIRST)
            await bench.close()


async def test_a_connection_string_and_its_end(namespace: Namespace) -> None:
    """The emulator has a key instead of an identity; closing the app closes the connection."""
    connected = {"event_hub_connection": namespace.connection()}
    settings = Settings(state_path=":memory:", destinations=("event_hub",), event_hub_name=HUB, **connected)
    services = await open_services(settings, credential=StandInCredential())  # type: ignore[arg-type]
    (destination,) = services.destinations
    assert isinstance(destination, EventHubDestination)
    bench = Bench.of(settings, services)
    assert (await bench.send(FIRST)).status == "created"
    assert namespace.token_types == ["servicebus.windows.net:sastoken"]
    await services.close()
    assert destination._producer is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "a namespace or a connection string"),
        ({"event_hub_namespace": "n.example", "event_hub_connection": f"SharedAccessKey={KEY}"}, "a namespace or"),
        ({"event_hub_namespace": "https://n.example"}, "no host name"),
    ],
)
async def test_wrong_settings_are_refused_at_start(change: dict[str, Any], words: str, state: SqliteState) -> None:
    """Before the first ticket, and without the value."""
    settings = Settings(destinations=("event_hub",), event_hub_name="tickets", **change)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConfigurationError, match=words) as refused:
            destinations_of(settings, state, http, StandInCredential())
    assert KEY not in f"{refused.value} {refused.value.hint}"
