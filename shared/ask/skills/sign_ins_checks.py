"""What was asked of a sign-in: Conditional Access, MFA, and everything about one of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta

from shared.ask.fields import USER, count, time_range
from shared.ask.found import Item, absent, items, one, reply, rows
from shared.ask.given import thing, words
from shared.ask.look import Look
from shared.ask.sign_in_reads import (
    PATHS,
    PERMISSIONS,
    SIGN_INS,
    Found,
    involved,
    judged,
    latest,
    read_sign_ins,
    reasons,
    sign_in_query,
    sign_in_reply,
    where,
)
from shared.ask.skill import Column, Input, InputValue, Ref, Reply, Table, TimeRange, skill
from shared.ask.tables import field, table
from shared.ask.telling import names, some
from shared.clock import iso
from shared.graph.queries import P1, literal
from shared.hostile import quoted

POLICY = Input(
    name="policy",
    kind="policy",
    description="Name or id of one Conditional Access policy; any without.",
    required=False,
)
RESULT = Input(
    name="policy_result",
    kind="choice",
    description="What came of Conditional Access: success, failure, notApplied; applied is success or failure.",
    required=False,
    choices=("applied", "success", "failure", "notApplied"),
    words={
        "failure": ("failure", "failures", "failed", "unsatisfied", "not satisfied", "blocked"),
        "success": ("satisfied", "passed", "successful"),
        "notApplied": ("not applied", "no policy"),
    },
    default="applied",
)
APPLIED = (
    field("displayName", "Policy", "Name of the Conditional Access policy"),
    field("result", "Result", "success, failure, notApplied, notEnabled or reportOnly…, of this policy"),
    field("enforcedGrantControls", "Grant controls", "What the policy asked for, e.g. Mfa or Block"),
    field("enforcedSessionControls", "Session controls", "What the policy limits during the session"),
    field("id", "Policy id", "Id of the policy"),
)
BY_POLICY = (
    Column(name="policy", title="Policy", meaning="Name of the Conditional Access policy"),
    Column(name="success", title="Success", meaning="Sign-ins that satisfied it"),
    Column(name="failure", title="Failure", meaning="Sign-ins that it stopped"),
    Column(name="other", title="Other", meaning="Sign-ins to which it did not apply, or in report-only mode"),
)
SINGLE = "authenticationRequirement eq 'singleFactorAuthentication'"
MULTI = "authenticationRequirement eq 'multiFactorAuthentication'"
PROVIDERS = {
    "user": "MFA is switched on for the user (per-user MFA)",
    "request": "the app asked for it",
    "servicePrincipal": "the app requires it",
    "v1ConditionalAccess": "a classic Conditional Access policy",
    "multiConditionalAccess": "a Conditional Access policy",
    "tenantSessionRiskPolicy": "the sign-in risk policy",
    "accountCompromisePolicies": "the user risk policy",
    "riskBasedPolicy": "a risk policy",
    "securityDefaults": "security defaults",
    "baselineProtection": "a baseline policy",
    "authenticationStrengths": "an authentication strength",
    "crossTenantOutboundRule": "a cross-tenant rule",
    "proofUpCodeRequest": "registration of a method",
    "mfaRegistrationRequiredBySecurityDefaults": "security defaults ask to register for MFA",
    "mfaRegistrationRequiredByIdentityProtectionPolicy": "a policy asks to register for MFA",
}
"""``authenticationRequirementPolicies.requirementProvider`` of beta, in words."""


@skill(
    id="sign_ins_by_policy",
    area="sign_ins",
    title="Sign-ins by Conditional Access",
    description="What Conditional Access did to sign-ins, for one policy or all of them; not how a policy is set up.",
    inputs=(POLICY, RESULT, time_range(), count(200, 1000)),
    permissions=(*PERMISSIONS, "Policy.Read.All"),
    licence=P1,
    paths=PATHS,
    examples=(
        "Show sign-in failures due to a specific Conditional Access policy.",
        "Show sign-ins with unsatisfied Conditional Access Policies.",
        "Show me the sign in logs for which conditional policies have been applied",
        "Can you tell me if conditional access policy is working from sign-in logs",
        "which sign-ins were stopped by the conditional access policy {policy}",
        "sign-ins that failed because of {policy} in {time_range}",
        "who was blocked by conditional access in {time_range}",
        "is the policy {policy} applied to sign-ins",
    ),
)
async def sign_ins_by_policy(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read sign-ins by the result of Conditional Access; which policy it was is looked up here."""
    policy, result = given.get("policy"), words(given, "policy_result") or "applied"
    wanted = ("success", "failure") if result == "applied" else (result,)
    condition = f"({' or '.join(f'conditionalAccessStatus eq {literal(one)}' for one in wanted)})"
    only = policy if isinstance(policy, Ref) else None
    found = await read_sign_ins(
        look, given, "" if only else condition, keep=lambda item: only is None or _is_hit(item, only, wanted)
    )
    every = found.all or []
    unnamed = bool(every) and not any(item.get("appliedConditionalAccessPolicies") for item in every)
    said = {"applied": "was applied", "success": "was satisfied", "failure": "was not satisfied"}
    what = f"the Conditional Access policy {quoted(only.name)}" if only else "Conditional Access"
    return sign_in_reply(
        found,
        f"in which {what} {said.get(result, 'did not apply')}",
        more=[
            involved(found),
            "Graph names the policies only to an app that is granted `Policy.Read.All`." if unnamed else "",
        ],
        tables=[_by_policy(every), reasons(item for item in every if item["result"] != "success")],
        subjects=(only,) if only else (),
        follow_ups=("List CA policies.",),
        look=look,
    )


@skill(
    id="sign_ins_without_mfa",
    area="sign_ins",
    title="Sign-ins without MFA",
    description="Sign-ins for which a single factor was enough; not why somebody was asked for MFA.",
    inputs=(time_range(), count(200, 1000)),
    permissions=PERMISSIONS,
    licence=P1,
    paths=("/auditLogs/signIns (beta)",),
    examples=(
        "Show sign-ins without multifactor authentication.",
        "which sign-ins needed no MFA",
        "who signed in without MFA in {time_range}",
        "single factor sign-ins of {time_range}",
        "show logins with only a password",
    ),
)
async def sign_ins_without_mfa(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read sign-ins by what they needed, which only beta says."""
    found = await read_sign_ins(look, given, SINGLE, whole=True, version="beta")
    return sign_in_reply(
        found,
        "without MFA",
        more=[involved(found), _apps(found)],
        follow_ups=("Which users are not registered for MFA?",),
        look=look,
    )


@skill(
    id="sign_in_details",
    area="sign_ins",
    title="One sign-in",
    description="Everything about the sign-in with one request id: result, device, risk and policies evaluated.",
    inputs=(Input(name="request_id", kind="text", description="Request id of the sign-in, a GUID."),),
    permissions=(*PERMISSIONS, "Policy.Read.All"),
    licence=P1,
    paths=("/auditLogs/signIns/{id}",),
    examples=(
        "Show me ca policies evaluated for sign in with request id {request_id}?",
        "show the sign-in with request id {request_id}",
        "what happened in sign-in {request_id}",
        "which conditional access policies were evaluated for request {request_id}",
        "details of the sign-in {request_id}",
    ),
)
async def sign_in_details(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read one sign-in."""
    request_id = words(given, "request_id").strip()
    answers = await look.read(
        look.query(
            "sign_in",
            look.api.audit_logs.sign_ins.by_sign_in_id(request_id),
            what="the sign-in",
            permission="AuditLog.Read.All",
            licence=P1,
            bucket="reports",
            absence_is_fact=True,
        )
    )
    found = one(answers, "sign_in")
    if found is None:
        return absent(answers, "sign_in", request_id, "sign-in with the request id")
    sign_in = judged(found)
    policies = sign_in.get("appliedConditionalAccessPolicies") or []
    hits = [item for item in policies if item.get("result") in {"success", "failure"}]
    name = str(sign_in.get("userPrincipalName") or "")
    ended = f"{sign_in['result']}{', ' + sign_in['reason'] if sign_in['reason'] else ''}"
    told = (
        f"Conditional Access evaluated {some(len(policies), 'policy', 'policies')}"
        if policies
        else "Graph names no evaluated policies"
    )
    applied = f", of which it applied {names(item.get('displayName') for item in hits)}" if hits else ""
    return reply(
        answers,
        [
            f"The sign-in of {quoted(name)} at {sign_in.get('createdDateTime')} from {where(sign_in)}: {ended}.",
            f"{told}{applied}; the result of all is {sign_in.get('conditionalAccessStatus')}.",
        ],
        tables=[table("Sign-in", SIGN_INS, [sign_in]), table("Conditional Access policies", APPLIED, policies)],
        facts={
            "result": sign_in["result"],
            "conditional_access_status": sign_in.get("conditionalAccessStatus"),
            "policies": tuple(str(item.get("displayName")) for item in hits),
        },
        subjects=[Ref(kind="user", id=str(sign_in["userId"]), name=name)] if sign_in.get("userId") else [],
        follow_ups=(f"Is {name} risky?",) if name else (),
    )


@skill(
    id="mfa_prompt_reason",
    area="sign_ins",
    title="Why a user was asked for MFA",
    description="What made the latest sign-in of one user need MFA; not for sign-ins without MFA.",
    inputs=(USER,),
    permissions=(*PERMISSIONS, "Policy.Read.All"),
    licence=P1,
    paths=("/auditLogs/signIns (beta)",),
    examples=(
        "Why was {user} prompted for MFA?",
        "why did {user} have to do MFA",
        "what asked {user} for multifactor authentication",
        "which policy made {user} use MFA",
        "reason for the MFA prompt of {user}",
    ),
)
async def mfa_prompt_reason(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the latest sign-ins that needed MFA, with what required it: only beta says."""
    user = thing(given, "user")
    when = TimeRange(since=iso(look.now - timedelta(days=30)), until=iso(look.now), words="the past 30 days")
    answers = await look.read(
        sign_in_query(look, when, f"userId eq {literal(user.id)} and {MULTI}", top=10, version="beta")
    )
    found = [judged(item) for item in items(answers, "sign_ins") or []]
    if answers["sign_ins"].state != "found":
        return reply(answers, (), subjects=(user,))
    if not found:
        return reply(answers, [f"No interactive sign-in of {quoted(user.name)} in the past 30 days needed MFA."])
    why, policies = _required(found[0])
    return reply(
        answers,
        [
            f"Looked at the latest sign-in of {quoted(user.name)} that needed MFA.",
            *latest(found),
            f"MFA was required by {why}." if why else "Graph does not say what required MFA.",
        ],
        tables=[
            rows(answers, "sign_ins", "Sign-ins that needed MFA", SIGN_INS, found),
            table("Conditional Access policies", APPLIED, found[0].get("appliedConditionalAccessPolicies") or []),
        ],
        facts={"required_by": why, "policies": tuple(policies)},
        subjects=(user,),
        follow_ups=(f"What authentication methods does {user.name} have registered?",),
        cut_is_wanted=("sign_ins",),
    )


def _required(sign_in: Item) -> tuple[str, list[str]]:
    """Return what required MFA, in words, and the names of the policies that asked for it."""
    providers = [str(one.get("requirementProvider")) for one in sign_in.get("authenticationRequirementPolicies") or []]
    policies = [
        str(one.get("displayName"))
        for one in sign_in.get("appliedConditionalAccessPolicies") or []
        if one.get("result") in {"success", "failure"}
        and any("mfa" in str(control).lower() or "strength" in str(control).lower() for control in controls(one))
    ]
    parts = [f"the Conditional Access policy {names(policies)}"] if len(policies) == 1 else []
    parts = [f"the Conditional Access policies {names(policies)}"] if len(policies) > 1 else parts
    told = {PROVIDERS.get(one, quoted(one)) for one in providers}
    if policies:
        told -= {PROVIDERS["multiConditionalAccess"], PROVIDERS["v1ConditionalAccess"]}
    return " and ".join([*parts, *sorted(told)]), policies


def controls(policy: Item) -> list[str]:
    """Return what a policy asked for in a sign-in."""
    return [str(control) for control in policy.get("enforcedGrantControls") or []]


def _is_hit(sign_in: Item, policy: Ref, wanted: Iterable[str]) -> bool:
    return any(
        policy.id == one.get("id") and one.get("result") in wanted
        for one in sign_in.get("appliedConditionalAccessPolicies") or []
    )


def _by_policy(sign_ins: Iterable[Item]) -> Table:
    """Return how sign-ins ended for each policy, the one that stopped most first."""
    tally: dict[str, Counter[str]] = {}
    for sign_in in sign_ins:
        for policy in sign_in.get("appliedConditionalAccessPolicies") or []:
            result = str(policy.get("result"))
            kind = result if result in {"success", "failure"} else "other"
            tally.setdefault(str(policy.get("displayName")), Counter())[kind] += 1
    ranked = sorted(tally.items(), key=lambda pair: (-pair[1]["failure"], -pair[1]["success"], pair[0]))
    return Table(
        title="Policies in these sign-ins",
        columns=BY_POLICY,
        rows=tuple(
            {"policy": name, **{kind: results[kind] for kind in ("success", "failure", "other")}}
            for name, results in ranked
        ),
    )


def _apps(found: Found) -> str:
    apps = Counter(str(item.get("appDisplayName") or "") for item in found.all or ())
    return f"Most went to {names(name for name, _ in apps.most_common(3) if name)}." if apps else ""
