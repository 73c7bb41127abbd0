"""Who holds a directory role, and what a role is called."""

from collections.abc import Mapping

from shared.ask.fields import ROLE
from shared.ask.found import Item, absent, how_many, items, one, refs, reply, rows
from shared.ask.given import thing, words
from shared.ask.look import Look
from shared.ask.role_reads import (
    HOLDERS,
    PATHS,
    PERMISSIONS,
    assignments,
    described,
    how_of,
)
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import names
from shared.graph.queries import literal
from shared.hostile import quoted

DEFINITION = (
    field("displayName", "Role", "Name of the role"),
    field("id", "Role id", "Id of the role in this tenant"),
    field("templateId", "Template id", "Id of the role in every tenant; for built-in roles the same"),
    field("isBuiltIn", "Built in", "Whether Microsoft made it"),
    field("isEnabled", "Enabled", "Whether it can be assigned"),
    field("description", "Description", "What it is for"),
)


@skill(
    id="role_holders",
    area="roles",
    title="Who has a role",
    description="Who has one directory role assigned, or may activate it; not which roles somebody has.",
    inputs=(
        ROLE,
        Input(
            name="standing",
            kind="choice",
            description="active: assigned now; eligible: may be activated in PIM.",
            required=False,
            choices=("active", "eligible"),
            words={
                "eligible": ("eligible", "eligibility", "can activate", "activate", "pim"),
                "active": ("active", "assigned"),
            },
            default="active",
        ),
    ),
    permissions=PERMISSIONS[:1],
    paths=PATHS[:2],
    examples=(
        "Who has the {role} role assigned to them?",
        "Who has eligibility for the {role} role?",
        "Who has PIM eligible assignment of {role}?",
        "Who has PIM active assignment of a {role}?",
        "who are the holders of {role}",
        "list everybody with the role {role}",
        "how many users have the role {role}",
        "who holds the {role} role",
    ),
)
async def role_holders(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read who holds a role, with names."""
    role, standing = thing(given, "role"), words(given, "standing") or "active"
    answers = await look.read(
        assignments(look, standing, f"roleDefinitionId eq {literal(role.id)}", "holders", expand="principal")
    )
    found = items(answers, "holders")
    if found is None:
        return reply(answers, (), subjects=(role,))
    held = [_holder(item, standing) for item in found]
    said = "may activate" if standing == "eligible" else "has"
    some = f": {names(item['name'] for item in held)}" if held else ""
    return reply(
        answers,
        [
            f"The role {quoted(role.name)} has {how_many(answers['holders'], f'{standing} holder')}{some}.",
            _groups_too(held, said),
        ],
        tables=[rows(answers, "holders", "Holders", HOLDERS, held)],
        facts={"count": len(held), "is_all": not answers["holders"].gaps},
        subjects=[*_people(held), role],
        follow_ups=(
            f"Who has eligibility for the {role.name} role?"
            if standing == "active"
            else f"Who has the {role.name} role assigned to them?",
        ),
    )


@skill(
    id="role_identity",
    area="roles",
    title="Name and id of a role",
    description="The id of a directory role by its name, or its name by its id; not who holds it.",
    inputs=(ROLE,),
    permissions=PERMISSIONS[:1],
    paths=("/roleManagement/directory/roleDefinitions/{id}",),
    examples=(
        "What is the ID of role {role}",
        "Name of the role with ID {role}",
        "which role has the id {role}",
        "what is the role {role} for",
        "template id of the role {role}",
    ),
)
async def role_identity(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read one role definition."""
    role = thing(given, "role")
    answers = await look.read(
        look.query(
            "role",
            look.api.role_management.directory.role_definitions.by_unified_role_definition_id(role.id),
            what="the role",
            permission="RoleManagement.Read.Directory",
            absence_is_fact=True,
        )
    )
    found = one(answers, "role")
    if found is None:
        return absent(answers, "role", role.name, "role")
    name = str(found.get("displayName"))
    made = "built in" if found.get("isBuiltIn") else "a custom role"
    return reply(
        answers,
        [f"The role {quoted(name)} has the id {found.get('id')} and is {made}."],
        tables=[table("Role", DEFINITION, [found])],
        facts={"id": found.get("id"), "display_name": name, "is_built_in": found.get("isBuiltIn")},
        subjects=(role,),
        follow_ups=(f"Who has the {role.name} role assigned to them?",),
    )


def _holder(item: Item, standing: str) -> Item:
    """Return an assignment with name and kind of who holds it; the id where the name was not read."""
    principal = item.get("principal") or {}
    kind = str(principal.get("@odata.type") or "").rpartition(".")[2]
    words_of = {"user": "user", "group": "group", "servicePrincipal": "service principal"}
    return {
        **described(item, how_of(item, standing)),
        "name": principal.get("displayName") or item.get("principalId"),
        "kind": words_of.get(kind, kind or "unknown"),
    }


def _groups_too(held: list[Item], said: str) -> str:
    groups = [item for item in held if item["kind"] == "group"]
    if not groups:
        return ""
    return f"Every member of {names(item['name'] for item in groups)} {said} it too."


def _people(held: list[Item]) -> tuple[Ref, ...]:
    principals = [item.get("principal") or {} for item in held if item["kind"] == "user"]
    return refs("user", principals)
