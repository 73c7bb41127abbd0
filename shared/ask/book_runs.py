"""Runs of promptbooks: one prompt after another in one session, each with its own result."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from shared.ask.answer import Answer, ResultType
from shared.ask.promptbooks import book_id_of, book_named, requests_of
from shared.ask.request import PromptRequest, SessionId, Short
from shared.ask.run import ask
from shared.ask.sessions import new_id, open_session
from shared.clients import Services
from shared.errors import NotFoundError
from shared.models.documents import Document


class BookRunRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The body of ``POST /api/promptbooks/{name}/runs``."""

    inputs: Annotated[dict[Short, Short], msgspec.Meta(max_length=10)] = {}
    session_id: SessionId | None = None


class BookRun(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a run came to, prompt by prompt."""

    run_id: str
    promptbook: str
    session_id: str
    status: Literal["running", "done", "failed"]
    result: ResultType
    """``success`` when every prompt so far was one; else the type of the first that was not."""
    prompts: tuple[str, ...]
    """What was asked, with the inputs in place."""
    steps: tuple[Answer, ...] = ()


class KeptRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run with what is still to be asked."""

    run: BookRun
    requests: tuple[PromptRequest, ...]
    asked_at: datetime


async def begin_run(name: str, request: BookRunRequest, caller: str, services: Services) -> BookRun:
    """Keep a run that has asked nothing yet.

    Raises NotFoundError for no such book or session, InvalidRequestError for inputs that are not the book's.
    """
    found = await book_named(name, services)
    requests = requests_of(found.book, request.inputs)
    session = await open_session(request.session_id, caller, services)
    run = BookRun(
        run_id=new_id("run"),
        promptbook=found.id,
        session_id=session.id,
        status="running",
        result="success",
        prompts=tuple(one.prompt for one in requests),
    )
    kept = KeptRun(run=run, requests=requests, asked_at=services.clock())
    await services.state.save_document(_document(kept, caller), None)
    return run


async def go_on(run_id: str, services: Services) -> BookRun | None:
    """Ask what a run has not asked yet, keeping each answer as it comes; None for a run that is gone.

    Safe to repeat: it goes on after the last answer that was kept. A prompt that fails does not stop the next; a
    session that is forgotten meanwhile fails the run.
    """
    stored = await services.state.document("run", run_id)
    if stored is None:
        return None
    document, etag = stored
    kept = msgspec.json.decode(document.body, type=KeptRun)
    while kept.run.status == "running":
        kept = await _next(kept, document.owner, services)
        etag = await services.state.save_document(_document(kept, document.owner), etag)
    return kept.run


async def give_up_run(run_id: str, services: Services) -> None:
    """Note that a run failed for good, so that whoever polls learns of it."""
    stored = await services.state.document("run", run_id)
    if stored is not None:
        document, etag = stored
        kept = msgspec.json.decode(document.body, type=KeptRun)
        if kept.run.status == "running":
            await services.state.save_document(_document(_failed(kept), document.owner), etag)


async def kept_run(name: str, run_id: str, caller: str, services: Services) -> BookRun:
    """Return a caller's run. Raises NotFoundError for another's, or none."""
    stored = await services.state.document("run", run_id)
    if stored is not None and stored[0].owner == caller:
        run = msgspec.json.decode(stored[0].body, type=KeptRun).run
        if run.promptbook == book_id_of(name):
            return run
    raise NotFoundError("no such run", hint="A run is kept for some days, for the caller who started it.")


async def _next(kept: KeptRun, caller: str, services: Services) -> KeptRun:
    run = kept.run
    if len(run.steps) == len(kept.requests):
        return _with(kept, status="done")
    try:
        session = await open_session(run.session_id, caller, services)
    except NotFoundError:
        return _failed(kept)
    answer = await ask(kept.requests[len(run.steps)], caller, services, session=session)
    result = run.result if run.result != "success" else answer.result.type
    steps = (*run.steps, answer)
    return _with(kept, steps=steps, result=result, status="done" if len(steps) == len(kept.requests) else "running")


def _failed(kept: KeptRun) -> KeptRun:
    return _with(kept, status="failed", result="error")


def _with(kept: KeptRun, **changes: object) -> KeptRun:
    return msgspec.structs.replace(kept, run=msgspec.structs.replace(kept.run, **changes))


def _document(kept: KeptRun, caller: str) -> Document:
    return Document(kind="run", id=kept.run.run_id, owner=caller, at=kept.asked_at, body=msgspec.json.encode(kept))
