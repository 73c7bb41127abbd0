"""Who reports to whom."""

from collections.abc import Mapping

from shared.ask.fields import PEOPLE, PERSON_SELECT, USER
from shared.ask.found import MOST_PAGES, PAGE, absent, how_many, items, names, number, one, refs, reply, rows
from shared.ask.given import thing, words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.ask.tables import table
from shared.hostile import quoted

DEPTH = Input(
    name="depth",
    kind="choice",
    description="direct: who reports to the user; transitive: also who reports to those, down to the last level.",
    required=False,
    choices=("direct", "transitive"),
    words={"transitive": ("transitive", "indirect", "all levels", "whole team")},
    default="direct",
)


@skill(
    id="manager_of_user",
    area="users",
    title="Manager of a user",
    description="Who the manager of one user is; not for who reports to a user.",
    inputs=(USER,),
    permissions=("User.Read.All",),
    paths=("/users/{id}/manager",),
    examples=(
        "Who is {user}'s manager?",
        "who does {user} report to",
        "who is the boss of {user}",
        "manager of {user}",
    ),
)
async def manager_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the manager, and the user itself: 404 for the manager alone may mean that there is no such user."""
    user = thing(given, "user")
    builder = look.api.users.by_user_id(user.id)
    answers = await look.read(
        look.query(
            "user",
            builder,
            what="the user",
            permission="User.Read.All",
            absence_is_fact=True,
            select=["id", "displayName"],
        ),
        look.query(
            "manager",
            builder.manager,
            what="the manager of the user",
            permission="User.Read.All",
            absence_is_fact=True,
            select=PERSON_SELECT,
        ),
    )
    if answers.is_absent("user"):
        return absent(answers, "user", user.name, "user")
    manager = one(answers, "manager")
    told = []
    if manager:
        told = [f"The manager of {quoted(user.name)} is {names([manager], 'displayName', 'userPrincipalName')}."]
    elif answers.is_absent("manager"):
        told = [f"The directory has no manager for {quoted(user.name)}."]
    return reply(
        answers,
        told,
        tables=[table("Manager", PEOPLE, [manager] if manager else [])],
        facts={"manager": manager.get("userPrincipalName") if manager else None},
        subjects=[*refs("user", [manager] if manager else []), user],
        follow_ups=(f"How many users are reporting to {user.name}?", f"Is {user.name} risky?"),
    )


@skill(
    id="reports_of_user",
    area="users",
    title="Who reports to a user",
    description="Which users, and how many, report to one user, directly or through other managers.",
    inputs=(USER, DEPTH),
    permissions=("User.Read.All",),
    paths=("/users/{id}/directReports", "/users/{id}/transitiveReports (beta)"),
    examples=(
        "Show transitive reports of {user}.",
        "How many users are reporting to {user}?",
        "who reports to {user}",
        "list the direct reports of {user}",
        "who works for {user}",
        "show the whole team below {user}",
    ),
)
async def reports_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the reports; the transitive ones are in beta only."""
    user, is_deep = thing(given, "user"), words(given, "depth") == "transitive"
    answers = await look.read(
        look.query(
            "reports",
            f"/users/{user.id}/transitiveReports" if is_deep else look.api.users.by_user_id(user.id).direct_reports,
            what="reports of the user",
            permission="User.Read.All",
            pages=MOST_PAGES,
            absence_is_fact=True,
            is_advanced=is_deep,
            version="beta" if is_deep else "v1.0",
            select=PERSON_SELECT,
            top=PAGE,
        )
    )
    found = items(answers, "reports")
    if found is None:
        return absent(answers, "reports", user.name, "user")
    how = "directly or through others" if is_deep else "directly"
    who = f": {names(found, 'displayName', 'userPrincipalName', 'id')}" if found else ""
    return reply(
        answers,
        [f"Found {how_many(answers['reports'], 'user')} reporting to {quoted(user.name)} {how}{who}."],
        tables=[rows(answers, "reports", "Reports", PEOPLE, found)],
        facts={"count": number(answers["reports"])},
        subjects=[user, *refs("user", found)],
        follow_ups=(f"Who is {user.name}'s manager?",),
    )
