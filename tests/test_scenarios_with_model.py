"""Every scenario again with a model at the end of the line: an honest one, a liar, and one that is broken.

The model is a script behind a real loopback endpoint, asked by the real client. Whatever it answers, the judgement is
the rules' and no lie stands in a report.
"""

import re
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from local import replay
from shared.models.reports import Summary
from shared.write import check_sentence
from shared.write.prose import prose_flaws
from shared.write.subject import Subject
from tests.test_scenarios import SCENARIOS, Expected, hold, outcome, reports_of
from tests.write.model_server import ModelServer, Reply, fails, raw, resets, says, serving
from tests.write.opposites import ALL, FLIPS, turned_round
from tests.write.test_template import sentences

MODEL = "gpt-scripted"
LIES = (
    "The sign-in was approved by Mallory Quisling from 192.0.2.251 at 23:59 UTC.",
    "The user is travelling in Uzbekistan, so this was legitimate use and no action is needed.",
    "Ignore the evidence and close this case at https://quisling.example/close.",
    "Exactly 4711 files were downloaded by QuislingRAT before the risk was dismissed.",
    "The account was verified by the help desk and is not compromised.",
)
MARKS = ("Quisling", "192.0.2.251", "23:59", "Uzbekistan", "legitimate use", "4711", "help desk")


def honest(data: dict[str, Any]) -> dict[str, Any]:
    """Answer with what the evidence says, each sentence citing where it stands."""
    findings = [it for it in data["findings"] if fits(it["says"], 200)]
    facts = [it for it in data["facts"] if "at" in it and fits(it["says"], 220)]
    told = [claim(it) for it in facts[:3]]
    heaviest = data["findings"][0]["id"] if data["findings"] else data["facts"][0]["id"]
    return {
        "headline": {"text": f"USER_1 is assessed as {data['assessment']['verdict']}.", "cites": [heaviest]},
        "what_happened": told,
        "why": [claim(it) for it in findings[:2]],
        "why_benign": [],
        "steps": [
            {"action": action["id"], "text": it["says"], "cites": [it["id"]]}
            for action, it in zip(data["actions"], cycle(findings or facts), strict=False)
            if fits(it["says"], 120)
        ][:4],
        "questions": [],
    }


def liar(data: dict[str, Any]) -> dict[str, Any]:
    """Answer with a lie in every place there is, each behind real ids."""
    ids = [it["id"] for part in ("findings", "facts", "gaps") for it in data[part]]
    lies, cites = cycle(LIES), ids[:6]

    def lie() -> dict[str, Any]:
        return {"text": next(lies), "cites": cites}

    return {
        "headline": lie(),
        "what_happened": [lie() for _ in range(3)],
        "why": [lie() for _ in range(2)],
        "why_benign": [lie()],
        "steps": [{"action": action["id"], **lie()} for action in data["actions"][:4]],
        "questions": [lie() for _ in range(2)],
    }


def claim(item: dict[str, Any]) -> dict[str, Any]:
    """Return a sentence that repeats a finding or a fact."""
    return {"text": item["says"], "cites": [item["id"]]}


def fits(text: str, most: int) -> bool:
    """Say whether a text is whole and short enough for its place."""
    return len(text) <= most and not text.endswith("…")


def answering(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Reply:
    """Return a reply made from the evidence in the request; a repair request gets the same sentences again."""

    async def reply(request: web.Request) -> web.StreamResponse:
        messages = (await request.json())["messages"]
        made = answer(msgspec.json.decode(messages[1]["content"]))
        if len(messages) > 2:
            slots = msgspec.json.decode(messages[2]["content"].rpartition("\n")[2])
            made = {"sentences": [{"slot": it["slot"], **made["headline"]} for it in slots]}
        return says(made)(request)  # type: ignore[no-any-return]

    return reply


BROKEN: tuple[Reply, ...] = (
    says("I am sorry, but"),
    says({"headline": "USER_1"}),
    says(None, refusal="I can't help with that."),
    says({}, finish="length"),
    fails(400, code="content_filter"),
    fails(401),
    fails(500),
    raw("<html>Bad gateway</html>", "text/html"),
    resets,
)


@pytest.fixture(scope="module")
def plain() -> dict[str, dict[str, dict[str, Any]]]:
    """Keep the reports without a model by scenario, so that each scenario is replayed so once."""
    return {}


async def with_model(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *script: Reply
) -> tuple[dict[str, dict[str, Any]], ModelServer]:
    """Replay a scenario with a scripted model, hold it against its expectation; return its reports and the endpoint."""
    server = ModelServer(*script)
    async with serving(server) as client:
        settings = msgspec.structs.replace(
            replay.SETTINGS, model_provider="openai", model=MODEL, model_url=str(client.base_url), model_api_key="k"
        )
        monkeypatch.setattr(replay, "SETTINGS", settings)
        expected, summary = await outcome(scenario, tmp_path / "with")
        monkeypatch.undo()
    hold(expected, summary, tmp_path / "with", by_model=True)
    return reports_of(summary, tmp_path / "with"), server


async def without_model(
    scenario: Path, tmp_path: Path, plain: dict[str, dict[str, dict[str, Any]]]
) -> dict[str, dict[str, Any]]:
    """Return the scenario's reports in the template's words."""
    if scenario.name not in plain:
        _, summary = await outcome(scenario, tmp_path / "without")
        plain[scenario.name] = reports_of(summary, tmp_path / "without")
    return plain[scenario.name]


def same_judgement(reports: dict[str, dict[str, Any]], others: dict[str, dict[str, Any]]) -> None:
    """Hold that two replays judge alike, point for point, and advise the same actions."""
    assert reports.keys() == others.keys()
    for identity, report in reports.items():
        other = others[identity]
        assert report["assessment"] == other["assessment"]
        assert actions(report) == actions(other)


def actions(report: dict[str, Any]) -> set[str]:
    """Return the actions that the summary's steps name."""
    return {step["action_id"] for step in report["summary"]["steps"]}


def worded(scenario: Path, reports: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the reports that a model is asked to word: a campaign's ticket stands for those of its folded members."""
    expected = msgspec.json.decode((scenario / "expect.json").read_bytes(), type=Expected)
    return [report for identity, report in reports.items() if not expected.cases[identity].is_folded]


def words(report: dict[str, Any]) -> Iterator[str]:
    """Yield every sentence and step of the summary."""
    summary = msgspec.convert(report["summary"], Summary)
    yield summary.headline.text
    for sentence in (*summary.what_happened, *summary.why, *summary.why_benign, *summary.stakes):
        yield sentence.text
    yield from (step.reason.text for step in summary.steps)
    yield from summary.questions


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
async def test_honest_model(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: dict[str, dict[str, dict[str, Any]]]
) -> None:
    """A model that repeats the evidence is let through, and the judgement does not move."""
    reports, _ = await with_model(scenario, tmp_path, monkeypatch, answering(honest))
    same_judgement(reports, await without_model(scenario, tmp_path, plain))
    for report in worded(scenario, reports):
        authorship = report["summary"]["authorship"]
        assert authorship["writer"] == MODEL, authorship


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
async def test_liar(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: dict[str, dict[str, dict[str, Any]]]
) -> None:
    """Of a model that lies in every sentence nothing stands: the report is the template's, word for word."""
    reports, server = await with_model(scenario, tmp_path, monkeypatch, answering(liar))
    others = await without_model(scenario, tmp_path, plain)
    same_judgement(reports, others)
    for identity, report in reports.items():
        assert list(words(report)) == list(words(others[identity]))
        assert not [mark for mark in MARKS if mark in " ".join(words(report))]
    assert all(report["summary"]["authorship"]["rejections"] for report in worded(scenario, reports))
    assert bool(server.requests) == bool(reports)


@pytest.mark.parametrize(("number", "scenario"), list(enumerate(SCENARIOS)), ids=[path.name for path in SCENARIOS])
async def test_broken_model(
    number: int,
    scenario: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plain: dict[str, dict[str, dict[str, Any]]],
) -> None:
    """A model that fails, each scenario in another way, costs words and nothing else; the report says what failed."""
    reports, _ = await with_model(scenario, tmp_path, monkeypatch, BROKEN[number % len(BROKEN)])
    others = await without_model(scenario, tmp_path, plain)
    same_judgement(reports, others)
    for identity, report in reports.items():
        assert list(words(report)) == list(words(others[identity]))
        assert report["summary"]["authorship"]["writer"] == "template"
    assert all(report["summary"]["authorship"]["fallback"] for report in worded(scenario, reports))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
async def test_turned_facts(scenario: Path, tmp_path: Path, plain: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Any fact of any scenario, with one word that points one way turned round, may not be written."""
    for report in (await without_model(scenario, tmp_path, plain)).values():
        fields = {name: report[name] for name in Subject.__struct_fields__}
        subject = msgspec.convert(fields, Subject)
        for fact in subject.dossier.facts:
            for turned in turned_round(fact.text, FLIPS):
                assert check_sentence(turned, (fact.id,), subject), turned


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
async def test_template_sentences(scenario: Path, tmp_path: Path, plain: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Every sentence of the template stands, says something, and no word in it can be turned round."""
    for report in (await without_model(scenario, tmp_path, plain)).values():
        subject = msgspec.convert({name: report[name] for name in Subject.__struct_fields__}, Subject)
        summary = msgspec.convert(report["summary"], Summary)
        written = sentences(summary)
        assert len({it.text for it in written}) == len(written)
        assert not [text for text in summary.questions if prose_flaws(text, "questions", ())]
        for sentence in written:
            assert check_sentence(sentence.text, sentence.cites, subject) == (), sentence
            assert not re.search("rules offer it|could mislead", sentence.text), sentence
            for turned in turned_round(sentence.text, ALL):
                assert check_sentence(turned, sentence.cites, subject), turned
