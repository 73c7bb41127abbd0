"""Feedback as evaluation cases: what was asked or judged, what came of it, and what a person said of that.

Only what its giver agreed to share. A shared case holds the report that ``python -m local evaluate`` words anew with
another model; a shared prompt holds the plan that was right, or was not.
"""

from typing import Literal

import msgspec

from shared.ask.answer import AnswerPlan, ResultType
from shared.ask.prompts import KeptPrompt
from shared.ask.request import PromptRequest
from shared.clients import Services
from shared.models.feedback import Classification, Feedback, Rating
from shared.models.reports import Report


class PromptCase(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A prompt with what was made of it."""

    request: PromptRequest
    earlier: tuple[PromptRequest, ...]
    """The session's prompts before it that are still kept, oldest first."""
    plan: AnswerPlan
    type: ResultType
    content: str


class EvaluationCase(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One opinion with what it is about."""

    kind: Literal["prompt", "case"]
    id: str
    rating: Rating
    classification: Classification | None
    comment: str | None
    prompt: PromptCase | None = None
    report: Report | None = None
    """The case's latest report, as ``evaluate`` takes it."""


async def evaluation_cases(services: Services) -> list[EvaluationCase]:
    """Return every shared opinion whose case or prompt is still kept, oldest first."""
    made = []
    for opinion in await services.state.feedback():
        if not opinion.share_sample:
            continue
        prompt = await _prompt(opinion, services) if opinion.prompt_id else None
        report = await services.state.report(opinion.case_id) if opinion.case_id else None
        if prompt is None and report is None:
            continue
        made.append(
            EvaluationCase(
                kind="prompt" if prompt else "case",
                id=opinion.about,
                rating=opinion.rating,
                classification=opinion.classification,
                comment=opinion.comment,
                prompt=prompt,
                report=report,
            )
        )
    return made


async def _prompt(opinion: Feedback, services: Services) -> PromptCase | None:
    kept = await _kept(opinion.about, services)
    if kept is None or kept.answer is None:
        return None
    earlier = [await _kept(one, services) for one in kept.earlier]
    return PromptCase(
        request=kept.request,
        earlier=tuple(one.request for one in earlier if one is not None),
        plan=kept.answer.plan,
        type=kept.answer.result.type,
        content=kept.answer.result.content,
    )


async def _kept(prompt_id: str, services: Services) -> KeptPrompt | None:
    stored = await services.state.document("prompt", prompt_id)
    return msgspec.json.decode(stored[0].body, type=KeptPrompt) if stored else None
