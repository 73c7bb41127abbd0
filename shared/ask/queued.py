"""Prompts and runs that are worked off from a queue: what to do with a message, and when the queue gives up."""

from typing import Literal

import msgspec

from shared.ask.book_runs import give_up_run, go_on
from shared.ask.prompts import answer_kept, give_up_prompt
from shared.clients import Services
from shared.state.interface import PROMPT_QUEUE
from shared.telemetry import continuing, happened, traceparent


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """Queue message: work on this. Small on purpose; the prompts themselves are in state."""

    schema_version: Literal[1] = 1
    kind: Literal["prompt", "run"]
    id: str
    traceparent: str = ""
    """W3C trace context of who asked."""


async def put_off(kind: Literal["prompt", "run"], document_id: str, services: Services) -> None:
    """Queue a kept prompt or run."""
    queued = Queued(kind=kind, id=document_id, traceparent=traceparent())
    await services.state.send(PROMPT_QUEUE, msgspec.json.encode(queued))


async def work_off(body: bytes, services: Services) -> None:
    """Answer what was put off. Safe to repeat; what it raises brings the message back."""
    queued = msgspec.json.decode(body, type=Queued)
    with continuing(queued.traceparent or traceparent()):
        if queued.kind == "prompt":
            await answer_kept(queued.id, services)
        else:
            await go_on(queued.id, services)


async def give_up(body: bytes, services: Services) -> None:
    """Note that it failed for good, so that whoever polls learns of it."""
    queued = msgspec.json.decode(body, type=Queued)
    if queued.kind == "prompt":
        await give_up_prompt(queued.id, services)
    else:
        await give_up_run(queued.id, services)
    happened("prompt given up", kind=queued.kind, id=queued.id)
