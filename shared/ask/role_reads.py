"""Directory roles: who holds which, how, and where it reaches."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.ask.found import MOST_PAGES, PAGE, Item, both, items, reply
from shared.ask.look import Look
from shared.ask.skill import Cell, Input, Ref, Reply, Table
from shared.ask.tables import field, table
from shared.ask.telling import names
from shared.enrich.statement import counted
from shared.graph.answers import Answers
from shared.graph.queries import IN_LIMIT, P2, Query, one_of
from shared.hostile import quoted
from shared.privileges import role_tier

STANDING = Input(
    name="standing",
    kind="choice",
    description=(
        "active: assigned directly; transitive: also through groups; eligible: may be activated in PIM; "
        "scheduled: assigned or activated in PIM with a start and an end."
    ),
    required=False,
    choices=("active", "transitive", "eligible", "scheduled"),
    words={
        "active": ("active", "currently assigned"),
        "transitive": ("transitive", "inherited", "through groups", "indirect"),
        "eligible": ("activate", "eligible", "eligibility", "can activate"),
        "scheduled": ("scheduled", "time-bound", "temporary"),
    },
    default="active",
)
PERMISSIONS = ("RoleManagement.Read.Directory", "GroupMember.Read.All")
PATHS = (
    "/roleManagement/directory/roleAssignments",
    "/roleManagement/directory/roleEligibilityScheduleInstances",
    "/roleManagement/directory/roleAssignmentScheduleInstances",
)
WORDS = {
    "active": "assigned directly",
    "transitive": "assigned directly or through groups",
    "eligible": "to activate in PIM",
    "scheduled": "assigned or activated in PIM",
}
ROLES = (
    field("role", "Role", "Name of the directory role"),
    field("how", "How", "Active, eligible, or activated; or the group through which it is held"),
    field("scope", "Scope", "Where the role reaches: the tenant, or one unit, app or group by its path"),
    field("tier", "Tier", "0: can take over the tenant, 1 and 2: powerful; empty: not ranked as privileged"),
    field("startDateTime", "From", "When it began, UTC; PIM only"),
    field("endDateTime", "Until", "When it ends, UTC; empty for permanent ones"),
    field("roleDefinitionId", "Role id", "Id of the role, the same in every tenant for built-in roles"),
)
HOLDERS = (
    field("name", "Name", "Name of who holds the role"),
    field("principal.userPrincipalName", "User principal name", "Users only", name="user_principal_name"),
    field("kind", "Kind", "User, group or service principal"),
    field("how", "How", "Active or eligible"),
    field("scope", "Scope", "Where the role reaches"),
    field("endDateTime", "Until", "When it ends, UTC; empty for permanent ones"),
    field("principalId", "Object id", "Object id of who holds the role"),
)


def assignments(look: Look, standing: str, condition: str, query_id: str = "roles", expand: str = "") -> Query:
    """Return the query for role assignments of a standing that fit a condition."""
    directory = look.api.role_management.directory
    builders: dict[str, tuple[Any, str, str]] = {
        "active": (directory.role_assignments, "RoleManagement.Read.Directory", "directory roles"),
        "eligible": (
            directory.role_eligibility_schedule_instances,
            "RoleEligibilitySchedule.Read.Directory",
            "eligible directory roles",
        ),
        "scheduled": (
            directory.role_assignment_schedule_instances,
            "RoleAssignmentSchedule.Read.Directory",
            "scheduled directory roles",
        ),
    }
    builder, permission, what = builders[standing]
    return look.query(
        query_id,
        builder,
        what=what,
        permission=permission,
        licence=None if standing == "active" else P2,
        pages=MOST_PAGES,
        filter=condition,
        expand=[expand or "roleDefinition"],
    )


def group_memberships(look: Look, ref: Ref) -> Query:
    """Return the query ``groups`` for the groups of a user or an app, nested ones too."""
    api = look.api
    is_user = ref.kind == "user"
    builder = api.users.by_user_id(ref.id) if is_user else api.service_principals.by_service_principal_id(ref.id)
    return look.query(
        "groups",
        builder.transitive_member_of.graph_group,
        what="groups through which roles may be held",
        permission="GroupMember.Read.All",
        pages=MOST_PAGES,
        absence_is_fact=True,
        is_advanced=True,
        select=["id", "displayName", "isAssignableToRole"],
        top=PAGE,
    )


async def read_roles(look: Look, ref: Ref, standing: str) -> Reply:
    """Return the roles of a user, group or app: one round trip, and a second for roles through groups."""
    is_deep = standing == "transitive" and ref.kind != "group"
    query = assignments(look, "active" if standing == "transitive" else standing, one_of("principalId", [ref.id]))
    answers = await look.read(query, *((group_memberships(look, ref),) if is_deep else ()))
    groups = {str(item.get("id")): item for item in items(answers, "groups") or []} if is_deep else {}
    able = [key for key, item in groups.items() if item.get("isAssignableToRole")][:IN_LIMIT]
    if able:
        condition = one_of("principalId", able)
        answers = both(answers, await look.read(assignments(look, "active", condition, "through_groups")))
    if answers["roles"].state != "found":
        return reply(answers, (), subjects=(ref,))
    held = [described(item, how_of(item, standing)) for item in items(answers, "roles") or []]
    for item in items(answers, "through_groups") or [] if able else []:
        through = groups[str(item.get("principalId"))].get("displayName")
        held.append(described(item, f"through the group {quoted(str(through))}"))
    return _told(answers, ref, standing, held)


def _told(answers: Answers, ref: Ref, standing: str, held: Sequence[Item]) -> Reply:
    roles = list(dict.fromkeys(str(item["role"]) for item in held))
    powerful = list(dict.fromkeys(str(item["role"]) for item in held if item["tier"] is not None))
    amount = counted(len(roles), "directory role") if roles else "no directory roles"
    some = f": {names(roles)}" if roles else ""
    limited = [item for item in held if item["scope"] != "the tenant"]
    return reply(
        answers,
        [
            f"{quoted(ref.name)} has {amount} {WORDS[standing]}{some}.",
            f"Powerful among them: {names(powerful)}." if powerful else "",
            f"{counted(len(limited), 'assignment')} of these reach a part of the tenant only." if limited else "",
        ],
        tables=[roles_table(held, complete=not answers["roles"].gaps)],
        facts=_facts(roles, powerful),
        subjects=(ref,),
        follow_ups=_next(ref, standing, roles),
    )


def _facts(roles: Sequence[str], powerful: Sequence[str]) -> dict[str, Cell | tuple[str, ...]]:
    return {"count": len(roles), "roles": tuple(roles), "is_privileged": bool(powerful)}


def _next(ref: Ref, standing: str, roles: Sequence[str]) -> list[str]:
    noun = {"user": "", "group": "group ", "service_principal": "app "}[ref.kind]
    others = [name for name in ("transitive", "eligible") if name != standing]
    asked = [f"What are the {name} roles {noun}{ref.name} has?" for name in others] if ref.name.isprintable() else []
    return [*asked, *(f"Who has the {role} role assigned to them?" for role in roles[:1])]


def roles_table(held: Sequence[Item], *, complete: bool = True) -> Table:
    """Return roles as rows, the most powerful first."""
    ranked = sorted(held, key=lambda item: (9 if item["tier"] is None else item["tier"], str(item["role"])))
    return table("Directory roles", ROLES, ranked, complete=complete)


def described(item: Mapping[str, Any], how: str) -> Item:
    """Return an assignment with role, standing, scope and tier in words."""
    definition = item.get("roleDefinition") or {}
    role_id = str(definition.get("templateId") or item.get("roleDefinitionId") or "")
    scope = str(item.get("directoryScopeId") or "/")
    return {
        **item,
        "role": definition.get("displayName") or item.get("roleDefinitionId"),
        "how": how,
        "scope": "the tenant" if scope == "/" else scope,
        "tier": role_tier(role_id),
    }


def how_of(item: Mapping[str, Any], standing: str) -> str:
    """Return how an assignment is held, in words."""
    if standing == "eligible":
        return "eligible"
    if standing == "scheduled":
        return "activated" if item.get("assignmentType") == "Activated" else "assigned in PIM"
    return "active"
