"""Applications: their registration and publisher."""

from collections.abc import Mapping
from typing import Any

from shared.ask.given import things
from shared.ask.look import Look, sources
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import found, gaps_of, joined, named, names, unread
from shared.ask.tenants import own_tenant, whose
from shared.enrich.statement import counted
from shared.graph.answers import Answers
from shared.graph.queries import IN_LIMIT, Query, one_of

PERMISSION = "Application.Read.All"
APPLICATION = [
    *("id", "appId", "displayName", "createdDateTime", "publisherDomain", "verifiedPublisher", "signInAudience"),
    *("passwordCredentials", "keyCredentials", "requiredResourceAccess"),
]
PRINCIPAL = ["id", "appId", "displayName", "accountEnabled", "appOwnerOrganizationId", "verifiedPublisher"]
DETAILS = (
    field("displayName", "Name", "Display name, as its maker chose it"),
    field("appId", "Application ID", "Client id, the same in every tenant"),
    field("owner", "Of", "This tenant, Microsoft, or another tenant"),
    field("verified_publisher", "Verified publisher", "Publisher that Microsoft verified; empty: not verified"),
    field("publisherDomain", "Publisher domain", "Domain that the maker set; only for this tenant's applications"),
    field("signInAudience", "Audience", "Who may sign in to it"),
    field("createdDateTime", "Created", "When it was registered, UTC; only for this tenant's applications"),
    field("enabled", "Enabled", "Whether its service principal here may sign in"),
    field("credentials", "Credentials", "Secrets and certificates of the registration"),
    field("apis", "APIs asked for", "APIs that the registration asks permissions of"),
    field("object_id", "Application object id", "Object id of the registration in this tenant"),
    field("service_principal_id", "Service principal id", "Object id of its service principal in this tenant"),
)


@skill(
    id="application_details",
    area="apps",
    title="Details of applications",
    description=(
        "Registration, publisher and verification of one or several applications; for the service principal's own "
        "state use service_principal_details."
    ),
    inputs=(
        Input(
            name="apps",
            kind="application",
            description="The applications: display name, application id or object id of each.",
            many=True,
        ),
    ),
    permissions=(PERMISSION,),
    paths=("/applications", "/applications/{id}", "/servicePrincipals", "/servicePrincipals/{id}"),
    examples=(
        "Tell me more about the application {apps}",
        "Tell me more about these apps (from previous response).",
        "Who published the application {apps}?",
        "Is the publisher of {apps} verified?",
        "when was the app registration {apps} created",
        "application details for {apps}",
        "tell me about these applications",
    ),
)
async def application_details(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read registration and service principal; an app is known by either, so the other one is read after it."""
    apps = things(given, "apps")
    first, tenant = await own_tenant(look, *(_by_id(look, app) for app in apps))
    known = {app.id: found(first, f"app:{app.id}") for app in apps}
    others = await _others(look, apps, known)
    rows = [_details(app, known[app.id][0], others, tenant) for app in apps if known[app.id]]
    gone = [app.name for app in apps if first.is_absent(f"app:{app.id}")]
    answers = Answers(by_id={**first.by_id, **others.by_id})
    unverified = [row for row in rows if not row["verified_publisher"] and row["owner"] == "another tenant"]
    return Reply(
        text=joined(
            *(_sentence(row) for row in rows[:3]),
            f"The table holds {counted(len(rows), 'application')}." if len(rows) > 3 else "",
            f"Without a verified publisher: {names(map(named, unverified))}." if unverified and len(rows) > 1 else "",
            f"{names(gone)} {'is' if len(gone) == 1 else 'are'} not in the directory." if gone else "",
            unread(answers),
        ),
        tables=(table("Applications", DETAILS, rows),) if rows else (),
        facts={"publisher_verified": bool(rows[0]["verified_publisher"]), "owner": rows[0]["owner"]}
        if len(rows) == 1
        else {},
        sources=sources(answers),
        gaps=gaps_of(answers),
        subjects=apps,
        follow_ups=(
            f"Which permissions are granted to the app {apps[0].name}?",
            f"Who owns the app {apps[0].name}?",
        ),
    )


def _query(look: Look, query_id: str, builder: Any, what: str, **more: Any) -> Query:
    return look.query(query_id, builder, what=what, permission=PERMISSION, **more)


def _by_id(look: Look, app: Ref) -> Query:
    api = look.api
    is_principal = app.kind == "service_principal"
    return _query(
        look,
        f"app:{app.id}",
        api.service_principals.by_service_principal_id(app.id)
        if is_principal
        else api.applications.by_application_id(app.id),
        f"the application {app.name}",
        absence_is_fact=True,
        select=[*PRINCIPAL, "signInAudience"] if is_principal else APPLICATION,
    )


async def _others(look: Look, apps: tuple[Ref, ...], known: Mapping[str, list[dict[str, Any]]]) -> Answers:
    """Return the other half of each app: the registration of a service principal, and the other way round."""
    halves = (
        ("service_principal", look.api.applications, "the registrations of the apps", APPLICATION),
        ("application", look.api.service_principals, "the service principals of the apps", PRINCIPAL),
    )
    queries = []
    for kind, builder, what, properties in halves:
        ids = [str(one["appId"]) for app in apps if app.kind == kind for one in known[app.id] if one.get("appId")]
        for start in range(0, len(ids), IN_LIMIT):
            condition = one_of("appId", ids[start : start + IN_LIMIT])
            queries.append(_query(look, f"{kind}:{start}", builder, what, filter=condition, select=properties))
    return await look.read(*queries) if queries else Answers()


def _details(app: Ref, one: dict[str, Any], others: Answers, tenant: str) -> dict[str, Any]:
    other: dict[str, Any] = next(
        (row for query_id in others for row in found(others, query_id) if row.get("appId") == one.get("appId")), {}
    )
    principal, registration = (one, other) if app.kind == "service_principal" else (other, one)
    owner = principal.get("appOwnerOrganizationId") or (tenant if registration else None)
    publisher = (registration.get("verifiedPublisher") or {}) | (principal.get("verifiedPublisher") or {})
    return {
        **{name: one.get(name) or other.get(name) for name in ("displayName", "appId", "signInAudience")},
        "owner": whose(owner, tenant),
        "verified_publisher": publisher.get("displayName"),
        "publisherDomain": registration.get("publisherDomain"),
        "createdDateTime": registration.get("createdDateTime"),
        "enabled": principal.get("accountEnabled"),
        "credentials": sum(len(registration.get(key) or []) for key in ("passwordCredentials", "keyCredentials"))
        if registration
        else None,
        "apis": len(registration.get("requiredResourceAccess") or []) if registration else None,
        "object_id": registration.get("id"),
        "service_principal_id": principal.get("id"),
    }


def _sentence(row: Mapping[str, Any]) -> str:
    text = f"{names([named(row)])} is an application of {row['owner']}"
    if row["verified_publisher"]:
        text += f", published by {names([row['verified_publisher']])}, which Microsoft has verified"
    else:
        text += ", without a verified publisher"
    text += f", registered at {row['createdDateTime']}" if row["createdDateTime"] else ""
    return f"{text}."
