"""What the profile of a user shows, and how it is said."""

from shared.ask.found import Item
from shared.ask.look import Look
from shared.ask.tables import field
from shared.graph.queries import Query
from shared.hostile import quoted

ACCOUNT = (
    field("accountEnabled", "Enabled", "Whether the account may sign in"),
    field("displayName", "Name", "Display name"),
    field("userPrincipalName", "User principal name", "The name to sign in with"),
    field("onPremisesSyncEnabled", "Synchronised", "Whether the account comes from on-premises Active Directory"),
)
PROFILE = (
    *ACCOUNT,
    field("mail", "E-mail", "Primary e-mail address"),
    field("otherMails", "Other e-mail", "Other e-mail addresses"),
    field("jobTitle", "Job title", "Job title in the directory"),
    field("department", "Department", "Department in the directory"),
    field("companyName", "Company", "Company in the directory"),
    field("officeLocation", "Office", "Office in the directory"),
    field("mobilePhone", "Mobile phone", "Phone number of the profile, not one registered for MFA"),
    field("userType", "Type", "Member of the tenant, or Guest"),
    field("createdDateTime", "Created at", "When the account was created, UTC"),
    field("lastPasswordChangeDateTime", "Password changed at", "When the password was last changed or reset, UTC"),
    field("id", "Object id", "Object id of the user"),
)


def profile(look: Look, user_id: str) -> Query:
    """Return the query for one user with all that a profile shows."""
    return look.query(
        "user",
        look.api.users.by_user_id(user_id),
        what="the profile of the user",
        permission="User.Read.All",
        absence_is_fact=True,
        select=[one.path for one in PROFILE],
    )


def who(user: Item) -> str:
    """Return the sentence that says who a user is."""
    name, upn = str(user.get("displayName") or ""), str(user.get("userPrincipalName") or user.get("id"))
    kind = "a guest" if user.get("userType") == "Guest" else "a user"
    place = [quoted(str(user[part])) for part in ("jobTitle", "department", "companyName") if user.get(part)]
    enabled = user.get("accountEnabled")
    state = "" if enabled is None else f"; the account is {'enabled' if enabled else 'disabled'}"
    told = f"{quoted(name or upn)} is {kind}{f' ({upn_of(user)})' if name else ''}"
    return f"{told}{', ' + ', '.join(place) if place else ''}{state}."


def upn_of(user: Item) -> str:
    """Return the name that a user signs in with, quoted."""
    return quoted(str(user.get("userPrincipalName") or user.get("id")))


def contact(user: Item) -> str:
    """Return the sentence with object id and e-mail address."""
    mail = user.get("mail")
    said = f"the e-mail address is {quoted(str(mail))}" if mail else "the directory has no e-mail address for it"
    return f"The object id is {user.get('id')}, and {said}."
