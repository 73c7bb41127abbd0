"""Everything about one user at once, and what hangs on the account."""

from collections.abc import Mapping

from shared.ask.fields import USER
from shared.ask.found import Item, absent, items, names, one, refs, reply, rows
from shared.ask.given import thing
from shared.ask.look import Look
from shared.ask.people import PROFILE, contact, profile, who
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.enrich.statement import counted, listed
from shared.graph.answers import Answers
from shared.graph.queries import PERSON_PROPERTIES, Query
from shared.hostile import quoted

LICENCES = (
    field("skuPartNumber", "Licence", "Microsoft's name of the product"),
    field("servicePlans.servicePlanName", "Service plans", "What the product contains", name="service_plans"),
    field("skuId", "Product id", "Id of the product"),
)
MEMBERSHIPS = (
    field("displayName", "Name", "Display name"),
    field("kind", "Kind", "Group, directory role or administrative unit"),
    field("id", "Object id", "Object id"),
)
OWN_DEVICES = (
    field("displayName", "Name", "Name of the device"),
    field("operatingSystem", "Operating system", "Operating system"),
    field("isCompliant", "Compliant", "Whether it complies with the device policies; empty when not managed"),
    field("trustType", "Trust type", "Workplace: registered; AzureAd: joined; ServerAd: hybrid joined"),
    field("id", "Object id", "Object id of the device"),
)
APPS = (
    field("resourceDisplayName", "App", "The app that the user is assigned to"),
    field("createdDateTime", "Assigned at", "When, UTC"),
    field("id", "Assignment id", "Id of the assignment"),
)


def of_type(item: Item) -> str:
    """Return ``group`` for ``#microsoft.graph.group``, in words."""
    kind = str(item.get("@odata.type") or "").rpartition(".")[2]
    return {"directoryRole": "directory role", "administrativeUnit": "administrative unit"}.get(kind, kind or "unknown")


@skill(
    id="user_details",
    area="users",
    title="All details of a user",
    description="The whole picture of one user: profile, manager, licences, groups, directory roles, devices and apps.",
    inputs=(USER,),
    permissions=(
        "User.Read.All",
        "GroupMember.Read.All",
        "LicenseAssignment.Read.All",
        "Device.Read.All",
        "Directory.Read.All",
    ),
    paths=(
        "/users/{id}",
        "/users/{id}/manager",
        "/users/{id}/transitiveMemberOf",
        "/users/{id}/licenseDetails",
        "/users/{id}/registeredDevices",
        "/users/{id}/appRoleAssignments",
    ),
    examples=(
        "Tell me more about Microsoft Entra user: {user}",
        "Give me all user details for {user} and extract the user Object ID.",
        "Tell me more about user {user} in format-list.",
        "tell me everything about {user}",
        "show me the details of user {user}",
        "describe {user}",
        "full profile of {user} with manager, groups and licences",
    ),
)
async def user_details(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the user and five of its relations in one round trip."""
    user = thing(given, "user")
    answers = await look.read(profile(look, user.id), *_relations(look, user.id))
    found = one(answers, "user")
    if found is None:
        return absent(answers, "user", user.name, "user")
    held = [{**item, "kind": of_type(item)} for item in items(answers, "member_of") or []]
    manager = one(answers, "manager")
    return reply(
        answers,
        [who(found), contact(found), *_related(answers, held, manager)],
        tables=[
            table("User", PROFILE, [found]),
            table("Manager", PROFILE[1:3], [manager] if manager else []),
            rows(answers, "member_of", "Groups and roles, through other groups too", MEMBERSHIPS, held),
            rows(answers, "licences", "Licences", LICENCES, items(answers, "licences") or []),
            rows(answers, "devices", "Registered devices", OWN_DEVICES, items(answers, "devices") or []),
            rows(answers, "apps", "Apps", APPS, items(answers, "apps") or []),
        ],
        facts={
            "id": found.get("id"),
            "user_principal_name": found.get("userPrincipalName"),
            "account_enabled": found.get("accountEnabled"),
            "user_type": found.get("userType"),
            "manager": manager.get("userPrincipalName") if manager else None,
            "directory_roles": tuple(str(item.get("displayName")) for item in held if item["kind"] == "directory role"),
        },
        subjects=refs("user", [found]),
        follow_ups=(
            f"Is {user.name} risky?",
            f"Show me the last 10 sign-ins for {user.name}",
            f"What role does {user.name} have?",
            f"What authentication methods does {user.name} have registered?",
        ),
    )


@skill(
    id="user_licences",
    area="users",
    title="Licences of a user",
    description="Which licences one user has; not for who has a given licence.",
    inputs=(USER,),
    permissions=("LicenseAssignment.Read.All",),
    paths=("/users/{id}/licenseDetails",),
    examples=(
        "What licenses does {user} have?",
        "which licences are assigned to {user}",
        "does {user} have any licence",
        "show the license details of {user}",
    ),
)
async def user_licences(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the licences of one user."""
    user = thing(given, "user")
    answers = await look.read(_licences(look, user.id))
    found = items(answers, "licences")
    if found is None:
        return absent(answers, "licences", user.name, "user")
    named = f": {names(found, 'skuPartNumber')}" if found else ""
    return reply(
        answers,
        [f"{quoted(user.name)} has {counted(len(found), 'licence') if found else 'no licences'}{named}."],
        tables=[rows(answers, "licences", "Licences", LICENCES, found)],
        facts={"count": len(found), "licences": tuple(str(item.get("skuPartNumber")) for item in found)},
        subjects=(user,),
        follow_ups=(f"Give me all user details for {user.name}",),
    )


@skill(
    id="asker",
    area="users",
    title="Who is asking",
    description="Says that the app does not know who is asking, and how to ask about oneself; not for a named user.",
    examples=(
        "Tell me about myself.",
        "Who am I",
        "what do you know about me",
        "show me my profile",
        "what is my account",
    ),
)
async def asker(_look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read nothing: the app reads Graph with an identity of its own, so there is no ``/me``."""
    return Reply(
        text=(
            "I read Microsoft Entra with an identity of my own and am not told who is asking. "
            "Ask about yourself by your user principal name, e.g. who is name@contoso.com."
        ),
        facts={"known": False},
    )


def _licences(look: Look, user_id: str) -> Query:
    return look.query(
        "licences",
        look.api.users.by_user_id(user_id).license_details,
        what="the licences of the user",
        permission="LicenseAssignment.Read.All",
        absence_is_fact=True,
    )


def _relations(look: Look, user_id: str) -> tuple[Query, ...]:
    user = look.api.users.by_user_id(user_id)
    return (
        look.query(
            "manager",
            user.manager,
            what="the manager of the user",
            permission="User.Read.All",
            absence_is_fact=True,
            select=PERSON_PROPERTIES,
        ),
        look.query(
            "member_of",
            user.transitive_member_of,
            what="groups and roles of the user",
            permission="GroupMember.Read.All",
            pages=2,
            absence_is_fact=True,
            select=["id", "displayName"],
            top=999,
        ),
        _licences(look, user_id),
        look.query(
            "devices",
            user.registered_devices,
            what="registered devices of the user",
            permission="Device.Read.All",
            absence_is_fact=True,
            select=[one.path for one in OWN_DEVICES],
        ),
        look.query(
            "apps",
            user.app_role_assignments,
            what="apps that the user is assigned to",
            permission="Directory.Read.All",
            absence_is_fact=True,
        ),
    )


def _related(answers: Answers, held: list[Item], manager: Item | None) -> list[str]:
    """Return what hangs on the account as one or two sentences; what was not answered is left out."""
    told = []
    if manager:
        told.append(f"The manager is {names([manager], 'displayName', 'userPrincipalName')}.")
    elif answers.is_absent("manager"):
        told.append("The directory has no manager for the account.")
    parts = []
    if answers["member_of"].state == "found":
        roles = [item for item in held if item["kind"] == "directory role"]
        groups = [item for item in held if item["kind"] == "group"]
        parts.append(counted(len(groups), "group") if groups else "no groups")
        parts.append(f"the directory roles {names(roles, 'displayName')}" if roles else "no active directory roles")
    for query_id, thing_word in (("licences", "licence"), ("devices", "registered device"), ("apps", "app assignment")):
        found = items(answers, query_id)
        if found is not None:
            parts.append(counted(len(found), thing_word) if found else f"no {thing_word}s")
    return [*told, f"It has {listed(parts, longest=len(parts))}."] if parts else told
