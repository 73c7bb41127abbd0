"""Who looks at which case: one line a case, so that two analysts do not do the same work."""

from datetime import datetime

import msgspec

from shared.errors import InvalidRequestError, NotFoundError
from shared.hostile import clean
from shared.models.documents import Document, DocumentKind
from shared.state.interface import State

KIND: DocumentKind = "acknowledgement"
LONGEST_NAME = 60


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looks at a case."""

    case_id: str
    by: str
    """The name that Entra gave, or, with a key alone, the one that was typed."""
    at: datetime
    version: int
    """The report that was there to be seen; a later one is news to whoever looks."""


async def acknowledgements(state: State) -> dict[str, Acknowledgement]:
    """Return all of them by case."""
    found = [msgspec.json.decode(one.body, type=Acknowledgement) for one in await state.documents(KIND)]
    return {one.case_id: one for one in found}


async def acknowledgement_of(case_id: str, state: State) -> Acknowledgement | None:
    """Return who looks at a case, or None."""
    stored = await state.document(KIND, case_id)
    return msgspec.json.decode(stored[0].body, type=Acknowledgement) if stored else None


async def acknowledge(case_id: str, name: str, state: State, now: datetime) -> Acknowledgement:
    """Note that somebody looks at a case from now on, in the place of whoever did.

    Raises NotFoundError for no such case, InvalidRequestError without a name, ConflictError when two do so at once.
    """
    found = await state.case(case_id)
    if found is None:
        raise NotFoundError("no such case")
    by = clean(name, LONGEST_NAME)
    if not by:
        raise InvalidRequestError("nobody is named", hint="Say who looks at the case: a name or initials.")
    made = Acknowledgement(case_id=case_id, by=by, at=now, version=found[0].report_version)
    earlier = await state.document(KIND, case_id)
    document = Document(kind=KIND, id=case_id, owner="", at=now, body=msgspec.json.encode(made))
    await state.save_document(document, earlier[1] if earlier else None)
    return made


async def release(case_id: str, state: State) -> None:
    """Note that nobody looks at a case any more. Safe to repeat."""
    await state.delete_document(KIND, case_id)
