"""The table of risk types: complete, consistent, and what it says drives findings and passes the check of the words."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.risk_types_page import risk_types_page
from shared import risk_types
from shared.assess.grounds import RULES, WEIGHTS
from shared.errors import ConfigurationError
from shared.models.dossier import Fact
from shared.models.identity import Identity
from shared.risk_types import LICENCES, TYPES, RiskType
from shared.write.check import check_sentence
from shared.write.knowledge import everyday_cause, explanation, runbook
from shared.write.wording import risk_name
from tests.assess.facts import NOW, USER, detection, finding_ids, judge
from tests.write.subjects import subject

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "shared/risk_types.toml").read_text(encoding="utf-8")

DOCUMENTED = {
    "user": """
        riskyIPAddress authenticatorPhishing suspiciousAuthAppApproval generic adminConfirmedUserCompromised
        anomalousToken anonymizedIPAddress unlikelyTravel mcasImpossibleTravel impossibleTravel maliciousIPAddress
        mcasFinSuspiciousFileAccess investigationsThreatIntelligence newCountry passwordSpray suspiciousBrowser
        suspiciousInboxForwarding mcasSuspiciousInboxManipulationRules tokenIssuerAnomaly unfamiliarFeatures
        nationStateIP anomalousUserActivity attackerinTheMiddle leakedCredentials attemptedPrtAccess
        suspiciousAPITraffic suspiciousSendingPatterns userReportedSuspiciousActivity aiCompoundAccountRisk
        malwareInfectedIPAddress suspiciousIPAddress investigationsThreatIntelligenceSigninLinked
        maliciousIPAddressValidCredentialsBlockedIP adminConfirmedSigninCompromised
    """.split(),
    "servicePrincipal": """
        investigationsThreatIntelligence suspiciousSignins adminConfirmedServicePrincipalCompromised leakedCredentials
        maliciousApplication suspiciousApplication anomalousServicePrincipalActivity suspiciousAPITraffic generic
    """.split(),
    "agent": """
        adminConfirmedAgentCompromised earlyLifeMaliciousActivity entraDirectoryReconnaissance failedAccessAttempt
        threatIntelligenceAccount signInSpike suspiciousCredentialUsage unfamiliarResourceAccess unifiedAgentRisk
        generic
    """.split(),
}
"""Every type that Microsoft documents, or that is seen in tenants, by the kind of identity."""

ROWS = [pytest.param(kind, row, id=f"{kind}-{row.id}") for row in TYPES for kind in row.applies_to]


def identity(kind: str) -> Identity:
    """Return an identity of a kind."""
    return msgspec.structs.replace(USER, kind=kind)


def reported(row: RiskType, **values: str) -> Fact:
    """Return a detection of a type as a fact with an id."""
    return msgspec.structs.replace(detection(row.id, **values), id="F1")


def test_every_documented_type_is_in_the_table_and_nothing_else() -> None:
    """No type is missing for its kind of identity, and none is invented."""
    assert {kind: {row.id for row in TYPES if kind in row.applies_to} for kind in DOCUMENTED} == {
        kind: set(names) for kind, names in DOCUMENTED.items()
    }


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_each_type_drives_its_finding(kind: str, row: RiskType) -> None:
    """A detection alone, whatever its case, makes the finding of its row with the row's techniques; never unknown."""
    for name in (row.id, row.id.upper()):
        judged = judge(detection(name), identity=identity(kind))
        found = judged.finding(row.finding)
        assert found is not None
        assert row.phrase in found.statement
        assert "unknown_risk_type" not in finding_ids(judged)
        if row.finding != "admin_confirmed_compromised":
            assert found.techniques == (row.techniques or next(it.techniques for it in RULES if it.id == row.finding))


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_levels_weigh_and_unknown_levels_are_never_nothing(kind: str, row: RiskType) -> None:
    """The weight grows with Entra's level where the finding has levels, and every level weighs something."""
    weights = []
    for level in ("low", "medium", "high", "hidden", "never seen"):
        found = judge(detection(row.id, risk_level=level), identity=identity(kind)).finding(row.finding)
        assert found is not None
        assert found.weight == WEIGHTS[row.finding].at(level) > 0
        weights.append(found.weight)
    assert weights[:3] == sorted(weights[:3])


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_all_words_of_a_type_pass_the_check(kind: str, row: RiskType) -> None:
    """Meaning, everyday cause and runbook are sentences that a detection of the type carries, filled in."""
    for fact in (reported(row), msgspec.structs.replace(reported(row), at=None, values={"risk_event_type": row.id})):
        made = subject([fact], [], verdict="suspicious", severity="medium", identity=identity(kind))
        words = [explanation(fact, made), *runbook(fact, made)]
        words += [cause] if (cause := everyday_cause(fact, made)) else []
        assert explanation(fact, made) == row.explanation
        words.append(f"Identity Protection reported {risk_name(fact)}.")
        for text in words:
            assert "{" not in text
            assert text.endswith((".", "?"))
            assert check_sentence(text, ("F1",), made) == (), text


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_words_of_a_type_belong_to_it(kind: str, row: RiskType) -> None:
    """Cited to a detection of another type, or with another time in it, the same sentence is refused."""
    other = "signInSpike" if row.id == "attackerinTheMiddle" else "attackerinTheMiddle"
    fact = reported(row)
    alien = msgspec.structs.replace(fact, values={**fact.values, "risk_event_type": other})
    made = subject([alien], [], verdict="suspicious", severity="medium", identity=identity(kind))
    assert check_sentence(f"Identity Protection reported {risk_name(fact)}.", ("F1",), made)
    later = msgspec.structs.replace(fact, at=NOW + timedelta(days=3))
    moved = subject([later], [], verdict="suspicious", severity="medium", identity=identity(kind))
    before = subject([fact], [], verdict="suspicious", severity="medium", identity=identity(kind))
    timed = [text for text in runbook(fact, before) if text not in runbook(later, moved)]
    assert timed
    assert all(check_sentence(text, ("F1",), moved) for text in timed)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60).filter(lambda text: risk_types.folded(text) not in {it.id.casefold() for it in TYPES}))
def test_any_other_type_is_unknown(name: str) -> None:
    """Whatever Entra may send one day neither raises nor reads as known, and weighs as unknown."""
    judged = judge(detection(name))
    found = judged.finding("unknown_risk_type")
    assert found is not None
    assert found.weight == WEIGHTS["unknown_risk_type"].at("medium") > 0
    assert not finding_ids(judged) & {row.finding for row in TYPES}
    assert all(risk_types.find(kind, name) is None for kind in DOCUMENTED)


def test_one_name_means_two_things() -> None:
    """Credentials of a user and of an application leak in other places and are looked into in other ways."""
    user, app = (risk_types.find(kind, "leakedCredentials") for kind in ("user", "servicePrincipal"))
    assert user is not None
    assert app is not None
    assert user.meaning != app.meaning
    assert set(user.checks).isdisjoint(app.checks)
    assert risk_types.find("agent", "leakedCredentials") == app


@pytest.mark.parametrize(
    ("kind", "licence"),
    [
        ("user", "Microsoft Entra ID P2"),
        ("servicePrincipal", "Microsoft Entra Workload ID Premium"),
        ("agent", "Microsoft Agent 365"),
    ],
)
def test_what_the_licence_hides_is_said_with_the_licence_that_shows_it(kind: str, licence: str) -> None:
    """A generic detection at a hidden level names what would show type and level."""
    judged = judge(detection("generic", risk_level="hidden"), identity=identity(kind))
    for finding_id in ("hidden_risk", "other_risk_detection"):
        found = judged.finding(finding_id)
        assert found is not None
        assert licence in found.statement


def test_every_licence_is_used() -> None:
    """No licence stands in the table for nothing."""
    assert {row.licence for row in TYPES} == set(LICENCES)


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ('id = "riskyIPAddress"', 'id = "anonymizedIPAddress"', "one name here"),
        ('alias_of = "maliciousIPAddress"', 'alias_of = "nothing"', "alias of no type above"),
        ('timing = ["realtime"]', 'timing = ["sometime"]', "anonymizedIPAddress"),
        ('licence = "e5"', 'licence = "e7"', "attackerinTheMiddle"),
        ('e5 = "', 'e6 = "', "e6"),
        ('agent = "Microsoft Agent 365"', "", "has no name"),
        ('name = "Atypical travel"', 'name = ""', "unlikelyTravel"),
        ('level_of = ["signIn"]', "", "level_of"),
    ],
)
def test_a_broken_table_is_refused(old: str, new: str, hint: str) -> None:
    """A table that contradicts itself stops the start with the place of the mistake."""
    with pytest.raises(ConfigurationError, match=hint):
        risk_types.read(TEXT.replace(old, new, 1).encode())


def test_a_type_needs_two_checks_and_stands_once() -> None:
    """A row without a runbook, or one that stands twice, is refused."""
    rows = TEXT.split("[[types]]")
    browser = next(row for row in rows if 'id = "suspiciousBrowser"' in row)
    second = browser.split('",\n')[1]
    with pytest.raises(ConfigurationError, match=r"suspiciousBrowser.*needs 2"):
        risk_types.read(TEXT.replace(second + '",\n', "", 1).encode())
    with pytest.raises(ConfigurationError, match="stands twice"):
        risk_types.read(f"{TEXT}\n[[types]]{browser}".encode())


def test_a_finding_that_no_rule_makes_is_refused() -> None:
    """The table and the rules agree on the findings."""
    risk_types.known_findings(rule.id for rule in RULES)
    with pytest.raises(ConfigurationError, match="sign_in_spike"):
        risk_types.known_findings(rule.id for rule in RULES if rule.id != "sign_in_spike")


def test_the_page_of_the_documentation_is_current() -> None:
    """After a change of the table: .venv/bin/python -m local risk-types > docs/risk-types.md."""
    assert (ROOT / "docs/risk-types.md").read_text(encoding="utf-8") == risk_types_page()
