"""Every name that telemetry has: spans, instruments with their units, attributes. docs/telemetry.md says the same.

An attribute holds an id of ours, a word from a fixed list, a count or a duration: never a name, an address, an object
id, an event, a prompt or what a model was told or said. GenAI names are OpenTelemetry's, as far as they hold no text.
"""

from typing import Literal

import msgspec

type SpanKind = Literal["internal", "consumer", "producer", "client"]
type InstrumentKind = Literal["counter", "histogram"]

SCOPE = "entra_triage"
SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)
"""Bounds of buckets of durations, from one request to a day. Azure Monitor keeps sum, count, least and most instead."""


class SpanName(msgspec.Struct, frozen=True):
    """A kind of work that is shown in a trace."""

    kind: SpanKind
    what: str
    attributes: tuple[str, ...]


class Instrument(msgspec.Struct, frozen=True):
    """Something that is counted or measured."""

    kind: InstrumentKind
    name: str
    unit: str
    what: str
    attributes: tuple[str, ...] = ()

    @property
    def boundaries(self) -> tuple[float, ...] | None:
        """Return the bounds of a histogram's buckets; None for the usual ones."""
        return SECONDS if self.unit == "s" else None


ATTRIBUTES = {
    "answers_failed": ("entra_triage.graph.failed", "items of a batch that failed otherwise"),
    "answers_throttled": ("entra_triage.graph.throttled", "items of a batch that Graph answered 429"),
    "asked": ("entra_triage.asked", "cases whose triage was asked for again"),
    "bodies": ("messaging.batch.message_count", "event bodies in a batch"),
    "bucket": ("entra_triage.graph.bucket", "which of Graph's limits a query falls under"),
    "case_id": ("entra_triage.case_id", "id of the case, a digest"),
    "cases": ("entra_triage.cases", "cases that a batch touched"),
    "change": ("entra_triage.case.change", "`opened`, `updated` or `closed`"),
    "dead_lettered": ("entra_triage.dead_lettered", "records that could not be read"),
    "delay_seconds": ("entra_triage.delay", "seconds until the message can be seen"),
    "destination": ("entra_triage.destination", "name of a destination"),
    "error": ("error.type", "class of the error"),
    "facts": ("entra_triage.facts", "facts of a dossier"),
    "findings": ("entra_triage.findings", "findings of an assessment"),
    "gaps": ("entra_triage.gaps", "gaps of a dossier"),
    "identity_kind": ("entra_triage.identity.kind", "`user`, `service_principal`, `campaign`"),
    "ignored": ("entra_triage.ignored", "records of categories that are not triaged"),
    "input_tokens": ("gen_ai.usage.input_tokens", "tokens of the prompt"),
    "kind": ("entra_triage.parked.kind", "`record` or `triage`"),
    "model": ("gen_ai.request.model", "name of the model or deployment"),
    "operation": ("gen_ai.operation.name", "`chat`"),
    "outcome": ("entra_triage.outcome", "what came of it, a word from a fixed list"),
    "output_tokens": ("gen_ai.usage.output_tokens", "tokens of the answer"),
    "planner": ("entra_triage.prompt.planner", "`rules`, `model` or `request`"),
    "prompt_id": ("entra_triage.prompt_id", "id of the prompt"),
    "provider": ("gen_ai.provider.name", "`openai` or `azure.ai.openai`"),
    "reason": ("entra_triage.reason", "why, a word from a fixed list"),
    "records": ("entra_triage.records", "records decoded"),
    "requests": ("entra_triage.graph.requests", "items of a batch"),
    "result": ("entra_triage.prompt.result", "type of a prompt's answer"),
    "round_trips": ("entra_triage.graph.round_trips", "HTTP requests to Graph"),
    "severity": ("entra_triage.severity", "of the assessment"),
    "skill": ("entra_triage.prompt.skill", "id of the skill"),
    "source": ("entra_triage.source", "`risk_events`, `sign_ins`, `poll` or `replay`"),
    "stage": ("entra_triage.stage", "`write` or `plan`"),
    "status": ("entra_triage.delivery.status", "state of a delivery"),
    "direction": ("gen_ai.token.type", "`input` or `output`"),
    "tenant": ("entra_triage.tenant", "id of the tenant in the file of tenants, where there are several"),
    "verdict": ("entra_triage.verdict", "of the assessment"),
    "version": ("entra_triage.report.version", "version of the report"),
    "writer": ("entra_triage.report.writer", "`template`, `model` or `fallback`"),
}  # fmt: skip
"""What calls name them by, what they are called outside, and what they hold."""

EVERYWHERE = ("tenant",)
"""Attributes of every span and metric, where they are known."""

SPANS = {
    "ingest": SpanName(
        "consumer", "A batch of event bodies that touched a case, parked a record or failed.",
        ("source", "bodies", "records", "ignored", "dead_lettered", "cases"),
    ),
    "correlate": SpanName("internal", "Records to cases.", ("records", "cases")),
    "ask for triage": SpanName("producer", "A request into the queue.", ("case_id", "delay_seconds")),
    "triage": SpanName(
        "consumer", "One request from the queue. Its links are the other batches that it covers.",
        ("case_id", "identity_kind", "version", "verdict", "severity", "outcome"),
    ),
    "enrich": SpanName("internal", "A case to its dossier.", ("facts", "gaps", "round_trips")),
    "graph batch": SpanName(
        "client", "One `$batch` to Microsoft Graph.", ("requests", "answers_throttled", "answers_failed")
    ),
    "assess": SpanName("internal", "A dossier to its assessment.", ("findings", "verdict", "severity")),
    "write": SpanName("internal", "An assessment to words.", ("writer",)),
    "chat": SpanName(
        "client", "One request to the model.",
        ("operation", "provider", "model", "input_tokens", "output_tokens"),
    ),
    "deliver": SpanName("client", "One report to one destination.", ("destination", "version", "status")),
    "prompt": SpanName("internal", "One prompt to its answer.", ("prompt_id", "planner", "result", "round_trips")),
    "skill": SpanName("internal", "One step of a prompt.", ("skill", "result")),
    "poll": SpanName("internal", "One tick of the risk timer.", ("round_trips", "records", "gaps")),
    "keep house": SpanName("internal", "One sweep.", ("asked",)),
}  # fmt: skip
"""Spans by name. Each that fails also has ``error``."""

INSTRUMENTS = {
    "records": Instrument(
        "counter", "entra_triage.records", "{record}", "Records that came, by what became of them: `taken`, `ignored`, "
        "`dead_lettered`.", ("source", "outcome"),
    ),
    "event_age": Instrument(
        "histogram", "entra_triage.event.age", "s", "From the oldest record of a batch to its arrival.", ("source",)
    ),
    "cases": Instrument(
        "counter", "entra_triage.cases", "{case}", "Cases that events changed.", ("change", "identity_kind")
    ),
    "reports": Instrument(
        "counter", "entra_triage.reports", "{report}", "New versions of reports.",
        ("identity_kind", "verdict", "severity", "writer"),
    ),
    "facts": Instrument("counter", "entra_triage.facts", "{fact}", "Facts of new versions."),
    "gaps": Instrument("counter", "entra_triage.gaps", "{gap}", "Gaps of new versions.", ("reason",)),
    "triages": Instrument("histogram", "entra_triage.triage.duration", "s", "One run of triage.", ("outcome",)),
    "time_to_ticket": Instrument(
        "histogram", "entra_triage.ticket.duration", "s", "From the arrival of the first event that a report newly "
        "covers to its delivery everywhere.", ("severity",),
    ),
    "round_trips": Instrument(
        "counter", "entra_triage.graph.round_trips", "{request}", "HTTP requests to Graph, tries included.", ("error",)
    ),
    "graph_answers": Instrument(
        "counter", "entra_triage.graph.answers", "{request}", "Items of batches: `answered`, `throttled`, `failed`.",
        ("bucket", "outcome"),
    ),
    "graph_unsent": Instrument(
        "counter", "entra_triage.graph.unsent", "{request}", "Queries that had no turn: `spent` budget, `paused` "
        "service.", ("bucket", "reason"),
    ),
    "graph_quota": Instrument(
        "histogram", "entra_triage.graph.quota", "1", "Used share of the quota, where Graph tells (from 0.8 on).",
        ("bucket",),
    ),
    "tokens": Instrument(
        "histogram", "gen_ai.client.token.usage", "{token}", "Tokens of one request to the model.",
        ("operation", "provider", "model", "direction"),
    ),
    "model_seconds": Instrument(
        "histogram", "gen_ai.client.operation.duration", "s", "One request to the model.",
        ("operation", "provider", "model", "error"),
    ),
    "model_cost": Instrument(
        "counter", "entra_triage.model.cost", "{currency}", "Tokens times the prices in the settings.", ("model",)
    ),
    "model_failures": Instrument(
        "counter", "entra_triage.model.failures", "{failure}", "Times that the template wrote or the rules planned "
        "because the model failed.", ("stage", "error"),
    ),
    "deliveries": Instrument(
        "counter", "entra_triage.deliveries", "{delivery}", "Tries to deliver, by the state after it.",
        ("destination", "status"),
    ),
    "delivery_seconds": Instrument(
        "histogram", "entra_triage.delivery.duration", "s", "One try to deliver.", ("destination", "status")
    ),
    "parked": Instrument("counter", "entra_triage.parked", "{item}", "What was given up and kept.", ("kind",)),
    "prompts": Instrument(
        "histogram", "entra_triage.prompt.duration", "s", "One prompt.", ("planner", "result")
    ),
}  # fmt: skip
"""Instruments by the name that calls use."""
