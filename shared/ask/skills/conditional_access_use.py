"""Conditional Access in use: which policies are for a user, and what they did to sign-ins."""

from collections.abc import Mapping
from typing import Any

from shared.ask.fields import USER, time_range
from shared.ask.found import items, reply
from shared.ask.given import span, thing, words
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
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import are, by_count, is_cut, is_missing, named, names, some
from shared.enrich.statement import counted, listed
from shared.graph.queries import P1, Query
from shared.hostile import quoted

LOG = "AuditLog.Read.All"
FOR_USER = (
    *POLICIES[:3],
    field("reach", "User", "Whether its user conditions hold: included, or excluded although it would be included"),
    field("by", "By", "What includes or excludes: all users, the user, a group, a directory role, guests"),
    field("depends", "Depends on", "Conditions that only a sign-in decides; not evaluated here"),
    *POLICIES[4:],
)
APPLIED = (
    field("displayName", "Policy", "Name of the policy"),
    field("result", "Result", "success, failure, notApplied, notEnabled, or one of those with reportOnly before it"),
    field("enforcedGrantControls", "Grant controls", "What it asked for"),
    field("enforcedSessionControls", "Session controls", "Session controls that it set"),
    field("id", "Id", "Id of the policy"),
)
SIGN_INS = (
    field("createdDateTime", "At", "When, UTC", "at"),
    field("userPrincipalName", "User", "User principal name, in lower case"),
    field("appDisplayName", "App", "App that was signed in to"),
    field("conditionalAccessStatus", "Conditional Access", "success: satisfied; failure: not satisfied"),
    field("applied", "Policies", "Policies that took part, each with its result"),
    field("ipAddress", "Address", "Where it came from"),
    field("status.errorCode", "Error", "0: succeeded", "error_code"),
    field("id", "Request id", "Id of the sign-in"),
)
TALLY = (
    field("displayName", "Policy", "Name of the policy"),
    field("success", "Satisfied", "Sign-ins that satisfied it"),
    field("failure", "Not satisfied", "Sign-ins that did not satisfy it"),
    field("report_only", "Report-only", "Sign-ins that it only watched"),
    field("id", "Id", "Id of the policy"),
)
NOT_EVALUATED = (
    "Only user, group, role and guest conditions were compared; apps, locations, devices, risk and client apps depend "
    "on the sign-in, and roles that are eligible but not active do not count."
)
_MEMBERSHIP = ["id", "displayName", "roleTemplateId"]


@skill(
    id="ca_policies_of_user",
    area="conditional_access_use",
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


@skill(
    id="ca_policies_of_sign_in",
    area="conditional_access_use",
    title="Policies of a sign-in",
    description="Conditional Access policies that were evaluated for one sign-in (request id), with their results.",
    inputs=(Input(name="request_id", kind="text", description="Request id of the sign-in."),),
    permissions=(LOG, PERMISSION),
    licence=P1,
    paths=("/auditLogs/signIns/{id}",),
    examples=(
        "Show me ca policies evaluated for sign in with request id `{request_id}`?",
        "Which conditional access policies applied to the sign-in {request_id}?",
        "Why was the sign-in {request_id} blocked?",
        "What did conditional access do with request {request_id}?",
        "CA result of sign-in {request_id}",
    ),
)
async def ca_policies_of_sign_in(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read ``/auditLogs/signIns/{id}``: the request id is the id of the record."""
    request_id = words(given, "request_id").strip().strip("`\"'")
    answers = await look.read(
        look.query(
            "sign_in",
            look.api.audit_logs.sign_ins.by_sign_in_id(request_id),
            what="the sign-in",
            permission=LOG,
            licence=P1,
            bucket="reports",
            absence_is_fact=True,
        )
    )
    found = items(answers, "sign_in")
    if not found:
        gone = (
            f"There is no sign-in with the request id {quoted(request_id)} in the log, which goes back 30 days and "
            "holds interactive sign-ins of users."
        )
        return reply(answers, (gone if answers.is_absent("sign_in") else "",), facts={"found": False})
    sign_in = found[0]
    applied = sign_in.get("appliedConditionalAccessPolicies") or []
    took_part = [one for one in applied if str(one.get("result")) not in _IDLE]
    status = sign_in.get("conditionalAccessStatus")
    user = sign_in.get("userPrincipalName") or sign_in.get("userId") or ""
    app = quoted(str(sign_in.get("appDisplayName")))
    said = f"At {sign_in.get('createdDateTime')} {quoted(str(user))} signed in to {app}"
    said += f" with the Conditional Access result {status}"
    took = f": {listed(f'{quoted(named(one))} ({one.get("result")})' for one in took_part[:4])}" if took_part else ""
    none = f"Graph shows no policy here; it also shows none to an app without `{PERMISSION}`."
    return reply(
        answers,
        (
            f"{said}.",
            f"{some(len(took_part), 'policy', 'policies')} of {len(applied)} took part{took}." if applied else none,
        ),
        tables=(table("Policies of the sign-in", APPLIED, applied), table("Sign-in", SIGN_INS, [_shown(sign_in)])),
        facts={
            "conditional_access_status": status,
            "policies": len(applied),
            "failed_policies": tuple(named(one) for one in took_part if str(one.get("result")) == "failure"),
        },
        subjects=(Ref(kind="user", id=str(sign_in["userId"]), name=str(user)),) if sign_in.get("userId") else (),
        follow_ups=(f"Get all conditional access policies for {user} considering the groups.",) if user else (),
    )


@skill(
    id="ca_in_sign_ins",
    area="conditional_access_use",
    title="Conditional Access in sign-in logs",
    description="Sign-ins to which Conditional Access applied, and how often each policy was satisfied or not.",
    inputs=(time_range(),),
    permissions=(LOG, PERMISSION),
    licence=P1,
    paths=("/auditLogs/signIns",),
    examples=(
        "Show me the sign in logs for which conditional policies have been applied",
        "Can you tell me if conditional access policy is working from sign-in logs",
        "Which CA policies were applied in {time_range}?",
        "How often did sign-ins fail conditional access in {time_range}?",
        "is conditional access working",
        "results of conditional access per policy",
    ),
)
async def ca_in_sign_ins(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the sign-ins to which policies applied, and count the results of each policy."""
    when = span(given, "time_range")
    applied = "(conditionalAccessStatus eq 'success' or conditionalAccessStatus eq 'failure')"
    answers = await look.read(
        look.query(
            "sign_ins",
            look.api.audit_logs.sign_ins,
            what="sign-ins to which Conditional Access applied",
            permission=LOG,
            licence=P1,
            bucket="reports",
            pages=2,
            filter=f"createdDateTime ge {when.since} and createdDateTime le {when.until} and {applied}",
            top=500,
        )
    )
    if is_missing(answers, "sign_ins"):
        return reply(answers, ())
    found = [_shown(one) for one in items(answers, "sign_ins") or []]
    tally, cut = _tally(found), is_cut(answers, "sign_ins")
    results = by_count(one.get("conditionalAccessStatus") for one in found)
    worst = max(tally, key=lambda one: int(one["failure"]), default=None)
    text = f"Conditional Access applied to {counted(len(found), 'sign-in')} in {when.words} ({results})"
    none = f"Conditional Access applied to no sign-in in {when.words}: no policy was satisfied and none was failed"
    failing = (
        f"Most often not satisfied: {quoted(named(worst))}, {worst['failure']} times."
        if worst and worst["failure"]
        else ""
    )
    return reply(
        answers,
        (f"{text if found else none}.", failing),
        tables=(
            table("Results by policy", TALLY, tally, complete=not cut),
            table("Sign-ins", SIGN_INS, found, total=None if cut else len(found), complete=not cut),
        ),
        facts={
            "sign_ins": len(found),
            "failures": sum(one.get("conditionalAccessStatus") == "failure" for one in found),
            "policies": len(tally),
        },
        follow_ups=tuple(f"Show me ca policies evaluated for sign in with request id {one['id']}" for one in found[:1]),
    )


_IDLE = frozenset({"notApplied", "notEnabled", "unknown", "reportOnlyNotApplied"})
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


def _shown(sign_in: dict[str, Any]) -> dict[str, Any]:
    applied = sign_in.get("appliedConditionalAccessPolicies") or []
    took_part = [one for one in applied if str(one.get("result")) not in _IDLE]
    return {**sign_in, "applied": ", ".join(f"{named(one)} ({one.get('result')})" for one in took_part)}


def _tally(sign_ins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return how often each policy was satisfied, not satisfied, or only watched; the most often failed first."""
    rows: dict[str, dict[str, Any]] = {}
    for sign_in in sign_ins:
        for one in sign_in.get("appliedConditionalAccessPolicies") or []:
            result = str(one.get("result"))
            if result in _IDLE:
                continue
            empty = {"displayName": named(one), "id": one.get("id"), "success": 0, "failure": 0, "report_only": 0}
            counts = rows.setdefault(str(one.get("id")), empty)
            counts[result if result in ("success", "failure") else "report_only"] += 1
    return sorted(rows.values(), key=lambda one: (-one["failure"], -one["success"], str(one["displayName"])))
