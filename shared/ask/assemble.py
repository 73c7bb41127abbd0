"""One answer of what the steps found: its type, words, rows, sources and what to ask next."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlsplit

import msgspec

from shared.ask.answer import (
    Answer,
    AnswerGap,
    AnswerPlan,
    AnswerSource,
    AnswerTable,
    Data,
    Missing,
    PlannedStep,
    Result,
    ResultType,
    Usage,
    shown_input,
)
from shared.ask.look import Look
from shared.ask.plan import Asked, Declined, NeedInput, Plan
from shared.ask.render import choices_text, plain, reply_text
from shared.ask.skill import InputValue, Ref, Reply, Skill, Table
from shared.graph.answers import NO_TIME
from shared.graph.client import LOOPBACK
from shared.hostile import clean
from shared.models.dossier import Gap, Source

MOST_FOLLOW_UPS = 8
GRAPH = "https://graph.microsoft.com/v1.0"
SAFE_IN_URL = "/?&=$,:()'@*-._~%"
WORST: tuple[ResultType, ...] = ("needAdditionalClaims", "timedOut", "capacityExceeded", "error")
"""What an answer with nothing in it is called, when its steps failed in several ways: the first that can be mended."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step that ran."""

    skill: Skill
    inputs: dict[str, InputValue]
    reply: Reply
    result: ResultType


class Ran(msgspec.Struct, kw_only=True):
    """What has become of a prompt so far."""

    plan: Plan = Plan(steps=())
    steps: list[Step] = []
    ended: tuple[ResultType, str] | None = None
    """Why it went no further, with the words for it."""
    candidates: tuple[Ref, ...] = ()
    prompts: tuple[str, ...] = ()
    asked: Asked | None = None
    """The question that it ended with."""

    def add(self, skill: Skill, inputs: Mapping[str, InputValue], reply: Reply, result: ResultType) -> None:
        """Note a step that ran."""
        self.steps.append(Step(skill=skill, inputs=dict(inputs), reply=reply, result=result))

    def stop(self, result: ResultType, content: str) -> None:
        """Note why it ends here."""
        self.ended = (result, plain(content))

    def ask_back(self, asked: "NeedInput | Declined | Plan") -> None:
        """End with a question, or with a polite no."""
        if isinstance(asked, NeedInput):
            self.candidates = asked.candidates
            self.prompts = asked.prompts
            self.asked = Asked(step=asked.step, asks=asked.asks, candidates=asked.candidates, prompts=asked.prompts)
            named = tuple(f"{clean(ref.name)} ({ref.kind.replace('_', ' ')} {ref.id})" for ref in asked.candidates)
            choices = named or asked.prompts
            self.ended = ("needInput", choices_text(asked.question, choices))
        elif isinstance(asked, Declined):
            self.prompts = asked.prompts
            self.ended = ("rejected", choices_text(asked.reason, asked.prompts))


def outcome_of(reply: Reply) -> ResultType:
    """Return a step's type: a success when it found anything, or when nothing failed."""
    if not reply.gaps or any(table.rows for table in reply.tables) or any(v is not None for v in reply.facts.values()):
        return "success"
    kinds = {_type_of(gap) for gap in reply.gaps}
    return next(kind for kind in WORST if kind in kinds)


def answer_of(ran: Ran, session_id: str, prompt_id: str, look: Look) -> Answer:
    """Return the answer."""
    parts = [reply_text(one.reply) for one in ran.steps]
    if ran.ended is not None:
        parts.append(ran.ended[1])
    replies = [one.reply for one in ran.steps]
    return Answer(
        session_id=session_id,
        prompt_id=prompt_id,
        result=Result(type=_result(ran), content="\n\n".join(parts)),
        data=_data(ran, replies, look),
        sources=_sources([*look.asked, *(one for reply in replies for one in reply.sources)], look.settings.graph_url),
        follow_ups=_once(prompt for reply in replies for prompt in reply.follow_ups)[:MOST_FOLLOW_UPS],
        plan=AnswerPlan(
            planner=ran.plan.planner,
            steps=tuple(
                PlannedStep(
                    skill=one.skill.id,
                    title=one.skill.title,
                    inputs={name: shown_input(value) for name, value in one.inputs.items()},
                    result=one.result,
                )
                for one in ran.steps
            ),
        ),
        usage=Usage(
            graph_requests=look.spent.graph_requests,
            round_trips=look.spent.round_trips,
            input_tokens=ran.plan.input_tokens,
            output_tokens=ran.plan.output_tokens,
        ),
    )


def _result(ran: Ran) -> ResultType:
    kinds = [one.result for one in ran.steps]
    if ran.ended is not None and "success" not in kinds:
        return ran.ended[0]
    if not kinds or "success" in kinds:
        return "success" if kinds else "error"
    return next(kind for kind in WORST if kind in kinds)


def _data(ran: Ran, replies: Sequence[Reply], look: Look) -> Data:
    facts = [reply.facts for reply in replies]
    return Data(
        facts={name: value for found in reversed(facts) for name, value in found.items()},
        step_facts=tuple(facts) if len(facts) > 1 else (),
        tables=tuple(_table(table, step) for step, reply in enumerate(replies) for table in reply.tables),
        subjects=_once(ref for reply in replies for ref in reply.subjects)[:50],
        candidates=ran.candidates,
        prompts=ran.prompts,
        missing=tuple(Missing(kind=need.kind, name=need.name) for need in look.refused),
        gaps=_once(
            AnswerGap(what=gap.what, reason=gap.reason, detail=gap.detail, mend=gap.mend)
            for reply in replies
            for gap in reply.gaps
        ),
    )


def _table(table: Table, step: int) -> AnswerTable:
    return AnswerTable(
        step=step,
        title=table.title,
        columns=table.columns,
        rows=table.rows,
        total=table.total,
        complete=table.complete,
    )


def _sources(sources: Iterable[Source], graph_url: str) -> tuple[AnswerSource, ...]:
    # A stand-in's address would be of no use to a reader.
    root = GRAPH if urlsplit(graph_url).hostname in LOOPBACK else graph_url.rstrip("/")
    return _once(_source(source, root) for source in sources)


def _source(source: Source, root: str) -> AnswerSource:
    if source.kind != "graph":
        return AnswerSource(kind=source.kind, ref=source.ref)
    path = "/" + source.ref.lstrip("/")
    if path.startswith("/beta/"):
        root = root.rsplit("/", 1)[0]
    return AnswerSource(kind="graph", ref=path, url=root + quote(path, safe=SAFE_IN_URL))


def _once[T](items: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(items))


def _type_of(gap: Gap) -> ResultType:
    if gap.reason in {"denied", "unlicensed"}:
        return "needAdditionalClaims"
    if gap.reason in {"throttled", "not_asked"}:
        return "capacityExceeded"
    return "timedOut" if gap.detail == NO_TIME else "error"
