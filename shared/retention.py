"""How long what is kept is kept: docs/data-handling.md has it as a table."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from shared.models.cases import Case
from shared.models.documents import Document, DocumentKind
from shared.models.records import Identity
from shared.settings import Settings
from shared.state.interface import State
from shared.telemetry import happened

KIND: DocumentKind = "forgotten"


class _Forgotten(msgspec.Struct, frozen=True):
    """What stays of an identity whose cases are all gone."""

    case_id: str
    """The last of them. The next case follows it, so that no destination takes the one for the other."""


async def forget_old(cases: Sequence[Case], state: State, settings: Settings, now: datetime) -> None:
    """Forget what settings say a time for."""
    await state.purge_records(now - timedelta(days=settings.history_days))
    await state.purge_documents("session", now - timedelta(hours=settings.session_idle_hours))
    for kind in ("prompt", "run"):
        await state.purge_documents(kind, now - timedelta(days=settings.prompt_keep_days))
    # Whole days: writing the file anew, so that no byte is left, is for once a day.
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    before = midnight - timedelta(days=settings.keep_days)
    gone = ended(cases, before)
    await _note_last_cases(cases, gone, state, now)
    removed = await state.forget([case.id for case in gone], before)
    if removed:
        happened("old data forgotten", **removed)


def ended(cases: Sequence[Case], before: datetime) -> list[Case]:
    """Return the cases that are over: closed, or followed by another, owed nothing, and silent since before a time."""
    followed = {case_id for case in cases for case_id in case.previous_case_ids}
    return [
        case
        for case in cases
        if case.last_signal_at < before and not case.needs_triage and (case.status == "closed" or case.id in followed)
    ]


async def last_forgotten_case(identity: Identity, state: State) -> str | None:
    """Return the id of the last case of an identity whose cases were all forgotten."""
    stored = await state.document(KIND, _digest(identity.id))
    return msgspec.json.decode(stored[0].body, type=_Forgotten).case_id if stored else None


async def forget_note(identity_id: str, state: State) -> None:
    """Leave no note of an identity that is erased."""
    await state.delete_document(KIND, _digest(identity_id))


async def _note_last_cases(cases: Sequence[Case], gone: Sequence[Case], state: State, now: datetime) -> None:
    """Note the latest case of each identity of which none stays; before they go, so that a crash can't lose it."""
    going = {case.id for case in gone}
    staying = {case.identity.key for case in cases if case.id not in going}
    latest: dict[str, Case] = {}
    for case in sorted(gone, key=lambda case: (case.opened_at, case.id)):
        if case.identity.key not in staying:
            latest[case.identity.key] = case
    for case in latest.values():
        document_id = _digest(case.identity.id)
        stored = await state.document(KIND, document_id)
        body = msgspec.json.encode(_Forgotten(case_id=case.id))
        note = Document(kind=KIND, id=document_id, owner="", at=now, body=body)
        await state.save_document(note, stored[1] if stored else None)


def _digest(identity_id: str) -> str:
    return sha256(identity_id.encode()).hexdigest()
