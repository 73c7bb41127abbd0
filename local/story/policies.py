"""Conditional Access policies and named locations of the bank."""

from local.story.directory import Resource
from local.story.moments import guid
from local.story.places import OFFICES


def policies() -> list[Resource]:
    """Return the policies. MFA is asked for in browsers only, which is the door the password spray walks through."""
    return [
        _policy("Require MFA for everyone in a browser", {"clientAppTypes": ["browser"], "users": _ALL}, ["mfa"]),
        _policy(
            "Risky users must change their password",
            {"userRiskLevels": ["medium", "high"], "users": _ALL},
            ["passwordChange", "mfa"],
        ),
        _policy(
            "Block legacy authentication", {"clientAppTypes": ["exchangeActiveSync", "other"], "users": _ALL}, ["block"]
        ),
        _policy(
            "Administrators use phishing-resistant MFA",
            {"users": {**_ALL, "includeUsers": [], "includeRoles": ["62e90394-69f5-4237-9190-012177145e10"]}},
            ["mfa"],
            state="enabledForReportingButNotEnforced",
        ),
    ]


def named_locations() -> list[Resource]:
    """Return the offices as trusted named locations."""
    return [
        {
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": guid("location", office.ip),
            "displayName": office.named_location,
            "isTrusted": True,
            "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": f"{office.ip}/32"}],
            "createdDateTime": "2023-03-01T10:00:00Z",
            "modifiedDateTime": "2025-03-01T10:00:00Z",
        }
        for office in OFFICES
    ]


_ALL: Resource = {
    "includeUsers": ["All"],
    "excludeUsers": [],
    "includeGroups": [],
    "excludeGroups": [guid("group", "Break-glass accounts")],
    "includeRoles": [],
    "excludeRoles": [],
}


def _policy(name: str, conditions: Resource, controls: list[str], *, state: str = "enabled") -> Resource:
    return {
        "id": guid("policy", name),
        "displayName": name,
        "state": state,
        "createdDateTime": "2025-01-15T10:00:00Z",
        "modifiedDateTime": "2026-04-21T14:20:00Z",
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": []},
            "userRiskLevels": [],
            "signInRiskLevels": [],
            **conditions,
        },
        "grantControls": {
            "operator": "AND",
            "builtInControls": controls,
            "customAuthenticationFactors": [],
            "termsOfUse": [],
        },
        "sessionControls": None,
    }
