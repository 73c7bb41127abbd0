"""Authentication methods of users: who has registered what."""

from collections import Counter
from collections.abc import Mapping

from shared.ask.fields import USER
from shared.ask.found import absent, how_many, items, names, number, one, refs, reply, rows
from shared.ask.given import thing, words
from shared.ask.look import Look
from shared.ask.method_reads import METHODS, REGISTERED, REGISTERED_NAMES, method_input, shown
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.tables import field
from shared.enrich.statement import counted, listed
from shared.graph.queries import P1, Query, literal
from shared.hostile import clean, quoted

REGISTRATIONS = (
    field("userDisplayName", "Name", "Display name"),
    field("userPrincipalName", "User principal name", "The name to sign in with"),
    field("methodsRegistered", "Methods", "Methods that the user has registered, as the report names them"),
    field("isMfaRegistered", "MFA registered", "Whether the user has registered a method that is enough for MFA"),
    field("isMfaCapable", "MFA capable", "Whether one of them is also allowed by policy"),
    field("isAdmin", "Administrator", "Whether the user holds a directory role"),
    field("userType", "Type", "member or guest"),
    field("id", "Object id", "Object id of the user"),
)
PAGES = 5


@skill(
    id="auth_methods_of_user",
    area="auth_methods",
    title="Authentication methods of a user",
    description="Which authentication methods one user has registered, how strong they are, and since when.",
    inputs=(USER,),
    permissions=("UserAuthenticationMethod.Read.All",),
    paths=("/users/{id}/authentication/methods",),
    examples=(
        "Show me the authentication method details for Microsoft Entra user {user}",
        "What auth methods does this user have?",
        "What are the authentication methods that are registered for {user} if any?",
        "What authentication methods does {user} have registered?",
        "What are {user}'s authentication methods?",
        "Show me the authentication methods enabled for user",
        "how does {user} do MFA",
        "does {user} have a passkey",
        "list the MFA methods of {user}",
        "which sign-in methods did {user} register",
    ),
)
async def auth_methods_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the methods of one user."""
    user = thing(given, "user")
    answers = await look.read(
        look.query(
            "methods",
            look.api.users.by_user_id(user.id).authentication.methods,
            what="the authentication methods of the user",
            permission="UserAuthenticationMethod.Read.All",
            bucket="reports",
            pages=2,
            absence_is_fact=True,
        )
    )
    found = items(answers, "methods")
    if found is None:
        return absent(answers, "methods", user.name, "user")
    methods = [shown(item) for item in found]
    kinds = list(dict.fromkeys(str(item["method"]) for item in methods))
    often = Counter(str(item["method"]) for item in methods)
    said = [f"{kind} ({often[kind]})" if often[kind] > 1 else kind for kind in kinds]
    resistant = any(item["strength"] == "phishing-resistant" for item in methods)
    beyond = [item for item in methods if item["kind"] != "password"]
    told = f"{quoted(user.name)} has registered {counted(len(methods), 'authentication method')}: {listed(said)}."
    only = "Beyond the password there is none, so the user cannot do MFA."
    strong = "At least one resists phishing." if resistant else "None of them resists phishing."
    return reply(
        answers,
        [told, strong if beyond else only]
        if methods
        else [f"{quoted(user.name)} has registered no authentication methods."],
        tables=[rows(answers, "methods", "Authentication methods", METHODS, methods)],
        facts={
            "count": len(methods),
            "methods": tuple(kinds),
            "has_phishing_resistant": resistant,
            "has_second_factor": bool(beyond),
        },
        subjects=(user,),
        follow_ups=(f"Is user {user.name} enabled for per-user MFA?", f"Why was {user.name} prompted for MFA?"),
    )


@skill(
    id="per_user_mfa",
    area="auth_methods",
    title="Per-user MFA of a user",
    description="Whether the old per-user MFA is disabled, enabled or enforced for one user; not the methods.",
    inputs=(USER,),
    permissions=("Policy.Read.All",),
    paths=("/users/{id}/authentication/requirements (beta)",),
    examples=(
        "Is user {user} enabled for per-user MFA?",
        "is per-user MFA on for {user}",
        "per-user MFA state of {user}",
        "is MFA enforced for {user}",
        "show the legacy MFA setting of {user}",
    ),
)
async def per_user_mfa(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the requirement, which only beta has."""
    user = thing(given, "user")
    answers = await look.read(
        look.query(
            "requirements",
            f"/users/{user.id}/authentication/requirements",
            what="the per-user MFA setting",
            permission="Policy.Read.All",
            version="beta",
        )
    )
    found = one(answers, "requirements")
    if found is None:
        return reply(answers, (), subjects=(user,))
    state = found.get("perUserMfaState")
    told = f"Per-user MFA of {quoted(user.name)} is {clean(str(state))}." if state else ""
    return reply(
        answers,
        [
            told or f"Graph does not tell the per-user MFA setting of {quoted(user.name)}.",
            "Conditional Access or security defaults may still ask for MFA." if state == "disabled" else "",
        ],
        facts={"per_user_mfa_state": state},
        subjects=(user,),
        follow_ups=(f"What authentication methods does {user.name} have registered?",),
    )


@skill(
    id="auth_method_registrations",
    area="auth_methods",
    title="Users who registered a method",
    description="How many users, and which, have registered one authentication method; not whether it is allowed.",
    inputs=(method_input(REGISTERED),),
    permissions=("AuditLog.Read.All",),
    licence=P1,
    paths=("/reports/authenticationMethods/userRegistrationDetails",),
    examples=(
        "How many users have the FIDO2 Security keys method registered?",
        "how many users have registered {method}",
        "who has {method} registered",
        "which users use the Authenticator app as a method",
        "list users with {method} as a method",
    ),
)
async def auth_method_registrations(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the registration report for one method."""
    method = words(given, "method")
    wanted = " or ".join(f"methodsRegistered/any(m:m eq {literal(name)})" for name in REGISTERED[method])
    return await _registrations(
        look, f"({wanted})", f"with {REGISTERED_NAMES[method]} registered", ("Which users are not registered for MFA?",)
    )


@skill(
    id="users_without_mfa",
    area="auth_methods",
    title="Users not registered for MFA",
    description="Which users, and how many, have registered no method that is enough for MFA.",
    permissions=("AuditLog.Read.All",),
    licence=P1,
    paths=("/reports/authenticationMethods/userRegistrationDetails",),
    examples=(
        "Which users are not registered for MFA?",
        "who has no MFA registered",
        "how many users cannot do MFA",
        "list users without an MFA method",
        "show accounts that never set up MFA",
    ),
)
async def users_without_mfa(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read the registration report for those without MFA."""
    return await _registrations(
        look,
        "isMfaRegistered eq false",
        "not registered for MFA",
        ("Show sign-ins without multifactor authentication.",),
    )


async def _registrations(look: Look, condition: str, phrase: str, follow_ups: tuple[str, ...]) -> Reply:
    """Return the users of the registration report for whom a condition holds."""
    answers = await look.read(_report(look, condition))
    found = items(answers, "registrations")
    if found is None:
        return reply(answers, ())
    admins = [item for item in found if item.get("isAdmin")]
    some = f": {names(found, 'userPrincipalName', 'id')}" if found else ""
    holding = f"{counted(len(admins), 'administrator')} among them: {names(admins, 'userPrincipalName', 'id')}."
    return reply(
        answers,
        [
            f"Found {how_many(answers['registrations'], 'user')} {phrase}{some}.",
            holding if admins else "",
            "The report leaves out disabled users.",
        ],
        tables=[rows(answers, "registrations", "Users", REGISTRATIONS, found)],
        facts={
            "count": number(answers["registrations"]),
            "administrators": len(admins),
            "is_all": not answers["registrations"].gaps,
        },
        subjects=refs("user", found),
        follow_ups=follow_ups,
    )


def _report(look: Look, condition: str) -> Query:
    return look.query(
        "registrations",
        look.api.reports.authentication_methods.user_registration_details,
        what="the report on registered methods",
        permission="AuditLog.Read.All",
        licence=P1,
        bucket="reports",
        pages=PAGES,
        filter=condition,
        top=999,
    )
