"""Who asks Graph, and with what: the token's permissions, or an identity's grants; the tenant's licences."""

from typing import NamedTuple

import msgspec

from shared.clients import Services
from shared.doctor.examination import Check, State
from shared.doctor.lacks import declared
from shared.errors import DependencyError, TriageError
from shared.graph.client import Claims
from shared.graph.licences import Subscription, licences_of

UNSEEN = 'Run it where the app runs, or name its identity: --principal "$IDENTITY_PRINCIPAL_ID".'


class Standing(NamedTuple):
    """What the caller of Graph may do, as far as it can be known."""

    permissions: frozenset[str]
    is_known: bool
    licences: dict[str, bool | None]
    checks: tuple[Check, ...]


class _Assignment(msgspec.Struct, rename="camel"):
    app_role_id: str = ""
    resource_id: str = ""


class _Role(msgspec.Struct):
    id: str = ""
    value: str | None = None


class _Resource(msgspec.Struct, rename="camel"):
    app_roles: list[_Role] = []


async def standing_of(services: Services, principal: str) -> Standing:
    """Return it, with a check for the token, for Graph, and for the grants of a principal where one is named."""
    token, claims = await _token(services)
    graph, licences = await _licences(services)
    if principal:
        grants, permissions = await _grants(services, principal)
        return Standing(permissions or frozenset(), permissions is not None, licences, (token, graph, grants))
    permissions = frozenset([*claims.roles, *claims.scp.split()]) if claims else frozenset()
    return Standing(permissions, bool(permissions), licences, (token, graph))


async def _token(services: Services) -> tuple[Check, Claims | None]:
    """Return whose token the credential gives. Its claims are our own and only read; the token is never shown."""
    try:
        claims = await services.graph.claims()
    except DependencyError as error:
        return Check(name="token", state="failed", detail=str(error), mend=error.hint), None
    if claims.scp:
        detail = f"of a person: {len(claims.scp.split())} delegated permissions, which are not the app's"
        return Check(name="token", state="limited", detail=detail, mend=UNSEEN), claims
    if not claims.roles:
        mend = f"Nothing is granted, or the token was made before it was (up to a day old). {UNSEEN}"
        return Check(name="token", state="failed", detail="lists no application permission", mend=mend), claims
    return Check(name="token", state="ok", detail=f"{len(claims.roles)} application permissions"), claims


async def _licences(services: Services) -> tuple[Check, dict[str, bool | None]]:
    """Return whether Graph answers, and the licences that it tells of."""
    query = services.graph.tenant_queries.licences()
    names = {one.query.licence for one in declared(services.graph.api) if one.query.licence}
    answers = await services.graph.read([query], services.graph.deadline())
    found = answers.decode(query.id, Subscription)
    if found is None:
        gap = answers[query.id].gaps[0] if answers[query.id].gaps else None
        detail = f"{gap.reason}: {gap.detail}" if gap else "no answer"
        # Denied is an answer too: Graph is there, and the permission is told elsewhere.
        state: State = "limited" if gap and gap.reason in {"denied", "unlicensed"} else "failed"
        mend = gap.mend if gap else ""
        return Check(name="graph", state=state, detail=detail, mend=mend), dict.fromkeys(sorted(names))
    if not found:
        check = Check(name="graph", state="ok", detail="answers; it lists no subscription")
        return check, dict.fromkeys(sorted(names))
    held = licences_of(found)
    detail = f"answers; {len(found)} {'subscription' if len(found) == 1 else 'subscriptions'} read"
    return Check(name="graph", state="ok", detail=detail), {name: name in held for name in sorted(names)}


async def _grants(services: Services, principal: str) -> tuple[Check, frozenset[str] | None]:
    """Return the application permissions that an identity was granted, read as whoever runs this."""
    queries = services.graph.workload_queries
    try:
        answers = await services.graph.read([queries.app_roles(principal)], services.graph.deadline())
        assigned = answers.decode("app_roles", _Assignment)
        resources = sorted({one.resource_id for one in assigned or ()})
        more = await services.graph.read([queries.resource(one) for one in resources], services.graph.deadline())
    except TriageError as error:
        return Check(name="grants", state="failed", detail=str(error), mend=error.hint), None
    names = {
        role.id: role.value
        for one in resources
        for resource in more.decode(f"resource:{one}", _Resource) or ()
        for role in resource.app_roles
    }
    gaps = [*answers.gaps(), *more.gaps()]
    if assigned is None or gaps:
        detail = f"{gaps[0].reason}: {gaps[0].detail}" if gaps else "no such service principal"
        mend = gaps[0].mend if gaps else "Give the object id of the app's identity (IDENTITY_PRINCIPAL_ID)."
        return Check(name="grants", state="failed", detail=detail, mend=mend), None
    found = frozenset(name for one in assigned if (name := names.get(one.app_role_id)))
    return Check(name="grants", state="ok", detail=f"{len(found)} application permissions of the identity"), found
