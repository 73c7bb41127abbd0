"""Answer a prompt: plan it, fill the inputs, run the skills in order, make one answer of what they found."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from shared.ask.access import learn
from shared.ask.answer import Answer, ResultType
from shared.ask.assemble import Ran, answer_of, outcome_of
from shared.ask.catalogue import skills
from shared.ask.entities import resolve
from shared.ask.inputs import NAMES, filled
from shared.ask.look import Look
from shared.ask.plan import Context, Declined, NeedInput, Plan, Planner, Step
from shared.ask.request import PromptRequest
from shared.ask.sessions import Session, Turn, new_id, open_session, remember
from shared.ask.skill import InputKind, InputValue, Ref, Reply, Skill
from shared.clients import Services
from shared.errors import AccessDeniedError, DependencyUnavailableError, InvalidRequestError, ModelError, TriageError
from shared.hostile import clean, quoted
from shared.telemetry import happened, measure, span, went_wrong

GRACE_SECONDS = 1.0
"""Longer than the deadline of look-ups, so that these end by themselves and keep what they have."""
MOST_STEPS = 5
MOST_PROMPTS = 5
SUBJECT_KINDS: tuple[InputKind, ...] = ("user", "group", "service_principal")
"""Kinds that a subject without a kind may be, in the order of looking."""


async def ask(
    request: PromptRequest, caller: str, services: Services, *, session: Session | None = None, prompt_id: str = ""
) -> Answer:
    """Answer one prompt and remember it in its session.

    What goes wrong on the way is an answer too, of another type than ``success``. Raises InvalidRequestError for a
    request that is wrong in itself, NotFoundError for a session that is not the caller's, and what state raises.
    """
    check(request)
    session = session or await open_session(request.session_id, caller, services)
    prompt_id = prompt_id or new_id("prompt")
    now = services.clock()
    seconds = services.settings.prompt_timeout_seconds
    look = Look(services.graph, services.state, services.settings, now=now, deadline=now + timedelta(seconds=seconds))
    ran = Ran()
    began = time.perf_counter()
    with span("prompt", prompt_id=prompt_id) as work:
        try:
            # The look's deadline ends what waits for Graph; this ends whatever else takes too long.
            async with asyncio.timeout(seconds + GRACE_SECONDS):
                await _answer(request, session, look, services, ran)
        except TimeoutError:
            ran.stop("timedOut", f"No answer within {seconds:g} seconds.")
        await learn(look, services)
        answer = answer_of(ran, session.id, prompt_id, look)
        planner = answer.plan.planner if answer.plan.planner in {"rules", "request"} else "model"
        work.note(planner=planner, result=answer.result.type, round_trips=look.spent.round_trips)
    measure("prompts", time.perf_counter() - began, planner=planner, result=answer.result.type)
    turn = Turn(
        prompt_id=prompt_id,
        subjects=answer.data.subjects,
        candidates=answer.data.candidates,
        steps=tuple(Step(skill=one.skill.id, inputs=one.inputs) for one in ran.steps),
        asked=ran.asked,
    )
    await remember(session.id, caller, turn, services)
    happened(
        "prompt answered",
        prompt_id=prompt_id,
        result=answer.result.type,
        skills=",".join(step.skill for step in answer.plan.steps),
        graph_requests=look.spent.graph_requests,
    )
    return answer


def check(request: PromptRequest) -> None:
    """Raise InvalidRequestError for a request that can't be answered whatever Graph says."""
    if request.skill is None and request.inputs:
        raise InvalidRequestError("inputs without a skill", hint="Give `skill` beside `inputs`, or only `prompt`.")
    if request.skill is None and not request.prompt.strip():
        raise InvalidRequestError("no prompt", hint="Give `prompt`, or `skill` with its `inputs`.")
    if request.skill is not None and request.skill not in skills():
        raise InvalidRequestError("no such skill", hint="GET /api/capabilities lists the skills with their ids.")


async def _answer(request: PromptRequest, session: Session, look: Look, services: Services, ran: Ran) -> None:
    """Plan and run; what comes of it is noted in ``ran`` step by step, so that a time-out keeps what is done."""
    try:
        context = await _context(request, session, look)
        plan = context if isinstance(context, NeedInput) else await _planned(request, context, look, services)
        if not isinstance(plan, Plan) or isinstance(context, NeedInput):
            ran.ask_back(plan)
            return
        ran.plan = plan
        for step in plan.steps[:MOST_STEPS]:
            if not await _run_step(step, look, context, ran, request.prompt):
                return
    except InvalidRequestError:
        raise
    except TriageError as error:
        went_wrong("prompt failed", error)
        ran.stop(type_of(error), _said(error))


async def _context(request: PromptRequest, session: Session, look: Look) -> "Context | NeedInput":
    """Return what the session and the request say about "this user"; a subject that is not there is asked back."""
    subject = None
    if request.subject:
        found = await _subject(request, look)
        if isinstance(found, NeedInput):
            return found
        subject = found
    return Context(
        now=look.now,
        subject=subject,
        recent=session.recent,
        listed=session.listed,
        steps=tuple(step.step() for step in session.steps),
        asked=session.asked.asked() if session.asked else None,
    )


async def _subject(request: PromptRequest, look: Look) -> "Ref | NeedInput":
    given = request.subject
    kinds: tuple[InputKind, ...] = SUBJECT_KINDS if isinstance(given, str) or given is None else (given.kind,)
    words = clean(given if isinstance(given, str) else given.id if given else "", 320)
    for kind in kinds:
        candidates = await resolve(look, kind, words) if words else ()
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            noun = NAMES[kind][0]
            return NeedInput(
                question=f"Several {noun}s may be meant by the subject {quoted(words)}.", candidates=candidates[:10]
            )
    nouns = " or ".join(NAMES[kind][0] for kind in kinds)
    return NeedInput(question=f"There is no {nouns} {quoted(words)}, which the request gives as its subject.")


async def _planned(
    request: PromptRequest, context: Context, look: Look, services: Services
) -> "Plan | NeedInput | Declined":
    if request.skill is None:
        from shared.ask.settled import settled

        plan = await _by_planner(request.prompt, context, services)
        return await settled(plan, request.prompt, context, look, planner_of(None, skills()))
    inputs: dict[str, InputValue] = dict(request.inputs)  # type: ignore[arg-type] # checked when they are filled
    if not inputs and request.prompt.strip():
        inputs = await _inputs_from_words(skills()[request.skill], request.prompt, context, services)
    return Plan(steps=(Step(skill=request.skill, inputs=inputs),), planner="request")


async def _by_planner(prompt: str, context: Context, services: Services) -> "Plan | NeedInput | Declined":
    """Plan with the model where there is one; without its help, when it fails, by the rules."""
    try:
        return await planner_of(services, skills()).plan(prompt, context)
    except ModelError as error:
        went_wrong("model did not plan", error)
        return await planner_of(None, skills()).plan(prompt, context)


def planner_of(services: Services | None, known: Mapping[str, Skill]) -> Planner:
    """Return the planner of the settings; without services, the rules. Loaded at first use: it knows many words."""
    from shared.ask import planners

    return planners.planner_of(services, known)


async def _inputs_from_words(skill: Skill, prompt: str, context: Context, services: Services) -> dict[str, InputValue]:
    """Return the inputs of a skill that was named beside a prompt: as the prompt is understood, else its words."""
    planned = await _by_planner(prompt, context, services)
    if isinstance(planned, Plan):
        for step in planned.steps:
            if step.skill == skill.id:
                return step.inputs
    needed = [one for one in skill.inputs if one.required and one.default is None]
    is_name = len(needed) == 1 and len(prompt.split()) <= 4
    return {needed[0].name: prompt.strip()} if is_name else {}


async def _run_step(step: Step, look: Look, context: Context, ran: Ran, prompt: str) -> bool:
    """Run one step; say whether the next may follow."""
    skill = skills().get(step.skill)
    if skill is None:
        ran.stop("error", "The plan names a skill that does not exist.")
        return False
    given = await filled(step, skill, look, context)
    if isinstance(given, NeedInput):
        ran.ask_back(_with_prompts(given, step, prompt))
        return False
    with span("skill", skill=skill.id) as work:
        reply, result = await _reply(skill, given, look)
        work.note(result=result)
    ran.add(skill, given, reply, result)
    return True


def _with_prompts(asked: NeedInput, step: Step, prompt: str) -> NeedInput:
    """Return the question with complete prompts to choose from, where the prompt holds the words that were unclear."""
    words = [value for value in step.inputs.values() if isinstance(value, str) and value and value in prompt]
    if len(words) != 1 or not asked.candidates or asked.prompts:
        return asked
    # A user principal name names one user; what others are called may name several.
    names = (clean(ref.name) if ref.kind == "user" else ref.id for ref in asked.candidates[:MOST_PROMPTS])
    return msgspec.structs.replace(asked, prompts=tuple(prompt.replace(words[0], name) for name in names))


async def _reply(skill: Skill, given: dict[str, InputValue], look: Look) -> tuple[Reply, ResultType]:
    """Return what a skill found, and of what type that is. What fails is told, and the other steps go on."""
    try:
        reply = await skill.look(look, given)
    except TriageError as error:
        went_wrong("skill failed", error, skill=skill.id)
        return Reply(text=_said(error)), type_of(error)
    except msgspec.DecodeError as error:
        went_wrong("skill failed", error, skill=skill.id)
        return Reply(text=f"Graph's answer for “{skill.title}” could not be read."), "error"
    return reply, outcome_of(reply)


def type_of(error: TriageError) -> ResultType:
    """Return how an error shows in an answer."""
    if isinstance(error, AccessDeniedError):
        return "needAdditionalClaims"
    if isinstance(error, DependencyUnavailableError):
        return "capacityExceeded" if error.status == 429 else "error"
    return "error"


def _said(error: TriageError) -> str:
    """Return words for a person; our messages and hints name identifiers only."""
    return f"It could not be looked up. {error.hint}"
