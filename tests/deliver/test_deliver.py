"""Delivery through real parts: embedded state and a webhook receiver on loopback."""

import gc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from standardwebhooks import Webhook

from local.tenant.credential import StandInCredential
from local.ticket_desk import DESK_PATH, TicketDesk
from shared.clients import open_services
from shared.deliver.deliver import deliver
from shared.deliver.destination import DESTINATIONS, destinations_of
from shared.errors import ConfigurationError, DeliveryUnavailableError
from shared.models.reports import Delivery, Report
from shared.settings import Settings
from shared.state.interface import SHADOW_QUEUE, TICKET_QUEUE
from shared.state.sqlite import MEMORY, SqliteState
from shared.tenants.file import SECRETS
from tests.records import minutes
from tests.reports import report

SECRET = "whsec_" + "dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdA=="


class Receiver:
    """A webhook receiver that answers as told and keeps what it saw."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        """Keep a request and answer with the next scripted answer, else 200."""
        self.seen.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        status, body = self.answers.pop(0) if self.answers else (200, b'{"ticket": "INC0042"}')
        headers = {"location": self.url + "/elsewhere"} if status == 302 else {}
        return web.Response(status=status, body=body, headers=headers)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Run a receiver on loopback."""
    made = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def send(receiver: Receiver, state: SqliteState) -> AsyncIterator[Callable[..., Any]]:
    """Return a function that delivers a report to queue and webhook."""
    async with aiohttp.ClientSession() as http:

        async def run(which: Report, **more: Any) -> list[Delivery]:
            settings = Settings(
                destinations=("queue", "webhook"), webhook_url=receiver.url, webhook_secret=SECRET, **more
            )
            return await deliver(
                which, destinations_of(settings, state, http, StandInCredential()), state, settings, minutes(5)
            )

        yield run


async def test_the_signature_holds_for_a_standard_receiver(receiver: Receiver, send: Callable[..., Any]) -> None:
    """A receiver with the Standard Webhooks library verifies what we sign, and refuses a changed body."""
    await send(report())
    headers, body = receiver.seen[0]
    assert Webhook(SECRET).verify(body, headers)["ticketKey"] == "case-0123456789ab"
    assert headers["idempotency-key"] == "case-0123456789ab-v1"
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(SECRET).verify(body.replace(b"suspicious", b"benign"), headers)


async def test_a_later_version_updates_the_ticket_that_the_first_made(
    receiver: Receiver, send: Callable[..., Any]
) -> None:
    """The destination's id comes back in every update."""
    first = await send(report())
    second = await send(report(version=2))
    assert [d.status for d in first] == ["created", "created"]
    assert [d.status for d in second] == ["updated", "updated"]
    assert [msgspec.json.decode(body)["ticket"] for _, body in receiver.seen] == [None, "INC0042"]


async def test_the_same_version_is_sent_once(receiver: Receiver, state: SqliteState, send: Callable[..., Any]) -> None:
    """A rerun after a crash changes nothing."""
    assert await send(report()) == await send(report())
    assert len(receiver.seen) == 1
    assert len(await state.peek(TICKET_QUEUE)) == 1


async def test_a_retry_repeats_only_what_failed(
    receiver: Receiver, state: SqliteState, send: Callable[..., Any]
) -> None:
    """A webhook that is down fails the run; the next run sends to it alone, as the same message."""
    receiver.answers = [(503, b""), (500, b"")]
    with pytest.raises(DeliveryUnavailableError):
        await send(report())
    pending = {d.destination: d.status for d in await state.deliveries("case-0123456789ab")}
    assert pending == {"queue": "created", "webhook": "pending"}
    await send(report())
    assert len(await state.peek(TICKET_QUEUE)) == 1
    assert {headers["webhook-id"] for headers, _ in receiver.seen} == {"case-0123456789ab-v1"}


@pytest.mark.parametrize("status", [400, 401, 302])
async def test_a_rejection_is_recorded_and_not_repeated(
    status: int, receiver: Receiver, send: Callable[..., Any]
) -> None:
    """A 4xx or a redirect is a failed delivery with its status; the case goes on and no address is followed."""
    receiver.answers = [(status, b"<html>secret</html>")]
    deliveries = {d.destination: d for d in await send(report())}
    assert deliveries["queue"].status == "created"
    assert deliveries["webhook"].status == "failed"
    kind = "DeliveryDeniedError" if status == 401 else "DeliveryRejectedError"
    assert deliveries["webhook"].detail == f"{kind} {status}"
    assert "TRIAGE_WEBHOOK_SECRET" in (deliveries["webhook"].hint or "")
    assert len(receiver.seen) == 1


async def test_shadow_writes_what_would_be_sent_and_sends_nothing(
    receiver: Receiver, state: SqliteState, send: Callable[..., Any]
) -> None:
    """In shadow mode the outside hears nothing and the shadow queue holds one message a destination."""
    deliveries = await send(report(), delivery_mode="shadow")
    assert [d.status for d in deliveries] == ["shadow", "shadow"]
    assert receiver.seen == []
    assert await state.peek(TICKET_QUEUE) == []
    assert len(await state.peek(SHADOW_QUEUE)) == 2


async def test_off_does_nothing(receiver: Receiver, state: SqliteState, send: Callable[..., Any]) -> None:
    """Mode off makes reports and delivers none."""
    assert await send(report(), delivery_mode="off") == []
    assert receiver.seen == []


async def test_going_live_after_shadow_sends_the_next_version(receiver: Receiver, send: Callable[..., Any]) -> None:
    """A ticket that was only rehearsed is created, not updated."""
    await send(report(), delivery_mode="shadow")
    assert [d.status for d in await send(report(version=2))] == ["created", "created"]


async def test_the_ticket_desk_keeps_one_ticket_a_case_over_a_restart(tmp_path: Path, state: SqliteState) -> None:
    """The local desk verifies, drops repeats, and has its tickets again after a restart."""
    path = tmp_path / "tickets.jsonl"
    for _ in range(2):
        desk = TicketDesk(path, SECRET)
        app = web.Application()
        app.add_routes(desk.routes())
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}{DESK_PATH}"
        settings = Settings(destinations=("webhook",), webhook_url=url, webhook_secret=SECRET)
        async with aiohttp.ClientSession() as http:
            destination = destinations_of(settings, state, http, StandInCredential())[0]
            ticket = {"idempotencyKey": "k1", "ticketKey": "case-1", "ticket": None, "title": "t", "status": "open",
                      "identity": {}, "version": 1, "action": "create"}  # fmt: skip
            assert await destination.send(ticket) == "INC0001"
            async with http.post(url, data=b"{}") as refused:
                assert refused.status == 401
        await runner.cleanup()
        with path.open("ab") as file:
            file.write(b'{"ticketKey": "case-2", "cut short by a ki')
    assert len(desk.tickets) == 1
    assert desk.repeats == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"webhook_url": "http://tickets.example/hook"}, "must be https"),
        ({"webhook_secret": "short"}, "not a webhook secret"),
        ({"destinations": ("pager",)}, "unknown destinations: pager"),
    ],
)
async def test_wrong_settings_are_refused_at_start(change: dict[str, Any], words: str, state: SqliteState) -> None:
    """A destination that could not work is an error when the app starts, not at the first ticket."""
    plain: dict[str, Any] = {"destinations": ("webhook",), "webhook_url": "https://t.example", "webhook_secret": SECRET}
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConfigurationError, match=words):
            destinations_of(Settings(**{**plain, **change}), state, http, StandInCredential())


@pytest.mark.parametrize(
    ("destination", "missing"),
    [
        ("webhook", "TRIAGE_WEBHOOK_URL and TRIAGE_WEBHOOK_SECRET"),
        ("service_bus", "TRIAGE_SERVICE_BUS_URL"),
        ("event_hub", "TRIAGE_EVENT_HUB_NAME"),
        ("servicenow", "TRIAGE_SERVICENOW_URL"),
        ("jira", "TRIAGE_JIRA_USER and TRIAGE_JIRA_PROJECT"),
        ("sentinel", "TRIAGE_SENTINEL_WORKSPACE"),
        ("slack", "TRIAGE_SLACK_CHANNEL and TRIAGE_SLACK_TOKEN"),
        ("teams", "TRIAGE_TEAMS_URL"),
    ],
)
def test_a_destination_without_its_settings_is_refused_with_their_names(destination: str, missing: str) -> None:
    """The environment is read at start; what is there already is not asked for again."""
    there = {"TRIAGE_JIRA_URL": "https://b.example", "TRIAGE_JIRA_TOKEN": "s3cret-token"}
    with pytest.raises(ConfigurationError, match=f"`{destination}` needs {missing}$") as refused:
        Settings.from_env({"TRIAGE_DESTINATIONS": f"queue, {destination}", **there})
    assert f"take `{destination}` out" in refused.value.hint
    assert "s3cret" not in str(refused.value)


def test_every_destination_and_every_secret_is_in_the_documents() -> None:
    """Each has its row in the table of destinations, each secret its name where secrets are told to be kept."""
    docs = Path(__file__).parents[2] / "docs"
    told, of_tenants, deployed = [
        (docs / f"{name}.md").read_text(encoding="utf-8") for name in ("destinations", "tenants", "deployment")
    ]
    rows = [row.split(" | ")[0] for row in told.splitlines() if row.startswith("| `")]
    assert [name for name in DESTINATIONS if not any(f"`{name}`" in row for row in rows)] == []
    assert [name for name in SECRETS if f"`{name}`" not in of_tenants] == []
    in_vault = deployed.lower().replace("_", "-")  # told by the setting's name, or by the vault's
    assert [name for name in SECRETS if f"`triage-{name.replace('_', '-')}`" not in in_vault] == []


async def test_a_refused_destination_leaves_no_session_open() -> None:
    """What a person reads at start is the setting that is wrong, and nothing of clients that were never used."""
    settings = Settings(state_path=MEMORY, destinations=("teams",), teams_url="http://flow.example")
    with pytest.raises(ConfigurationError, match="must be https"):
        await open_services(settings, credential=StandInCredential())
    assert [one for one in gc.get_objects() if isinstance(one, aiohttp.ClientSession) and not one.closed] == []
