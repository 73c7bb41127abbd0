"""Users of a department or a company, and the size of every department."""

from collections import Counter
from collections.abc import Mapping

from shared.ask.fields import PEOPLE
from shared.ask.found import PAGE, is_all, items, listing, number, reply
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.skill import Column, Input, InputValue, Reply, Table, skill
from shared.ask.tables import field
from shared.ask.user_reads import ACCOUNT, USER_TYPE, narrowed, read_users
from shared.enrich.statement import counted, listed
from shared.graph.queries import literal
from shared.hostile import quoted

PLACED = (*PEOPLE, field("companyName", "Company", "Company in the directory"))
DEPARTMENT_PAGES = 10
"""Pages of users that the departments are counted on: 9,990 users."""


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
