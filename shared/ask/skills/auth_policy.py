"""Authentication methods of the tenant: what its policy turns on, and for whom."""

from collections.abc import Mapping

from shared.ask.found import Item, both, items, one, reply
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.method_reads import (
    CONFIGURATIONS,
    POLICY_NAMES,
    group_ids,
    groups_query,
    method_input,
    targets,
    whom,
)
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.enrich.statement import counted, listed
from shared.graph.answers import Answers
from shared.graph.queries import Query, Version
from shared.hostile import clean

FEATURES = {
    "registrationCampaign": "The registration campaign",
    "systemPreferred": "System-preferred authentication",
    "reportSuspiciousActivity": "Report suspicious activity",
}
FEATURE = Input(
    name="feature",
    kind="choice",
    description="One feature of the policy on authentication methods.",
    choices=tuple(FEATURES),
    words={
        "registrationCampaign": ("registration campaign", "nudge", "nudges"),
        "systemPreferred": ("system preferred", "system-preferred"),
        "reportSuspiciousActivity": ("report suspicious activity", "suspicious activity reporting", "fraud report"),
    },
)
FEATURE_FIELDS = (
    field("name", "Feature", "Feature of the policy"),
    field("state", "State", "enabled, disabled, or default: Microsoft decides"),
    field("for_whom", "For", "All users, or the groups that the policy names"),
    field("not_for", "Not for", "Groups and users that are left out"),
)
STATES = {"default": "left to Microsoft's default"}


@skill(
    id="auth_methods_in_tenant",
    area="auth_methods",
    title="Authentication methods of the tenant",
    description="Which authentication methods the tenant's policy enables and disables; not what one user registered.",
    permissions=("Policy.Read.AuthenticationMethod",),
    paths=("/policies/authenticationMethodsPolicy",),
    examples=(
        "What authentication methods are enabled in my tenant?",
        "which sign-in methods do we allow",
        "show the authentication methods policy",
        "which authentication methods are disabled in the tenant",
        "list allowed MFA methods",
    ),
)
async def auth_methods_in_tenant(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read the policy, then the names of the groups in it."""
    answers = await _policy(look)
    found = _configurations(answers)
    if found is None:
        return reply(answers, ())
    on = [str(item["name"]) for item in found if item.get("state") == "enabled"]
    off = [str(item["name"]) for item in found if item.get("state") != "enabled"]
    return reply(
        answers,
        [
            f"The tenant's policy enables {counted(len(on), 'method')}: {listed(on, longest=len(on))}."
            if on
            else "The tenant's policy enables no methods.",
            f"Not enabled: {listed(off, longest=len(off))}." if off else "",
        ],
        tables=[table("Authentication methods policy", CONFIGURATIONS, found)],
        facts={"enabled": tuple(on), "disabled": tuple(off)},
        follow_ups=("Is Microsoft Authenticator enabled in my tenant? For who?",),
    )


@skill(
    id="auth_method_in_tenant",
    area="auth_methods",
    title="One authentication method of the tenant",
    description="Whether the tenant's policy enables one authentication method, and for whom.",
    inputs=(method_input(POLICY_NAMES),),
    permissions=("Policy.Read.AuthenticationMethod", "Group.Read.All"),
    paths=("/policies/authenticationMethodsPolicy", "/groups"),
    examples=(
        "Is Microsoft Authenticator enabled in my tenant? For who?",
        "is {method} enabled in our tenant",
        "for whom is {method} allowed",
        "do we allow {method}",
        "who may use {method} to sign in",
    ),
)
async def auth_method_in_tenant(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the policy and pick one method."""
    method = words(given, "method")
    answers = await _policy(look)
    every = _configurations(answers)
    if every is None:
        return reply(answers, ())
    found = [item for item in every if str(item.get("id")).lower() == method.lower()]
    told = f"The tenant's policy does not mention {POLICY_NAMES[method]}, so it is not enabled there."
    return reply(
        answers,
        [_said(POLICY_NAMES[method], found[0]) if found else told],
        tables=[table("Authentication methods policy", CONFIGURATIONS, found)],
        facts={"enabled": bool(found) and found[0].get("state") == "enabled"},
        follow_ups=("What authentication methods are enabled in my tenant?",),
    )


@skill(
    id="auth_feature_in_tenant",
    area="auth_methods",
    title="A feature of the authentication methods policy",
    description="Whether registration campaign, system-preferred authentication or suspicious-activity reports are on.",
    inputs=(FEATURE,),
    permissions=("Policy.Read.AuthenticationMethod", "Group.Read.All"),
    paths=("/policies/authenticationMethodsPolicy (beta)", "/groups"),
    examples=(
        "Is registration campaign enabled in my tenant? For who?",
        "Is system preferred authentication enabled in my tenant? For who?",
        "Is report suspicious activity enabled in my tenant? For who?",
        "can users report suspicious MFA prompts: is report suspicious activity on",
        "for whom is the registration campaign",
        "is {feature} on",
    ),
)
async def auth_feature_in_tenant(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the policy from beta: v1.0 knows the registration campaign only."""
    feature = words(given, "feature")
    answers = await _policy(look, "beta")
    policy = one(answers, "policy")
    if policy is None:
        return reply(answers, ())
    part = _part(policy, feature)
    if part is None:
        return reply(answers, [f"Graph does not tell the setting of {FEATURES[feature].lower()}."])
    found = _named(part, answers, FEATURES[feature])
    return reply(
        answers,
        [_said(FEATURES[feature], found)],
        tables=[table("Authentication methods policy", FEATURE_FIELDS, [found])],
        facts={"state": part.get("state"), "enabled": part.get("state") == "enabled"},
        follow_ups=("What authentication methods are enabled in my tenant?",),
    )


async def _policy(look: Look, version: Version = "v1.0") -> Answers:
    """Return the policy, and the names of the groups in it."""
    first = await look.read(_policy_query(look, version))
    policy = one(first, "policy")
    parts = [*(policy or {}).get("authenticationMethodConfigurations", [])]
    parts += [part for name in FEATURES if (part := _part(policy or {}, name))]
    ids = group_ids(parts)
    return both(first, await look.read(groups_query(look, ids))) if ids else first


def _policy_query(look: Look, version: Version) -> Query:
    path = "/policies/authenticationMethodsPolicy"
    return look.query(
        "policy",
        look.api.policies.authentication_methods_policy if version == "v1.0" else path,
        what="the policy on authentication methods",
        permission="Policy.Read.AuthenticationMethod",
        version=version,
    )


def _configurations(answers: Answers) -> list[Item] | None:
    """Return the methods of the policy with name and targets in words; None when the policy was not read."""
    policy = one(answers, "policy")
    if policy is None:
        return None
    found = policy.get("authenticationMethodConfigurations") or []
    return [_named(item, answers, POLICY_NAMES.get(str(item.get("id")), clean(str(item.get("id"))))) for item in found]


def _named(part: Item, answers: Answers, name: str) -> Item:
    groups = items(answers, "targets") if "targets" in answers else []
    known = {str(group.get("id")): str(group.get("displayName")) for group in groups or []}
    return {
        **part,
        "name": name,
        "for_whom": whom(targets(part, "includeTargets"), known),
        "not_for": whom(targets(part, "excludeTargets"), known),
    }


def _part(policy: Item, feature: str) -> Item | None:
    """Return the part of a policy that holds a feature; None where Graph does not give it."""
    if feature == "registrationCampaign":
        part = (policy.get("registrationEnforcement") or {}).get("authenticationMethodsRegistrationCampaign")
    elif feature == "systemPreferred":
        part = policy.get("systemCredentialPreferences")
    else:
        part = policy.get("reportSuspiciousActivitySettings")
    return part if isinstance(part, dict) else None


def _said(name: str, part: Item) -> str:
    state = str(part.get("state"))
    who = f" for {part['for_whom']}" if part["for_whom"] and state != "disabled" else ""
    left_out = f", but not for {part['not_for']}" if part["not_for"] and state != "disabled" else ""
    return f"{name} is {STATES.get(state, clean(state))}{who}{left_out}."
