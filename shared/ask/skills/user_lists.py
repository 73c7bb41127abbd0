"""Users by the state of their account, their type and their mail nickname."""

from collections.abc import Mapping

from shared.ask.fields import PEOPLE
from shared.ask.found import listing
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.ask.tables import field
from shared.ask.user_reads import ACCOUNT, USER_TYPE, narrowed, read_users
from shared.graph.queries import literal
from shared.hostile import quoted

NICKNAMED = (*PEOPLE, field("mailNickname", "Mail nickname", "Alias of the mailbox"))


@skill(
    id="users_by_account_state",
    area="users",
    title="Users by state of account",
    description="Which users, and how many, have an enabled or a disabled account, or are guests; in the whole tenant.",
    inputs=(ACCOUNT, USER_TYPE),
    permissions=("User.Read.All",),
    paths=("/users",),
    examples=(
        "Show users with account disabled.",
        "list all disabled users",
        "how many users are enabled",
        "which accounts are blocked",
        "show all guest users",
        "how many guests do we have",
        "how many users are there",
    ),
)
async def users_by_account_state(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read users by state and type."""
    condition, thing = narrowed(given)
    answers = await read_users(look, "users by state of the account", condition.removeprefix(" and "))
    return listing(answers, "users", kind="user", thing=thing, phrase="in the tenant", title="Users", fields=PEOPLE)


@skill(
    id="users_by_mail_nickname",
    area="users",
    title="Users by mail nickname",
    description="Users whose mail nickname (alias) begins with given letters, or all with their mail nickname.",
    inputs=(Input(name="nickname", kind="text", description="The nickname, or how it begins.", required=False),),
    permissions=("User.Read.All",),
    paths=("/users",),
    examples=(
        "Show users by mail nickname.",
        "which user has the mail nickname {nickname}",
        "find users by alias {nickname}",
        "show users whose mail nickname starts with {nickname}",
    ),
)
async def users_by_mail_nickname(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read users by mail nickname."""
    nickname = words(given, "nickname")
    condition = f"startswith(mailNickname,{literal(nickname)})" if nickname else "mailNickname ne null"
    answers = await read_users(look, "users by mail nickname", condition, "mailNickname")
    begins = f"whose mail nickname begins with {quoted(nickname)}" if nickname else "with a mail nickname"
    return listing(answers, "users", kind="user", thing="user", phrase=begins, title="Users", fields=NICKNAMED)
