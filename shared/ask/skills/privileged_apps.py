"""Which apps of the whole tenant hold dangerous permissions, in two round trips however many apps there are."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from shared.ask.app_holdings import HELD, HIGH_TIER, assigned_row, granted_rows, is_high, role_row, values_of
from shared.ask.found import MOST_PAGES, PAGE, both, reply
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.skill import Cell, Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import found, is_cut, is_missing, names
from shared.ask.tenants import KEEP_SECONDS, OWNER, is_of, own_tenant, whose
from shared.enrich.statement import counted
from shared.graph.answers import Answers
from shared.graph.queries import IN_LIMIT, Query, one_of
from shared.models.dossier import Source
from shared.privileges import ranked_roles

GRAPH = "00000003-0000-0000-c000-000000000000"
"""Application id of Microsoft Graph, the same in every tenant."""
MOST_NAMED = 10 * IN_LIMIT
"""Apps whose owner and state are read."""
NOT_LOOKED_AT = (
    "Permissions of other APIs than Microsoft Graph, custom roles and roles through groups are not looked at."
)
TIER = Input(
    name="tier",
    kind="choice",
    description="0: only what can take over the tenant; 1: only what can take over users, data or protection.",
    required=False,
    choices=("any", "0", "1"),
    words={"0": ("tier 0", "tier zero", "take over the tenant", "control the tenant"), "1": ("tier 1", "tier one")},
    default="any",
)
PRIVILEGED = (
    *HELD[:5],
    field("owner", "Whose", "this tenant, another tenant, or Microsoft; empty where it was not read"),
    field("enabled", "Enabled", "Whether the app may sign in; empty where it was not read"),
    *HELD[5:],
)


@skill(
    id="privileged_apps",
    area="apps",
    title="Apps with dangerous permissions",
    description=(
        "Which apps of the whole tenant hold highly privileged application permissions, delegated permissions for all "
        "users, or directory roles; for the permissions of given apps use app_permissions or app_high_privileges."
    ),
    inputs=(OWNER, TIER),
    permissions=("Application.Read.All", "Directory.Read.All", "RoleManagement.Read.Directory"),
    paths=(
        f"/servicePrincipals(appId='{GRAPH}')",
        f"/servicePrincipals(appId='{GRAPH}')/appRoleAssignedTo",
        "/oauth2PermissionGrants",
        "/roleManagement/directory/roleAssignments",
        "/servicePrincipals",
    ),
    examples=(
        "Which apps hold dangerous permissions?",
        "Which apps in my tenant have highly privileged permissions?",
        "list all apps with powerful permissions",
        "show overprivileged apps",
        "which {owner_tenant} apps have high privileges",
        "how many apps are highly privileged",
    ),
)
async def privileged_apps(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read all that Microsoft Graph granted and who holds ranked roles; then whose the apps are that matter."""
    wanted, tier = words(given, "owner_tenant") or "any", words(given, "tier") or "any"
    answers, tenant = await own_tenant(look, *_grants(look))
    rows = [row for row in _rows(answers) if is_high(row) and tier in {"any", str(row["tier"])}]
    ids = list(dict.fromkeys(str(row["app_id"]) for row in rows))
    if ids:
        answers = both(answers, await look.read(*_apps(look, ids[:MOST_NAMED])))
    known = {
        str(one["id"]): one for query_id in answers if query_id.startswith("apps:") for one in found(answers, query_id)
    }
    rows = [_described(row, known.get(str(row["app_id"])), tenant) for row in rows]
    rows = [row for row in rows if is_of(row["owner_id"], wanted, tenant)]
    rows.sort(key=lambda row: (row["tier"], str(row["app"]), str(row["permission"])))
    if all(is_missing(answers, query_id) for query_id in ("assigned", "grants", "roles:0")):
        return reply(answers, ())
    is_all = not is_cut(answers, *answers) and not any(is_missing(answers, query_id) for query_id in answers)
    return reply(
        answers,
        (*_told(rows, is_all=is_all, wanted=wanted), NOT_LOOKED_AT),
        tables=(table("Dangerous permissions", PRIVILEGED, rows, complete=is_all),),
        facts=_facts(rows, is_all=is_all),
        subjects=_subjects(rows),
        follow_ups=_next(rows),
        also=(Source(kind="setting", ref="shared/privileges.toml"),),
    )


def _grants(look: Look) -> Iterator[Query]:
    """Yield the queries of the first round trip."""
    path = f"servicePrincipals(appId='{GRAPH}')"
    yield look.query(
        "graph",
        path,
        what="the permissions of Microsoft Graph",
        permission="Application.Read.All",
        select=["id", "appRoles"],
        keep_seconds=KEEP_SECONDS,
    )
    yield look.query(
        "assigned",
        f"{path}/appRoleAssignedTo",
        what="application permissions of all apps",
        permission="Application.Read.All",
        pages=MOST_PAGES,
        top=PAGE,
    )
    yield look.query(
        "grants",
        look.api.oauth2_permission_grants,
        what="delegated permissions for all users",
        permission="Directory.Read.All",
        pages=MOST_PAGES,
        filter="consentType eq 'AllPrincipals'",
        top=PAGE,
    )
    powerful = [role for role, rank in ranked_roles().items() if rank.tier <= HIGH_TIER]
    for place, some in enumerate(batched(powerful, IN_LIMIT, strict=False)):
        yield look.query(
            f"roles:{place}",
            look.api.role_management.directory.role_assignments,
            what="privileged directory roles of apps",
            permission="RoleManagement.Read.Directory",
            pages=MOST_PAGES,
            filter=one_of("roleDefinitionId", some),
            expand=["principal"],
        )


def _apps(look: Look, ids: Sequence[str]) -> Iterator[Query]:
    for place, some in enumerate(batched(ids, IN_LIMIT, strict=False)):
        yield look.query(
            f"apps:{place}",
            look.api.service_principals,
            what="names and owners of the apps",
            permission="Application.Read.All",
            filter=one_of("id", some),
            select=["id", "displayName", "appOwnerOrganizationId", "accountEnabled"],
        )


def _rows(answers: Answers) -> Iterator[dict[str, Any]]:
    """Yield every holding that was read, of service principals only."""
    graph = found(answers, "graph")
    values = values_of(graph)
    for one in found(answers, "assigned"):
        if one.get("principalType") in {"ServicePrincipal", None}:
            yield assigned_row(_app(one.get("principalId"), one.get("principalDisplayName")), one, values)
    for one in found(answers, "grants"):
        if not graph or one.get("resourceId") == graph[0].get("id"):
            yield from granted_rows(_app(one.get("clientId")), one, "Microsoft Graph" if graph else None)
    for query_id in answers:
        for one in found(answers, query_id) if query_id.startswith("roles:") else ():
            principal = one.get("principal") or {}
            if str(principal.get("@odata.type", "")).endswith("servicePrincipal"):
                rank = ranked_roles().get(str(one.get("roleDefinitionId")).lower())
                app = _app(one.get("principalId"), principal.get("displayName"))
                yield role_row(app, one, rank.name if rank else "")


def _app(app_id: object, name: object = None) -> Ref:
    return Ref(kind="service_principal", id=str(app_id), name=str(name or app_id))


def _described(row: dict[str, Any], app: Mapping[str, Any] | None, tenant: str) -> dict[str, Any]:
    app = app or {}
    owner = app.get("appOwnerOrganizationId")
    return {
        **row,
        "app": app.get("displayName") or row["app"],
        "owner": whose(owner, tenant) if app else None,
        "owner_id": owner,
        "enabled": app.get("accountEnabled"),
    }


def _told(rows: Sequence[Mapping[str, Any]], *, is_all: bool, wanted: str) -> tuple[str, ...]:
    kind = {"own": "app of this tenant", "third_party": "app of another tenant", "microsoft": "app of Microsoft"}
    thing = kind.get(wanted, "app")
    if not rows:
        return (
            f"No {thing} holds a highly privileged permission{'' if is_all else ' among those that could be read'}.",
        )
    apps = _names(rows)
    top = _names(row for row in rows if row["tier"] == 0)
    foreign = _names(row for row in rows if row["owner"] == "another tenant")
    many = f"{'' if is_all else 'At least '}{counted(len(apps), thing)} {'holds' if len(apps) == 1 else 'hold'}"
    return (
        f"{many} {counted(len(rows), 'highly privileged permission')}: {names(apps)}.",
        f"Able to take over the tenant (tier 0): {names(top)}." if top else "None of them is of tier 0.",
        f"Of other tenants: {names(foreign)}." if foreign and wanted == "any" else "",
    )


def _names(rows: Iterator[Mapping[str, Any]] | Sequence[Mapping[str, Any]]) -> list[str]:
    """Return each app's name once; two apps of one name are two."""
    return list({str(row["app_id"]): str(row["app"]) for row in rows}.values())


def _facts(rows: Sequence[Mapping[str, Any]], *, is_all: bool) -> dict[str, Cell | tuple[str, ...]]:
    return {
        "apps": len({row["app_id"] for row in rows}),
        "permissions": len(rows),
        "tier_0_apps": len({row["app_id"] for row in rows if row["tier"] == 0}),
        "apps_of_other_tenants": len({row["app_id"] for row in rows if row["owner"] == "another tenant"}),
        "is_all": is_all,
    }


def _subjects(rows: Sequence[Mapping[str, Any]]) -> tuple[Ref, ...]:
    return tuple({str(row["app_id"]): _app(row["app_id"], row["app"]) for row in rows}.values())


def _next(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    ids = list(dict.fromkeys(str(row["app_id"]) for row in rows))[:1]
    return (*(f"Who owns the app {one}?" for one in ids), *(f"Is the app {one} risky?" for one in ids))
