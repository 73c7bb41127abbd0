"""Service Bus over HTTPS: one message a version, in the case's session, dropped by the bus when it comes twice."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from azure.core.exceptions import ClientAuthenticationError

from local.tenant.credential import StandInCredential
from shared.deliver.deliver import deliver
from shared.deliver.destination import destinations_of
from shared.errors import ConfigurationError, DeliveryUnavailableError
from shared.settings import Settings
from shared.state.sqlite import SqliteState
from tests.deliver.conftest import Bench
from tests.deliver.stories import FIRST, hostile, later, mended
from tests.deliver.vendor import BODY, Fault, Vendor
from tests.records import minutes


class ServiceBus(Vendor):
    """One topic with duplicate detection."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, dict[str, Any]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the one operation."""
        return [web.post("/tickets/messages", self._send)]

    async def _send(self, request: web.Request) -> web.Response:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return web.Response(status=401, text="<Error><Code>401</Code></Error>")
        properties = msgspec.json.decode(request.headers["brokerproperties"])
        if len(request[BODY]) > 256 * 1024:
            return web.Response(status=403)
        self.messages.setdefault(properties["MessageId"], {**properties, "body": request[BODY]})
        return web.Response(status=201)


@pytest.fixture
async def bus() -> AsyncIterator[ServiceBus]:
    """Run it."""
    made = ServiceBus()
    async with made.running():
        yield made


@pytest.fixture
async def bench(bus: ServiceBus, state: SqliteState) -> AsyncIterator[Bench]:
    """Return what delivers to it."""
    async with aiohttp.ClientSession() as http:
        yield Bench(Settings(destinations=("service_bus",), service_bus_url=f"{bus.url}/tickets"), state, http)


async def test_a_probe_gets_a_token_and_sends_nothing(bus: ServiceBus, bench: Bench) -> None:
    """A sender may not read the queue's description: being refused that is being there."""
    bus.faults = [Fault("GET", 401)]
    assert "not sent" in await bench.probe()
    assert (bus.messages, [seen.method for seen in bus.seen]) == ({}, ["GET"])


async def test_versions_of_a_case_come_in_its_session(bus: ServiceBus, bench: Bench) -> None:
    """Each version is a message with its own id; headers say what a subscription filters on."""
    delivery = await bench.send(FIRST, later(), mended())
    assert (delivery.status, delivery.ticket) == ("closed", FIRST.case_id)
    case = FIRST.case_id
    assert [(m["MessageId"], m["SessionId"], m["Label"]) for m in bus.messages.values()] == [
        (f"{case}-v1", case, "create"), (f"{case}-v2", case, "update"), (f"{case}-v3", case, "close"),
    ]  # fmt: skip
    assert bus.seen[1].headers["severity"] == '"high"'
    body = msgspec.json.decode(bus.messages[f"{case}-v2"]["body"])
    assert (body["schema"], body["verdict"]) == ("entra-triage/ticket/1", "compromised")
    assert "Verdict: suspicious → compromised." in body["changes"]


async def test_a_lost_answer_makes_no_second_message(bus: ServiceBus, bench: Bench) -> None:
    """The repeat has the same id."""
    bus.faults = [Fault("POST", after=True)]
    assert (await bench.send(FIRST)).status == "created"
    assert (len(bus.seen), len(bus.messages)) == (2, 1)


async def test_the_largest_report_fits(bus: ServiceBus, bench: Bench) -> None:
    """Cut by section, with its counts."""
    await bench.send(hostile(facts=3000))
    (message,) = bus.messages.values()
    assert msgspec.json.decode(message["body"])["cut"]["evidence"] > 0


async def test_a_refusal_names_setting_and_role(bus: ServiceBus, bench: Bench) -> None:
    """401: the identity may not send."""
    bus.faults = [Fault("POST", 401)]
    delivery = await bench.send(FIRST)
    assert (delivery.status, delivery.detail) == ("failed", "DeliveryDeniedError 401")
    assert "TRIAGE_SERVICE_BUS_URL" in (delivery.hint or "")
    assert "Data Sender" in (delivery.hint or "")


@pytest.mark.parametrize(("status", "headers"), [(403, {}), (429, {"retry-after": "600"})])
async def test_a_full_or_busy_queue_is_tried_again(
    status: int, headers: dict[str, str], bus: ServiceBus, bench: Bench
) -> None:
    """Service Bus says 403 for full: that passes when somebody reads it."""
    bus.faults = [Fault("POST", status, headers=headers)]
    with pytest.raises(DeliveryUnavailableError):
        await bench.send(FIRST)
    assert (await bench.send(FIRST)).status == "created"


async def test_a_missing_queue_is_a_failure_with_its_status(bus: ServiceBus, bench: Bench) -> None:
    """410: no such queue."""
    bus.faults = [Fault("POST", 410)]
    assert (await bench.send(FIRST)).detail == "DeliveryRejectedError 410"


async def test_no_token_is_a_failure_that_names_the_right(bus: ServiceBus, state: SqliteState) -> None:
    """An identity that gets no token never reaches the bus, and the identity service's words go nowhere."""

    class Locked(StandInCredential):
        async def get_token(self, *_scopes: str, **_: object) -> Any:
            raise ClientAuthenticationError("AADSTS700016: anna@woodgrovebank.com")

    settings = Settings(destinations=("service_bus",), service_bus_url=f"{bus.url}/tickets")
    async with aiohttp.ClientSession() as http:
        destinations = destinations_of(settings, state, http, Locked())
        (delivery,) = await deliver(FIRST, destinations, state, settings, minutes(5))
    assert (delivery.status, delivery.detail, bus.seen) == ("failed", "DeliveryDeniedError", [])
    assert "anna" not in str(delivery)


@pytest.mark.parametrize("url", ["http://bus.example/q", "https://bus.example", "https://bus.example/q?sig=x"])
async def test_an_address_that_can_not_work_is_refused_at_start(url: str, state: SqliteState) -> None:
    """Https, and with the name of the queue or topic."""
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConfigurationError, match="TRIAGE_SERVICE_BUS_URL"):
            destinations_of(
                Settings(destinations=("service_bus",), service_bus_url=url), state, http, StandInCredential()
            )
