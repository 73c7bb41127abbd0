"""Conditional Access of a user: which policies are for whom."""

from collections.abc import Mapping
from typing import Any

from shared.ask.fields import USER
from shared.ask.found import items, reply
from shared.ask.given import thing
from shared.ask.look import Look
from shared.ask.policies import (
    PATH,
    PERMISSION,
    POLICIES,
    Person,
    policies,
    reach,
    row,
    unsure,
)
from shared.ask.skill import InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import are, is_cut, named, names
from shared.graph.queries import P1, Query
from shared.hostile import quoted

FOR_USER = (
    *POLICIES[:3],
    field("reach", "User", "Whether its user conditions hold: included, or excluded although it would be included"),
    field("by", "By", "What includes or excludes: all users, the user, a group, a directory role, guests"),
    field("depends", "Depends on", "Conditions that only a sign-in decides; not evaluated here"),
    *POLICIES[4:],
)
NOT_EVALUATED = (
    "Only user, group, role and guest conditions were compared; apps, locations, devices, risk and client apps depend "
    "on the sign-in, and roles that are eligible but not active do not count."
)
_MEMBERSHIP = ["id", "displayName", "roleTemplateId"]


@skill(
    id="ca_policies_of_user",
    area="conditional_access",
    title="Policies for a user",
    description="Conditional Access policies that are for one user: by name, by a group or a role, or as a guest.",
    inputs=(USER,),
    permissions=(PERMISSION, "User.Read.All", "GroupMember.Read.All"),
    licence=P1,
    paths=(PATH, "/users/{id}", "/users/{id}/transitiveMemberOf"),
    examples=(
        "Get all conditional access policies for user considering the groups.",
        "Get all conditional access policies for {user} considering the groups.",
        "Which CA policies apply to {user}?",
        "Is {user} excluded from any Conditional Access policy?",
        "Does {user} need MFA by conditional access?",
        "conditional access policies of {user}",
    ),
)
async def ca_policies_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read policies, the user and all memberships in one round trip; compare user conditions here."""
    user = thing(given, "user")
    answers = await look.read(policies(look), *_person(look, user))
    found, profile, member_of = (items(answers, name) for name in ("policies", "user", "groups"))
    if answers.is_absent("user"):
        return reply(answers, (f"{quoted(user.name)} is not in the directory.",), facts={"found": False})
    if found is None or not profile or member_of is None:
        said = "" if found is None else "Without the user's type and groups no policy can be judged."
        return reply(answers, (said,), subjects=(user,))
    whom = _as_person(profile[0], member_of)
    rows = []
    for policy in found:
        state, by = reach(policy, whom)
        if state != "not included":
            rows.append({**row(policy), "reach": state, "by": by, "depends": unsure(policy)})
    rows.sort(key=lambda one: (one["reach"], one["state"] != "enabled", named(one)))
    included = [one for one in rows if one["reach"] == "included" and one["state"] == "enabled"]
    watching = [one for one in rows if one["reach"] == "included" and one["state"] in _WATCHING]
    excluded = [one for one in rows if one["reach"] == "excluded" and one["state"] == "enabled"]
    what = are(len(included), "enabled Conditional Access policy", "enabled Conditional Access policies")
    return reply(
        answers,
        (
            f"{what} for {quoted(user.name)}{f': {names(map(named, included))}' if included else ''}.",
            f"Excluded from {names(map(named, excluded))}." if excluded else "",
            f"Report-only: {names(map(named, watching))}." if watching else "",
            NOT_EVALUATED,
        ),
        tables=(table("Policies for the user", FOR_USER, rows, complete=not is_cut(answers, *answers)),),
        facts={
            "policies": len(included),
            "excluded_from": len(excluded),
            "report_only": len(watching),
            "policy_names": tuple(named(one) for one in included),
        },
        subjects=(user, *(Ref(kind="policy", id=str(one["id"]), name=named(one)) for one in rows if one.get("id"))),
        follow_ups=(
            f"What auth methods does {user.name} have?",
            "Conditional Access Policies excluding all trusted locations.",
        ),
    )


_WATCHING = frozenset({"enabledForReportingButNotEnforced"})


def _person(look: Look, user: Ref) -> tuple[Query, Query]:
    one = look.api.users.by_user_id(user.id)
    return (
        look.query(
            "user",
            one,
            what="the type of the user",
            permission="User.Read.All",
            absence_is_fact=True,
            select=["id", "userType", "userPrincipalName"],
        ),
        look.query(
            "groups",
            one.transitive_member_of,
            what="groups and roles of the user",
            permission="GroupMember.Read.All",
            absence_is_fact=True,
            pages=3,
            select=_MEMBERSHIP,
            top=999,
        ),
    )


def _as_person(profile: Mapping[str, Any], member_of: list[dict[str, Any]]) -> Person:
    return Person(
        id=str(profile.get("id", "")).lower(),
        is_guest=str(profile.get("userType")).lower() == "guest",
        groups=frozenset(str(one.get("id", "")).lower() for one in member_of),
        roles=frozenset(str(one["roleTemplateId"]).lower() for one in member_of if one.get("roleTemplateId")),
    )
