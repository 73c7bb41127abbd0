"""Conditional Access policies as skills read them: the query, the rows, and whom a policy is for."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from shared.ask.look import Look
from shared.ask.tables import field
from shared.ask.telling import by_count, named
from shared.enrich.statement import counted, listed
from shared.graph.queries import P1, Query

PERMISSION = "Policy.Read.All"
PATH = "/identity/conditionalAccess/policies"
KEEP_SECONDS = 60
"""Conditional Access shares one request a second with Identity Protection, whoever asks."""
POLICIES = (
    field("displayName", "Policy", "Name of the policy"),
    field("state", "State", "enabled, disabled, or enabledForReportingButNotEnforced (report-only)"),
    field("grants", "Requires", "Grant controls: what a sign-in must do, or block"),
    field("users", "Users", "Whom it includes and excludes, ids counted"),
    field("apps", "Apps", "Which apps it includes and excludes, ids counted"),
    field("others", "Further conditions", "Client apps, platforms, locations, risk, devices, flows"),
    field("session", "Session", "Session controls"),
    field("modifiedDateTime", "Modified", "When it was changed last, UTC; empty: never since it was made"),
    field("createdDateTime", "Created", "When it was made, UTC"),
    field("id", "Id", "Id of the policy"),
)
STATES = {
    "enabled": "enabled",
    "disabled": "disabled",
    "enabledForReportingButNotEnforced": "report-only",
}
_EVERYBODY = ("All", "None", "GuestsOrExternalUsers", "Office365", "MicrosoftAdminPortals", "AllTrusted", "all")
_CONDITIONS = {
    "clientAppTypes": "client apps",
    "platforms": "platforms",
    "locations": "locations",
    "userRiskLevels": "user risk",
    "signInRiskLevels": "sign-in risk",
    "servicePrincipalRiskLevels": "risk of the app",
    "insiderRiskLevels": "insider risk",
    "devices": "devices",
    "authenticationFlows": "authentication flows",
    "clientApplications": "workload identities",
}
type Reach = Literal["included", "excluded", "not included"]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Whom policies are asked about: ids in lower case."""

    id: str
    is_guest: bool
    groups: frozenset[str]
    roles: frozenset[str]
    """Template ids of active roles."""


def policies(look: Look) -> Query:
    """Return the query for all policies."""
    return look.query(
        "policies",
        look.api.identity.conditional_access.policies,
        what="Conditional Access policies",
        permission=PERMISSION,
        licence=P1,
        bucket="identityProtection",
        pages=3,
        keep_seconds=KEEP_SECONDS,
    )


def locations(look: Look) -> Query:
    """Return the query for named locations."""
    return look.query(
        "locations",
        look.api.identity.conditional_access.named_locations,
        what="named locations",
        permission=PERMISSION,
        licence=P1,
        bucket="identityProtection",
        pages=3,
        keep_seconds=KEEP_SECONDS,
    )


def row(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy with its parts in words."""
    conditions = policy.get("conditions") or {}
    users, apps = conditions.get("users") or {}, conditions.get("applications") or {}
    return {
        **policy,
        "grants": grants(policy),
        "users": _sides(users, ("Users", "Groups", "Roles", "GuestsOrExternalUsers")),
        "apps": _sides(apps, ("Applications",)) or listed(apps.get("includeUserActions") or []),
        "others": "; ".join(
            f"{label}: {_flat(conditions[name])}"
            for name, label in _CONDITIONS.items()
            if conditions.get(name) and not _is_any(name, conditions[name])
        ),
        "session": ", ".join(
            name for name, value in (policy.get("sessionControls") or {}).items() if value and not name.startswith("@")
        ),
    }


def grants(policy: Mapping[str, Any]) -> str:
    """Return what a policy asks for: its controls joined by the operator, the authentication strength by name."""
    control = policy.get("grantControls") or {}
    strength = control.get("authenticationStrength") or {}
    asked = [str(one) for one in control.get("builtInControls") or []]
    asked += [f"authentication strength {named(strength)}"] if strength else []
    asked += ["terms of use"] if control.get("termsOfUse") else []
    asked += ["custom factor"] if control.get("customAuthenticationFactors") else []
    return f" {str(control.get('operator') or 'AND').lower()} ".join(asked)


def wants_mfa(policy: Mapping[str, Any]) -> bool:
    """Say whether a policy asks for multifactor authentication, by the control or by an authentication strength."""
    control = policy.get("grantControls") or {}
    return "mfa" in (control.get("builtInControls") or []) or bool(control.get("authenticationStrength"))


def excludes_trusted(policy: Mapping[str, Any], trusted: Iterable[str]) -> Literal["", "all", "some"]:
    """Say whether a policy leaves out all trusted locations, or some of these by id."""
    excluded = ((policy.get("conditions") or {}).get("locations") or {}).get("excludeLocations") or []
    if "AllTrusted" in excluded:
        return "all"
    return "some" if {str(one).lower() for one in excluded} & set(trusted) else ""


def reach(policy: Mapping[str, Any], person: Person) -> tuple[Reach, str]:
    """Return whether a policy's user conditions hold for somebody, and by what. Exclusion wins, as in Entra."""
    users = (policy.get("conditions") or {}).get("users") or {}
    if by := _matched(users, "exclude", person):
        return "excluded", by
    by = _matched(users, "include", person)
    return ("included", by) if by else ("not included", "")


def unsure(policy: Mapping[str, Any]) -> list[str]:
    """Return the conditions of a policy that only a sign-in decides."""
    conditions = policy.get("conditions") or {}
    apps = (conditions.get("applications") or {}).get("includeApplications") or []
    found = [] if apps == ["All"] else ["apps"]
    return found + [
        label
        for name, label in _CONDITIONS.items()
        if name != "clientApplications" and conditions.get(name) and not _is_any(name, conditions[name])
    ]


def by_state(found: Iterable[Mapping[str, Any]]) -> str:
    """Return ``2 enabled, 1 report-only``."""
    return by_count(STATES.get(str(one.get("state")), str(one.get("state"))) for one in found)


def _matched(users: Mapping[str, Any], side: str, person: Person) -> str:
    """Return by what one side of the user conditions names somebody; empty when it does not."""
    ids = {
        kind: {str(one).lower() for one in users.get(f"{side}{kind}") or []} for kind in ("Users", "Groups", "Roles")
    }
    guests = users.get(f"{side}GuestsOrExternalUsers")
    if "all" in ids["Users"]:
        return "all users"
    if person.id in ids["Users"]:
        return "the user"
    if person.is_guest and ("guestsorexternalusers" in ids["Users"] or guests):
        return "guests or external users"
    if ids["Groups"] & person.groups:
        return "a group"
    return "a directory role" if ids["Roles"] & person.roles else ""


def _sides(part: Mapping[str, Any], kinds: Iterable[str]) -> str:
    said = []
    for side, lead in (("include", ""), ("exclude", "not ")):
        some = [_some(kind, part.get(f"{side}{kind}")) for kind in kinds]
        if text := ", ".join(one for one in some if one):
            said.append(f"{lead}{text}")
    return "; ".join(said)


def _some(kind: str, value: Any) -> str:
    if not value:
        return ""
    if not isinstance(value, list):
        return "guests or external users"
    words = [str(one) for one in value if one in _EVERYBODY and one != "None"]
    ids = len([one for one in value if one not in _EVERYBODY])
    noun = {"Users": "user", "Groups": "group", "Roles": "role", "Applications": "app"}.get(kind, "entry")
    return ", ".join([*words, *([counted(ids, noun)] if ids else [])])


def _is_any(name: str, value: Any) -> bool:
    return name == "clientAppTypes" and value == ["all"]


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_flat(one)}" for name, one in value.items() if one and not name.startswith("@"))
    return str(value)
