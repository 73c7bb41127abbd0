"""Sign-ins of one user, and of everybody: all, failed, risky."""

from collections.abc import Mapping

from shared.ask.fields import USER, count, time_range
from shared.ask.given import thing
from shared.ask.look import Look
from shared.ask.sign_in_reads import PATHS, PERMISSIONS, Found, read_sign_ins, sign_in_reply
from shared.ask.sign_in_tables import addresses, involved, reasons
from shared.ask.skill import InputValue, Ref, Reply, skill
from shared.ask.telling import by_count
from shared.enrich.statement import listed
from shared.graph.queries import P1, literal
from shared.hostile import clean, quoted

STATES = ("atRisk", "confirmedCompromised", "remediated", "dismissed", "confirmedSafe")
RISKY = f"({' or '.join(f'riskState eq {literal(state)}' for state in STATES)})"
"""Every state but none: Graph documents no ``ne`` here."""
FAILED = "status/errorCode ne 0"


@skill(
    id="sign_ins_of_user",
    area="sign_ins",
    title="Sign-ins of a user",
    description="The latest sign-ins of one user, however they ended; for only failed or risky ones use the others.",
    inputs=(USER, time_range(), count(100, 1000)),
    permissions=PERMISSIONS,
    licence=P1,
    paths=PATHS,
    examples=(
        "Show me the last {count} sign-ins for this Microsoft Entra user: {user}",
        "Can you give me sign-in logs for {user} for {time_range}? Put this information in a table format.",
        "Show sign-in activity for the user {user}.",
        "What login attempts exist for the user in {time_range}?",
        "What login attempts exist for the user {user} in {time_range}?",
        "when did {user} last sign in",
        "where did {user} log in from in {time_range}",
        "login history of {user}",
        "show the latest {count} logins of {user}",
        "sign-ins of {user}",
    ),
)
async def sign_ins_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the latest sign-ins of one user."""
    user = thing(given, "user")
    found = await read_sign_ins(look, given, f"userId eq {literal(user.id)}")
    return sign_in_reply(
        found,
        f"of {quoted(user.name)}",
        subjects=(user,),
        follow_ups=(
            f"Show me failed sign-ins for {user.name}",
            f"List the recent risky sign-ins for {user.name}.",
            f"Is {user.name} risky?",
        ),
        only_wanted=True,
        look=look,
    )


@skill(
    id="failed_sign_ins_of_user",
    area="sign_ins",
    title="Failed sign-ins of a user",
    description="How often and why sign-ins of one user failed, and from which IP addresses; not those that succeeded.",
    inputs=(USER, time_range(), count(200, 1000)),
    permissions=PERMISSIONS,
    licence=P1,
    paths=PATHS,
    examples=(
        "Show me failed sign-ins for {user}",
        "Show me failed sign-ins for {user} for {time_range} and tell me what the IP addresses are.",
        "How many times login failed for this user in {time_range} and tell me the reasons.",
        "Show me the most recent failed sign-in for my account in {time_range}.",
        "Tell me about {user} most recent failed sign-in",
        "why did the login of {user} fail",
        "failed logins of {user} in {time_range}",
        "did {user} mistype the password",
        "how many failed logins did {user} have in {time_range}",
        "from which addresses did sign-ins of {user} fail",
    ),
)
async def failed_sign_ins_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read what did not succeed, and count reasons and addresses."""
    user = thing(given, "user")
    found = await read_sign_ins(look, given, f"userId eq {literal(user.id)} and {FAILED}", whole=True)
    return _failed(
        look,
        found,
        f"of {quoted(user.name)} that did not succeed",
        subjects=(user,),
        follow_ups=(f"Show me the last 10 sign-ins for {user.name}", f"Is {user.name} risky?"),
    )


@skill(
    id="risky_sign_ins_of_user",
    area="sign_ins",
    title="Risky sign-ins of a user",
    description="Sign-ins of one user in which Entra saw risk; not the risk of the user as a whole.",
    inputs=(USER, time_range("the past 30 days"), count(200, 1000)),
    permissions=PERMISSIONS,
    licence=P1,
    paths=PATHS,
    examples=(
        "List the recent risky sign-ins for {user}.",
        "show suspicious sign-ins of {user}",
        "which sign-ins of {user} were risky",
        "risky logins of {user} in {time_range}",
        "did {user} have risky sign-ins",
    ),
)
async def risky_sign_ins_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read sign-ins of one user with a state of risk."""
    user = thing(given, "user")
    found = await read_sign_ins(look, given, f"userId eq {literal(user.id)} and {RISKY}", whole=True)
    return _risky(
        look,
        found,
        f"of {quoted(user.name)} with risk",
        subjects=(user,),
        follow_ups=(f"List the risk detections details for {user.name}.", f"Is {user.name} risky?"),
    )


@skill(
    id="sign_ins_in_tenant",
    area="sign_ins",
    title="Sign-ins of everybody",
    description="The latest sign-ins of all users together; never for one named user, place, app or device.",
    inputs=(time_range("the past 24 hours"), count(200, 1000)),
    permissions=PERMISSIONS,
    licence=P1,
    paths=PATHS,
    examples=(
        "Show me sign-in logs for {time_range}",
        "Show sign-in activities since a specific time period.",
        "show all sign-ins of {time_range}",
        "who signed in during {time_range}",
        "list the latest {count} sign-ins in the tenant",
        "sign-in log of {time_range}",
    ),
)
async def sign_ins_in_tenant(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the latest sign-ins."""
    found = await read_sign_ins(look, given)
    return sign_in_reply(
        found,
        "of all users",
        more=[involved(found)],
        follow_ups=("Display risky sign-ins.", "Have there been any failed sign-ins in the past 24 hours?"),
        only_wanted=True,
        look=look,
    )


@skill(
    id="failed_sign_ins",
    area="sign_ins",
    title="Failed sign-ins of everybody",
    description="How often and why sign-ins of all users together failed; never for one named user.",
    inputs=(time_range("the past 24 hours"), count(200, 1000)),
    permissions=PERMISSIONS,
    licence=P1,
    paths=PATHS,
    examples=(
        "Have there been any failed sign-ins during {time_range}?",
        "Have there been any failed sign-ins in {time_range}?",
        "show all failed sign-ins of {time_range}",
        "which logins failed in {time_range}",
        "why do sign-ins fail in our tenant",
        "failed login attempts of {time_range}",
    ),
)
async def failed_sign_ins(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read what did not succeed."""
    found = await read_sign_ins(look, given, FAILED, whole=True)
    return _failed(
        look,
        found,
        "of all users that did not succeed",
        follow_ups=("Display risky sign-ins.",),
        more=involved(found),
    )


@skill(
    id="risky_sign_ins",
    area="sign_ins",
    title="Risky sign-ins of everybody",
    description="Sign-ins of all users together in which Entra saw risk; never for one named user.",
    inputs=(time_range(), count(200, 1000)),
    permissions=PERMISSIONS,
    licence=P1,
    paths=PATHS,
    examples=(
        "Show suspicious login activities.",
        "Display risky sign-ins.",
        "which sign-ins were risky in {time_range}",
        "suspicious sign-ins in {time_range}",
        "list risky logins",
        "any risky sign-ins in {time_range}",
    ),
)
async def risky_sign_ins(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read sign-ins with a state of risk."""
    found = await read_sign_ins(look, given, RISKY, whole=True)
    return _risky(
        look, found, "with risk", follow_ups=("List all users currently flagged as risky.",), more=involved(found)
    )


def _failed(
    look: Look,
    found: Found,
    phrase: str,
    *,
    subjects: tuple[Ref, ...] = (),
    follow_ups: tuple[str, ...] = (),
    more: str = "",
) -> Reply:
    every = found.all or []
    why, came = reasons(every), addresses(every)
    said = [f"{row['reason']} ({row['error_code']}) {row['sign_ins']}" for row in why.rows]
    from_where = [f"{clean(str(row['ip_address']))} {row['sign_ins']}" for row in came.rows]
    return sign_in_reply(
        found,
        phrase,
        more=[
            f"Reasons: {listed(said, longest=4)}." if said else "",
            f"Addresses: {listed(from_where, longest=4)}." if from_where else "",
            more,
        ],
        tables=[why, came],
        facts={"reasons": tuple(str(row["reason"]) for row in why.rows)},
        subjects=subjects,
        follow_ups=follow_ups,
        look=look,
    )


def _risky(
    look: Look,
    found: Found,
    phrase: str,
    *,
    subjects: tuple[Ref, ...] = (),
    follow_ups: tuple[str, ...] = (),
    more: str = "",
) -> Reply:
    every = found.all or []
    states = by_count(item.get("riskState") for item in every)
    levels = by_count(item.get("riskLevelDuringSignIn") or "none" for item in every)
    return sign_in_reply(
        found,
        phrase,
        more=[f"By state: {states}; by risk during sign-in: {levels}." if every else "", more],
        tables=[addresses(every)],
        facts={"at_risk": sum(item.get("riskState") == "atRisk" for item in every)},
        subjects=subjects,
        follow_ups=follow_ups,
        look=look,
    )
