"""Permissions of apps: what each holds, how powerful that is and why, by the ranking of ``shared/privileges.toml``."""

from collections.abc import Mapping

from shared.ask.app_holdings import TIERS, held_by, is_high
from shared.ask.given import things
from shared.ask.look import Look
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.skills.service_principals import APPS
from shared.ask.telling import joined
from shared.enrich.statement import counted
from shared.hostile import quoted
from shared.models.dossier import Source

PERMISSIONS = ("Application.Read.All", "Directory.Read.All", "RoleManagement.Read.Directory")
PATHS = (
    "/servicePrincipals/{id}/appRoleAssignments",
    "/oauth2PermissionGrants",
    "/roleManagement/directory/roleAssignments",
    "/servicePrincipals/{id}",
)


@skill(
    id="app_permissions",
    area="apps",
    title="Permissions of apps",
    description=(
        "Every application permission, delegated permission and directory role that one or several apps hold; for "
        "only the powerful ones use app_high_privileges."
    ),
    inputs=(APPS,),
    permissions=PERMISSIONS,
    paths=PATHS,
    examples=(
        "Which permissions are granted to the app with ID {apps}?",
        "Which permissions are granted to the app with app ID {apps}?",
        "What permissions do the above risky apps have (from previous response)?",
        "What permissions do these apps have?",
        "Which permissions are granted to the app {apps}?",
        "what can the app {apps} do",
        "list the API permissions of {apps}",
        "show the scopes and roles of {apps}",
    ),
)
async def app_permissions(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read what each app holds, then the names of the permissions from the APIs that offer them."""
    held = await held_by(look, things(given, "apps"))
    if not held.was_read:
        return held.reply(held.text)
    ranked = [row for row in held.rows if is_high(row)]
    kinds = {kind: sum(row["kind"] == kind for row in held.rows) for kind in ("application", "delegated", "role")}
    text = f"{held.whose} {counted(len(held.rows), 'permission')}: " if held.rows else f"{held.whose} no permission"
    if held.rows:
        text += f"{kinds['application']} application, {kinds['delegated']} delegated, "
        text += counted(kinds["role"], "directory role")
        text += f"; {len(ranked)} of them {'is' if len(ranked) == 1 else 'are'} highly privileged"
    elif held.is_partial:
        text += " among those that could be read"
    facts = {
        "permissions": len(held.rows),
        "highly_privileged": len(ranked),
        **{f"{kind}_permissions" if kind != "role" else "directory_roles": number for kind, number in kinds.items()},
    }
    return held.reply(f"{text}.", tables=(held.table("Permissions", held.rows),), facts=facts)


@skill(
    id="app_high_privileges",
    area="apps",
    title="Highly privileged permissions of apps",
    description="Only those permissions of one or several apps that are highly privileged, with tier and reason.",
    inputs=(APPS,),
    permissions=PERMISSIONS,
    paths=PATHS,
    examples=(
        "Which permissions granted to this app are highly privileged?",
        "Which permissions granted to {apps} are highly privileged?",
        "How dangerous are the permissions of {apps}?",
        "Can the app {apps} take over the tenant?",
        "powerful permissions of these apps",
        "is {apps} overprivileged",
    ),
)
async def app_high_privileges(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read what each app holds, and keep what the ranking names."""
    held = await held_by(look, things(given, "apps"))
    if not held.was_read:
        return held.reply(held.text)
    ranked = sorted(filter(is_high, held.rows), key=lambda row: row["tier"])
    lesser = sum(row["tier"] is not None for row in held.rows) - len(ranked)
    unnamed = [row for row in held.rows if row["is_unnamed"]]
    text = f"{held.whose} {counted(len(ranked), 'highly privileged permission')} of {len(held.rows)}"
    if not ranked:
        text = f"{held.whose} no highly privileged permission"
        text += " among those that could be read" if held.is_partial or unnamed else f" among {len(held.rows)}"
    most = f"The most powerful is of tier {ranked[0]['tier']}: it {TIERS[ranked[0]['tier']]}." if ranked else ""
    said = [f"{quoted(row['permission'])} {row['why']}." for row in ranked[:3]]
    return held.reply(
        joined(
            f"{text}.",
            most,
            *dict.fromkeys(said),
            f"{counted(lesser, 'permission')} of tier 2, less powerful, {'is' if lesser == 1 else 'are'} not listed."
            if lesser
            else "",
            f"{counted(len(unnamed), 'permission')} could not be named, so not ranked." if unnamed else "",
        ),
        tables=(held.table("Highly privileged permissions", ranked),),
        facts={
            "highly_privileged": len(ranked),
            "permissions": len(held.rows),
            "of_tier_2": lesser,
            "highest_tier": ranked[0]["tier"] if ranked else None,
            "highly_privileged_permissions": tuple(dict.fromkeys(str(row["permission"]) for row in ranked)),
        },
        more_sources=(Source(kind="setting", ref="shared/privileges.toml"),),
    )
