"""Upkeep of apps: those that nobody uses, and credentials that run out."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.ask.given import number
from shared.ask.look import Look, sources
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import are, found, gaps_of, is_cut, is_missing, joined, named, names, unread
from shared.clock import iso
from shared.enrich.statement import counted
from shared.graph.answers import Answers
from shared.graph.queries import P1, Query

PERMISSION = "Application.Read.All"
UNUSED_DAYS = 90
"""Days without a token after which Microsoft calls an app unused."""
UNUSED = (
    field("displayName", "Name", "Display name of the application"),
    field("appId", "Application ID", "Client id"),
    field("id", "Object id", "Object id of the registration"),
    field("last_sign_in", "Last used", "Last token that it or its users got, UTC; empty: the report knows none"),
    field("createdDateTime", "Created", "When it was registered, UTC"),
)
CREDENTIALS = (
    field("app", "App", "Display name of the application or service principal"),
    field("holder", "Held by", "Application (registration) or service principal (enterprise application)"),
    field("type", "Type", "Secret or certificate"),
    field("name", "Credential", "Name that its maker gave it"),
    field("key_id", "Key id", "Id of the credential; the value is never read"),
    field("expires", "Expires", "When it runs out, UTC"),
    field("days_left", "Days left", "Whole days until then"),
    field("id", "Object id", "Object id of the holder"),
    field("app_id", "Application ID", "Client id"),
)


@skill(
    id="unused_apps",
    area="apps",
    title="Unused apps",
    description="This tenant's own applications that got no token in 90 days, by the beta report of app activity.",
    permissions=(PERMISSION, "AuditLog.Read.All"),
    licence=P1,
    paths=("/applications", "/beta/reports/servicePrincipalSignInActivities"),
    examples=(
        "Show me unused apps.",
        "How many unused apps do I have?",
        "Which of our apps are stale or unused in the tenant?",
        "List the unused apps.",
        "Which applications does nobody use?",
        "apps without a sign-in in 90 days",
        "stale app registrations",
    ),
)
async def unused_apps(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Compare ``/applications`` with the report of when each app was last used."""
    answers = await look.read(
        _listed(look, "applications", look.api.applications, ["id", "appId", "displayName", "createdDateTime"]),
        look.query(
            "activities",
            "/reports/servicePrincipalSignInActivities",
            what="when apps were last used",
            permission="AuditLog.Read.All",
            licence=P1,
            bucket="reports",
            pages=5,
            version="beta",
            top=999,
        ),
    )
    apps = found(answers, "applications")
    if is_missing(answers, "applications", "activities"):
        return Reply(text=unread(answers), sources=sources(answers), gaps=gaps_of(answers))
    cut = is_cut(answers, "applications", "activities")
    rows = _unused(apps, _last_used(answers), look.now, is_whole=not is_cut(answers, "activities"))
    never = sum(not row["last_sign_in"] for row in rows)
    text = f"{are(len(rows), 'app')} unused for {UNUSED_DAYS} days, of {len(apps)} that were read"
    text += f": {names(map(named, rows))}" if rows else ""
    return Reply(
        text=joined(
            f"{text}.",
            f"For {counted(never, 'app')} the report knows no use at all." if never else "",
            "Only applications of this tenant are counted, by the report of sign-in activity, which is in beta.",
            unread(answers),
        ),
        tables=(table("Unused apps", UNUSED, rows, total=None if cut else len(rows), complete=not cut),),
        facts={"unused_apps": len(rows), "applications": len(apps), "days": UNUSED_DAYS, "complete": not cut},
        sources=sources(answers),
        gaps=gaps_of(answers),
        subjects=tuple(_ref(row) for row in rows[:50]),
        follow_ups=("Tell me more about these apps.", "Show me applications with credentials that are expiring soon."),
    )


@skill(
    id="expiring_credentials",
    area="apps",
    title="Credentials that are expiring",
    description="Secrets and certificates of applications and service principals that run out within some days.",
    inputs=(
        Input(
            name="days",
            kind="count",
            description="Days from now within which they run out.",
            required=False,
            default=30,
            most=365,
        ),
    ),
    permissions=(PERMISSION,),
    paths=("/applications", "/servicePrincipals"),
    examples=(
        "Which enterprise applications have credentials about to expire?",
        "Show me service principals with credentials that are expiring soon.",
        "Show me applications with credentials that are expiring soon.",
        "Which app secrets expire in the next {days} days?",
        "which app secrets run out in the next {days} days",
        "expiring client secrets and certificates",
        "which app credentials run out soon",
        "what certificates of apps must be renewed within {days} days",
    ),
)
async def expiring_credentials(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the credentials' dates of ``/applications`` and ``/servicePrincipals``."""
    days = number(given, "days") if "days" in given else 30
    properties = ["id", "appId", "displayName", "passwordCredentials", "keyCredentials"]
    answers = await look.read(
        _listed(look, "applications", look.api.applications, properties),
        _listed(look, "service_principals", look.api.service_principals, properties),
    )
    if is_missing(answers, "applications") and is_missing(answers, "service_principals"):
        return Reply(text=unread(answers), sources=sources(answers), gaps=gaps_of(answers))
    every = [*_credentials(answers, "applications", look.now), *_credentials(answers, "service_principals", look.now)]
    rows = sorted((row for row in every if 0 <= row["days_left"] < days), key=lambda row: str(row["expires"]))
    expired = sum(row["days_left"] < 0 for row in every)
    cut = bool(gaps_of(answers))
    apps = list(dict.fromkeys(str(row["app"]) for row in rows))
    text = f"{counted(len(rows), 'credential')} of {counted(len(apps), 'app')}" if rows else "No credential"
    text += f" {'expires' if len(rows) <= 1 else 'expire'} within {counted(days, 'day')}"
    text += f", the first at {rows[0]['expires']}: {names(apps)}" if rows else " among those read" if cut else ""
    return Reply(
        text=joined(
            f"{text}.",
            f"{counted(expired, 'credential')} {'has' if expired == 1 else 'have'} expired already." if expired else "",
            unread(answers),
        ),
        tables=(table("Expiring credentials", CREDENTIALS, rows, total=None if cut else len(rows), complete=not cut),),
        facts={"expiring_credentials": len(rows), "apps": len(apps), "expired_credentials": expired, "days": days},
        sources=sources(answers),
        gaps=gaps_of(answers),
        subjects=tuple({row["id"]: _holder(row) for row in rows}.values())[:50],
        follow_ups=("Give me a list of owners for these apps?", "Show me unused apps."),
    )


def _listed(look: Look, query_id: str, builder: Any, properties: list[str]) -> Query:
    what = query_id.replace("_", " ")
    return look.query(query_id, builder, what=what, permission=PERMISSION, pages=3, select=properties, top=999)


def _last_used(answers: Answers) -> dict[str, str]:
    return {
        str(one.get("appId", "")).lower(): str(when)
        for one in found(answers, "activities")
        if (when := (one.get("lastSignInActivity") or {}).get("lastSignInDateTime"))
    }


def _unused(
    apps: list[dict[str, Any]], last_used: Mapping[str, str], now: datetime, *, is_whole: bool
) -> list[dict[str, Any]]:
    """Return the apps whose last use is too long ago; without a known use only if the whole report was read."""
    limit = iso(now - timedelta(days=UNUSED_DAYS))
    rows = []
    for app in apps:
        used = last_used.get(str(app.get("appId", "")).lower(), "")
        is_old = str(app.get("createdDateTime") or "") < limit
        if (used and used < limit) or (not used and is_whole and is_old):
            rows.append({**app, "last_sign_in": used or None})
    return sorted(rows, key=lambda row: (str(row["last_sign_in"] or ""), named(row)))


def _credentials(answers: Answers, query_id: str, now: datetime) -> Iterator[dict[str, Any]]:
    holder = "application" if query_id == "applications" else "service principal"
    for item in found(answers, query_id):
        for key, kind in (("passwordCredentials", "secret"), ("keyCredentials", "certificate")):
            for one in item.get(key) or []:
                if (ends := _moment(one.get("endDateTime"))) is None:
                    continue
                yield {
                    "app": named(item),
                    "holder": holder,
                    "type": kind,
                    "name": one.get("displayName"),
                    "key_id": one.get("keyId"),
                    "expires": iso(ends),
                    "days_left": (ends - now) // timedelta(days=1),
                    "id": item.get("id"),
                    "app_id": item.get("appId"),
                }


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def _ref(row: Mapping[str, Any]) -> Ref:
    return Ref(kind="application", id=str(row["id"]), name=named(row))


def _holder(row: Mapping[str, Any]) -> Ref:
    kind = "application" if row["holder"] == "application" else "service_principal"
    return Ref(kind=kind, id=str(row["id"]), name=str(row["app"]))  # type: ignore[arg-type]
