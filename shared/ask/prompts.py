"""Prompts that are kept: for polling while they run, for feedback afterwards. Each belongs to its caller."""

from datetime import datetime
from typing import Literal

import msgspec

from shared.ask.answer import Answer
from shared.ask.request import PromptRequest
from shared.ask.run import ask, check
from shared.ask.sessions import new_id, open_session
from shared.clients import Services
from shared.errors import NotFoundError
from shared.models.documents import Document

type Status = Literal["running", "done", "failed"]
POISONED = "The queue gave up after its last try. The log of the invocations of answer_queued_prompt has the cause."


class KeptPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """A request with what came of it."""

    request: PromptRequest
    session_id: str
    earlier: tuple[str, ...] = ()
    """Ids of the session's prompts before it."""
    status: Status
    asked_at: datetime
    answer: Answer | None = None
    reason: str = ""
    """Why there is no answer."""


class Accepted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a caller gets for work that goes on: poll ``Location``."""

    session_id: str
    prompt_id: str
    status: Status
    reason: str = ""


async def answer_now(request: PromptRequest, caller: str, services: Services) -> Answer:
    """Answer a prompt and keep it."""
    check(request)
    session = await open_session(request.session_id, caller, services)
    prompt_id, asked_at = new_id("prompt"), services.clock()
    answer = await ask(request, caller, services, session=session, prompt_id=prompt_id)
    kept = KeptPrompt(
        request=request,
        session_id=session.id,
        earlier=session.prompts,
        status="done",
        asked_at=asked_at,
        answer=answer,
    )
    await services.state.save_document(_document(prompt_id, kept, caller), None)
    return answer


async def accept(request: PromptRequest, caller: str, services: Services) -> Accepted:
    """Keep a prompt that is to be answered later. Raises what ``ask`` raises for a wrong request."""
    check(request)
    session = await open_session(request.session_id, caller, services)
    prompt_id = new_id("prompt")
    kept = KeptPrompt(
        request=request,
        session_id=session.id,
        earlier=session.prompts,
        status="running",
        asked_at=services.clock(),
    )
    await services.state.save_document(_document(prompt_id, kept, caller), None)
    return Accepted(session_id=session.id, prompt_id=prompt_id, status="running")


async def answer_kept(prompt_id: str, services: Services) -> None:
    """Answer a prompt that was put off. Safe to repeat."""
    stored = await services.state.document("prompt", prompt_id)
    if stored is None:
        return
    document, etag = stored
    kept = msgspec.json.decode(document.body, type=KeptPrompt)
    if kept.status != "running":
        return
    try:
        session = await open_session(kept.session_id, document.owner, services)
    except NotFoundError as error:
        done = msgspec.structs.replace(kept, status="failed", reason=error.hint)
    else:
        answer = await ask(kept.request, document.owner, services, session=session, prompt_id=prompt_id)
        done = msgspec.structs.replace(kept, status="done", answer=answer)
    await services.state.save_document(_document(prompt_id, done, document.owner), etag)


async def give_up_prompt(prompt_id: str, services: Services) -> None:
    """Note that a prompt failed for good, so that whoever polls learns of it."""
    stored = await services.state.document("prompt", prompt_id)
    if stored is None:
        return
    document, etag = stored
    kept = msgspec.json.decode(document.body, type=KeptPrompt)
    if kept.status == "running":
        failed = msgspec.structs.replace(kept, status="failed", reason=POISONED)
        await services.state.save_document(_document(prompt_id, failed, document.owner), etag)


async def kept_prompt(prompt_id: str, caller: str, services: Services) -> KeptPrompt:
    """Return a caller's prompt. Raises NotFoundError for another's, or none."""
    stored = await services.state.document("prompt", prompt_id)
    if stored is None or stored[0].owner != caller:
        raise NotFoundError("no such prompt", hint="A prompt is kept for some days, for the caller who sent it.")
    return msgspec.json.decode(stored[0].body, type=KeptPrompt)


def _document(prompt_id: str, kept: KeptPrompt, caller: str) -> Document:
    return Document(kind="prompt", id=prompt_id, owner=caller, at=kept.asked_at, body=msgspec.json.encode(kept))
