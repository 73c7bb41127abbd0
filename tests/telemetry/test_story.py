"""The demo's story, a model and prompts, as telemetry shows them: one trace an event, true numbers, nobody's name."""

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from opentelemetry.sdk.trace import ReadableSpan

from local import story
from local.outcome import reports_in, write_outcome
from local.skills_page import tell_story
from local.story.people import TENANT_ID
from local.system import UNLIMITED
from shared.models.reports import Report
from shared.settings import Settings
from shared.state.sqlite import MEMORY
from shared.telemetry_names import ATTRIBUTES, INSTRUMENTS, SPANS
from tests.ask.door import door
from tests.personal import PERSONAL, personal_values
from tests.systems import KEY
from tests.telemetry.seen import Exported
from tests.write.model_server import ModelServer, fails, says, serving

PROMPTS = ("Is karita@woodgrovebank.com risky? Why?", "Show me the sign-ins of Karita from 203.0.113.7")
IN_TOKENS, OUT_TOKENS = 1200, 210
"""What the model server says that a request took."""
PRICES = {"model_input_price": 2.5, "model_output_price": 10.0}
WORDS = {"headline": "MODELWORDS karita@woodgrovebank.com was attacked"}
IDS = frozenset({"id", "userId", "appId", "correlationId", "requestId", "name"})
"""Personal in telemetry too: logs may hold ids."""


class Told(msgspec.Struct):
    """The run: what was exported, and what the app itself says that it did."""

    exported: Exported
    summary: dict[str, Any]
    reports: list[Report]
    model: ModelServer
    answers: list[Any]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the story once; the model fails at first, then writes what no evidence carries."""
    return asyncio.run(_told(tmp_path_factory.mktemp("telemetry")))


async def _told(folder: Path) -> Told:
    exported, model = Exported(), ModelServer(fails(500), fails(500), says(WORDS))
    async with serving(model) as client:
        settings = Settings(
            tenant_id=TENANT_ID, state_path=MEMORY, graph_share=UNLIMITED, model_provider="openai", model="scripted",
            model_url=str(client.base_url), **PRICES,
        )  # fmt: skip
        with exported.on():
            async with door(folder, tenant=story.tenant(), settings=settings, now=story.NOW) as opened:
                await tell_story(opened.system)
                summary = await write_outcome(opened.system.services, folder, {})
                reports = reports_in(summary, folder)
                answers = [await opened.ask(prompt) for prompt in PROMPTS]
                status, _, _ = await opened.send("POST", "/api/prompts", {"prompt": PROMPTS[0]}, prefer="respond-async")
                assert status == 202
                while await opened.system.host.step_queues():
                    pass
    return Told(exported=exported, summary=summary, reports=reports, model=model, answers=answers)


def by_id(told: Told) -> dict[int, ReadableSpan]:
    """Return all spans by their ids."""
    return {span.context.span_id: span for span in told.exported.spans()}


def way_up(span: ReadableSpan, spans: dict[int, ReadableSpan]) -> list[str]:
    """Return the names of a span and of all above it that were exported."""
    names = [span.name]
    while span.parent is not None and span.parent.span_id in spans:
        span = spans[span.parent.span_id]
        names.append(span.name)
    return names


def test_one_trace_leads_from_the_event_to_the_ticket(told: Told) -> None:
    """Each ticket that was made has a way up to the batch of its event, across the queue, within one trace id."""
    spans = by_id(told)
    created = told.exported.spans("deliver", entra_triage_report_version=1)
    cases, campaigns = told.summary["cases"], told.summary["campaigns"]
    assert len(created) == len(cases) + len(campaigns)
    assert (len(cases), len(campaigns)) == (7, 1)
    for ticket in created:
        assert way_up(ticket, spans) == ["deliver", "triage", "ask for triage", "correlate", "ingest"]
    for span in spans.values():
        above = spans.get(span.parent.span_id) if span.parent else None
        assert above is None or above.context.trace_id == span.context.trace_id


def test_the_host_s_own_trace_is_kept(told: Told) -> None:
    """A batch belongs to the trace of the host's invocation; a triage belongs to its event's, and links to the host's."""
    spans = by_id(told)
    for batch in told.exported.spans("ingest"):
        assert batch.parent is not None
        assert batch.parent.is_remote
    for triage in told.exported.spans("triage"):
        assert triage.parent is not None
        assert triage.parent.span_id in spans
        assert any(link.context.trace_id != triage.context.trace_id for link in triage.links)


def test_numbers_are_those_of_the_summary(told: Told) -> None:
    """What metrics add up to is what the run's summary, its reports and its model server say."""
    seen, summary = told.exported, told.summary
    assert seen.sum("records", entra_triage_outcome="taken") == summary["events"]["records"] == 327
    assert seen.sum("records", entra_triage_outcome="ignored") == summary["events"]["ignored"] == 10
    assert seen.sum("records", entra_triage_outcome="dead_lettered") == summary["events"]["dead_lettered"] == 3
    assert seen.sum("parked") == 3
    opened = len(summary["cases"]) + len(summary["campaigns"])
    assert seen.sum("cases", entra_triage_case_change="opened") == opened
    assert seen.sum("reports") == summary["timings"]["report_versions"]
    assert seen.count("time_to_ticket") == summary["timings"]["report_versions"]
    assert seen.sum("deliveries") == seen.count("delivery_seconds") == summary["timings"]["report_versions"]
    of_prompts = sum(span.attributes["entra_triage.graph.round_trips"] for span in seen.spans("prompt"))
    of_triage = sum(span.attributes["entra_triage.graph.round_trips"] for span in seen.spans("enrich"))
    assert seen.sum("round_trips") == of_prompts + of_triage == len(seen.spans("graph batch"))
    assert of_triage >= summary["timings"]["graph_round_trips"]
    assert seen.sum("graph_answers") == sum(
        s.attributes["entra_triage.graph.requests"] for s in seen.spans("graph batch")
    )
    assert [report.version for report in told.reports] == [1] * opened
    assert seen.sum("facts") == sum(len(report.dossier.facts) for report in told.reports)
    assert seen.sum("gaps") == sum(len(report.dossier.gaps) for report in told.reports)
    assert seen.count("prompts") == len(PROMPTS) + 1 == len(seen.spans("prompt"))


def test_the_model_is_counted_and_paid(told: Told) -> None:
    """Every request is a span and a measurement; tokens and their price are those that the endpoint told."""
    seen, asked = told.exported, len(told.model.requests)
    answered = asked - 2
    assert answered > 10
    assert seen.count("model_seconds") == len(seen.spans("chat")) == asked
    assert seen.count("model_seconds", error_type="BusyError") == 2
    assert seen.sum("tokens", gen_ai_token_type="input") == answered * IN_TOKENS
    assert seen.sum("tokens", gen_ai_token_type="output") == answered * OUT_TOKENS
    assert seen.sum("model_cost") == pytest.approx(answered * (IN_TOKENS * 2.5 + OUT_TOKENS * 10) / 1e6)
    assert seen.sum("reports", entra_triage_report_writer="fallback") >= 1
    assert seen.sum("model_failures", entra_triage_stage="plan") == len(seen.spans("prompt"))
    chat = seen.spans("chat")[-1].attributes or {}
    assert (chat["gen_ai.operation.name"], chat["gen_ai.provider.name"]) == ("chat", "openai")
    assert chat["gen_ai.usage.input_tokens"] == IN_TOKENS


def test_nothing_personal_leaves(told: Told) -> None:
    """No name, address, object name or id, user agent, prompt, token or word of the model in anything exported."""
    keys = PERSONAL | IDS
    values = personal_values(story.tenant(), keys) | personal_values([json.loads(b) for b in bodies()], keys)
    values |= {words for prompt in PROMPTS for words in (prompt, *prompt.split()) if len(words) > 7}
    values |= {"MODELWORDS", "not-a-key", KEY, "Bearer ", TENANT_ID}
    assert len(values) > 500
    words = told.exported.words()
    assert "case-" in words
    assert [value for value in sorted(values) if value in words] == []


def bodies() -> list[bytes]:
    """Return the story's bodies that are JSON."""
    found = []
    for event in story.events():
        try:
            json.loads(event.body)
        except json.JSONDecodeError:
            continue
        found.append(event.body)
    return found


def test_only_names_of_the_list_leave(told: Told) -> None:
    """Spans, attributes, instruments and units are those that telemetry_names.py lists, each where it says."""
    known = {outside for outside, _ in ATTRIBUTES.values()}
    for span in told.exported.spans():
        allowed = {ATTRIBUTES[name][0] for name in (*SPANS[span.name].attributes, "error")}
        assert set(span.attributes or {}) <= allowed <= known
        assert not span.events
    listed = {one.name: one for one in INSTRUMENTS.values()}
    for point in told.exported.points:
        assert point.unit == listed[point.name].unit
        assert set(point.attributes) <= {ATTRIBUTES[name][0] for name in listed[point.name].attributes}


def test_what_is_listed_is_exported(told: Told) -> None:
    """The story and the prompts show every span and instrument, but for those of what did not happen in it."""
    shown = {span.name for span in told.exported.spans()}
    assert set(SPANS) - shown == {"poll", "keep house"}
    measured = {point.name for point in told.exported.points}
    unseen = {name for name, one in INSTRUMENTS.items() if one.name not in measured}
    assert unseen == {"gaps", "graph_unsent", "graph_quota"}
