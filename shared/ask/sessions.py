"""Sessions: what "this user", "those apps" and "and for the past week?" mean. Each belongs to its caller."""

import secrets
from datetime import timedelta
from typing import Any

import msgspec

from shared.ask.inputs import kept_inputs
from shared.ask.plan import Asked, Step
from shared.ask.skill import Ref
from shared.clients import Services
from shared.errors import ConflictError, DependencyError, NotFoundError
from shared.models.documents import Document

MOST_TURNS = 50
"""Prompts whose ids a session keeps; older ones are dropped from it and stay readable by their own id."""
MOST_REFS = 50
SAVE_TRIES = 8
"""Tries at one session when several of its prompts end at the same time."""
UNKNOWN = "Leave `sessionId` out to begin a new session; one that is not used for some hours is forgotten."


class KeptStep(msgspec.Struct, frozen=True):
    """A step as JSON keeps it."""

    skill: str
    inputs: dict[str, Any] = {}

    def step(self) -> Step:
        """Return the step with its inputs as they were."""
        return Step(skill=self.skill, inputs=kept_inputs(self.inputs))


class KeptQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question back as JSON keeps it."""

    step: KeptStep | None = None
    asks: str = ""
    candidates: tuple[Ref, ...] = ()
    prompts: tuple[str, ...] = ()

    def asked(self) -> Asked:
        """Return the question as it was."""
        step = self.step.step() if self.step else None
        return Asked(step=step, asks=self.asks, candidates=self.candidates, prompts=self.prompts)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What one session remembers."""

    id: str
    recent: tuple[Ref, ...] = ()
    """Things of earlier answers, latest first, each once."""
    listed: tuple[Ref, ...] = ()
    """Things of the latest answer, in its order."""
    steps: tuple[KeptStep, ...] = ()
    """The latest plan."""
    asked: KeptQuestion | None = None
    """What the latest prompt was asked back."""
    prompts: tuple[str, ...] = ()
    """Ids of its prompts, oldest first."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What one prompt adds to its session."""

    prompt_id: str
    subjects: tuple[Ref, ...] = ()
    candidates: tuple[Ref, ...] = ()
    """What was asked back: the next prompt may say "the first one". Not yet what "this user" means."""
    steps: tuple[Step, ...] = ()
    asked: Asked | None = None


def new_id(kind: str) -> str:
    """Return an id that can't be guessed."""
    return f"{kind}-{secrets.token_urlsafe(18)}"


async def open_session(session_id: str | None, caller: str, services: Services, *, make: bool = False) -> Session:
    """Return a caller's session; without an id, a new one.

    ``make``: an id that is not there is made, for a command line whose user chooses names. Raises NotFoundError for
    one that is not there, is forgotten, or belongs to another caller: the three can't be told apart.
    """
    if session_id is None:
        session = Session(id=new_id("session"))
        await services.state.save_document(_document(session, caller, services), None)
        return session
    stored = await _stored(session_id, caller, services)
    if stored is not None:
        return stored[0]
    if not make:
        raise NotFoundError("no such session", hint=UNKNOWN)
    session = Session(id=session_id)
    earlier = await services.state.document("session", session_id)
    await services.state.save_document(_document(session, caller, services), earlier[1] if earlier else None)
    return session


async def remember(session_id: str, caller: str, turn: Turn, services: Services) -> None:
    """Add a turn to a session. A session that was forgotten meanwhile stays so."""
    for _ in range(SAVE_TRIES):
        stored = await _stored(session_id, caller, services)
        if stored is None:
            return
        session, etag = stored
        try:
            await services.state.save_document(_document(_after(session, turn), caller, services), etag)
        except ConflictError:
            continue
        return
    raise ConflictError("a session was written by others again and again")


def _after(session: Session, turn: Turn) -> Session:
    recent = dict.fromkeys([*turn.subjects, *session.recent])
    steps = tuple(_kept(step) for step in turn.steps)
    return Session(
        id=session.id,
        recent=tuple(recent)[:MOST_REFS],
        listed=(turn.subjects or turn.candidates or session.listed)[:MOST_REFS],
        steps=steps or session.steps,
        asked=_question(turn.asked) if turn.asked else None,
        prompts=(*session.prompts, turn.prompt_id)[-MOST_TURNS:],
    )


def _kept(step: Step) -> KeptStep:
    return KeptStep(step.skill, msgspec.to_builtins(step.inputs))


def _question(asked: Asked) -> KeptQuestion:
    step = _kept(asked.step) if asked.step else None
    return KeptQuestion(step=step, asks=asked.asks, candidates=asked.candidates, prompts=asked.prompts)


async def _stored(session_id: str, caller: str, services: Services) -> tuple[Session, str] | None:
    found = await services.state.document("session", session_id)
    if found is None:
        return None
    document, etag = found
    is_idle = document.at < services.clock() - timedelta(hours=services.settings.session_idle_hours)
    if document.owner != caller or is_idle:
        return None
    try:
        return msgspec.json.decode(document.body, type=Session), etag
    except msgspec.DecodeError:
        raise DependencyError(
            "a stored session cannot be read", hint="Another version of the app wrote it: begin a new session."
        ) from None


def _document(session: Session, caller: str, services: Services) -> Document:
    return Document(kind="session", id=session.id, owner=caller, at=services.clock(), body=msgspec.json.encode(session))
