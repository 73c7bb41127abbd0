"""How long what is kept is kept: docs/data-handling.md has it as a table."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from shared.clock import midnight
from shared.errors import ConflictError
from shared.models.cases import Case
from shared.models.documents import Document, DocumentKind
from shared.models.identity import Identity
from shared.settings import Settings
from shared.state.interface import State
from shared.telemetry import happened

KIND: DocumentKind = "forgotten"
HOUSE = "kept"
CONFIRMED_BY = timedelta(days=7)
"""A record of the last so many days says that the clock is right; risk waits in its hub for as long."""
LONGEST_STEP = timedelta(minutes=30)
"""How far the time moves from one sweep to the next where no record confirms it: sweeps are 15 minutes apart."""


class _Forgotten(msgspec.Struct, frozen=True):
    """What stays of an identity whose cases are all gone."""

    case_id: str
    """The last of them. The next case follows it, so that no destination takes the one for the other."""


class _House(msgspec.Struct, frozen=True):
    """Where the timer stands."""

    trusted_at: datetime
    """The time by which was forgotten."""
    forgotten_before: datetime | None = None
    """What ended before this was forgotten."""


async def forget_old(state: State, settings: Settings, now: datetime) -> None:
    """Forget what settings say a time for."""
    await state.purge_documents("session", now - timedelta(hours=settings.session_idle_hours))
    for kind in ("prompt", "run"):
        await state.purge_documents(kind, now - timedelta(days=settings.prompt_keep_days))
    stored = await state.document("house", HOUSE)
    house = msgspec.json.decode(stored[0].body, type=_House) if stored else None
    trusted = await _trusted(house, state, now)
    await state.purge_records(trusted - timedelta(days=settings.history_days))
    # Whole days: looking through what has no index, and writing the file anew so that no byte is left, is for once a
    # day.
    before = midnight(trusted) - timedelta(days=settings.keep_days)
    if house is None or house.forgotten_before != before:
        await _forget_cases(before, state, now)
    body = msgspec.json.encode(_House(trusted_at=trusted, forgotten_before=before))
    noted = Document(kind="house", id=HOUSE, owner="", at=now, body=body)
    with suppress(ConflictError):  # another sweep has noted the same
        await state.save_document(noted, stored[1] if stored else None)


async def _trusted(house: _House | None, state: State, now: datetime) -> datetime:
    """Return the time to forget by: the clock's, where records say so too; else a little after that of the last sweep.

    Records are dated by Entra. A clock far ahead has none of its time, and sweeps come as often as ever, so that what
    it does not forget within the hours until somebody sets it right stays.
    """
    if await state.has_records(now - CONFIRMED_BY, now + timedelta(days=1)):
        return now
    latest = await state.latest_cases(1) if house is None else []
    last = house.trusted_at if house else max((case.last_signal_at for case in latest), default=now)
    trusted = min(now, last + LONGEST_STEP)
    if now - trusted > CONFIRMED_BY:
        happened("forgetting held back", days=(now - trusted).days)
    return trusted


async def _forget_cases(before: datetime, state: State, now: datetime) -> None:
    """Forget cases that ended before a time, and what has no case and is older."""
    silent = await state.silent_cases(before)
    current = {key: one for key, (one, _) in (await state.current_cases({c.identity.key for c in silent})).items()}
    gone = [case for case in silent if is_over(case, current.get(case.identity.key))]
    await _note_last_cases(gone, current, state, now)
    removed = await state.forget([case.id for case in gone], before)
    if removed:
        happened("old data forgotten", **removed)


def is_over(case: Case, current: Case | None) -> bool:
    """Say whether a silent case is over: closed, or followed by the identity's current one, and owed nothing."""
    is_followed = current is not None and case.id in current.previous_case_ids
    return not case.needs_triage and (case.status == "closed" or is_followed)


async def last_forgotten_case(identity: Identity, state: State) -> str | None:
    """Return the id of the last case of an identity whose cases were all forgotten."""
    stored = await state.document(KIND, _digest(identity.id))
    return msgspec.json.decode(stored[0].body, type=_Forgotten).case_id if stored else None


async def forget_note(identity_id: str, state: State) -> None:
    """Leave no note of an identity that is erased."""
    await state.delete_document(KIND, _digest(identity_id))


async def _note_last_cases(gone: Sequence[Case], current: dict[str, Case], state: State, now: datetime) -> None:
    """Note the current case of each identity that loses it; before they go, so that a crash can't lose it."""
    going = {case.id for case in gone}
    for case in [one for one in current.values() if one.id in going]:
        document_id = _digest(case.identity.id)
        stored = await state.document(KIND, document_id)
        body = msgspec.json.encode(_Forgotten(case_id=case.id))
        note = Document(kind=KIND, id=document_id, owner="", at=now, body=body)
        await state.save_document(note, stored[1] if stored else None)


def _digest(identity_id: str) -> str:
    return sha256(identity_id.encode()).hexdigest()
