"""Applications and their service principals: one app to people, two objects in Entra."""

from collections.abc import Mapping
from typing import Any

from shared.ask.found import both, reply
from shared.ask.given import things
from shared.ask.look import Look
from shared.ask.skill import InputValue, Ref, Reply, skill
from shared.ask.skills.service_principals import APPS, PERMISSION
from shared.ask.tables import field, table
from shared.ask.telling import found, named, names
from shared.ask.tenants import own_tenant, whose
from shared.enrich.statement import counted
from shared.graph.answers import Answers
from shared.graph.queries import IN_LIMIT, Query, one_of

REGISTRATION = [
    *("id", "appId", "displayName", "createdDateTime", "publisherDomain", "verifiedPublisher", "signInAudience"),
    *("passwordCredentials", "keyCredentials", "requiredResourceAccess"),
]
PRINCIPAL = [
    *("id", "appId", "displayName", "servicePrincipalType", "accountEnabled", "appOwnerOrganizationId"),
    *("verifiedPublisher", "signInAudience", "passwordCredentials", "keyCredentials"),
]
DETAILS = (
    field("displayName", "Name", "Display name, as its maker chose it"),
    field("appId", "Application ID", "Client id, the same in every tenant"),
    field("type", "Type", "Application, ManagedIdentity, Legacy, SocialIdp"),
    field("enabled", "Enabled", "Whether its service principal here may sign in"),
    field("owner", "Of", "This tenant, Microsoft, or another tenant, by appOwnerOrganizationId"),
    field("owner_tenant", "Owner tenant", "Tenant in which the application is registered"),
    field("verified_publisher", "Verified publisher", "Publisher that Microsoft verified; empty: not verified"),
    field("publisherDomain", "Publisher domain", "Domain that the maker set; only for this tenant's applications"),
    field("signInAudience", "Audience", "Who may sign in to it"),
    field("createdDateTime", "Created", "When it was registered, UTC; only for this tenant's applications"),
    field("secrets", "Secrets", "Client secrets of registration and service principal"),
    field("certificates", "Certificates", "Certificates of registration and service principal"),
    field("apis", "APIs asked for", "APIs that the registration asks permissions of"),
    field("service_principal_id", "Service principal id", "Object id of its service principal in this tenant"),
    field("object_id", "Application object id", "Object id of the registration, where it is this tenant's"),
)


@skill(
    id="app_details",
    area="apps",
    title="Details of apps",
    description=(
        "What one or several applications or service principals are: type, state, owner tenant, publisher, "
        "verification, age, credentials; not their permissions, owners or risk."
    ),
    inputs=(APPS,),
    permissions=(PERMISSION,),
    paths=("/servicePrincipals", "/servicePrincipals/{id}", "/applications", "/applications/{id}"),
    examples=(
        "Tell me more about these service principals (from previous response).",
        "Give me details about service principal with {apps}",
        "Tell me more about the application {apps}",
        "Tell me more about these apps (from previous response).",
        "Who published the application {apps}?",
        "Is the publisher of {apps} verified?",
        "Is the enterprise app {apps} enabled?",
        "when was the app registration {apps} created",
        "what kind of app is {apps}",
    ),
)
async def app_details(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the half of each app that the prompt names, then the other half where this tenant has one."""
    apps = things(given, "apps")
    first, tenant = await own_tenant(look, *(_by_id(look, app) for app in apps))
    known = {app.id: found(first, f"app:{app.id}") for app in apps}
    others = await _others(look, apps, known, tenant)
    answers = both(first, others)
    rows = [_details(app, known[app.id][0], others, tenant) for app in apps if known[app.id]]
    gone = [app.name for app in apps if first.is_absent(f"app:{app.id}")]
    unverified = [row for row in rows if row["owner"] == "another tenant" and not row["verified_publisher"]]
    name = apps[0].name
    return reply(
        answers,
        (
            *(_sentence(row) for row in rows[:3]),
            f"The table holds {counted(len(rows), 'app')}." if len(rows) > 3 else "",
            f"Without a verified publisher: {names(map(named, unverified))}." if unverified and len(rows) > 1 else "",
            f"{names(gone)} {'is' if len(gone) == 1 else 'are'} not in the directory." if gone else "",
        ),
        tables=(table("Apps", DETAILS, rows),),
        facts={
            "account_enabled": rows[0]["enabled"],
            "service_principal_type": rows[0]["type"],
            "owner": rows[0]["owner"],
            "publisher_verified": bool(rows[0]["verified_publisher"]),
        }
        if len(rows) == 1
        else {},
        subjects=apps,
        follow_ups=(
            f"Which permissions are granted to the app {name}?",
            f"Who owns the app {name}?",
            f"Is the app {name} risky?",
        ),
    )


def _query(look: Look, query_id: str, builder: Any, what: str, **more: Any) -> Query:
    return look.query(query_id, builder, what=what, permission=PERMISSION, **more)


def _by_id(look: Look, app: Ref) -> Query:
    api = look.api
    is_registration = app.kind == "application"
    return _query(
        look,
        f"app:{app.id}",
        api.applications.by_application_id(app.id)
        if is_registration
        else api.service_principals.by_service_principal_id(app.id),
        f"the app {app.name}",
        absence_is_fact=True,
        select=REGISTRATION if is_registration else PRINCIPAL,
    )


async def _others(look: Look, apps: tuple[Ref, ...], known: Mapping[str, list[dict[str, Any]]], tenant: str) -> Answers:
    """Return registrations of this tenant's service principals, and service principals of the registrations."""
    wanted: dict[str, list[str]] = {"application": [], "service_principal": []}
    for app in apps:
        for one in known[app.id]:
            is_registration = app.kind == "application"
            if one.get("appId") and (is_registration or _is_own(one, tenant)):
                wanted["service_principal" if is_registration else "application"].append(str(one["appId"]))
    halves = (
        ("application", look.api.applications, "the registrations of the apps", REGISTRATION),
        ("service_principal", look.api.service_principals, "the service principals of the apps", PRINCIPAL),
    )
    queries = []
    for kind, builder, what, properties in halves:
        for start in range(0, len(wanted[kind]), IN_LIMIT):
            condition = one_of("appId", wanted[kind][start : start + IN_LIMIT])
            queries.append(_query(look, f"{kind}:{start}", builder, what, filter=condition, select=properties))
    return await look.read(*queries) if queries else Answers()


def _is_own(principal: Mapping[str, Any], tenant: str) -> bool:
    """Say whether there can be a registration here: not for managed identities and apps of others."""
    owner = str(principal.get("appOwnerOrganizationId") or "").lower()
    return principal.get("servicePrincipalType") != "ManagedIdentity" and (owner == tenant or not tenant)


def _details(app: Ref, one: dict[str, Any], others: Answers, tenant: str) -> dict[str, Any]:
    other: dict[str, Any] = next(
        (row for query_id in others for row in found(others, query_id) if row.get("appId") == one.get("appId")), {}
    )
    registration, principal = (one, other) if app.kind == "application" else (other, one)
    owner = principal.get("appOwnerOrganizationId") or (tenant if registration else None)
    publisher = {**(registration.get("verifiedPublisher") or {}), **(principal.get("verifiedPublisher") or {})}
    return {
        **{name: one.get(name) or other.get(name) for name in ("displayName", "appId", "signInAudience")},
        "type": principal.get("servicePrincipalType"),
        "enabled": principal.get("accountEnabled"),
        "owner": whose(owner, tenant),
        "owner_tenant": owner,
        "verified_publisher": publisher.get("displayName"),
        "publisherDomain": registration.get("publisherDomain"),
        "createdDateTime": registration.get("createdDateTime"),
        "secrets": _keys("passwordCredentials", one, other),
        "certificates": _keys("keyCredentials", one, other),
        "apis": len(registration.get("requiredResourceAccess") or []) if registration else None,
        "service_principal_id": principal.get("id"),
        "object_id": registration.get("id"),
    }


def _keys(name: str, *halves: Mapping[str, Any]) -> int:
    """Return how many credentials there are; one that both halves show is one."""
    return len({str(key.get("keyId")) for half in halves for key in half.get(name) or []})


def _sentence(row: Mapping[str, Any]) -> str:
    kind = "a managed identity" if row["type"] == "ManagedIdentity" else "an application"
    text = f"{names([named(row)])} is {kind} of {row['owner']}"
    text += "" if row["enabled"] is None else ", enabled" if row["enabled"] else ", disabled"
    if row["verified_publisher"]:
        text += f", published by {names([row['verified_publisher']])}, which Microsoft has verified"
    elif kind == "an application":
        text += ", without a verified publisher"
    text += f", registered at {row['createdDateTime']}" if row["createdDateTime"] else ""
    return f"{text}, with {counted(row['secrets'], 'secret')} and {counted(row['certificates'], 'certificate')}."
