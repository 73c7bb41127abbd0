"""What apps hold: application permissions, delegated permissions and directory roles, with rank and reason of each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.ask.look import Look, sources
from shared.ask.skill import Ref, Reply, Table
from shared.ask.tables import field, table
from shared.ask.telling import found, gaps_of, joined, names, unread
from shared.enrich.statement import counted
from shared.graph.answers import Answers
from shared.graph.queries import Query, one_of
from shared.hostile import quoted
from shared.models.dossier import Source
from shared.privileges import permission, role_tier

MOST_APPS = 12
MOST_RESOURCES = 10
HIGH_TIER = 1
"""Highly privileged are tier 0 and 1; Microsoft's own list is not published, so this is the product's own ranking."""
HELD = (
    field("app", "App", "Display name of the app that holds it"),
    field("kind", "Kind", "Application permission, delegated permission or directory role"),
    field("permission", "Permission", "Value of the permission, or name of the role; its id where no name was read"),
    field("resource", "Resource", "API that the permission is for"),
    field("consent", "Consent", "Delegated only: for all users, or for one user"),
    field(
        "tier", "Tier", "0: can take over the tenant, 1: users, data or protection at large, 2: less; empty: not ranked"
    ),
    field("why", "Why it counts", "What it lets the app do, from this product's own ranking"),
    field("created_date_time", "Granted", "When it was granted, UTC; Graph says it for application permissions only"),
    field("app_id", "App object id", "Object id of the service principal"),
)
TIERS = {0: "can take over the tenant", 1: "can take over users, data or protection at large"}


class Held:
    """What the apps of one prompt hold."""

    def __init__(self, apps: tuple[Ref, ...], left: int, answers: Answers, more: Answers) -> None:
        self.apps = apps
        self._left = left
        self._read = Answers(by_id={**answers.by_id, **more.by_id})
        self.rows = [row for app in apps for row in _rows(app, self._read)]
        self.rows.sort(key=lambda row: (row["tier"] is None, row["tier"] or 0, str(row["permission"])))

    @property
    def was_read(self) -> bool:
        """Say whether anything of what apps may hold could be read."""
        return not all(answer.state == "missing" for answer in self._read.values())

    @property
    def is_partial(self) -> bool:
        """Say whether there may be more than the rows."""
        return any(answer.gaps for answer in self._read.values())

    @property
    def text(self) -> str:
        """Return what is to be said when nothing was read."""
        return f"The permissions of {names(app.name for app in self.apps)} could not be read."

    @property
    def whose(self) -> str:
        """Return ``The app "x" holds``, or how many apps hold."""
        if len(self.apps) == 1:
            return f"The app {quoted(self.apps[0].name)} holds"
        return f"The {len(self.apps)} apps hold"

    def table(self, title: str, rows: list[dict[str, Any]]) -> Table:
        """Return the rows as a table."""
        return table(title, HELD, rows, complete=not self.is_partial and not self._left)

    def reply(self, text: str, *, more_sources: tuple[Source, ...] = (), **more: Any) -> Reply:
        """Return the reply, with what could not be read."""
        left = f"{counted(self._left, 'app')} beyond the first {MOST_APPS} were left out." if self._left else ""
        first = self.apps[0].name
        return Reply(
            text=joined(text, left, unread(self._read)),
            sources=(*sources(self._read), *more_sources),
            gaps=gaps_of(self._read),
            subjects=self.apps,
            follow_ups=(f"Who owns the app {first}?", f"Is the app {first} risky?"),
            **more,
        )


async def held_by(look: Look, apps: tuple[Ref, ...]) -> Held:
    """Read what each app holds, the first ``MOST_APPS`` of them, then the APIs that name the permissions."""
    read, left = apps[:MOST_APPS], len(apps[MOST_APPS:])
    answers = await look.read(*_first(look, read))
    assigned = [row for app in read for row in found(answers, f"app_roles:{app.id}")]
    resources = list(dict.fromkeys(str(row["resourceId"]) for row in assigned if row.get("resourceId")))
    resources += [
        str(row["resourceId"])
        for app in read
        for row in found(answers, f"grants:{app.id}")
        if row.get("resourceId") and str(row["resourceId"]) not in resources
    ]
    names_of = [_resource(look, resource) for resource in dict.fromkeys(resources)][:MOST_RESOURCES]
    return Held(read, left, answers, await look.read(*names_of) if names_of else Answers())


def _first(look: Look, apps: tuple[Ref, ...]) -> Iterator[Query]:
    for app in apps:
        yield look.query(
            f"app_roles:{app.id}",
            look.api.service_principals.by_service_principal_id(app.id).app_role_assignments,
            what=f"application permissions of {app.name}",
            permission="Application.Read.All",
            pages=2,
        )
        yield look.query(
            f"grants:{app.id}",
            look.api.oauth2_permission_grants,
            what=f"delegated permissions of {app.name}",
            permission="Directory.Read.All",
            filter=one_of("clientId", [app.id]),
        )
    yield look.query(
        "roles",
        look.api.role_management.directory.role_assignments,
        what="directory roles of the apps",
        permission="RoleManagement.Read.Directory",
        filter=one_of("principalId", [app.id for app in apps]),
        expand=["roleDefinition"],
    )


def _resource(look: Look, resource_id: str) -> Query:
    return look.query(
        f"resource:{resource_id}",
        look.api.service_principals.by_service_principal_id(resource_id),
        what="the names of permissions",
        permission="Application.Read.All",
        absence_is_fact=True,
        select=["id", "displayName", "appRoles"],
    )


def is_high(row: Mapping[str, Any]) -> bool:
    """Say whether a row is highly privileged."""
    return row["tier"] is not None and row["tier"] <= HIGH_TIER


def _rows(app: Ref, answers: Answers) -> Iterator[dict[str, Any]]:
    for assigned in found(answers, f"app_roles:{app.id}"):
        offered = found(answers, f"resource:{assigned.get('resourceId')}")
        yield assigned_row(app, assigned, values_of(offered))
    for grant in found(answers, f"grants:{app.id}"):
        resource = (found(answers, f"resource:{grant.get('resourceId')}") or [{}])[0].get("displayName")
        yield from granted_rows(app, grant, resource)
    for assigned in found(answers, "roles"):
        if str(assigned.get("principalId", "")).lower() == app.id.lower():
            yield role_row(app, assigned)


def values_of(offered: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the values of application permissions by id, from the service principals of the APIs that offer them."""
    return {str(role.get("id")): str(role.get("value")) for one in offered for role in one.get("appRoles") or []}


def assigned_row(app: Ref, assigned: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of ``HELD`` for an appRoleAssignment."""
    value = values.get(str(assigned.get("appRoleId")))
    rank = permission(value) if value else None
    return _row(
        app,
        "application",
        str(value or assigned.get("appRoleId")),
        resource=assigned.get("resourceDisplayName"),
        created_date_time=assigned.get("createdDateTime"),
        tier=rank.tier if rank else None,
        why=rank.why if rank else None,
        # The id of zeros is the default access, which no API names.
        is_unnamed=not value and str(assigned.get("appRoleId", "")).strip("0-") != "",
    )


def granted_rows(app: Ref, grant: Mapping[str, Any], resource: str | None) -> Iterator[dict[str, Any]]:
    """Yield a row of ``HELD`` for each scope of an oAuth2PermissionGrant."""
    consent = "for all users" if grant.get("consentType") == "AllPrincipals" else "for one user"
    for scope in str(grant.get("scope") or "").split():
        rank = permission(scope)
        tier, why = (rank.tier, rank.why) if rank else (None, None)
        yield _row(app, "delegated", scope, resource=resource, consent=consent, tier=tier, why=why)


def role_row(app: Ref, assigned: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """Return a row of ``HELD`` for a unifiedRoleAssignment; ``name`` where its definition was not asked for."""
    definition = assigned.get("roleDefinition") or {}
    template = str(definition.get("templateId") or assigned.get("roleDefinitionId") or "")
    tier = role_tier(template)
    why = None if tier is None else "is a privileged directory role"
    return _row(app, "role", name or str(definition.get("displayName") or template), tier=tier, why=why)


def _row(app: Ref, kind: str, value: str, **more: Any) -> dict[str, Any]:
    return {"app": app.name, "app_id": app.id, "kind": kind, "permission": value, "is_unnamed": False, **more}
