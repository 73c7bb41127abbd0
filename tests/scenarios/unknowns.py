"""Scenarios of what cannot be read, is not known, or means nothing: gaps, odd records, odd types, noise."""

from datetime import timedelta

from local.story.apps import E3
from local.story.background import FIRST_DAY
from local.story.clients import OFFICE_HOME, OUTLOOK
from local.story.delivery import CUT_SHORT, with_text_properties, without_id
from local.story.directory import Resource
from local.story.holdings import Holdings
from local.story.people import BLAKE
from local.story.places import HEAD_OFFICE, LISBON, VILNIUS, home, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed
from local.story.tenant import NOT_FOUND, tenant_of
from local.story.workloads import WORKLOADS, graph_activity, workload_sign_in
from tests.scenarios.patterns import AT, STRANGE, TOR, life_of, scenario, someone, usual_day
from tests.scenarios.scenario import Expect, Scenario, bodies_of, denied


def unknowns() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _gaps_all_denied(),
        _unreadable_and_duplicates(),
        _workload_noise(),
        _unknown_risk_type(),
        _hidden_no_licence(),
        _deleted_user(),
    ]


def _gaps_all_denied() -> Scenario:
    """Graph answers nothing at all; what the stream says still counts, and nothing is called absent."""
    person, source = someone("Sana Chandra"), hosted(31, VILNIUS, asn=64506)
    risk = Risk("high", "high", "atRisk", "none", ("anonymizedIPAddress",))
    risky = sign_in(person, AT, source, app=OFFICE_HOME, look=TOR, factor="none", risk=risk)
    found = AT + timedelta(minutes=2)
    records = [
        risky,
        detection(person, "anonymizedIPAddress", "high", AT, detected=found, network=source, sign_in=risky),
        risky_user(person, "high", found),
    ]
    expect = Expect(
        verdict=("suspicious", "compromised"),
        severity=("medium", "high", "critical"),
        findings=("evidence_missing", "anonymous_ip_sign_in", "single_factor_risky_sign_in"),
        not_findings=("account_deleted", "no_strong_method_registered", "familiar_location", "compliant_known_device"),
        actions=("contact_user", "revoke_sessions"),
        not_actions=("confirm_safe", "dismiss_risk", "remove_role_assignment", "remove_auth_method"),
        must_not_appear=(
            "holds no directory role",
            "The inbox has no rules",
            "granted no permissions",
            "not in the directory",
        ),
    )
    tenant = denied(tenant_of([life_of(person)], records))
    return Scenario(name="gaps_all_denied", tenant=tenant, bodies=bodies_of(records), cases={person.id: expect})


def _unreadable_and_duplicates() -> Scenario:
    """Between broken bodies and records, one detection arrives four times and makes one case."""
    person, source = someone("Noor Kaya"), hosted(32, VILNIUS)
    risk = Risk("medium", "medium", "atRisk", "none", ("unfamiliarFeatures",))
    risky = sign_in(person, AT, source, app=OFFICE_HOME, look=STRANGE, factor="push", risk=risk)
    found = AT + timedelta(minutes=2)
    noticed = detection(person, "unfamiliarFeatures", "medium", AT, detected=found, network=source, sign_in=risky)
    raised = risky_user(person, "medium", found)
    again = [noticed.again(timedelta(minutes=minutes)) for minutes in (2, 9, 31)]
    readable = [usual_day(person), risky, noticed, raised, *again, raised.again(timedelta(seconds=48)), risky]
    others = [graph_activity(WORKLOADS[number], AT, HEAD_OFFICE) for number in range(2)]
    bodies = bodies_of([*readable, *others], repeat=False)
    spoiled = {"records": [with_text_properties(noticed).record, raised.record, without_id(risky).record]}
    bodies[1:1] = [CUT_SHORT.decode(), spoiled, {"records": []}]
    expect = Expect(
        verdict=("suspicious",),
        severity=("medium", "high"),
        findings=("unfamiliar_sign_in", "risky_sign_in_succeeded"),
        actions=("contact_user",),
        not_actions=("dismiss_risk", "confirm_safe"),
    )
    return Scenario(
        name="unreadable_and_duplicates",
        tenant=tenant_of([life_of(person)], readable),
        bodies=bodies,
        cases={person.id: expect},
        dead_lettered=3,
    )


def _workload_noise() -> Scenario:
    """Workload identities always say risk level low; their state none is what counts."""
    records = [
        workload_sign_in(WORKLOADS[number % len(WORKLOADS)], FIRST_DAY + timedelta(minutes=17 * number), HEAD_OFFICE)
        for number in range(18)
    ]
    records.append(workload_sign_in(WORKLOADS[3], FIRST_DAY + timedelta(hours=7), HEAD_OFFICE, error=7000222))
    records += [graph_activity(WORKLOADS[0], FIRST_DAY + timedelta(hours=hours), HEAD_OFFICE) for hours in (1, 2, 3)]
    return Scenario(
        name="workload_noise",
        tenant=tenant_of([], records, workloads=True),
        bodies=bodies_of(records),
        cases={},
        no_case=tuple(workload.id for workload in WORKLOADS),
    )


def _unknown_risk_type() -> Scenario:
    """Entra reports a type of detection that did not exist when the rules were written."""
    person, source = someone("Jakub Varga"), home(33, HEAD_OFFICE.place)
    found = AT + timedelta(hours=2)
    records = [
        usual_day(person),
        detection(person, "syntheticVoiceCallback", "medium", AT, detected=found, network=source),
        risky_user(person, "medium", found),
    ]
    expect = Expect(
        verdict=("inconclusive", "suspicious"),
        severity=("low", "medium"),
        findings=("unknown_risk_type",),
        not_findings=("hidden_risk", "other_risk_detection", "risky_sign_in_succeeded"),
        actions=("contact_user", "keep_watching"),
        not_actions=("confirm_safe", "dismiss_risk", "confirm_compromised", "disable_account"),
    )
    return scenario("unknown_risk_type", life_of(person), records, expect)


def _hidden_no_licence() -> Scenario:
    """Without Entra ID P2 the type is generic and the level hidden: unknown, which is not none."""
    person, source = someone("Eva Svoboda"), hosted(34, LISBON)
    risk = Risk("hidden", "hidden", "atRisk", "hidden")
    risky = sign_in(person, AT, source, app=OUTLOOK, look=STRANGE, factor="push", risk=risk)
    found = AT + timedelta(minutes=3)
    records = [
        usual_day(person),
        risky,
        detection(person, "generic", "hidden", AT, detected=found, network=source, sign_in=risky, detail="hidden"),
        risky_user(person, "hidden", found, detail="hidden"),
    ]
    tenant = tenant_of([life_of(person)], records, licences=(E3,)) | {
        "identityProtection/riskDetections": _unlicensed(403, "Forbidden"),
        "identityProtection/riskyUsers": _unlicensed(403, "Forbidden"),
        f"identityProtection/riskyUsers/{person.id}/history": _unlicensed(403, "Forbidden"),
        "roleManagement/directory/roleEligibilityScheduleInstances": _unlicensed(400, "AadPremiumLicenseRequired"),
        "roleManagement/directory/roleAssignmentScheduleInstances": _unlicensed(400, "AadPremiumLicenseRequired"),
    }
    expect = Expect(
        verdict=("inconclusive", "suspicious"),
        severity=("medium", "high"),
        findings=("hidden_risk",),
        not_findings=("unknown_risk_type",),
        not_actions=("confirm_safe", "dismiss_risk"),
    )
    return Scenario(name="hidden_no_licence", tenant=tenant, bodies=bodies_of(records), cases={person.id: expect})


def _unlicensed(status: int, code: str) -> Resource:
    return {"$error": {"status": status, "code": code}}


def _deleted_user() -> Scenario:
    """The account is gone, although Entra still says isDeleted false; nothing can be done to it any more."""
    person, source = someone("Hamza Abara"), hosted(35, VILNIUS)
    found = AT + timedelta(hours=5)
    records: list[Streamed] = [
        usual_day(person),
        detection(person, "anomalousToken", "medium", AT, detected=found, network=source),
        risky_user(person, "medium", found),
    ]
    tenant = tenant_of([Holdings(person=person, manager=BLAKE)], records)
    gone = {path: NOT_FOUND for path in tenant if path.startswith(f"users/{person.id}")}
    tenant |= {"users": [], "groups": [], **gone, f"users/{person.id}": NOT_FOUND}
    tenant["reports/authenticationMethods/userRegistrationDetails"] = []
    expect = Expect(
        verdict=("suspicious", "inconclusive"),
        severity=("low", "medium", "high"),
        findings=("account_deleted", "token_theft_pattern"),
        not_findings=("account_disabled", "no_strong_method_registered"),
        actions=("check_deleted_account",),
        withheld=("revoke_sessions",),
        not_actions=(
            "revoke_sessions",
            "reset_password_cloud",
            "disable_account",
            "dismiss_risk",
            "remove_auth_method",
        ),
    )
    return Scenario(name="deleted_user", tenant=tenant, bodies=bodies_of(records), cases={person.id: expect})
