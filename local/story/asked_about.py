"""What people ask about the bank and no triage reads: the recycle bin, the policy on methods, what only beta says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from local.story.directory import Resource
from local.story.holdings import Holdings
from local.story.moments import ago, graph_time, guid
from local.story.people import DOMAIN, Person
from local.story.sign_ins import in_graph
from local.story.streamed import Streamed

type Answers = dict[str, Any]
_GONE = (("Marek Dvorak", "marek.dvorak", 3), ("Lena Hakala", "lena.hakala", 19))
"""Users in the recycle bin: name, account, days since the deletion."""


def asked_about(tenant: Answers, people: Sequence[Holdings], sign_ins: Sequence[Streamed]) -> Answers:
    """Return a tenant with what prompts about people need beyond triage."""
    gone = [*tenant.get("directory/deletedItems", []), *(_deleted_user(*one) for one in _GONE)]
    found: Answers = {
        **tenant,
        "directory/deletedItems": gone,
        "policies/authenticationMethodsPolicy": _policy(),
        "beta/auditLogs/signIns": [
            {**in_graph(streamed), **_beta(streamed)} for streamed in sorted(sign_ins, key=_time, reverse=True)
        ],
        "beta/policies/authenticationMethodsPolicy": {
            **_policy(),
            "systemCredentialPreferences": {"state": "default", "includeTargets": [_EVERYBODY], "excludeTargets": []},
            "reportSuspiciousActivitySettings": {"state": "enabled", "includeTarget": _EVERYBODY},
        },
    }
    for holding in people:
        found[f"users/{holding.person.id}/authentication/requirements"] = {"perUserMfaState": "disabled"}
        for device in holding.devices:
            found[f"devices/{device['id']}/registeredOwners"] = [_owner(holding.person)]
    return found


_EVERYBODY = {"targetType": "group", "id": "all_users"}


def _time(streamed: Streamed) -> datetime:
    return datetime.fromisoformat(streamed.properties["createdDateTime"])


def _beta(streamed: Streamed) -> dict[str, Any]:
    """Return what beta says of a sign-in and v1.0 does not."""
    names = ("authenticationRequirement", "authenticationRequirementPolicies", "authenticationDetails")
    return {name: streamed.properties[name] for name in names}


def _deleted_user(name: str, account: str, days: int) -> Resource:
    return {
        "@odata.type": "#microsoft.graph.user",
        "id": guid("deleted user", account),
        "displayName": name,
        "userPrincipalName": f"{guid('deleted user', account).replace('-', '')}{account}@{DOMAIN}",
        "userType": "Member",
        "accountEnabled": True,
        "deletedDateTime": graph_time(ago(days=days)),
    }


def _policy() -> Resource:
    """Return the policy: passkeys, Authenticator and access passes for all, text messages for one department."""
    some = {"targetType": "group", "id": guid("group", "Customer Service Department")}
    methods = {
        "Fido2": ("enabled", _EVERYBODY),
        "MicrosoftAuthenticator": ("enabled", _EVERYBODY),
        "TemporaryAccessPass": ("enabled", _EVERYBODY),
        "Sms": ("enabled", some),
        "SoftwareOath": ("disabled", _EVERYBODY),
        "Voice": ("disabled", _EVERYBODY),
        "Email": ("disabled", _EVERYBODY),
        "X509Certificate": ("disabled", _EVERYBODY),
    }
    return {
        "id": "authenticationMethodsPolicy",
        "displayName": "Authentication Methods Policy",
        "policyMigrationState": "migrationComplete",
        "authenticationMethodConfigurations": [
            {"id": name, "state": state, "includeTargets": [whom], "excludeTargets": []}
            for name, (state, whom) in methods.items()
        ],
        "registrationEnforcement": {
            "authenticationMethodsRegistrationCampaign": {
                "state": "enabled",
                "snoozeDurationInDays": 1,
                "includeTargets": [{**_EVERYBODY, "targetedAuthenticationMethod": "microsoftAuthenticator"}],
                "excludeTargets": [],
            }
        },
    }


def _owner(person: Person) -> Resource:
    return {
        "@odata.type": "#microsoft.graph.user",
        "id": person.id,
        "displayName": person.name,
        "userPrincipalName": person.upn,
    }
