"""Sign-ins by what was checked: Conditional Access policies and multifactor authentication."""

from collections import Counter
from collections.abc import Iterable, Mapping

from shared.ask.fields import count, time_range
from shared.ask.found import Item
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.sign_in_reads import PATHS, PERMISSIONS, Found, read_sign_ins, sign_in_reply
from shared.ask.sign_in_tables import involved, reasons
from shared.ask.skill import Column, Input, InputValue, Ref, Reply, Table, skill
from shared.ask.telling import names
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
BY_POLICY = (
    Column(name="policy", title="Policy", meaning="Name of the Conditional Access policy"),
    Column(name="success", title="Success", meaning="Sign-ins that satisfied it"),
    Column(name="failure", title="Failure", meaning="Sign-ins that it stopped"),
    Column(name="other", title="Other", meaning="Sign-ins to which it did not apply, or in report-only mode"),
)
SINGLE = "authenticationRequirement eq 'singleFactorAuthentication'"


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
