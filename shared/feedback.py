"""Take what an analyst says of a case: strictly decoded, one opinion a caller and case, never logged."""

import hashlib
from datetime import datetime
from typing import Annotated, Any

import msgspec

from shared.errors import InvalidRequestError, NotFoundError
from shared.models.feedback import Classification, Feedback, Rating
from shared.state.interface import State

MOST_COMMENT = 500
MOST_BYTES = 16 * 1024


class Given(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of ``POST /api/feedback``."""

    case_id: Annotated[str, msgspec.Meta(max_length=64)]
    rating: Rating
    classification: Classification | None = None
    comment: Annotated[str, msgspec.Meta(max_length=MOST_COMMENT)] | None = None
    share_sample: bool = False


async def take(body: bytes, caller: str, state: State, now: datetime) -> Feedback:
    """Store an opinion and return it. Raises InvalidRequestError for a wrong body, NotFoundError for no such case."""
    given = _decoded(body)
    if await state.case(given.case_id) is None:
        raise NotFoundError("no such case")
    digest = hashlib.sha256(f"{given.case_id}|{caller}".encode()).hexdigest()[:16]
    kept = Feedback(
        id=f"feedback-{digest}",
        case_id=given.case_id,
        rating=given.rating,
        classification=given.classification,
        comment=(given.comment or "").strip() or None,
        share_sample=given.share_sample,
        at=now,
        by=caller,
    )
    await state.save_feedback(kept)
    return kept


def shown(feedback: Feedback) -> dict[str, Any]:
    """Return an opinion as the API shows it: in camel case, without who gave it."""
    return {
        "id": feedback.id,
        "caseId": feedback.case_id,
        "rating": feedback.rating,
        "classification": feedback.classification,
        "comment": feedback.comment,
        "shareSample": feedback.share_sample,
        "at": feedback.at,
    }


def _decoded(body: bytes) -> Given:
    if len(body) > MOST_BYTES:
        raise InvalidRequestError("the body is too long", hint=f"Send at most {MOST_BYTES} bytes.")
    try:
        return msgspec.json.decode(body, type=Given)
    except msgspec.ValidationError as error:
        # The message names the field and the expected type, never what was sent.
        raise InvalidRequestError("the body is not feedback", hint=str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequestError("the body is not JSON", hint="Send a JSON object.") from error
