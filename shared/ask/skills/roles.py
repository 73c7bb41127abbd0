"""Directory roles of users, groups and apps, and all that a user may do."""

from collections.abc import Mapping

from shared.ask.fields import APP, GROUP, USER
from shared.ask.found import MOST_PAGES, items, reply, rows
from shared.ask.given import thing, words
from shared.ask.look import Look
from shared.ask.role_reads import (
    PATHS,
    PERMISSIONS,
    STANDING,
    read_roles,
)
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.tables import field
from shared.enrich.statement import counted
from shared.graph.queries import one_of

GRANTS = (
    field("scope", "Delegated permissions", "What apps may do in the user's name"),
    field("consentType", "Consent", "Principal: by or for this user; AllPrincipals: for everybody"),
    field("clientId", "App object id", "Object id of the app that holds them"),
    field("id", "Grant id", "Id of the grant"),
)
ASSIGNED = (
    field("resourceDisplayName", "App", "The app that the user is assigned to"),
    field("appRoleId", "App role id", "Id of the role in that app; zeros for plain access"),
    field("id", "Assignment id", "Id of the assignment"),
)


@skill(
    id="roles_of_user",
    area="roles",
    title="Directory roles of a user",
    description="Which directory roles one user has: active, transitive through groups, eligible or scheduled.",
    inputs=(USER, STANDING),
    permissions=PERMISSIONS,
    paths=(*PATHS, "/users/{id}/transitiveMemberOf/microsoft.graph.group"),
    examples=(
        "What role does {user} have?",
        "What are the transitive roles {user} has?",
        "What are the eligible roles {user} has?",
        "What are the scheduled roles {user} has?",
        "Which PIM roles are currently assigned to {user}?",
        "Which PIM eligible roles are assigned to {user}?",
        "Which PIM active roles are assigned to {user}?",
        "is {user} an administrator",
        "which admin roles does {user} hold",
        "directory roles of {user}",
    ),
)
async def roles_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the roles of one user."""
    return await read_roles(look, thing(given, "user"), words(given, "standing") or "active")


@skill(
    id="roles_of_group",
    area="roles",
    title="Directory roles of a group",
    description="Which directory roles one group has, so that its members have them too.",
    inputs=(GROUP, STANDING),
    permissions=PERMISSIONS[:1],
    paths=PATHS,
    examples=(
        "What roles does this group have?",
        "What directory roles are assigned to a group?",
        "Does this group have any built-in roles?",
        "What role does group {group} have?",
        "What are the transitive roles group {group} has?",
        "What are the eligible roles group {group} has?",
        "What are the scheduled roles group {group} has?",
        "What roles does the group {group} have?",
        "which admin roles does the group {group} give",
    ),
)
async def roles_of_group(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the roles of one group."""
    return await read_roles(look, thing(given, "group"), words(given, "standing") or "active")


@skill(
    id="roles_of_app",
    area="roles",
    title="Directory roles of an app",
    description="Which directory roles one app has; for its API permissions ask for its permissions.",
    inputs=(APP, STANDING),
    permissions=PERMISSIONS,
    paths=(*PATHS, "/servicePrincipals/{id}/transitiveMemberOf/microsoft.graph.group"),
    examples=(
        "What role does app {service_principal} have?",
        "What are the transitive roles app {service_principal} has?",
        "What are the eligible roles app {service_principal} has?",
        "What are the scheduled roles app {service_principal} has?",
        "which directory roles does the app {service_principal} hold",
        "is the app {service_principal} an administrator",
    ),
)
async def roles_of_app(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the roles of one app."""
    return await read_roles(look, thing(given, "service_principal"), words(given, "standing") or "active")


@skill(
    id="permissions_of_user",
    area="roles",
    title="Permissions of a user",
    description="What one user may do: directory roles, also through groups, assigned apps, and grants to apps.",
    inputs=(USER,),
    permissions=(*PERMISSIONS, "Directory.Read.All"),
    paths=(
        *PATHS[:1],
        "/users/{id}/transitiveMemberOf/microsoft.graph.group",
        "/users/{id}/appRoleAssignments",
        "/oauth2PermissionGrants",
    ),
    examples=(
        "Look up {user}'s permissions.",
        "what is {user} allowed to do",
        "which permissions does the user {user} have",
        "access rights of {user}",
        "what can {user} access",
    ),
)
async def permissions_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read roles, apps and grants in one round trip, and roles through groups in a second."""
    user = thing(given, "user")
    reply_of_roles = await read_roles(look, user, "transitive")
    answers = await look.read(
        look.query(
            "apps",
            look.api.users.by_user_id(user.id).app_role_assignments,
            what="apps that the user is assigned to",
            permission="Directory.Read.All",
            pages=MOST_PAGES,
            absence_is_fact=True,
        ),
        look.query(
            "grants",
            look.api.oauth2_permission_grants,
            what="permissions that apps hold for the user",
            permission="Directory.Read.All",
            pages=MOST_PAGES,
            filter=one_of("principalId", [user.id]),
        ),
    )
    apps, grants = items(answers, "apps"), items(answers, "grants")
    told = reply(
        answers,
        [
            f"The user is assigned to {counted(len(apps), 'app')}." if apps is not None else "",
            f"Apps hold {counted(len(grants), 'grant')} for the user alone." if grants is not None else "",
        ],
        tables=[
            rows(answers, "apps", "Apps", ASSIGNED, apps or []),
            rows(answers, "grants", "Grants to apps", GRANTS, grants or []),
        ],
    )
    return Reply(
        text=f"{reply_of_roles.text} {told.text}",
        tables=(*reply_of_roles.tables, *told.tables),
        facts={
            **reply_of_roles.facts,
            "apps": None if apps is None else len(apps),
            "grants": None if grants is None else len(grants),
        },
        sources=(*reply_of_roles.sources, *told.sources),
        gaps=(*reply_of_roles.gaps, *told.gaps),
        subjects=(user,),
        follow_ups=(f"What are the eligible roles {user.name} has?", f"List the groups {user.name} is part of"),
    )
