"""Users who were created or deleted lately."""

from collections.abc import Mapping

from shared.ask.fields import PEOPLE, PERSON_SELECT, time_range
from shared.ask.found import MOST_PAGES, PAGE, listing
from shared.ask.given import span
from shared.ask.look import Look
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.tables import field
from shared.ask.telling import within
from shared.ask.user_reads import ACCOUNT, USER_TYPE, narrowed, read_users

CREATED = (*PEOPLE, field("createdDateTime", "Created at", "When the account was created, UTC"))
DELETED = (*PEOPLE[:5], field("deletedDateTime", "Deleted at", "When the account was deleted, UTC"), PEOPLE[-1])


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
