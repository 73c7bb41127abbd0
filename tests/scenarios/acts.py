"""Directory changes as Entra writes them down, for scenarios: who did what, and to whom or what."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from local.story.audits import Activity, By, audit, target, user_target
from local.story.directory import ROLES
from local.story.holdings import Holdings
from local.story.moments import guid, moment
from local.story.people import Person
from local.story.places import HEAD_OFFICE, Network
from local.story.streamed import Streamed
from local.story.tenant import tenant_of
from tests.scenarios.patterns import AT, life_of
from tests.scenarios.scenario import Expect, Scenario, bodies_of, ids

NIGHT = moment("2026-09-16T02:12:40.118")
NEVER = ("confirm_safe", "dismiss_risk", "confirm_compromised")


def act(
    activity: str,
    by: Person | str,
    targets: Sequence[dict[str, Any]],
    *,
    at: datetime = AT,
    service: str = "Core Directory",
    category: str = "RoleManagement",
    network: Network = HEAD_OFFICE,
    succeeded: bool = True,
    reason: str = "",
    details: dict[str, str] | None = None,
) -> Streamed:
    """Return the record of one change by a person from an address, or by an application."""
    who = By(app=by) if isinstance(by, str) else By(by, network)
    return audit(
        Activity(activity, category, service),
        at,
        who,
        list(targets),
        reason=reason,
        details=details,
        succeeded=succeeded,
    )


def role_change(activity: str, by: Person, whom: Person, role: str, **more: Any) -> Streamed:
    """Return a change of who holds a role: the person first, the role as a target of its own."""
    template = ROLES.get(role) or guid("role-template", role)
    changes = {"Role.DisplayName": (None, role), "Role.TemplateId": (None, template)}
    return act(activity, by, [user_target(whom, changes), target("Role", guid("role", role), role)], **more)


def consent(by: Person, app: Mapping[str, Any], scopes: str, *, for_everybody: bool = False, **more: Any) -> Streamed:
    """Return a consent, its permissions in the text that Entra writes."""
    kind = "AllPrincipals" if for_everybody else "Principal"
    granted = f"[] => [[Id: {guid('grant', by.id)}, ClientId: {app['id']}, ConsentType: {kind}, Scope: {scopes}]]"
    changes = {
        "ConsentContext.IsAdminConsent": (None, str(for_everybody)),
        "ConsentAction.Permissions": (None, granted),
    }
    named = target("ServicePrincipal", str(app["id"]), str(app["displayName"]), changes)
    return act("Consent to application", by, [named], category="ApplicationManagement", **more)


def on_app(
    activity: str, by: Person | str, name: str, changes: dict[str, tuple[object, object]], **more: Any
) -> Streamed:
    """Return a change of an application or of its service principal."""
    kind = "ServicePrincipal" if "service principal" in activity.lower() else "Application"
    named = target(kind, guid(kind.lower(), name), name, changes)
    return act(activity, by, [named], category="ApplicationManagement", **more)


def policy_change(activity: str, by: Person, old: object, new: object, **more: Any) -> Streamed:
    """Return a change of a Conditional Access policy, with what it was and what it is."""
    name = "Require MFA for everybody"
    named = target("Policy", guid("policy", name), name, {"ConditionalAccessPolicy": (old, new)})
    return act(activity, by, [named], service="Conditional Access", category="Policy", **more)


def policy(
    *controls: str, state: str = "enabled", name: str = "Require MFA for everybody", **users: Sequence[str]
) -> dict[str, Any]:
    """Return a Conditional Access policy as the log holds it; ``users`` are lists such as ``excludeGroups``."""
    return {
        "id": guid("policy", "Require MFA for everybody"),
        "displayName": name,
        "state": state,
        "conditions": {"applications": {"includeApplications": ["All"]}, "users": {"includeUsers": ["All"], **users}},
        "grantControls": {"operator": "OR", "builtInControls": list(controls), "customAuthenticationFactors": []},
    }


def key(number: int, kind: str = "Password") -> str:
    """Return a credential as KeyDescription lists it."""
    made_up = guid("key", str(number))
    return f"[KeyIdentifier={made_up},KeyType={kind},KeyUsage=Verify,DisplayName=deploy {number}]"


def issuer(url: str) -> list[str]:
    """Return the federated credentials of an application, as the log lists them: JSON inside a string."""
    return [
        json.dumps(
            {"Name": "deploy", "Issuer": url, "Subject": "repo:any", "Audiences": ["api://AzureADTokenExchange"]}
        )
    ]


def judged(name: str, holdings: Holdings, records: Sequence[Streamed], expect: Expect, *others: Person) -> Scenario:
    """Return a scenario in which one person gets a case, and nobody else does."""
    people = [holdings, *(Holdings(person=person) for person in others)]
    return Scenario(
        name=name,
        tenant=tenant_of(people, records),
        bodies=bodies_of(records),
        cases={holdings.person.id: expect},
        no_case=ids(others),
    )


def daily_work(name: str, records: Sequence[Streamed], *people: Person, policy_file: str = "") -> Scenario:
    """Return a scenario in which nobody gets a case: each change looks like one of the others and is none."""
    return Scenario(
        name=name,
        tenant=tenant_of([Holdings(person=person) for person in people], records),
        bodies=bodies_of(records),
        cases={},
        no_case=ids(people),
        policy=policy_file,
    )


def admin(person: Person, *roles: str, **more: Any) -> Holdings:
    """Return the ordinary life of an administrator."""
    life = life_of(person)
    return Holdings(
        person=person,
        manager=life.manager,
        methods=life.methods,
        devices=life.devices,
        groups=more.get("groups", life.groups),
        roles=roles,
        grants=more.get("grants", []),
        history=life.history,
    )


def high(*findings: str, actions: tuple[str, ...] = (), **more: Any) -> Expect:
    """Return what a change that hands out or unprotects the tenant must come to while nobody explains it."""
    return Expect(
        verdict=("suspicious",),
        severity=("high",),
        findings=findings,
        actions=actions,
        not_actions=(*NEVER, *more.get("not_actions", ())),
        not_findings=more.get("not_findings", ()),
        must_not_appear=more.get("must_not_appear", ()),
    )


def milder(severity: str, *findings: str, actions: tuple[str, ...] = ()) -> Expect:
    """Return what a rare change with honest reasons must come to."""
    return Expect(
        verdict=("suspicious",),
        severity=(severity,),
        findings=findings,
        actions=actions,
        not_actions=(*NEVER, "disable_account", "reset_password_cloud"),
    )


def harmless(*, not_findings: tuple[str, ...]) -> Expect:
    """Return what a change must come to that the directory explains."""
    return Expect(
        verdict=("benign",),
        severity=("informational", "low"),
        not_findings=not_findings,
        not_actions=(*NEVER, "disable_account", "reset_password_cloud", "revoke_sessions"),
    )
