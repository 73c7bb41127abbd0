"""Whom a request to triage means: looked up by name, with the tenant that its case belongs to."""

from datetime import timedelta
from typing import Any

import msgspec

from shared.ask.entities import resolve
from shared.ask.look import Look
from shared.ask.request import Short
from shared.ask.skill import InputKind
from shared.clients import Services
from shared.errors import ConfigurationError, InvalidRequestError, NotFoundError
from shared.hostile import clean
from shared.models.identity import Identity, IdentityKind
from shared.settings import Settings


class TriageRequested(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The body of ``POST /api/triage``: one of the two, by object id, user principal name or display name."""

    user: Short | None = None
    service_principal: Short | None = None


class TriageAccepted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where the triage will be found."""

    case_id: str
    case: str
    """Path of the case."""
    report: str
    """Path of the report that covers this request; 202 until it is there."""


def accepted_as(case_id: str, revision: int, settings: Settings) -> TriageAccepted:
    """Return where the case and the report of one of its revisions are."""
    path = f"/api/cases/{case_id}"
    report = settings.path_of(f"{path}/report", revision=revision)
    return TriageAccepted(case_id=case_id, case=settings.path_of(path), report=report)


async def identity_of(body: TriageRequested, services: Services) -> Identity:
    """Return whom the request means.

    Raises InvalidRequestError where it names none, both, or one that several are called; NotFoundError for nobody.
    """
    if bool(body.user) == bool(body.service_principal):
        raise InvalidRequestError("whom is not said", hint="Give either `user` or `servicePrincipal`.")
    kind: IdentityKind = "user" if body.user else "servicePrincipal"
    input_kind: InputKind = "user" if body.user else "service_principal"
    now = services.clock()
    deadline = now + timedelta(seconds=services.settings.prompt_timeout_seconds)
    look = Look(services.graph, services.state, services.settings, now=now, deadline=deadline)
    found = await resolve(look, input_kind, clean(body.user or body.service_principal or "", 320))
    if not found:
        raise NotFoundError("nobody to triage", hint="Nobody is called that: give an object id or user principal name.")
    if len(found) > 1:
        ids = ", ".join(ref.id for ref in found[:10])
        raise InvalidRequestError("several may be meant", hint=f"Give the object id of one of these: {ids}.")
    tenant_id = await _tenant(look, services)
    return Identity(tenant_id=tenant_id, kind=kind, id=found[0].id.lower(), name=found[0].name)


async def _tenant(look: Look, services: Services) -> str:
    """Return the tenant's id: of the settings, of the cases, or as Graph names it."""
    if services.settings.tenant_id:
        return services.settings.tenant_id
    if cases := await services.state.latest_cases(1):
        return cases[0].identity.tenant_id
    query = look.query(
        "organization",
        look.api.organization,
        what="the tenant's id",
        permission="Organization.Read.All",
        select=["id"],
    )
    found = (await look.read(query)).decode("organization", dict[str, Any]) or []
    if not found or not isinstance(found[0].get("id"), str):
        raise ConfigurationError(
            "the tenant's id is not known", hint="Set TRIAGE_TENANT_ID, or grant the app `Organization.Read.All`."
        )
    return str(found[0]["id"])
