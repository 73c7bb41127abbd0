"""Users: who they are, and the state of their account and password."""

from collections.abc import Mapping
from datetime import datetime

from shared.ask.entries import audit_entries, maker
from shared.ask.fields import USER
from shared.ask.found import absent, items, one, refs, reply, rows
from shared.ask.given import thing
from shared.ask.look import Look
from shared.ask.people import ACCOUNT, PROFILE, contact, profile, who
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.enrich.statement import counted
from shared.graph.queries import literal
from shared.hostile import quoted

PASSWORD_CHANGES = (
    field("activityDateTime", "At", "When, UTC"),
    field("activityDisplayName", "Activity", "What was done, as the audit log calls it"),
    field("result", "Result", "success or failure"),
    field("initiatedBy.user.userPrincipalName", "By user", "Who did it; empty when an app did", name="by_user"),
    field("initiatedBy.app.displayName", "By app", "Which app did it; empty when a user did", name="by_app"),
)
RESET = (
    "Reset user password",
    "Change user password",
    "Reset password (self-service)",
    "Change password (self-service)",
)
"""Activities of the audit log that set a password."""


@skill(
    id="user_account_state",
    area="users",
    title="Account state of a user",
    description="Whether one user's account is enabled, and whether it is managed in the cloud or on premises.",
    inputs=(USER,),
    permissions=("User.Read.All",),
    paths=("/users/{id}",),
    examples=(
        "Is this user's account enabled?",
        "Is {user} disabled?",
        "Is {user}'s account cloud managed?",
        "What is the status of the user account for {user}? Is it locked out?",
        "can {user} still sign in",
        "is the account of {user} synced from on premises",
        "account status of {user}",
    ),
)
async def user_account_state(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read four properties of ``/users/{id}``."""
    user = thing(given, "user")
    answers = await look.read(
        look.query(
            "user",
            look.api.users.by_user_id(user.id),
            what="the state of the account",
            permission="User.Read.All",
            absence_is_fact=True,
            select=["id", *(one.path for one in ACCOUNT)],
        )
    )
    found = one(answers, "user")
    if found is None:
        return absent(answers, "user", user.name, "user")
    enabled, synchronised = found.get("accountEnabled"), bool(found.get("onPremisesSyncEnabled"))
    state = (
        "is in a state that Graph does not tell" if enabled is None else f"is {'enabled' if enabled else 'disabled'}"
    )
    managed = "synchronised from on premises" if synchronised else "managed in the cloud"
    return reply(
        answers,
        [
            f"The account of {quoted(user.name)} {state} and {managed}.",
            "Whether smart lockout holds it shows in its sign-ins only, as error 50053.",
        ],
        tables=[table("Account", ACCOUNT, [found])],
        facts={"account_enabled": enabled, "on_premises_sync_enabled": synchronised},
        subjects=(user,),
        follow_ups=(
            f"Is {user.name} risky?",
            f"Show me failed sign-ins for {user.name}",
            f"What authentication methods does {user.name} have registered?",
        ),
    )


@skill(
    id="user_identity",
    area="users",
    title="Who a user is",
    description="Name, e-mail address, object id and place in the company of one user, in short.",
    inputs=(USER,),
    permissions=("User.Read.All",),
    paths=("/users/{id}",),
    examples=(
        'Who is this user: "{user}"',
        "What is the email for this Microsoft Entra user: {user}",
        "who is {user}",
        "what is {user}'s e-mail address",
        "what is the object id of {user}",
        "which department does {user} work in",
        "when was the account of {user} created",
    ),
)
async def user_identity(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read one user."""
    user = thing(given, "user")
    answers = await look.read(profile(look, user.id))
    found = one(answers, "user")
    if found is None:
        return absent(answers, "user", user.name, "user")
    return reply(
        answers,
        [who(found), contact(found)],
        tables=[table("User", PROFILE, [found])],
        facts={
            "id": found.get("id"),
            "display_name": found.get("displayName"),
            "user_principal_name": found.get("userPrincipalName"),
            "mail": found.get("mail"),
            "user_type": found.get("userType"),
            "account_enabled": found.get("accountEnabled"),
        },
        subjects=refs("user", [found]),
        follow_ups=(f"Who is {user.name}'s manager?", f"Is {user.name} risky?"),
    )


@skill(
    id="user_password_age",
    area="users",
    title="Age of a user's password",
    description="When one user's password was last changed or reset, and by whom where the audit log still knows.",
    inputs=(USER,),
    permissions=("User.Read.All", "AuditLog.Read.All"),
    paths=("/users/{id}", "/auditLogs/directoryAudits"),
    examples=(
        "When was the password last changed or reset for {user}?",
        "how old is {user}'s password",
        "when did {user} change their password",
        "who reset the password of {user}",
        "last password change of {user}",
    ),
)
async def user_password_age(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the user and the audit log in one round trip."""
    user = thing(given, "user")
    condition = f"targetResources/any(t:t/id eq {literal(user.id)})"
    audits = audit_entries(look, condition, "directory changes to the user")
    answers = await look.read(profile(look, user.id), audits)
    found = one(answers, "user")
    if found is None:
        return absent(answers, "user", user.name, "user")
    changed = str(found.get("lastPasswordChangeDateTime") or "")
    resets = [item for item in items(answers, "audits") or [] if item.get("activityDisplayName") in RESET]
    days = (look.now - datetime.fromisoformat(changed)).days if changed else None
    told = [f"Graph does not tell when the password of {quoted(user.name)} was last changed."]
    if days is not None:
        told = [
            f"The password of {quoted(user.name)} was last changed or reset at {changed}, {counted(days, 'day')} ago."
        ]
    if resets:
        latest = resets[0]
        told.append(
            f"The audit log's latest entry on it is {quoted(latest['activityDisplayName'])} by {maker(latest)}."
        )
    return reply(
        answers,
        told,
        tables=[
            table("Account", PROFILE, [found]),
            rows(answers, "audits", "Password changes", PASSWORD_CHANGES, resets),
        ],
        facts={"last_password_change_date_time": changed or None, "password_age_days": days},
        subjects=(user,),
        follow_ups=(f"Is {user.name} risky?", f"Show me failed sign-ins for {user.name}"),
    )
