"""What a service principal is, whose it is, and who can change it."""

from collections.abc import Iterator

import msgspec

from shared.enrich.consents import MICROSOFT_TENANTS
from shared.enrich.statement import fact, graph
from shared.enrich.view import View
from shared.hostile import quoted
from shared.models.dossier import Fact


class Publisher(msgspec.Struct, rename="camel"):
    """``verifiedPublisher``."""

    display_name: str | None = None


class ServicePrincipal(msgspec.Struct, rename="camel"):
    """The properties of a service principal that triage uses."""

    id: str
    app_id: str | None = None
    display_name: str | None = None
    service_principal_type: str | None = None
    account_enabled: bool | None = None
    app_owner_organization_id: str | None = None
    verified_publisher: Publisher | None = None
    sign_in_audience: str | None = None


class Owner(msgspec.Struct, rename="camel"):
    """A user or another service principal that may change the object."""

    id: str
    odata_type: str | None = msgspec.field(name="@odata.type", default=None)
    display_name: str | None = None
    user_principal_name: str | None = None


def facts(view: View) -> Iterator[Fact]:
    """Yield the object, its state and its owners."""
    found = view.answers.decode("service_principal", ServicePrincipal)
    if view.is_deleted:
        text = "Microsoft Graph knows no such service principal: it was deleted or never existed."
        yield fact("workload.deleted", text, graph(view.answers.ref("service_principal")))
    if found:
        yield _profile(found[0], view)
        if found[0].account_enabled is not None:
            state = "enabled" if found[0].account_enabled else "disabled"
            ref = graph(view.answers.ref("service_principal"))
            text = f"The service principal is {state}."
            yield fact("workload.account", text, ref, enabled=found[0].account_enabled)
    yield from _owners(view)


def _profile(found: ServicePrincipal, view: View) -> Fact:
    owner = (found.app_owner_organization_id or "").lower()
    own = owner == view.case.identity.tenant_id.lower() if owner else None
    microsoft = owner in MICROSOFT_TENANTS
    publisher = found.verified_publisher.display_name if found.verified_publisher else None
    name = quoted(found.display_name or found.app_id or found.id)
    kind = "managed identity" if found.service_principal_type == "ManagedIdentity" else "service principal"
    text = f"{name} is a {kind}"
    text += " of this tenant" if own else " of Microsoft" if microsoft else " of another tenant" if own is False else ""
    text += f", published by {quoted(publisher)}" if publisher else ""
    text += ", without a verified publisher" if own is False and not microsoft and not publisher else ""
    return fact(
        "workload.profile",
        f"{text}.",
        graph(view.answers.ref("service_principal")),
        display_name=found.display_name,
        app_id=found.app_id,
        type=found.service_principal_type,
        publisher=publisher,
        own=own,
        microsoft=microsoft if owner else None,
        verified=bool(publisher) if own is False and not microsoft else None,
        audience=found.sign_in_audience,
    )


def _owners(view: View) -> Iterator[Fact]:
    answers = view.answers
    seen: set[str] = set()
    for query, of in (("owners", "service principal"), ("application_owners", "application")):
        for owner in answers.decode(query, Owner) or []:
            if owner.id in seen:
                continue
            seen.add(owner.id)
            name = owner.display_name or owner.user_principal_name or owner.id
            yield fact(
                "workload.owner",
                f"An owner of the {of} is {quoted(name)}.",
                graph(answers.ref(query)),
                display_name=owner.display_name,
                user_principal_name=owner.user_principal_name,
                owner_kind=(owner.odata_type or "").rpartition(".")[2],
                id=owner.id,
            )
    if not seen and answers.is_complete("owners") and not view.is_deleted:
        yield fact("workload.no_owner", "The service principal has no owner.", graph(answers.ref("owners")))
