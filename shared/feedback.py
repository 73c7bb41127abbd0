"""Take what an analyst says of a case or an answer: one opinion a caller and case or prompt, never logged."""

import hashlib
from datetime import datetime
from typing import Annotated

import msgspec

from shared.errors import InvalidRequestError, NotFoundError
from shared.models.feedback import MOST_COMMENT, Classification, Feedback, Rating
from shared.state.interface import State

MOST_BYTES = 16 * 1024


class GivenFeedback(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The body of ``POST /api/feedback``: about a case, or about the answer to a prompt."""

    case_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    prompt_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    rating: Rating
    classification: Classification | None = None
    """Only for cases."""
    comment: Annotated[str, msgspec.Meta(max_length=MOST_COMMENT)] | None = None
    share_sample: bool = False
    """Agrees that the case, or the prompt with its answer, may serve as an evaluation case."""


class ShownFeedback(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An opinion as the API shows it: without who gave it."""

    id: str
    case_id: str | None
    prompt_id: str | None
    rating: Rating
    classification: Classification | None
    comment: str | None
    share_sample: bool
    at: datetime


async def take(given: GivenFeedback, caller: str, state: State, now: datetime) -> Feedback:
    """Store an opinion and return it.

    Raises InvalidRequestError where it is about both or nothing, NotFoundError for no such case or prompt.
    """
    if bool(given.case_id) == bool(given.prompt_id):
        raise InvalidRequestError("feedback on what is not said", hint="Give either `caseId` or `promptId`.")
    if given.case_id and await state.case(given.case_id) is None:
        raise NotFoundError("no such case")
    if given.prompt_id:
        await _check_prompt(given, caller, state)
    digest = hashlib.sha256(f"{given.case_id or given.prompt_id}|{caller}".encode()).hexdigest()[:16]
    kept = Feedback(
        id=f"feedback-{digest}",
        case_id=given.case_id or None,
        prompt_id=given.prompt_id or None,
        rating=given.rating,
        classification=given.classification,
        comment=(given.comment or "").strip() or None,
        share_sample=given.share_sample,
        at=now,
        by=caller,
    )
    await state.save_feedback(kept)
    return kept


def shown(feedback: Feedback) -> ShownFeedback:
    """Return an opinion as the API shows it."""
    return ShownFeedback(
        id=feedback.id,
        case_id=feedback.case_id,
        prompt_id=feedback.prompt_id,
        rating=feedback.rating,
        classification=feedback.classification,
        comment=feedback.comment,
        share_sample=feedback.share_sample,
        at=feedback.at,
    )


async def _check_prompt(given: GivenFeedback, caller: str, state: State) -> None:
    """Refuse feedback on another caller's prompt, and a classification of what is no case."""
    stored = await state.document("prompt", given.prompt_id or "")
    if stored is None or stored[0].owner != caller:
        raise NotFoundError("no such prompt", hint="A prompt is kept for some days, for the caller who sent it.")
    if given.classification is not None:
        raise InvalidRequestError("a prompt is not classified", hint="Leave `classification` out beside `promptId`.")
