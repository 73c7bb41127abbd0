"""Scenarios of service principals and managed identities, each beside the operations that look like it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from local.story.apps import service_principal
from local.story.audits import Activity, By, audit, target
from local.story.moments import ago, graph_time, guid, moment
from local.story.people import BLAKE
from local.story.places import AMSTERDAM, BUCHAREST, LONDON, VILNIUS, Network, hosted
from local.story.risks import detection, risky_user
from local.story.streamed import Streamed
from local.story.tenant import Tenant, tenant_of
from local.story.workload_risks import risky_workload, workload_detection
from local.story.workloads import Workload, workload_sign_in
from tests.scenarios.patterns import life_of, someone
from tests.scenarios.scenario import Expect, Scenario, bodies_of

AT = moment("2026-09-17T10:00:00")
PIPELINE = Network("198.51.100.200", 64509, LONDON)
STRANGE = hosted(180, BUCHAREST)
GRAPH = "Microsoft Graph"
APP = Workload("Nordlys Invoice Export", managed_identity=False, secret_days=300)
BOT = Workload("vm-batch-07", managed_identity=True)
NOT_A_USER = ("the user", "The user", "user's")
FOR_USERS = ("reset_password_cloud", "revoke_sessions", "disable_account", "contact_user", "confirm_compromised")
CLEARING = ("dismiss_service_principal_risk",)
HIGH = ("high", "critical")
ADD_SECRET = "Add service principal credentials"
ADMIN_CONFIRMED = "adminConfirmedServicePrincipalCompromised"
DISMISSED = "adminDismissedAllRiskForServicePrincipal"


def workloads() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _at_no_risk(),
        _wrong_secrets(),
        _tried_until_it_worked(),
        _tried_and_kept(),
        _wrong_secrets_from_its_pipeline(),
        _expired(),
        _confirmed("workload_confirmed", workload_detection(APP, ADMIN_CONFIRMED, AT, state="confirmedCompromised")),
        _confirmed("workload_confirmed_by_state", risky_workload(APP, AT, state="confirmedCompromised")),
        _leaked_and_used(),
        _leaked_and_not_used(),
        _series(),
        _two_made_by_its_pipeline(),
        _malicious_application(),
        _dismissed(),
        _rotated(),
        _denied(),
        _one_incident(),
        _renews_its_own_key(),
    ]


def _days(workload: Workload = APP) -> list[Streamed]:
    """Return two weeks of a nightly job, which the stream has brought."""
    return [workload_sign_in(workload, AT - timedelta(days=day, hours=8), PIPELINE) for day in range(1, 15)]


def _change(activity: str, at: datetime, *, by: str = APP.name, of: Workload = APP) -> Streamed:
    """Return a change of a service principal by an application, which leaves no address."""
    kind = Activity(activity, "ApplicationManagement", "Core Directory", "Add")
    return audit(kind, at, By(app=by), [target("ServicePrincipal", of.id, of.name)])


def _made(number: int) -> Streamed:
    made = Workload(f"spare {number}", managed_identity=False)
    return _change("Add service principal", AT + timedelta(minutes=number), of=made)


def _tenant(
    records: Sequence[Streamed],
    workload: Workload = APP,
    *,
    foreign: bool = False,
    made: Sequence[tuple[str, datetime]] = (),
    base: Tenant | None = None,
) -> Tenant:
    """Return a tenant with the service principal, its owner, permission and secrets; ``made``: key ids and times."""
    found = base or tenant_of([], records)
    since = ago(days=workload.secret_days) if workload.secret_days and not foreign else None
    own = service_principal(workload.name, foreign=foreign, managed=workload.managed_identity, secret_since=since)
    secrets = [*own["passwordCredentials"], *(_secret(key, at) for key, at in made)]
    own = {**own, "passwordCredentials": []}
    offered = {**service_principal(GRAPH), "appRoles": [{"id": guid("app-role", "Mail.Read"), "value": "Mail.Read"}]}
    held = {
        "id": guid("assignment", workload.id),
        "appRoleId": guid("app-role", "Mail.Read"),
        "principalId": workload.id,
        "resourceId": offered["id"],
        "resourceDisplayName": GRAPH,
        "createdDateTime": "2025-01-09T08:00:00Z",
    }
    owner = {"@odata.type": "#microsoft.graph.user", "id": BLAKE.id, "displayName": BLAKE.name}
    application = {
        "id": guid("application", workload.name),
        "appId": workload.app_id,
        "displayName": workload.name,
        "createdDateTime": "2025-01-09T08:00:00Z",
        "passwordCredentials": secrets,
        "keyCredentials": [],
    }
    base_path = f"servicePrincipals/{workload.id}"
    others = [item for item in found["servicePrincipals"] if item["displayName"] != GRAPH]
    risky = [r.properties for r in records if r.category == "RiskyServicePrincipals"]
    return found | {
        "servicePrincipals": [*others, offered, own],
        "applications": [] if foreign or workload.managed_identity else [application],
        f"{base_path}/owners": [] if foreign or workload.managed_identity else [owner],
        f"{base_path}/appRoleAssignments": [] if workload.managed_identity else [held],
        "identityProtection/riskyServicePrincipals": list({item["id"]: item for item in risky}.values()),
        "identityProtection/servicePrincipalRiskDetections": list(
            {r.properties["id"]: r.properties for r in records if r.category == "ServicePrincipalRiskEvents"}.values()
        ),
    }


def _secret(key_id: str, at: datetime) -> dict[str, Any]:
    until = at + timedelta(days=700)
    return {"keyId": key_id, "startDateTime": graph_time(at), "endDateTime": graph_time(until)}


def _expect(verdict: str, *severity: str, **more: Any) -> Expect:
    given = {"not_actions": FOR_USERS, "must_not_appear": NOT_A_USER, **more}
    return Expect(verdict=(verdict,), severity=severity, **given)


def _judged(name: str, records: Sequence[Streamed], expect: Expect, tenant: Tenant | None = None) -> Scenario:
    return Scenario(
        name=name,
        tenant=tenant or _tenant(records),
        bodies=bodies_of(records),
        cases={APP.id: expect},
    )


def _no_case(name: str, records: Sequence[Streamed], workload: Workload = APP) -> Scenario:
    return Scenario(
        name=name,
        tenant=_tenant(records, workload),
        bodies=bodies_of(records),
        cases={},
        no_case=(workload.id,),
    )


def _at_no_risk() -> Scenario:
    """Row 5, the trap: level low, state none, on every sign-in of a program. That is no risk."""
    return _no_case("workload_at_no_risk", _days())


def _wrong(network: Network) -> list[Streamed]:
    return [workload_sign_in(APP, AT + timedelta(minutes=minute), network, error=7000215) for minute in range(8)]


def _wrong_secrets() -> Scenario:
    """Row 6: somebody knows the application and tries secrets from a rented machine; nobody was let in."""
    expect = _expect(
        "suspicious",
        "medium",
        findings=("invalid_secrets_tried",),
        not_findings=("workload_sign_in_from_new_place", "leaked_credentials"),
        not_actions=(*FOR_USERS, "disable_service_principal", "remove_workload_credential"),
    )
    return _judged("workload_wrong_secrets", [*_days(), *_wrong(STRANGE)], expect)


def _wrong_secrets_from_its_pipeline() -> Scenario:
    """Row 6, its twin: the pipeline was not told of the new secret, a matter for its owner, and then it was."""
    told = workload_sign_in(APP, AT + timedelta(minutes=30), PIPELINE)
    return _no_case("workload_wrong_secrets_from_its_pipeline", [*_days(), *_wrong(PIPELINE), told])


def _tried_until_it_worked() -> Scenario:
    """Row 6: one of the secrets was right in the end. That does not make the rented machine the program's own."""
    worked = [workload_sign_in(APP, AT + timedelta(minutes=9 + 70 * n), STRANGE) for n in range(3)]
    expect = _expect(
        "suspicious",
        "high",
        findings=("invalid_secrets_tried", "workload_sign_in_from_new_place"),
        actions=("rotate_workload_credential",),
        not_actions=(*FOR_USERS, *CLEARING),
    )
    return _judged("workload_secret_tried_until_it_worked", [*_days(), *_wrong(STRANGE), *worked], expect)


def _tried_and_kept() -> Scenario:
    """Row 6, and whoever came in made a second secret for the application, in its own name."""
    added = AT + timedelta(minutes=20)
    kind = Activity(
        "Update application \N{EN DASH} Certificates and secrets management ",
        "ApplicationManagement",
        "Core Directory",
        "Update",
    )
    made = audit(kind, added, By(app=APP.name), [target("Application", guid("application", APP.name), APP.name)])
    records = [*_days(), *_wrong(STRANGE), workload_sign_in(APP, AT + timedelta(minutes=9), STRANGE), made]
    expect = _expect(
        "compromised",
        *HIGH,
        findings=("invalid_secrets_tried", "workload_sign_in_from_new_place", "app_credential_added_after_risk"),
        actions=("remove_workload_credential", "disable_service_principal"),
        not_actions=(*FOR_USERS, *CLEARING),
    )
    tenant = _tenant(records, made=[(guid("key", "second"), added)])
    return _judged("workload_secret_tried_and_kept", records, expect, tenant)


def _expired() -> Scenario:
    """Row 7: an expired secret is tried every minute, and nobody gets in."""
    tries = [workload_sign_in(APP, AT + timedelta(minutes=n), PIPELINE, error=7000222) for n in range(8)]
    return _no_case("workload_expired_secret", [*_days(), *tries])


def _confirmed(name: str, record: Streamed) -> Scenario:
    """Row 39: an administrator said so; no address, no place, no sign-in. Detection and state alone are enough."""
    expect = _expect(
        "compromised",
        *HIGH,
        findings=("admin_confirmed_compromised",),
        actions=("disable_service_principal", "contact_owner"),
        not_actions=(*FOR_USERS, *CLEARING, "confirm_service_principal_compromised"),
    )
    return _judged(name, [record], expect)


def _leaked_and_used() -> Scenario:
    """Row 40: the secret leaked, another network signs in with it, and a second secret is made to stay."""
    added = AT + timedelta(hours=2)
    records = [
        *_days(),
        workload_detection(APP, "leakedCredentials", AT),
        workload_sign_in(APP, AT + timedelta(hours=1), STRANGE),
        _change(ADD_SECRET, added),
    ]
    expect = _expect(
        "compromised",
        *HIGH,
        findings=("leaked_credentials", "workload_sign_in_from_new_place", "app_credential_added_after_risk"),
        actions=("remove_workload_credential", "rotate_workload_credential", "disable_service_principal"),
        not_actions=(*FOR_USERS, *CLEARING),
    )
    tenant = _tenant(records, made=[(guid("key", "second"), added)])
    return _judged("workload_secret_leaked_and_used", records, expect, tenant)


def _leaked_and_not_used() -> Scenario:
    """Its milder twin: the secret leaked, and only the pipeline has used it. Rotate; nobody is known to be in."""
    records = [
        *_days(),
        workload_detection(APP, "leakedCredentials", AT),
        workload_sign_in(APP, AT + timedelta(hours=1), PIPELINE),
    ]
    expect = _expect(
        "suspicious",
        "medium",
        "high",
        findings=("leaked_credentials",),
        not_findings=("workload_sign_in_from_new_place", "app_credential_added_after_risk"),
        actions=("rotate_workload_credential",),
    )
    return _judged("workload_secret_leaked", records, expect)


def _series() -> Scenario:
    """Row 40: from a new network, minutes later, five service principals. Nobody reported any risk."""
    records = [
        *_days(),
        workload_sign_in(APP, AT - timedelta(minutes=3), STRANGE),
        *(_made(number) for number in range(5)),
    ]
    expect = _expect(
        "compromised",
        *HIGH,
        findings=("service_principals_in_series", "workload_sign_in_from_new_place"),
        not_actions=(*FOR_USERS, *CLEARING),
    )
    return _judged("workload_makes_service_principals", records, expect)


def _two_made_by_its_pipeline() -> Scenario:
    """Its twin: a deployment makes two, from where it always runs."""
    records = [*_days(), workload_sign_in(APP, AT - timedelta(minutes=3), PIPELINE), _made(1), _made(2)]
    return _no_case("workload_deploys_two", records)


def _malicious_application() -> Scenario:
    """A multi-tenant application that Microsoft calls malicious: no secret of ours to rotate; switch it off."""
    records = [workload_detection(APP, "maliciousApplication", AT)]
    expect = _expect(
        "compromised",
        *HIGH,
        findings=("malicious_application", "unverified_publisher"),
        actions=("disable_service_principal",),
        not_actions=(*FOR_USERS, *CLEARING, "rotate_workload_credential"),
    )
    return _judged("workload_malicious_application", records, expect, _tenant(records, foreign=True))


def _closed(name: str, state: str, detail: str, *more: Streamed, **expected: Any) -> Scenario:
    ended = AT + timedelta(hours=3)
    records = [
        *_days(),
        workload_detection(APP, "leakedCredentials", AT),
        *more,
        workload_detection(APP, "leakedCredentials", AT, state=state, detail=detail, updated=ended),
        risky_workload(APP, ended, level="none", state=state, detail=detail),
    ]
    return _judged(name, records, _expect("benign", "informational", "low", status="closed", **expected))


def _dismissed() -> Scenario:
    """An administrator found the leaked text to be no secret of ours, and dismissed the risk."""
    return _closed("workload_risk_dismissed", "dismissed", DISMISSED, findings=("risk_dismissed",))


def _rotated() -> Scenario:
    """The owner took the leaked secret back, and Entra ended the risk."""
    return _closed("workload_risk_remediated", "remediated", "none", findings=("risk_remediated",))


def _denied() -> Scenario:
    """Nothing of Graph may be read: the stream alone carries the verdict, and what is unread is said to be."""
    records = [
        *_days(),
        workload_detection(APP, "leakedCredentials", AT),
        workload_sign_in(APP, AT + timedelta(hours=1), STRANGE),
    ]
    error = {"$error": {"status": 403, "code": "Authorization_RequestDenied"}}
    tenant = _tenant(records)
    shut = {**dict.fromkeys(tenant, error), f"servicePrincipals/{APP.id}": error}
    expect = _expect(
        "compromised",
        *HIGH,
        findings=("leaked_credentials", "workload_sign_in_from_new_place"),
        not_actions=(*FOR_USERS, *CLEARING),
        must_not_appear=(*NOT_A_USER, "has no owner", "holds no application permission"),
    )
    return _judged("workload_all_denied", records, expect, shut)


def _one_incident() -> Scenario:
    """A developer's password and the program's secret leaked together: two cases, two remedies."""
    person, place = someone("Ilse Brandt"), hosted(181, VILNIUS)
    records = [
        *_days(),
        detection(person, "leakedCredentials", "high", AT, detected=AT),
        risky_user(person, "high", AT + timedelta(minutes=5)),
        workload_detection(APP, "leakedCredentials", AT),
        workload_sign_in(APP, AT + timedelta(hours=1), place),
    ]
    found = _judged(
        "workload_and_its_developer",
        records,
        _expect("compromised", *HIGH, findings=("leaked_credentials", "workload_sign_in_from_new_place")),
        _tenant(records, base=tenant_of([life_of(person)], records)),
    )
    of_person = Expect(
        verdict=("suspicious",),
        severity=("medium", "high"),
        findings=("leaked_credentials",),
        actions=("reset_password_cloud",),
        not_actions=("rotate_workload_credential", "disable_service_principal", "dismiss_risk", "confirm_safe"),
        must_not_appear=("service principal",),
    )
    return msgspec.structs.replace(found, cases={**found.cases, person.id: of_person})


def _renews_its_own_key() -> Scenario:
    """Azure renews the key of a managed identity, as it does every few weeks."""
    records = [
        *(workload_sign_in(BOT, AT - timedelta(days=day), Network("", 0, AMSTERDAM)) for day in range(1, 6)),
        _change(ADD_SECRET, AT, by="Managed Service Identity", of=BOT),
    ]
    return _no_case("managed_identity_renews_its_key", records, BOT)
