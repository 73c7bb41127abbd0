"""Service principals: what is held against them, what is not, and what is offered."""

import json

import msgspec
import pytest

from shared.models.assessment import Assessment
from shared.models.dossier import Fact
from shared.models.identity import Identity
from tests.assess.facts import (
    HOSTILE,
    USER,
    action_ids,
    action_of,
    audit,
    detection,
    fact,
    finding_ids,
    hours_ago,
    judge,
    text,
    withheld,
)

APP = Identity(
    tenant_id=USER.tenant_id, kind="servicePrincipal", id="33333333-3333-3333-3333-333333333333", name="sync"
)
STAYS = fact("sign_in.baseline", days=20, addresses=2, sign_ins=40)
MOVES = fact("sign_in.baseline", days=20, addresses=30, sign_ins=40)
OBJECT = fact("workload.profile", display_name="sync", own=True, type="Application")
ENABLED = fact("workload.account", enabled=True)
LEAKED = detection("leakedCredentials", ip_address=None, city=None, country=None, key_ids=("key-1",))


def used(*, hours: float = 5, **values: object) -> Fact:
    """Return a success of the service principal from an address that its baseline does not hold."""
    given = {"outcome": "success", "ip_address": HOSTILE, "new_ip": True, "new_asn": None, **values}
    return fact("sign_in", hours_ago(hours), **given)  # type: ignore[arg-type]


def credential(key: str, *, hours: float = 9000, holder: str = "application") -> Fact:
    """Return a secret with its age."""
    at = hours_ago(hours)
    return fact(
        "workload.credential",
        at,
        credential_type="secret",
        key_id=key,
        holder=holder,
        holder_id="h-1",
        created_at=text(at),
    )


def judged(*facts: Fact) -> Assessment:
    """Return the judgement of the service principal."""
    return judge(OBJECT, ENABLED, *facts, identity=APP)


def test_a_program_does_not_travel() -> None:
    """A new address is telling for a workload that stays, and is not for one that moves, or for a known address."""
    assert "workload_sign_in_from_new_place" in finding_ids(judged(STAYS, used()))
    assert "workload_sign_in_from_new_place" not in finding_ids(judged(MOVES, used()))
    assert "workload_sign_in_from_new_place" in finding_ids(judged(MOVES, used(new_asn=True)))
    assert "workload_sign_in_from_new_place" not in finding_ids(judged(STAYS, used(new_ip=False)))
    assert "workload_sign_in_from_new_place" not in finding_ids(judged(STAYS, used(outcome="failure")))
    assert "workload_sign_in_from_new_place" not in finding_ids(judge(STAYS, used()))


def test_a_leaked_secret_that_is_used_elsewhere_is_a_compromise() -> None:
    """The leak alone is suspicious; the leak and a stranger's machine are proof."""
    assert judged(LEAKED, STAYS).verdict == "suspicious"
    found = judged(LEAKED, STAYS, used(), credential("key-1"))
    assert (found.verdict, found.severity) == ("compromised", "high")
    wanted = {"rotate_workload_credential", "remove_workload_credential", "disable_service_principal"}
    assert wanted <= action_ids(found)
    assert "revoke_sessions" not in action_ids(found)


def test_a_credential_added_after_the_leak_is_a_foothold() -> None:
    """Whoever adds a secret after the leak wants to stay; a managed identity's own renewal does not count."""
    added = audit("Add service principal credentials", initiated_by="app", initiator="Deployment")
    assert judged(LEAKED, added).verdict == "compromised"
    renewed = audit("Add service principal credentials", initiated_by="app", initiator="Managed Service Identity")
    assert judged(LEAKED, renewed).verdict == "suspicious"


def test_the_new_credential_is_removed_and_the_old_one_rotated() -> None:
    """Each exact: the key id, and the object that holds it."""
    new = credential("key-2", hours=4, holder="service principal")
    found = judged(LEAKED, STAYS, used(), credential("key-1"), new)
    removed = [action for action in found.actions if action.id.startswith("remove_workload_credential")]
    assert [(a.url, a.body) for a in removed] == [
        ("/servicePrincipals/h-1/removePassword", '{"keyId":"key-2"}'),
        ("/applications/h-1/removePassword", '{"keyId":"key-1"}'),
    ]


def test_privilege_makes_it_critical() -> None:
    """An application that can give itself any role is worth waking somebody."""
    held = fact("workload.app_role", permission="RoleManagement.ReadWrite.Directory", tier=0, id="a1", resource_id="r")
    assert judged(LEAKED, STAYS, used(), held).severity == "critical"
    assert "remove_app_role_assignment" in action_ids(judged(LEAKED, STAYS, used(), held))


def test_expired_secrets_and_sign_in_levels_are_no_evidence() -> None:
    """An operations error, and the level that Entra writes on nearly every workload's sign-in."""
    failed = fact("sign_in", hours_ago(3), outcome="failure", error_code=7000222, ip_address=HOSTILE)
    assert judged(failed).verdict == "benign"
    assert judged(used(new_ip=False, risk_state="none")).verdict == "benign"


def test_wrong_secrets_alone_are_a_nuisance() -> None:
    """Somebody knocks; nobody was let in."""
    tried = fact("sign_in", hours_ago(3), outcome="failure", pattern="invalid_secrets", ip_address=HOSTILE)
    assert (judged(tried).verdict, judged(tried).severity) == ("suspicious", "low")
    held = fact("workload.app_role", permission="Mail.Read", tier=1, id="a1", resource_id="r")
    assert judged(tried, held).severity == "medium"


def test_a_malicious_application_of_another_tenant() -> None:
    """There is no secret of ours to rotate: it is switched off, and what it was given is taken back."""
    foreign = fact("workload.profile", own=False, verified=False, type="Application")
    grant = fact("workload.grant", scopes=("Mail.Read",), consent_type="AllPrincipals", tier=1, id="g1")
    found = judge(foreign, ENABLED, detection("maliciousApplication"), grant, identity=APP)
    assert found.verdict == "compromised"
    assert {"disable_service_principal", "revoke_workload_grant"} <= action_ids(found)
    assert "rotate_workload_credential" not in action_ids(found)


def test_a_dismissed_risk_closes() -> None:
    """An administrator's dismissal ends it for workloads as it does for users."""
    closed = fact(
        "risk.user", hours_ago(1), risk_state="dismissed", risk_detail="adminDismissedAllRiskForServicePrincipal"
    )
    assert judged(detection("leakedCredentials", risk_state="dismissed"), closed).verdict == "benign"


def test_service_principals_in_series_from_a_new_place_are_a_compromise() -> None:
    """A pipeline may make several at once; from a stranger's machine they are spare keys."""
    made = audit("Add service principal", grave="service_principals_in_series", initiated_by="app")
    assert judged(STAYS, made).verdict == "suspicious"
    assert judged(STAYS, made, used()).verdict == "compromised"


@pytest.mark.parametrize("hours", [3, 7], ids=["after", "before"])
def test_a_key_made_by_whoever_came_in_from_a_new_place(hours: float) -> None:
    """Made by the service principal itself, on its application, before or after the stranger's sign-in: compromised.

    Made by somebody else it may be the repair, or the deployment that moved: suspicious, and the owner is asked.
    """
    secret = "Update application \N{EN DASH} Certificates and secrets management "
    made = {by: audit(secret, hours=hours, initiated_by=by, initiator="sync") for by in ("self", "app", "user")}
    found = judged(STAYS, used(), made["self"])
    assert (found.verdict, found.severity) == ("compromised", "high")
    assert "credential_added_by_itself" in finding_ids(found)
    assert judged(STAYS, used(), made["app"]).verdict == judged(STAYS, used(), made["user"]).verdict == "suspicious"
    assert judged(STAYS, used(new_ip=False), made["self"]).verdict == "benign"
    assert judged(STAYS, used(), audit(secret, hours=24 * 12, initiated_by="self")).verdict == "suspicious"
    assert (
        judged(STAYS, used(), audit(secret, hours=hours, initiated_by="self", succeeded=False)).verdict == "suspicious"
    )


def test_a_secret_tried_until_it_works_is_urgent() -> None:
    """Wrong ones alone are a nuisance; then one that works is somebody inside, whoever it is."""
    tried = fact("sign_in", hours_ago(6), outcome="failure", pattern="invalid_secrets", ip_address=HOSTILE)
    found = judged(STAYS, tried, used())
    assert (found.verdict, found.severity) == ("suspicious", "high")


def test_no_sentence_calls_a_service_principal_a_user() -> None:
    """Findings, reasons and actions name what the identity is."""
    seen = detection("suspiciousSignins", ip_address=HOSTILE)
    new = used(new_country=True, odd_hour=True, risk_state="atRisk", risk_level="high")
    known = used(hours=6, new_country=False, new_asn=False, new_ip=False, risk_state="atRisk", risk_level="high")
    for facts in ((seen, STAYS, new), (seen, STAYS, known), (STAYS, known), (STAYS, used(new_ip=False))):
        told = judged(*facts)
        assert "the user" not in json.dumps(msgspec.to_builtins(told)).lower()
    assert "new to the service principal" in json.dumps(msgspec.to_builtins(judged(seen, STAYS, new)))


def test_another_tenants_application_is_not_given_a_credential_here() -> None:
    """Only the home tenant can change its credentials; what can be done here is to shut it out."""
    foreign = fact("workload.profile", display_name="sync", own=False, type="Application")
    found = judge(foreign, ENABLED, LEAKED, STAYS, used(), credential("key-1"), identity=APP)
    reasons = withheld(found)
    assert "another tenant" in reasons["rotate_workload_credential"]
    assert not {"rotate_workload_credential", "remove_workload_credential"} & action_ids(found)
    assert "disable_service_principal" in action_ids(found)


def test_a_managed_identitys_credential_is_azures_to_renew() -> None:
    """Nobody can read or replace it, so nobody is asked to; an unknown kind of application leaves the question open."""
    managed = fact("workload.profile", display_name="sync", own=True, type="ManagedIdentity")
    found = judge(managed, ENABLED, LEAKED, STAYS, used(), credential("key-1"), identity=APP)
    assert "nobody can read or replace it" in withheld(found)["rotate_workload_credential"]
    assert "rotate_workload_credential" not in action_ids(found)
    unread = judge(ENABLED, LEAKED, STAYS, used(), credential("key-1"), identity=APP)
    needs = {need.text: need.met for need in action_of(unread, "rotate_workload_credential").preconditions}
    assert needs["It signs in with a credential of its own."] is None
    assert needs["The application belongs to this tenant."] is None
