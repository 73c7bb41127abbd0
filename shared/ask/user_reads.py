"""Users by a condition, narrowed by the state of the account and by type."""

from collections.abc import Mapping

from shared.ask.fields import PERSON_SELECT
from shared.ask.found import MOST_PAGES, PAGE
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue
from shared.graph.answers import Answers
from shared.graph.queries import literal

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
