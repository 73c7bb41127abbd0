"""What Graph answered about a case that is still owed something, kept until the next update of it."""

from datetime import datetime

import msgspec

from shared.errors import ConflictError
from shared.graph.answers import Answers
from shared.graph.kept import NOTHING, LookUps, kept_from
from shared.models.cases import Case
from shared.models.documents import Document, DocumentKind
from shared.models.dossier import Dossier
from shared.state.interface import State

KIND: DocumentKind = "look_ups"


async def look_ups_of(case: Case, state: State) -> LookUps:
    """Return what an earlier update of the case read; nothing for a case that had none."""
    if not case.report_version:
        return NOTHING
    return await load_look_ups(case.id, state)


async def load_look_ups(case_id: str, state: State) -> LookUps:
    """Return what is kept of a case."""
    stored = await state.document(KIND, case_id)
    return _read(stored[0].body) if stored else NOTHING


async def keep_look_ups(
    case: Case, dossier: Dossier, answers: Answers, before: LookUps, *, state: State, now: datetime
) -> None:
    """Keep the answers while the case is owed more; let them go when it is not."""
    if not any(gap.is_passing for gap in dossier.gaps):
        if before != NOTHING:
            await state.delete_document(KIND, case.id)
        return
    await save_look_ups(case.id, kept_from(answers, now, before), state, now)


async def save_look_ups(case_id: str, look_ups: LookUps, state: State, now: datetime) -> bool:
    """Keep it; False when somebody else has kept something for this case at the same moment."""
    stored = await state.document(KIND, case_id)
    document = Document(kind=KIND, id=case_id, owner="", at=now, body=msgspec.json.encode(look_ups))
    try:
        await state.save_document(document, stored[1] if stored else None)
    except ConflictError:
        # Theirs is as good, and what is missing is asked again.
        return False
    return True


def _read(body: bytes) -> LookUps:
    """Return what is kept; what another version of the app wrote is read again from Graph."""
    try:
        return msgspec.json.decode(body, type=LookUps)
    except msgspec.DecodeError:
        return NOTHING
