"""``send``: recorded events to an event hub, over AMQP, as the command line does it."""

import asyncio
import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from local.command_line import parser
from local.hubs.connection import HubConnection
from local.hubs.keyed import keyed
from local.hubs.send import Sent, send, send_bodies
from local.replay import read_bodies
from local.tenant import StandInCredential
from shared.errors import (
    AccessDeniedError,
    DependencyUnavailableError,
    InvalidRequestError,
    NotFoundError,
    PayloadTooLargeError,
)
from tests.hubs.broker import KEY, Namespace
from tests.hubs.conftest import RISK
from tests.systems import ANNA, TENANT_ID, risk_body

ROOT = Path(__file__).parents[2]
SPRAY = ROOT / "tests/scenarios/password_spray/events.json"
BOB = "22222222-aaaa-4bbb-8ccc-000000000002"


async def sending(namespace: Namespace, *bodies: bytes, hub: str = RISK, **key: str) -> tuple[Sent, str]:
    """Send bodies with the key; return what was acknowledged and what was printed."""
    console = Console(file=io.StringIO())
    sent = await send_bodies(bodies, HubConnection(namespace.connection(**key)), hub, console)
    return sent, console.file.getvalue()  # type: ignore[attr-defined]


def of_two(*numbers: int) -> bytes:
    """Return one body whose records are about Anna and Bob in turn."""
    records = [
        msgspec.json.decode(risk_body(number, **({"userId": BOB} if number % 2 else {})))["records"][0]
        for number in numbers
    ]
    return msgspec.json.encode({"records": records})


def numbers_of(bodies: list[bytes]) -> list[int]:
    """Return the numbers of the records of some bodies, in order."""
    return [int(record["properties"]["id"], 16) for body in bodies for record in msgspec.json.decode(body)["records"]]


async def test_one_identity_keeps_its_order_in_one_partition(namespace: Namespace) -> None:
    """Bodies about several identities are cut; what each identity had comes in its order, in its partition."""
    sent, said = await sending(namespace, *(of_two(*range(start, start + 5)) for start in range(0, 60, 5)))
    assert (sent.events, sent.records) == (24, 60)
    assert "sent 24 events with 60 records to `risk-events` in 2 batches" in said
    for user, remainder in ((ANNA, 0), (BOB, 1)):
        key = f"{TENANT_ID}|user|{user}"
        holding = [p for p in namespace.hubs[RISK].partitions if any(event.key == key for event in p.events)]
        (partition,) = holding
        bodies = [event.body for event in partition.events if event.key == key]
        assert numbers_of(bodies) == [number for number in range(60) if number % 2 == remainder]


async def test_a_body_about_one_identity_goes_as_it_is(namespace: Namespace) -> None:
    """Byte for byte, whatever its form; what can't be read goes too, without a key."""
    bodies = [risk_body(1), b'[ {"category":"Other","x":1} ]', b"no JSON at all", b"\xff\xfe"]
    await sending(namespace, *bodies)
    found = namespace.hubs[RISK].events
    assert sorted(event.body for event in found) == sorted(bodies)
    assert {event.body: event.key for event in found}[bodies[0]] == f"{TENANT_ID}|user|{ANNA}"
    assert [event.key for event in found if event.body != bodies[0]] == [None] * 3
    assert all(event.message.properties.content_type == b"application/json" for event in found)


async def test_nothing_of_a_scenario_is_lost(namespace: Namespace) -> None:
    """Every record of a file arrives once, in more batches than one message holds."""
    bodies = read_bodies([SPRAY])
    sent, _ = await sending(namespace, *bodies)
    events = list(keyed(bodies))
    assert sent.events == len(events) > 20
    assert sorted(event.body for event in namespace.hubs[RISK].events) == sorted(event.body for event in events)


async def test_batches_are_filled_to_the_limit_and_long_bodies_are_cut() -> None:
    """A hub of 256 KB a message gets no larger one, and a record that never fits is refused before anything goes."""
    long = msgspec.json.encode(
        {"records": [msgspec.json.decode(risk_body(n, note="x" * 60_000))["records"][0] for n in range(12)]}
    )
    async with Namespace({RISK: 1}, max_message_bytes=256 * 1024).running() as namespace:
        sent, _ = await sending(namespace, long, risk_body(12))
        assert (sent.records, sent.batches) == (13, 3)
        assert numbers_of([event.body for event in namespace.hubs[RISK].events]) == list(range(13))
        with pytest.raises(PayloadTooLargeError, match=r"event 2 holds a record of 3\d+ bytes") as refused:
            await sending(namespace, risk_body(13), risk_body(14, note="x" * 300_000))
        assert "Nothing was sent" in refused.value.hint
        assert len(namespace.hubs[RISK].events) == sent.events


async def test_what_is_wrong_is_said_without_the_key(namespace: Namespace, caplog: pytest.LogCaptureFixture) -> None:
    """A wrong key, a hub that is not there, nobody listening: each by its type, each with what mends it."""
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(AccessDeniedError) as denied:
            await sending(namespace, risk_body(1), key="d3JvbmctMDEyMzQ1Njc4OQ==")
        with pytest.raises(NotFoundError, match="no event hub `nowhere`"):
            await sending(namespace, risk_body(1), hub="nowhere")
        await namespace.stop()
        with pytest.raises(DependencyUnavailableError) as down:
            await sending(namespace, risk_body(1))
    assert "has the right `Send`" in denied.value.hint
    assert down.value.is_transient
    shown = "\n".join([record.getMessage() for record in caplog.records] + [f"{denied.value}{down.value}"])
    assert KEY not in shown
    assert "d3JvbmctMDEyMzQ1Njc4OQ" not in shown


async def test_an_identity_signs_in_and_is_told_its_role(namespace: Namespace) -> None:
    """A namespace without a key: a token of Entra; refused, the hint names the role."""
    connection = HubConnection(namespace.host, StandInCredential())  # type: ignore[arg-type]
    console = Console(file=io.StringIO())
    await send_bodies([risk_body(1)], connection, RISK, console)
    assert namespace.token_types == ["jwt"]
    namespace.refuses_identity = True
    with pytest.raises(AccessDeniedError) as denied:
        await send_bodies([risk_body(2)], connection, RISK, console)
    assert "Azure Event Hubs Data Sender" in denied.value.hint
    assert len(namespace.hubs[RISK].events) == 1


async def test_what_was_sent_before_a_failure_is_told(namespace: Namespace) -> None:
    """The count is what the hub has acknowledged, and no more."""
    bodies = [of_two(0), risk_body(1, userId=BOB, note="x" * 500_000), risk_body(3, userId=BOB, note="x" * 700_000)]
    namespace.takes = 2
    console = Console(file=io.StringIO())
    with pytest.raises(DependencyUnavailableError):
        await send_bodies(bodies, HubConnection(namespace.connection()), RISK, console)
    assert "sent 2 of 3 events before it failed" in console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text", ["", "https://n.servicebus.windows.net", "Endpoint=sb://n.example/;SharedAccessKey=c2VjcmV0", "a b"]
)
def test_what_is_no_connection_is_refused_without_repeating_it(text: str) -> None:
    """Neither in the message nor in the hint."""
    with pytest.raises(InvalidRequestError) as refused:
        HubConnection(text)
    assert "c2VjcmV0" not in f"{refused.value}{refused.value.hint}{refused.value.__cause__}"


async def test_the_hub_may_stand_in_the_connection_string(
    namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``EntityPath`` is the default for ``--hub``; without either, the command asks."""
    monkeypatch.setenv("HUB_CONNECTION", namespace.connection(hub=RISK))
    monkeypatch.setenv("NO_HUB", namespace.connection())
    arguments = ["send", "--events", str(SPRAY), "--connection-env"]
    console = Console(file=io.StringIO())
    assert await send(parser().parse_args([*arguments, "HUB_CONNECTION"]), console) == 0
    assert namespace.hubs[RISK].events
    for variable, words in (("NO_HUB", "which event hub"), ("NOT_SET", "`NOT_SET` is not set")):
        with pytest.raises(InvalidRequestError, match=words):
            await send(parser().parse_args([*arguments, variable]), console)


async def test_exit_codes(namespace: Namespace) -> None:
    """0 sent, 1 worth another try, 2 wrong input; the key is in no output."""
    environment = {**os.environ, "GOOD": namespace.connection(), "BAD": namespace.connection(key="YmFk")}
    command = [sys.executable, "-m", "local", "send", "--events", str(SPRAY), "--hub", RISK, "--connection-env"]

    async def run(variable: str) -> tuple[int, str]:
        ended = await asyncio.to_thread(
            subprocess.run, [*command, variable], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        return ended.returncode, ended.stdout + ended.stderr

    good, bad = await asyncio.gather(run("GOOD"), run("BAD"))
    await namespace.stop()
    down = await run("GOOD")
    assert [code for code, _ in (good, bad, down)] == [0, 2, 1]
    assert "can't be reached" in down[1]
    assert not any(KEY in said or "Traceback" in said for _, said in (good, bad, down))
