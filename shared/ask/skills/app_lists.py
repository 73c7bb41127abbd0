"""Apps of the whole tenant: enterprise apps by owner and state, registrations, and who added which app lately."""

from collections.abc import Mapping
from typing import Any

from shared.ask.audits import KEPT, PATH, WHEN, any_of, audits, change_table, done, newest_first, people, target_name
from shared.ask.audits import PERMISSION as AUDIT_PERMISSION
from shared.ask.fields import time_range
from shared.ask.found import MOST_PAGES, PAGE, called, items, listing, refs, reply
from shared.ask.given import span, words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field
from shared.ask.telling import are, gaps_of, is_cut, names, unread, within
from shared.ask.tenants import MICROSOFT, OWNER, own_tenant, whose

PERMISSION = "Application.Read.All"
STATE = Input(
    name="account",
    kind="choice",
    description="Only apps that may sign in (enabled), only those that may not (disabled), or any.",
    required=False,
    choices=("any", "enabled", "disabled"),
    words={"enabled": ("enabled", "active"), "disabled": ("disabled", "deactivated", "blocked", "turned off")},
    default="any",
)
APPS = (
    field("displayName", "Name", "Display name, as its maker chose it"),
    field("owner", "Whose", "this tenant, another tenant, or Microsoft"),
    field("accountEnabled", "Enabled", "Whether it may sign in"),
    field("verifiedPublisher.displayName", "Verified publisher", "Publisher that Microsoft verified", "publisher"),
    field("appId", "Application ID", "Client id"),
    field("id", "Object id", "Object id of the service principal"),
)
REGISTRATIONS = (
    field("displayName", "Name", "Display name"),
    field("createdDateTime", "Registered at", "When it was registered, UTC"),
    field("signInAudience", "For", "Whose accounts may sign in to it, e.g. AzureADMyOrg: only this tenant's"),
    field("appId", "Application ID", "Client id"),
    field("id", "Object id", "Object id of the registration"),
)
ADDED = (
    field("app", "App", "Name of the app"),
    *WHEN,
    field("id", "Object id", "Object id of the service principal"),
)


@skill(
    id="enterprise_apps",
    area="apps",
    title="Enterprise apps",
    description=(
        "Which enterprise apps (service principals) the tenant has, all or only its own, other tenants' or "
        "Microsoft's, enabled or disabled; not managed identities, and not for counts of every kind."
    ),
    inputs=(OWNER, STATE),
    permissions=(PERMISSION,),
    paths=("/servicePrincipals",),
    examples=(
        "List all enterprise applications in my tenant.",
        "show all apps",
        "list the service principals",
        "show the {account} apps",
        "which apps are {account}",
        "list our {owner_tenant} apps",
        "which enterprise apps do we have",
    ),
)
async def enterprise_apps(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read service principals of applications, narrowed by who owns them and whether they may sign in."""
    wanted, state = words(given, "owner_tenant") or "any", words(given, "account") or "any"
    first, tenant = await own_tenant(look)
    if not tenant:
        return Reply(text=unread(first), sources=(), gaps=gaps_of(first))
    conditions = ["servicePrincipalType eq 'Application'", *_owned(wanted, tenant)]
    conditions += [f"accountEnabled eq {'true' if state == 'enabled' else 'false'}"] if state != "any" else []
    answers = await look.read(
        look.query(
            "apps",
            look.api.service_principals,
            what="enterprise apps",
            permission=PERMISSION,
            pages=MOST_PAGES,
            is_advanced=True,
            filter=" and ".join(conditions),
            select=["id", "appId", "displayName", "appOwnerOrganizationId", "accountEnabled", "verifiedPublisher"],
            top=PAGE,
        )
    )
    found = items(answers, "apps")
    thing = {"own": "app of this tenant's own", "microsoft": "app of Microsoft's"}.get(wanted, "enterprise app")
    return listing(
        answers,
        "apps",
        kind="service_principal",
        thing=thing if state == "any" else f"{state} {thing}",
        phrase="of other tenants" if wanted == "third_party" else "in the tenant",
        title="Enterprise apps",
        fields=APPS,
        found=[{**app, "owner": whose(app.get("appOwnerOrganizationId"), tenant)} for app in found or []]
        if found is not None
        else None,
        follow_ups=(
            "Which apps hold dangerous permissions?",
            *(f"Who owns the app {called(ref)}?" for ref in refs("service_principal", found or [])[:1]),
        ),
    )


@skill(
    id="app_registrations",
    area="apps",
    title="App registrations",
    description=(
        "Which applications are registered in the tenant itself, all or only those registered in a span; for apps of "
        "others that were added use apps_added."
    ),
    inputs=(Input(name="time_range", kind="time_range", description="When they were registered.", required=False),),
    permissions=(PERMISSION,),
    paths=("/applications",),
    examples=(
        "List all app registrations in my tenant.",
        "show the registered applications",
        "which applications were registered in {time_range}",
        "app registrations created in {time_range}",
    ),
)
async def app_registrations(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read applications, by the time of their registration where one is asked for."""
    when = span(given, "time_range") if "time_range" in given else None
    answers = await look.read(
        look.query(
            "applications",
            look.api.applications,
            what="app registrations",
            permission=PERMISSION,
            pages=MOST_PAGES,
            is_advanced=True,
            filter=f"createdDateTime ge {when.since} and createdDateTime le {when.until}" if when else None,
            select=["id", "appId", "displayName", "createdDateTime", "signInAudience"],
            top=PAGE,
        )
    )
    return listing(
        answers,
        "applications",
        kind="application",
        thing="app registration",
        phrase=f"made {within(when)}" if when else "in the tenant",
        title="App registrations",
        fields=REGISTRATIONS,
        follow_ups=("Which applications have credentials that are expiring soon?",),
    )


@skill(
    id="apps_added",
    area="apps",
    title="Apps added lately",
    description=(
        "Which apps came into the tenant in a span, and who added them, from the audit log, as Graph does not say when "
        "a service principal was created; for the tenant's own registrations use app_registrations."
    ),
    inputs=(time_range("the past 30 days"),),
    permissions=(AUDIT_PERMISSION,),
    paths=(PATH,),
    examples=(
        "Which apps were added to my tenant in {time_range}?",
        "Who added apps in {time_range}?",
        "show recently added enterprise applications",
        "new apps in {time_range}",
        "which service principals were created in {time_range}",
        "how many apps were added in {time_range}",
    ),
)
async def apps_added(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the log for service principals that were added."""
    when = span(given, "time_range")
    answers = await look.read(audits(look, when, any_of("Add service principal"), what="who added apps"))
    log = items(answers, "audits")
    if log is None:
        return reply(answers, ())
    rows = [_added(record) for record in newest_first(log)]
    cut = ", as far as the log was read" if is_cut(answers, "audits") else ""
    text = f"{are(len(rows), 'app')} added {within(when)}: {names(row['app'] for row in rows)}."
    text = text.replace(" is added", " was added").replace(" are added", " were added")
    return reply(
        answers,
        (text if rows else f"No app was added {within(when)}{cut}.", KEPT),
        tables=(change_table(answers, "Added apps", ADDED, rows),),
        facts={"added_apps": len(rows), "by": tuple(dict.fromkeys(str(row["by"]) for row in rows if row["by"]))},
        subjects=(
            *(Ref(kind="service_principal", id=str(row["id"]), name=row["app"]) for row in rows if row["id"]),
            *people(log),
        ),
        follow_ups=tuple(f"Which permissions are granted to the app with ID {row['id']}?" for row in rows[:1]),
    )


def _owned(wanted: str, tenant: str) -> list[str]:
    """Return the conditions for whose apps are wanted."""
    if wanted == "own":
        return [f"appOwnerOrganizationId eq {tenant}"]
    if wanted == "microsoft":
        return [f"({' or '.join(f'appOwnerOrganizationId eq {owner}' for owner in MICROSOFT)})"]
    return [f"appOwnerOrganizationId ne {owner}" for owner in (tenant, *MICROSOFT)] if wanted == "third_party" else []


def _added(record: Mapping[str, Any]) -> dict[str, Any]:
    target = (record.get("targetResources") or [{}])[0]
    return {"app": target_name(target), "id": target.get("id"), **done(record)}
