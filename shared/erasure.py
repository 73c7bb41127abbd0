"""Erase a person: everything that state holds of one identity, and a tombstone that says so without saying who."""

import secrets
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack

import msgspec

from shared.clients import Services
from shared.errors import ConflictError, InvalidRequestError
from shared.leases import leased
from shared.models.documents import Document
from shared.owed import lease_of
from shared.retention import forget_note
from shared.telemetry import happened

SHORTEST_NAME = 4
"""Shorter names would be taken out of words that have nothing to do with the person."""
LEASE_SECONDS = 60.0


class ErasureRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to erase."""

    id: str
    """Object id in Entra."""
    names: tuple[str, ...] = ()
    """User principal names and display names, old ones too; what cases know is found by itself."""


class ElsewhereTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket that holds the person's data where this app can't erase it."""

    destination: str
    ticket: str
    """Id there; for a queue the case's."""


class Erasure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was done; kept as the tombstone. Holds no personal data."""

    id: str
    at: str
    removed: dict[str, int]
    """Rows by what they were; ``redacted``: rows about others, from which the person was taken out."""
    tickets: tuple[ElsewhereTicket, ...]
    """To be erased there, by hand."""


async def erase(request: ErasureRequest, services: Services) -> Erasure:
    """Erase an identity. Safe to repeat; a second time finds nothing.

    Raises InvalidRequestError for what is no object id or too short a name, ConflictError while one of its cases is
    being triaged, and DependencyUnavailableError while another process keeps the state from forgetting for good.
    """
    identity = _object_id(request.id)
    if any(len(name.strip()) < SHORTEST_NAME for name in request.names):
        raise InvalidRequestError("a name is too short", hint=f"Give names of at least {SHORTEST_NAME} characters.")
    state, now = services.state, services.clock()
    cases = [case for case in await state.cases() if case.identity.id == identity]
    names = {name.strip() for name in request.names}
    tickets: set[tuple[str, str]] = set()
    async with AsyncExitStack() as held:
        for case in cases:
            if await held.enter_async_context(leased(lease_of(case.id), state, LEASE_SECONDS)) is None:
                raise ConflictError("a case of the identity is being triaged", hint="Try again in a minute.")
            names |= {case.identity.name or ""} | await _names_in_report(case.id, services)
            tickets |= {(one.destination, one.ticket) for one in await state.deliveries(case.id) if one.ticket}
        known = sorted(name for name in names if len(name) >= SHORTEST_NAME)
        await forget_note(identity, state)
        removed = await state.erase(
            [case.id for case in cases], [identity, *(name for name in known if "@" in name)], known
        )
    made = Erasure(
        id=f"erasure-{secrets.token_hex(8)}",
        at=now.isoformat(timespec="seconds"),
        removed=removed,
        tickets=tuple(ElsewhereTicket(destination=where, ticket=ticket) for where, ticket in sorted(tickets)),
    )
    body = msgspec.json.encode(made)
    await state.save_document(Document(kind="erasure", id=made.id, owner="", at=now, body=body), None)
    happened("identity erased", erasure=made.id, rows=sum(removed.values()), tickets=len(made.tickets))
    return made


async def _names_in_report(case_id: str, services: Services) -> set[str]:
    """Return the names that the latest report knows the identity by."""
    report = await services.state.report(case_id)
    profiles: Sequence[object] = report.dossier.all("user.profile", "workload.profile") if report else ()
    return {
        fact.text_of(name)  # type: ignore[attr-defined]
        for fact in profiles
        for name in ("display_name", "user_principal_name")
    }


def _object_id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise InvalidRequestError("`id` is no object id", hint="Give the object id of Entra, a GUID.") from None
