"""Users by what they have in common: when created, where, enabled, licensed."""

from collections import Counter
from collections.abc import Mapping

from shared.ask.fields import PEOPLE, PERSON_SELECT, time_range
from shared.ask.found import MOST_PAGES, PAGE, is_all, items, listing, number, reply
from shared.ask.given import span, words
from shared.ask.look import Look
from shared.ask.skill import Column, Input, InputValue, Reply, Table, skill
from shared.ask.tables import field
from shared.ask.telling import within
from shared.enrich.statement import counted, listed
from shared.graph.answers import Answers
from shared.graph.queries import literal
from shared.hostile import quoted

CREATED = (*PEOPLE, field("createdDateTime", "Created at", "When the account was created, UTC"))
DELETED = (*PEOPLE[:5], field("deletedDateTime", "Deleted at", "When the account was deleted, UTC"), PEOPLE[-1])
PLACED = (*PEOPLE, field("companyName", "Company", "Company in the directory"))
NICKNAMED = (*PEOPLE, field("mailNickname", "Mail nickname", "Alias of the mailbox"))
DEPARTMENT_PAGES = 10
"""Pages of users that the departments are counted on: 9,990 users."""
ACCOUNT = Input(
    name="account",
    kind="choice",
    description="Only enabled or only disabled accounts, or any.",
    required=False,
    choices=("any", "enabled", "disabled"),
    words={"enabled": ("active", "enabled"), "disabled": ("disabled", "blocked", "inactive", "turned off")},
    default="any",
)
USER_TYPE = Input(
    name="user_type",
    kind="choice",
    description="Only guests or only members, or any.",
    required=False,
    choices=("any", "Guest", "Member"),
    words={"Guest": ("guest", "guests", "external"), "Member": ("internal",)},
    default="any",
)


async def read_users(look: Look, what: str, condition: str, *more: str, pages: int = MOST_PAGES) -> Answers:
    """Return the users for whom a condition holds (all for none), with ``more`` properties than a person's."""
    return await look.read(
        look.query(
            "users",
            look.api.users,
            what=what,
            permission="User.Read.All",
            pages=pages,
            is_advanced=True,
            filter=condition or None,
            select=[*PERSON_SELECT, *more],
            top=PAGE,
        )
    )


def narrowed(given: Mapping[str, InputValue]) -> tuple[str, str]:
    """Return what the choices of account and type add to a condition, and to the word for a user."""
    account, kind = words(given, "account") or "any", words(given, "user_type") or "any"
    condition = "" if account == "any" else f" and accountEnabled eq {'true' if account == 'enabled' else 'false'}"
    condition += "" if kind == "any" else f" and userType eq {literal(kind)}"
    thing = {"Guest": "guest user", "Member": "member user"}.get(kind, "user")
    return condition, thing if account == "any" else f"{account} {thing}"


@skill(
    id="users_created",
    area="users",
    title="Users created lately",
    description="Which users were created in a span of time, and how many; not for when one given user was created.",
    inputs=(time_range(), ACCOUNT, USER_TYPE),
    permissions=("User.Read.All",),
    paths=("/users",),
    examples=(
        "List the active users created in {time_range}",
        "show users created in {time_range}",
        "which accounts were added in {time_range}",
        "new users of {time_range}",
        "how many users were created in {time_range}",
        "which guests were invited in {time_range}",
    ),
)
async def users_created(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read users by the time of their creation."""
    when = span(given, "time_range")
    condition, thing = narrowed(given)
    answers = await read_users(
        look,
        "users by creation",
        f"createdDateTime ge {when.since} and createdDateTime le {when.until}{condition}",
        "createdDateTime",
    )
    return listing(
        answers,
        "users",
        kind="user",
        thing=thing,
        phrase=f"created {within(when)}",
        title="Users created",
        fields=CREATED,
    )


@skill(
    id="users_deleted",
    area="users",
    title="Users deleted lately",
    description="Which users were deleted, and how many: the recycle bin, which keeps them for 30 days.",
    inputs=(time_range("the past 30 days"),),
    permissions=("User.Read.All",),
    paths=("/directory/deletedItems/microsoft.graph.user",),
    examples=(
        "Show recently deleted users.",
        "Show me the successfully deleted users in {time_range}.",
        "which users were deleted in {time_range}",
        "list deleted accounts",
        "how many users were removed in {time_range}",
    ),
)
async def users_deleted(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the recycle bin."""
    when = span(given, "time_range")
    answers = await look.read(
        look.query(
            "users",
            look.api.directory.deleted_items.graph_user,
            what="deleted users",
            permission="User.Read.All",
            pages=MOST_PAGES,
            is_advanced=True,
            filter=f"deletedDateTime ge {when.since} and deletedDateTime le {when.until}",
            select=[*PERSON_SELECT, "deletedDateTime"],
            top=PAGE,
        )
    )
    return listing(
        answers,
        "users",
        kind="user",
        thing="user",
        phrase=f"deleted {within(when)} and still in the recycle bin",
        title="Deleted users",
        fields=DELETED,
        follow_ups=("Show me audit logs for the last 24 hours",),
    )


@skill(
    id="users_in_department",
    area="users",
    title="Users of a department",
    description="Which users are in one or two departments, and how many; all of them, or only the guests.",
    inputs=(
        Input(name="department", kind="text", description="Name of the department, in full."),
        Input(name="other_department", kind="text", description="Name of a second department.", required=False),
        USER_TYPE,
        ACCOUNT,
    ),
    permissions=("User.Read.All",),
    paths=("/users",),
    examples=(
        "Are there guest users in the {department} department?",
        "List users in {department} or {other_department} department.",
        "who works in {department}",
        "show all users of the {department} department",
        "how many users are in department {department}",
        "list disabled users in the {department} department",
    ),
)
async def users_in_department(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read users by department."""
    asked = [name for name in (words(given, "department"), words(given, "other_department")) if name]
    condition, thing = narrowed(given)
    wanted = f"department in ({','.join(literal(name) for name in asked)})"
    answers = await read_users(look, "users by department", f"{wanted}{condition}")
    return listing(
        answers,
        "users",
        kind="user",
        thing=thing,
        phrase=f"in the department {' or '.join(quoted(name) for name in asked)}",
        title="Users",
        fields=PEOPLE,
        follow_ups=("Give the member count of each department.",),
    )


@skill(
    id="users_of_company",
    area="users",
    title="Users of a company",
    description="Which users have, or do not have, a given company in their profile.",
    inputs=(
        Input(name="company", kind="text", description="Name of the company, in full."),
        Input(
            name="belonging",
            kind="choice",
            description="in: users of the company; not_in: everybody else.",
            required=False,
            choices=("in", "not_in"),
            words={"not_in": ("not in", "not of", "outside", "other than", "not from")},
            default="in",
        ),
    ),
    permissions=("User.Read.All",),
    paths=("/users",),
    examples=(
        "Show users not in {company}.",
        "show users in company {company}",
        "who belongs to the company {company}",
        "which users are outside {company}",
        "list everybody from {company}",
    ),
)
async def users_of_company(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read users by company."""
    company, is_out = words(given, "company"), words(given, "belonging") == "not_in"
    condition = f"companyName {'ne' if is_out else 'eq'} {literal(company)}"
    answers = await read_users(look, "users by company", condition, "companyName")
    return listing(
        answers,
        "users",
        kind="user",
        thing="user",
        phrase=f"{'not ' if is_out else ''}in the company {quoted(company)}",
        title="Users",
        fields=PLACED,
    )


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


@skill(
    id="departments_counted",
    area="users",
    title="Users in each department",
    description="How many users each department has; not for the users of one department.",
    permissions=("User.Read.All",),
    paths=("/users",),
    examples=(
        "Give the member count of each department.",
        "how many users are in each department",
        "count users by department",
        "number of people per department",
        "departments and their sizes",
    ),
)
async def departments_counted(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read the department of every user and count."""
    answers = await look.read(
        look.query(
            "users",
            look.api.users,
            what="departments of users",
            permission="User.Read.All",
            pages=DEPARTMENT_PAGES,
            select=["id", "department"],
            top=PAGE,
        )
    )
    found = items(answers, "users")
    if found is None:
        return reply(answers, ())
    sizes = Counter(str(item.get("department") or "") for item in found)
    ranked = sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))
    named = [(name, size) for name, size in ranked if name]
    without = sizes.get("", 0)
    some = listed((f"{quoted(name)} {size}" for name, size in named), longest=5)
    told = f"Counted {counted(number(answers['users']), 'user')} in {counted(len(named), 'department')}"
    none = f"; {counted(without, 'user')} without a department" if without else ""
    return reply(
        answers,
        [f"{told}{': ' + some if some else ''}{none}."],
        tables=[
            Table(
                title="Departments",
                columns=(
                    Column(name="department", title="Department", meaning="Department of the profile; empty for none"),
                    Column(name="users", title="Users", meaning="How many users have it, guests included"),
                ),
                rows=tuple({"department": name, "users": size} for name, size in ranked),
                complete=is_all(answers["users"]),
            )
        ],
        facts={"departments": len(named), "users": number(answers["users"]), "is_all": is_all(answers["users"])},
        follow_ups=[f"List users in the {name} department" for name, _ in named[:2]],
    )
