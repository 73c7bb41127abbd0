"""One sign-in in detail, and why MFA was asked for."""

from collections.abc import Mapping
from datetime import timedelta

from shared.ask.fields import USER
from shared.ask.found import Item, absent, items, one, reply, rows
from shared.ask.given import thing, words
from shared.ask.look import Look
from shared.ask.sign_in_reads import (
    PERMISSIONS,
    SIGN_INS,
    judged,
    latest,
    sign_in_query,
    where,
)
from shared.ask.skill import Input, InputValue, Ref, Reply, TimeRange, skill
from shared.ask.tables import field, table
from shared.ask.telling import names, some
from shared.clock import iso
from shared.graph.queries import P1, literal
from shared.hostile import quoted

MULTI = "authenticationRequirement eq 'multiFactorAuthentication'"
APPLIED = (
    field("displayName", "Policy", "Name of the Conditional Access policy"),
    field("result", "Result", "success, failure, notApplied, notEnabled or reportOnly…, of this policy"),
    field("enforcedGrantControls", "Grant controls", "What the policy asked for, e.g. Mfa or Block"),
    field("enforcedSessionControls", "Session controls", "What the policy limits during the session"),
    field("id", "Policy id", "Id of the policy"),
)
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
