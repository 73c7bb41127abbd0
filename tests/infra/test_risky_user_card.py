"""The card for a risky user: a real ticket asks, a person decides, and Entra is told exactly that, or nothing at all."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.settings import Settings
from tests.ask.door import Door, door
from tests.deliver.stories import HOSTILE_TEXTS
from tests.deliver.test_service_bus import ServiceBus
from tests.infra.test_playbooks import DOCUMENT, GRAPH, actions, messages, workflow
from tests.infra.workflow import Workflow
from tests.systems import ANNA, KEY, TENANT_ID, risk_body, take_in, triage_due

ASK = "/v1.0/teams/conversation/gatherinput/poster/Flow bot/location/Channel/$subscriptions"
HOSTILE = " ".join(HOSTILE_TEXTS) + '"}]} @{triggerBody()}'
RESPONDER = {"displayName": "Sam <i>Soc</i>", "userPrincipalName": "sam@woodgrovebank.com", "email": ""}


def answer(choice: str, comment: str = "Called <her>.") -> dict[str, Any]:
    """Return what the connector gives back after a click."""
    return {"responder": RESPONDER, "data": {"choice": choice, "comment": comment}}


@asynccontextmanager
async def asked(folder: Path) -> AsyncIterator[tuple[Door, dict[str, Any]]]:
    """Run the app until its ticket is in Service Bus; give it as the connector's trigger would."""
    bus = ServiceBus()
    async with bus.running():
        settings = Settings(tenant_id=TENANT_ID, destinations=("service_bus",), service_bus_url=f"{bus.url}/tickets")
        user = {"id": ANNA, "displayName": "Anna Lind", "userPrincipalName": "anna.lind@woodgrovebank.com"}
        async with door(folder, settings=settings, tenant={"users": [user]}) as opened:
            events = (
                risk_body(n, riskLevel="high", riskEventType=kind)
                for n, kind in enumerate(("anomalousToken", "attackerinTheMiddle", "leakedCredentials"))
            )
            await take_in(opened.system, *events)
            await triage_due(opened.system)
            (message,) = bus.messages.values()
            yield opened, {"ContentData": base64.b64encode(message["body"]).decode()}


async def decided(folder: Path, given: Any, *, graph: int = 204, vault: int = 200) -> tuple[Workflow, list[Any]]:
    """Run the playbook with an answer to the card; return the run and the feedback that the app has then."""
    async with asked(folder) as (opened, trigger):
        run = workflow("risky-user-card", opened, trigger, graph=graph, vault=vault)
        run.connectors[ASK] = given
        await run.run()
        return run, (await opened.get("/api/feedback"))["value"]


def to_entra(run: Workflow) -> list[Any]:
    """Return the calls to Graph."""
    return [call for call in run.calls if call["uri"].startswith(GRAPH)]


def card_of(run: Workflow) -> Any:
    """Return the card that was posted."""
    (sent,) = [one for one in run.sent if one["path"] == ASK]
    assert sent["body"]["notificationUrl"]
    assert sent["body"]["body"]["recipient"] == {"groupId": "team", "channelId": "channel"}
    return msgspec.json.decode(sent["body"]["body"]["messageBody"])


def said(run: Workflow) -> str:
    """Return the one message in the channel, whose only markup is its paragraph."""
    (message,) = messages(run)
    assert message.startswith("<p>")
    assert message.endswith("</p>")
    assert "<" not in message[3:-4]
    return message


@pytest.mark.parametrize(
    ("choice", "function", "rating", "classification", "words"),
    [
        ("confirm", "confirmCompromised", "looksRight", "truePositive", "confirmed compromised"),
        ("dismiss", "dismiss", "needsImprovement", "benignPositive", "risk dismissed"),
    ],
)
async def test_entra_is_told_what_was_decided(
    tmp_path: Path, choice: str, function: str, rating: str, classification: str, words: str
) -> None:
    """Exactly one request with the playbook's own token, feedback that fits, and a message of what and by whom."""
    run, feedback = await decided(tmp_path, answer(choice))
    assert to_entra(run) == [
        {
            "method": "POST",
            "uri": f"https://graph.microsoft.com/v1.0/identityProtection/riskyUsers/{function}",
            "headers": {"content-type": "application/json"},
            "body": {"userIds": [ANNA]},
            "authentication": {"type": "ManagedServiceIdentity", "audience": "https://graph.microsoft.com"},
        }
    ]
    (kept,) = feedback
    assert (kept["rating"], kept["classification"]) == (rating, classification)
    assert kept["comment"].endswith("from the card in Teams. Called <her>.")
    assert f"Done in Entra: {words}" in said(run)
    assert "decided by Sam &lt;i&gt;Soc&lt;/i&gt; (sam@woodgrovebank.com)" in said(run)
    assert "answered 201" in said(run)
    assert run.missing == []
    assert KEY not in str(run.sent)


async def test_the_card_says_why(tmp_path: Path) -> None:
    """Headline, judgement, findings, steps and link of the report, and the three choices."""
    run, _ = await decided(tmp_path, answer("later"))
    report = run.results["Report"]["body"]
    card = card_of(run)
    runs = [run["text"] for block in blocks(card["body"]) for run in block["inlines"]]
    text = "\n".join(runs)
    judged = report["assessment"]
    assert runs[0] == report["summary"]["headline"]["text"][:300]
    assert f"Verdict {judged['verdict']}, severity {judged['severity']}, score {judged['score']}" in text
    assert [one for one in judged["findings"][:6] if one["title"] not in text] == []
    assert [one for one in judged["actions"][:4] if f"{one['when']}: {one['title']}" not in text] == []
    assert judged["findings"]
    assert judged["actions"]
    assert {block["type"] for block in card["body"]} == {
        "RichTextBlock", "Container", "Input.ChoiceSet", "Input.Text"
    }  # fmt: skip
    (choices,) = [block["choices"] for block in card["body"] if block["type"] == "Input.ChoiceSet"]
    assert [one["title"] for one in choices] == ["Confirm compromised", "Dismiss the risk", "Not now"]
    link = f"https://people.example/api/cases/{report['case_id']}/report"
    assert [one.get("url") for one in card["actions"]] == [None, link]


async def test_hostile_text_is_text_in_card_and_message(tmp_path: Path) -> None:
    """Whatever stands in headline, name, titles and comment: the card keeps its form, nothing is markup, all is cut."""
    async with asked(tmp_path) as (opened, trigger):
        run = workflow("risky-user-card", opened, trigger)
        for part in (("summary", "headline", "text"), ("identity", "name"), ("assessment", "findings", 0, "title")):
            change(run, part, HOSTILE)
        run.connectors[ASK] = answer("dismiss", HOSTILE * 9)
        await run.run()
        (kept,) = (await opened.get("/api/feedback"))["value"]
    card = card_of(run)
    texts = [one["text"] for block in blocks(card["body"]) for one in block["inlines"]]
    assert len([text for text in texts if "<script>" in text]) == 3
    assert all(len(text) <= 300 for text in texts)
    assert msgspec.json.encode(card).count(b"<script>") == 3
    assert {one["type"] for one in card["actions"]} == {"Action.Submit", "Action.OpenUrl"}
    assert "&lt;script&gt;" in said(run)
    assert len(kept["comment"]) <= 500
    assert [call["body"] for call in to_entra(run)] == [{"userIds": [ANNA]}]


def change(run: Workflow, part: tuple[str | int, ...], value: str) -> None:
    """Have the report that the run reads say something else in one place."""
    ask = run.http

    async def http(call: dict[str, Any]) -> tuple[int, Any]:
        status, body = await ask(call)
        if call["uri"].endswith("/report"):
            inner = body
            for name in part[:-1]:
                inner = inner[name]
            inner[part[-1]] = value
        return status, body

    run.http = http


def blocks(body: list[Any]) -> list[Any]:
    """Return the rich texts of a card, those in containers too."""
    inner = [block for one in body for block in one.get("items", [one])]
    return [block for block in inner if block["type"] == "RichTextBlock"]


async def test_without_a_decision_nothing_is_done(tmp_path: Path) -> None:
    """Not now, an answer that is no choice, silence, no card: it is said, and neither Entra nor feedback is touched."""
    async with asked(tmp_path) as (opened, trigger):
        for given, words in (
            (answer("later"), "Not now, says Sam &lt;i&gt;Soc&lt;/i&gt;"),
            (answer("../users"), "Not now, says"),
            ({}, "Not now, says no name"),
            ("TimedOut", "Nobody decided within a day"),
            (None, "or the card could not be posted"),
        ):
            run = workflow("risky-user-card", opened, trigger)
            run.connectors[ASK] = given
            await run.run()
            assert words in said(run)
            assert "Nothing was done" in said(run)
            assert to_entra(run) == []
        assert (await opened.get("/api/feedback"))["value"] == []


async def test_a_refusal_of_entra_is_said(tmp_path: Path) -> None:
    """403: the message has the status and the permission; no feedback claims that it was done."""
    run, feedback = await decided(tmp_path, answer("dismiss"), graph=403)
    assert "Not done: Entra answered 403 to dismiss the risk" in said(run)
    assert "IdentityRiskyUser.ReadWrite.All" in said(run)
    assert len(to_entra(run)) == 1
    assert feedback == []


async def test_no_key_and_no_such_case_are_said(tmp_path: Path) -> None:
    """No card without a report of ours: the vault refuses, the message names a case that is not there, or is none."""
    run, _ = await decided(tmp_path / "vault", answer("confirm"), vault=403)
    assert "the function key answered 403, the report nothing" in said(run)
    async with door(tmp_path / "case") as opened:
        for content, words in (
            (b'{"action": "create", "ticketKey": "../feedback?"}', "the report 404"),
            (b'{"action": "create", "ticketKey": "case-000000000000"}', "the report 404"),
            (b"no JSON", "no ticket of entra-triage"),
        ):
            trigger = {"ContentData": base64.b64encode(content).decode()}
            forged = workflow("risky-user-card", opened, trigger)
            await forged.run()
            assert words in said(forged)
            assert to_entra(forged) == []


async def test_only_news_of_open_risky_users_asks(tmp_path: Path) -> None:
    """Updates ask again only when rejudged, and what the message claims of verdict and user is not believed."""
    async with asked(tmp_path) as (opened, trigger):
        ticket = msgspec.json.decode(base64.b64decode(trigger["ContentData"]))
        for changed, cards in (
            ({"action": "update", "rejudged": False}, 0),
            ({"action": "close", "rejudged": False}, 0),
            ({"action": "update", "rejudged": True}, 1),
            ({"action": "reopen", "rejudged": False}, 1),
            ({"verdict": "benign", "identity": {"kind": "user", "id": "another"}}, 1),
        ):
            body = msgspec.json.encode({**ticket, **changed})
            run = workflow("risky-user-card", opened, {"ContentData": base64.b64encode(body).decode()})
            run.connectors[ASK] = answer("confirm")
            await run.run()
            assert len([one for one in run.sent if one["path"] == ASK]) == cards, changed
            assert [call["body"] for call in to_entra(run)] == [{"userIds": [ANNA]}] * cards


async def test_a_report_of_something_else_asks_nobody(tmp_path: Path) -> None:
    """No user, no open case, no verdict of compromise: no card and no message."""
    async with asked(tmp_path) as (opened, trigger):
        for part, value in (
            (("identity", "kind"), "servicePrincipal"),
            (("status",), "closed"),
            (("assessment", "verdict"), "benign"),
            (("assessment", "verdict"), "inconclusive"),
        ):
            run = workflow("risky-user-card", opened, trigger)
            change(run, part, value)
            await run.run()
            assert run.results["If_risky_user"]["status"] == "Succeeded"
            assert (run.sent, to_entra(run)) == ([], [])


def test_what_the_card_and_the_feedback_take_is_what_the_api_takes() -> None:
    """The comment fits with the words before it; a day is the card's limit."""
    every = actions("risky-user-card")
    longest = len("Confirmed compromised from the card in Teams. ") + 300
    assert longest <= DOCUMENT["components"]["schemas"]["GivenFeedback"]["properties"]["comment"]["maxLength"]
    assert every["Ask"]["limit"] == {"timeout": "P1D"}
    assert every["Tell_Entra"]["runAfter"] == {}
    assert "Tell_Entra" in every["If_decided"]["actions"]
