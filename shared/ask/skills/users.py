"""Users: who they are, and the state of their account."""

from collections.abc import Mapping
from typing import Any

from shared.ask.given import thing
from shared.ask.look import Look, sources
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.hostile import quoted

USER = Input(name="user", kind="user", description="User principal name, object id or display name.")
ACCOUNT = (
    field("accountEnabled", "Enabled", "Whether the account may sign in"),
    field("displayName", "Name", "Display name"),
    field("userPrincipalName", "User principal name", "The name to sign in with"),
    field("onPremisesSyncEnabled", "Synchronised", "Whether the account comes from on-premises Active Directory"),
)


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
    ),
)
async def user_account_state(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read four properties of ``/users/{id}``."""
    user = thing(given, "user")
    query = look.query(
        "user",
        look.api.users.by_user_id(user.id),
        what="the state of the account",
        permission="User.Read.All",
        absence_is_fact=True,
        select=["id", *(one.path for one in ACCOUNT)],
    )
    answers = await look.read(query)
    found = answers.decode("user", dict[str, Any]) or []
    if not found:
        gone = f"{quoted(user.name)} is not in the directory."
        text = gone if answers.is_absent("user") else f"The account of {quoted(user.name)} could not be read."
        return Reply(text=text, sources=sources(answers), gaps=tuple(answers.gaps()))
    enabled, synchronised = found[0].get("accountEnabled"), bool(found[0].get("onPremisesSyncEnabled"))
    state = (
        "is in a state that Graph does not tell" if enabled is None else f"is {'enabled' if enabled else 'disabled'}"
    )
    managed = "synchronised from on premises" if synchronised else "managed in the cloud"
    return Reply(
        text=f"The account of {quoted(user.name)} {state} and {managed}.",
        tables=(table("Account", ACCOUNT, found),),
        facts={"account_enabled": enabled, "on_premises_sync_enabled": synchronised},
        sources=sources(answers),
        gaps=tuple(answers.gaps()),
        subjects=(user,),
        follow_ups=(f"Is {user.name} risky?", f"What authentication methods does {user.name} have registered?"),
    )
