"""Service principals (enterprise apps): who owns them, whose they are, and how many there are of which kind."""

from collections.abc import Mapping
from typing import Any

from shared.ask.given import things
from shared.ask.look import Look, sources
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import are, found, gaps_of, is_cut, is_missing, joined, named, names, unread
from shared.ask.tenants import MICROSOFT, own_tenant
from shared.enrich.statement import counted
from shared.graph.queries import Query

PERMISSION = "Application.Read.All"
APPS = Input(
    name="apps",
    kind="service_principal",
    description="The apps: display name, object id or application id of each.",
    many=True,
)
PERSON = ["id", "displayName", "userPrincipalName"]
OWNERS = (
    field("app", "App", "Display name of the service principal"),
    field("app_id", "App object id", "Object id of the service principal"),
    field("displayName", "Owner", "Display name of the owner"),
    field("userPrincipalName", "User principal name", "The owner's name to sign in with; empty for apps"),
    field("id", "Owner id", "Object id of the owner"),
)
EXTERNAL = (
    field("displayName", "Name", "Display name, as its maker chose it"),
    field("id", "ID", "Object id of the service principal"),
    field("appId", "Application ID", "Client id"),
    field("appOwnerOrganizationId", "Owner tenant", "Tenant in which the application is registered"),
    field("verifiedPublisher.displayName", "Verified publisher", "Publisher that Microsoft verified", "publisher"),
    field("accountEnabled", "Enabled", "Whether it may sign in"),
)


@skill(
    id="service_principal_owners",
    area="apps",
    title="Owners of apps",
    description="Who owns one or several service principals: owners can add credentials to them.",
    inputs=(APPS,),
    permissions=(PERMISSION,),
    paths=("/servicePrincipals/{id}/owners",),
    examples=(
        "Give me a list of owners for these apps?",
        "Who owns the app {apps}?",
        "List the owners of {apps}",
        "does the service principal {apps} have an owner",
        "who is responsible for these apps",
        "which of these apps have no owner",
    ),
)
async def service_principal_owners(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read ``/servicePrincipals/{id}/owners`` of each."""
    apps = things(given, "apps")
    answers = await look.read(
        *(
            _query(
                look,
                f"owners:{app.id}",
                look.api.service_principals.by_service_principal_id(app.id).owners,
                f"the owners of {app.name}",
                absence_is_fact=True,
                select=PERSON,
            )
            for app in apps
        )
    )
    rows, said, ownerless = [], [], []
    for app in apps:
        owners = found(answers, f"owners:{app.id}")
        rows += [{**owner, "app": app.name, "app_id": app.id} for owner in owners]
        if owners:
            said.append(f"The app {names([app.name])} is owned by {names(named(owner) for owner in owners)}.")
        elif answers.is_complete(f"owners:{app.id}") and not answers.is_absent(f"owners:{app.id}"):
            ownerless.append(app.name)
    gone = [app.name for app in apps if answers.is_absent(f"owners:{app.id}")]
    people = {row["id"]: row for row in rows if row.get("userPrincipalName")}
    return Reply(
        text=joined(
            *said[:4],
            f"{counted(len(said), 'app')} have owners; the table lists them." if len(said) > 4 else "",
            f"{names(ownerless)} {'has' if len(ownerless) == 1 else 'have'} no owner." if ownerless else "",
            f"{names(gone)} {'is' if len(gone) == 1 else 'are'} not in the directory." if gone else "",
            unread(answers),
        ),
        tables=(table("Owners", OWNERS, rows),) if rows else (),
        facts={"owners": len({row["id"] for row in rows}), "apps_without_owner": len(ownerless)},
        sources=sources(answers),
        gaps=gaps_of(answers),
        subjects=(
            *(Ref(kind="user", id=key, name=str(row["userPrincipalName"])) for key, row in people.items()),
            *apps,
        )[:50],
        follow_ups=(
            *(f"Is {row['userPrincipalName']} risky?" for row in list(people.values())[:2]),
            f"Which permissions are granted to the app {apps[0].name}?",
        ),
    )


@skill(
    id="external_apps",
    area="apps",
    title="Apps from outside the tenant",
    description="Service principals of applications that other tenants own, Microsoft's own apps counted apart.",
    permissions=(PERMISSION,),
    paths=("/servicePrincipals",),
    examples=(
        "Show me apps outside my tenant.",
        "How many apps are from outside my tenant?",
        "List external apps",
        "third-party apps in our tenant",
        "which apps belong to another tenant",
        "show multitenant apps of other organizations",
    ),
)
async def external_apps(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read ``/servicePrincipals`` that neither this tenant nor Microsoft owns."""
    tenant_answers, tenant = await own_tenant(look)
    if not tenant:
        return Reply(text=unread(tenant_answers), sources=sources(tenant_answers), gaps=gaps_of(tenant_answers))
    others = " and ".join(f"appOwnerOrganizationId ne {owner}" for owner in (tenant, *MICROSOFT))
    microsoft = " or ".join(f"appOwnerOrganizationId eq {owner}" for owner in MICROSOFT)
    answers = await look.read(
        _query(
            look,
            "external",
            look.api.service_principals,
            "apps of other tenants",
            pages=3,
            is_advanced=True,
            select=["id", "appId", "displayName", "appOwnerOrganizationId", "verifiedPublisher", "accountEnabled"],
            # A managed identity has no owner tenant, and nothing is not equal to something.
            filter=f"servicePrincipalType eq 'Application' and {others}",
            top=999,
        ),
        _count(look, "microsoft", "Microsoft's own apps", microsoft),
    )
    rows = [row for row in found(answers, "external") if row.get("appOwnerOrganizationId")]
    unverified = [row for row in rows if not (row.get("verifiedPublisher") or {}).get("displayName")]
    cut, owned = is_cut(answers, "external"), _total(answers, "microsoft")
    if is_missing(answers, "external"):
        return Reply(text=unread(answers), sources=sources(answers), gaps=gaps_of(answers))
    total = _total(answers, "external") if cut else len(rows)
    text = f"{are(total or len(rows), 'app')} from outside the tenant"
    text += (
        f", {len(unverified)} of {len(rows)} without a verified publisher: {names(map(named, rows))}" if rows else ""
    )
    return Reply(
        text=joined(
            f"{text}.",
            f"{are(owned, 'app')} of Microsoft itself and not among them." if owned else "",
            unread(answers),
        ),
        tables=(table("Apps of other tenants", EXTERNAL, rows, total=total, complete=not cut),),
        facts={"external_apps": total, "without_verified_publisher": len(unverified), "microsoft_apps": owned},
        sources=(*sources(tenant_answers), *sources(answers)),
        gaps=gaps_of(answers),
        subjects=tuple(Ref(kind="service_principal", id=str(row["id"]), name=named(row)) for row in rows[:50]),
        follow_ups=("What permissions do these apps have?", "Show me risky apps.", "Show me unused apps."),
    )


@skill(
    id="app_counts",
    area="apps",
    title="How many apps there are",
    description="Counts of application registrations, enterprise apps, managed identities and disabled apps.",
    permissions=(PERMISSION,),
    paths=("/applications", "/servicePrincipals"),
    examples=(
        "How many apps are there in my tenant?",
        "How many applications are registered?",
        "Count the service principals",
        "number of managed identities",
        "how many enterprise applications do we have",
        "how many apps are disabled",
    ),
)
async def app_counts(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Ask Graph to count, in one round trip."""
    answers = await look.read(
        _count(look, "applications", "the number of application registrations", "", look.api.applications),
        _count(look, "service_principals", "the number of service principals", ""),
        _count(
            look, "managed_identities", "the number of managed identities", "servicePrincipalType eq 'ManagedIdentity'"
        ),
        _count(look, "disabled", "the number of disabled service principals", "accountEnabled eq false"),
    )
    counts = {query_id: _total(answers, query_id) for query_id in answers if not is_missing(answers, query_id)}
    titles = {
        "applications": "application registrations",
        "service_principals": "service principals (enterprise apps)",
        "managed_identities": "managed identities among the service principals",
        "disabled": "disabled service principals",
    }
    said = ", ".join(f"{counts[key]} {title}" for key, title in titles.items() if key in counts)
    columns = (field("kind", "Kind", "What was counted"), field("count", "Count", "How many, counted by Graph"))
    rows = [{"kind": title, "count": counts[key]} for key, title in titles.items() if key in counts]
    return Reply(
        text=joined(f"The tenant has {said}." if said else "", unread(answers)),
        tables=(table("Apps", columns, rows),) if rows else (),
        facts=dict(counts),
        sources=sources(answers),
        gaps=gaps_of(answers),
        follow_ups=("How many apps are from outside my tenant?", "Show me unused apps.", "Show me risky apps."),
    )


def _query(look: Look, query_id: str, builder: Any, what: str, **more: Any) -> Query:
    return look.query(query_id, builder, what=what, permission=PERMISSION, **more)


def _count(look: Look, query_id: str, what: str, condition: str, builder: Any = None) -> Query:
    narrowed: dict[str, Any] = {"filter": condition} if condition else {}
    where = look.api.service_principals if builder is None else builder
    return look.count(query_id, where, what=what, permission=PERMISSION, **narrowed)


def _total(answers: Any, query_id: str) -> int | None:
    answer = answers.by_id.get(query_id)
    return answer.total if answer else None
