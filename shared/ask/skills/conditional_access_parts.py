"""Parts of Conditional Access: one policy in full, authentication strengths, trusted locations."""

from collections.abc import Mapping
from typing import Any

from shared.ask.found import items, refs, reply
from shared.ask.given import thing
from shared.ask.look import Look
from shared.ask.policies import (
    PATH,
    PERMISSION,
    POLICIES,
    STATES,
    excludes_trusted,
    grants,
    locations,
    policies,
    row,
)
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import are, is_cut, named, names
from shared.enrich.statement import listed
from shared.graph.queries import P1
from shared.hostile import quoted

POLICY = Input(name="policy", kind="policy", description="Name or id of one Conditional Access policy.")
STRENGTHS = (
    field("displayName", "Strength", "Name of the authentication strength"),
    field("policyType", "Type", "builtIn or custom"),
    field("requirementsSatisfied", "Satisfies", "What it counts for: mfa or none"),
    field("allowedCombinations", "Methods", "Combinations of methods that it takes"),
    field("policies", "Policies", "Conditional Access policies that ask for it"),
    field("description", "Description", "What its maker says of it"),
    field("id", "Id", "Id of the strength"),
)
TRUSTED = (
    *POLICIES[:3],
    field("trusted", "Leaves out", "all trusted locations, or some of them by name"),
    *POLICIES[3:],
)
PARTS = (
    field("part", "Part", "Part of the policy, as Graph names it"),
    field("value", "Value", "What it holds; ids as Graph gives them"),
)


@skill(
    id="ca_policy",
    area="conditional_access",
    title="One Conditional Access policy",
    description="Everything that one Conditional Access policy says: state, conditions, grant and session controls.",
    inputs=(POLICY,),
    permissions=(PERMISSION,),
    licence=P1,
    paths=(f"{PATH}/{{id}}",),
    examples=(
        "Conditional Access policy by name.",
        "Tell me about the Conditional Access policy {policy}",
        "What does the CA policy {policy} require?",
        "Is the conditional access policy {policy} enabled?",
        "Who is excluded from the policy {policy}?",
        "details of CA policy {policy}",
    ),
)
async def ca_policy(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read ``/identity/conditionalAccess/policies/{id}``."""
    policy = thing(given, "policy")
    builder = look.api.identity.conditional_access.policies.by_conditional_access_policy_id(policy.id)
    answers = await look.read(
        look.query(
            "policy",
            builder,
            what="the Conditional Access policy",
            permission=PERMISSION,
            licence=P1,
            bucket="identityProtection",
            absence_is_fact=True,
        )
    )
    found = items(answers, "policy")
    if not found:
        gone = f"There is no Conditional Access policy {quoted(policy.name)}." if answers.is_absent("policy") else ""
        return reply(answers, (gone,), facts={"found": False} if gone else {})
    one = row(found[0])
    asks = grants(one)
    said = f"{quoted(named(one))} is {STATES.get(str(one.get('state')), str(one.get('state')))}"
    asked = "blocks access" if asks == "block" else f"asks for {asks}" if asks else "has no grant control"
    said += f" and {asked}"
    users = f"It is for {one['users']}" if one["users"] else "It names no users"
    return reply(
        answers,
        (f"{said}.", f"{users}; apps: {one['apps'] or 'none'}.", f"Further: {one['others']}." if one["others"] else ""),
        tables=(
            table("Policy", POLICIES, [one]),
            table("Parts", PARTS, _parts({name: found[0].get(name) for name in _SAID})),
        ),
        facts={"state": one.get("state"), "grant_controls": asks, "modified_date_time": one.get("modifiedDateTime")},
        subjects=(policy,),
        follow_ups=("Show me recently changed conditional access policies from audit logs.", "List CA policies."),
    )


@skill(
    id="authentication_strengths",
    area="conditional_access",
    title="Authentication strengths",
    description="Authentication strength policies with their methods, and the Conditional Access policies using each.",
    permissions=("Policy.Read.AuthenticationMethod", PERMISSION),
    licence=P1,
    paths=("/policies/authenticationStrengthPolicies", PATH),
    examples=(
        "Authentication strength policies.",
        "Which authentication strengths are there?",
        "Which CA policies use an authentication strength?",
        "What does phishing-resistant MFA allow in my tenant?",
        "list authentication strengths and their methods",
    ),
)
async def authentication_strengths(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read strengths and policies in one round trip."""
    answers = await look.read(
        look.query(
            "strengths",
            look.api.policies.authentication_strength_policies,
            what="authentication strengths",
            permission="Policy.Read.AuthenticationMethod",
            licence=P1,
        ),
        policies(look),
    )
    found, known = items(answers, "strengths"), items(answers, "policies")
    if found is None:
        return reply(answers, ())
    for one in found:
        one["policies"] = None if known is None else [named(policy) for policy in known if _uses(policy, one)]
    used = [one for one in found if one["policies"]]
    custom = sum(one.get("policyType") == "custom" for one in found)
    said = f"Policies ask for {names(map(named, used))}" if used else ""
    return reply(
        answers,
        (
            f"{are(len(found), 'authentication strength')} defined, {custom} of them custom.",
            f"{said}." if said else "No Conditional Access policy asks for one." if known is not None else "",
        ),
        tables=(table("Authentication strengths", STRENGTHS, found, complete=not is_cut(answers, "strengths")),),
        facts={"strengths": len(found), "custom": custom, "in_use": None if known is None else len(used)},
        follow_ups=("Enforced MFA policies.", "List CA policies."),
    )


@skill(
    id="ca_trusted_locations",
    area="conditional_access",
    title="Policies that leave out trusted locations",
    description="Conditional Access policies that leave out sign-ins from trusted locations, all of them or some.",
    permissions=(PERMISSION,),
    licence=P1,
    paths=(PATH, "/identity/conditionalAccess/namedLocations"),
    examples=(
        "What CA Policies not applicable to trusted locations?",
        "Conditional Access Policies excluding all trusted locations.",
        "Which CA policies exclude trusted locations?",
        "Where do policies not apply in trusted locations?",
        "which conditional access policies leave out the office network",
    ),
)
async def ca_trusted_locations(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read policies and named locations, and keep the policies that leave trusted ones out."""
    answers = await look.read(policies(look), locations(look))
    found, places = items(answers, "policies"), items(answers, "locations")
    if found is None:
        return reply(answers, ())
    trusted = {str(one.get("id")).lower(): named(one) for one in places or [] if one.get("isTrusted")}
    rows = [{**row(one), "trusted": kind} for one in found if (kind := excludes_trusted(one, trusted))]
    every = [one for one in rows if one["trusted"] == "all"]
    text = (
        f"{are(len(rows), 'policy', 'policies')} not applied to trusted locations"
        if rows
        else "No policy leaves out trusted locations"
    )
    text += f", {len(every)} of them to none of the trusted ones: {names(map(named, rows))}" if rows else ""
    known = f"Trusted locations: {names(trusted.values())}." if trusted else ""
    return reply(
        answers,
        (f"{text}.", known, "Policies that leave out locations by id could not be judged." if places is None else ""),
        tables=(table("Policies", TRUSTED, rows, complete=not is_cut(answers, *answers)),),
        facts={"policies": len(rows), "excluding_all_trusted": len(every), "trusted_locations": len(trusted)},
        subjects=refs("policy", rows),
        follow_ups=("List CA policies.", "Enforced MFA policies."),
    )


_SAID = ("conditions", "grantControls", "sessionControls")


def _uses(policy: Mapping[str, Any], strength: Mapping[str, Any]) -> bool:
    asked = (policy.get("grantControls") or {}).get("authenticationStrength") or {}
    return bool(asked.get("id")) and asked.get("id") == strength.get("id")


def _parts(value: Any, path: str = "") -> list[dict[str, Any]]:
    """Return everything that is set inside a policy, one row for each leaf."""
    if isinstance(value, Mapping):
        inside = ((f"{path}.{name}".lstrip("."), one) for name, one in value.items() if "@" not in name)
        return [leaf for name, one in inside for leaf in _parts(one, name)]
    if value in (None, [], ""):
        return []
    return [{"part": path, "value": listed(map(str, value), longest=50) if isinstance(value, list) else str(value)}]
