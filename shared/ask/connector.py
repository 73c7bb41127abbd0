"""Security Copilot's connector: its own keys in and out, so that a playbook only changes its host."""

from typing import Annotated

import msgspec

from shared.ask.answer import Answer, ResultType
from shared.ask.book_runs import BookRun, BookRunRequest
from shared.ask.catalogue import skills
from shared.ask.request import Given, PromptRequest, PromptText, SessionId, Short


class ProcessPrompt(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    """The body of ``POST /api/process-prompt``."""

    prompt_content: PromptText = ""
    session_id: SessionId | None = None
    skill_name: Short | None = None
    """Id of a skill here; a name of Copilot's own that we don't have is left to the planner, with the prompt."""
    skill_inputs: Annotated[dict[Short, Given], msgspec.Meta(max_length=20)] | None = None
    skillsets: tuple[Short, ...] | Short | None = None
    """Taken for the form's sake: there is one set of skills."""


class PromptProcessed(msgspec.Struct, frozen=True, kw_only=True):
    """What the connector's action gives, with the prompt's id and the fields of the answer beside it."""

    session_id: str = msgspec.field(name="sessionId")
    prompt_id: str = msgspec.field(name="promptId")
    content: str = msgspec.field(name="EvaluationResultContent")
    type: ResultType = msgspec.field(name="evaluationResultType")
    answer: Answer


class RunPromptbook(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    """The body of ``POST /api/run-promptbook``."""

    promptbook_id: Short
    promptbook_inputs: Annotated[dict[Short, Short], msgspec.Meta(max_length=10)] = {}
    session_id: SessionId | None = None


class SkillSource(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One source of a step."""

    display_name: str
    source_type: str
    source_content: str
    source_serialized_data: str | None = None


class EvaluationResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One step of a run."""

    skill_name: str
    prompt_content: str
    evaluation_result_type: ResultType
    evaluation_result_content: str
    skill_sources: tuple[SkillSource, ...]


class PromptbookRan(msgspec.Struct, frozen=True, kw_only=True):
    """What the connector's promptbook action gives."""

    session_id: str = msgspec.field(name="SessionId")
    error: str | None = None
    evaluation_results: tuple[EvaluationResult, ...] = msgspec.field(name="evaluationResults")


def prompt_of(body: ProcessPrompt) -> PromptRequest:
    """Return the connector's request as ours. ``/SkillName`` at the start of the prompt names a skill too."""
    prompt, name = body.prompt_content.strip(), body.skill_name
    if prompt.startswith("/"):
        first, _, rest = prompt[1:].partition(" ")
        prompt, name = rest.strip(), name or first
    skill = next((one for one in skills() if name and one.replace("_", "") == _folded(name)), None)
    return PromptRequest(
        prompt=prompt,
        session_id=body.session_id or None,
        skill=skill,
        inputs=body.skill_inputs or {} if skill else {},
    )


def book_run_of(body: RunPromptbook) -> BookRunRequest:
    """Return the connector's request as ours."""
    return BookRunRequest(inputs=body.promptbook_inputs, session_id=body.session_id or None)


def processed(answer: Answer) -> PromptProcessed:
    """Return an answer in the connector's keys."""
    return PromptProcessed(
        session_id=answer.session_id,
        prompt_id=answer.prompt_id,
        content=answer.result.content,
        type=answer.result.type,
        answer=answer,
    )


def book_ran(run: BookRun) -> PromptbookRan:
    """Return a run in the connector's keys."""
    return PromptbookRan(
        session_id=run.session_id,
        error=None if run.result == "success" else f"a prompt ended with {run.result}",
        evaluation_results=tuple(
            _evaluation(prompt, step) for prompt, step in zip(run.prompts, run.steps, strict=False)
        ),
    )


def _evaluation(prompt: str, step: Answer) -> EvaluationResult:
    return EvaluationResult(
        skill_name=", ".join(one.skill for one in step.plan.steps),
        prompt_content=prompt,
        evaluation_result_type=step.result.type,
        evaluation_result_content=step.result.content,
        skill_sources=tuple(
            SkillSource(
                display_name="Microsoft Graph" if source.kind == "graph" else "entra-triage",
                source_type=source.kind,
                source_content=source.url or source.ref,
            )
            for source in step.sources
        ),
    )


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")
