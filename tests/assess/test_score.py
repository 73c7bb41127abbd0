"""The score can be redone by hand, ages, and never falls for what is not known."""

from datetime import timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.assess import assess
from shared.assess.reading import Reading
from shared.assess.rule import Rule, finding, read_weights
from shared.assess.score import BANDS
from shared.assess.verdict_users import USERS
from shared.errors import ConfigurationError
from shared.models.assessment import Assessment, Verdict
from shared.models.dossier import Dossier, Fact, Gap
from shared.policy import default_policy
from tests.assess.facts import (
    HOSTILE,
    NOW,
    USER,
    account,
    audit,
    detection,
    dossier,
    everything_denied,
    fact,
    gap,
    hours_ago,
    inbox_rule,
    judge,
    method,
    own_risky,
    risk_user,
    role,
    sign_in,
    stranger,
    text,
)

POOL: list[Fact] = [
    *account(),
    *(
        detection(kind, risk_level=level)
        for kind in ("anomalousToken", "unlikelyTravel")
        for level in ("low", "hidden")
    ),
    detection("leakedCredentials", hours=200, risk_level="high"),
    detection("attackerinTheMiddle", hours=5, risk_level="high"),
    detection("unfamiliarFeatures", risk_state="dismissed", risk_detail="aiConfirmedSigninSafe"),
    detection("quantumTokenDrift"),
    stranger(),
    stranger("failure", hours=7),
    own_risky(hours=4),
    own_risky(hours=3, new_country=False, new_asn=False, trusted_network=True),
    sign_in(hours=2),
    method(),
    method("SMS", strength="weak", hours=900, id="m-9"),
    inbox_rule(),
    audit("Consent to application"),
    audit("Change user password", hours=2, ip_address=HOSTILE),
    audit("Update StsRefreshTokenValidFrom Timestamp", hours=1),
    fact("user.password", changed_at=text(hours_ago(1))),
    fact("sign_in.mfa_denials", hours_ago(6), denied=11, minutes=8, ip_address=HOSTILE),
    role(),
    risk_user("remediated"),
    risk_user("atRisk", hours=2),
    risk_user("dismissed", hours=9),
    fact("user.device", name="d", registered_at=text(hours_ago(5)), id="d"),
    fact("text.injection", where="user agent", excerpt="x"),
]
ORDER: tuple[Verdict, ...] = ("benign", "inconclusive", "suspicious", "compromised")
CONFIDENCE = ("low", "medium", "high")
SEVERITY = ("informational", "low", "medium", "high", "critical")

some_facts = st.lists(st.sampled_from(POOL), max_size=14, unique_by=id)
some_gaps = st.lists(st.sampled_from(everything_denied()), max_size=4, unique_by=id)
case_states = st.sampled_from(
    [("open", None), ("closed", "remediated"), ("closed", "dismissed"), ("closed", "confirmed_safe")]
)


def _assess(given_dossier: Dossier, state: tuple[str, str | None]) -> Assessment:
    return assess(given_dossier, identity=USER, status=state[0], outcome=state[1], now=NOW, policy=default_policy())


@settings(max_examples=150, deadline=None)
@given(some_facts, some_gaps, case_states)
def test_the_terms_add_up_to_a_score_in_the_band_of_the_verdict(
    facts: list[Fact], gaps: list[Gap], state: tuple[str, str | None]
) -> None:
    """A person who adds the terms gets the score, between 0 and 100, in the verdict's band."""
    found = _assess(dossier(*facts, gaps=gaps), state)
    low, high = BANDS[found.verdict]
    assert sum(term.points for term in found.terms) == found.score
    assert 0 <= low <= found.score <= high <= 100
    weights = {finding.id: finding.weight for finding in found.findings if finding.weight}
    assert weights == {term.source: term.points for term in found.terms if term.source in weights}


@settings(max_examples=150, deadline=None)
@given(some_facts, some_gaps, case_states, st.randoms(use_true_random=False))
def test_the_order_of_the_facts_changes_nothing(
    facts: list[Fact], gaps: list[Gap], state: tuple[str, str | None], random: Random
) -> None:
    """The same facts in another order give the same bytes, and so do the same facts again."""
    first = dossier(*facts, gaps=gaps)
    shuffled = random.sample(first.facts, len(first.facts))
    again = msgspec.structs.replace(first, facts=tuple(shuffled), gaps=tuple(reversed(first.gaps)))
    assert msgspec.json.encode(_assess(first, state)) == msgspec.json.encode(_assess(again, state))


@settings(max_examples=300, deadline=None)
@given(some_facts, some_gaps, st.sampled_from(everything_denied()), case_states)
def test_a_gap_never_lowers_risk_nor_raises_confidence(
    facts: list[Fact], gaps: list[Gap], more: Gap, state: tuple[str, str | None]
) -> None:
    """One more thing that could not be read never makes a case look better."""
    before = _assess(dossier(*facts, gaps=gaps), state)
    after = _assess(dossier(*facts, gaps=[*gaps, more]), state)
    assert after.score >= before.score
    assert ORDER.index(after.verdict) >= ORDER.index(before.verdict)
    assert SEVERITY.index(after.severity) >= SEVERITY.index(before.severity)
    assert CONFIDENCE.index(after.confidence) <= CONFIDENCE.index(before.confidence)


@settings(max_examples=150, deadline=None)
@given(some_facts, case_states, st.sampled_from(["user.password", "user.sync", "user.profile", "user.account"]))
def test_a_denied_look_up_of_the_users_side_never_helps_the_user(
    facts: list[Fact], state: tuple[str, str | None], kind: str
) -> None:
    """Taking away facts that can only speak for the user, and leaving a gap, never lowers the score."""
    full = dossier(*facts)
    kept = tuple(item for item in full.facts if item.kind != kind)
    denied = msgspec.structs.replace(full, facts=kept, gaps=dossier(gaps=[gap(kind)]).gaps)
    assert _assess(denied, state).score >= _assess(full, state).score


@settings(max_examples=200, deadline=None)
@given(some_facts, case_states, st.sampled_from(["device_compliant", "trusted_network", "mfa_method", "risk_detail"]))
def test_a_value_that_is_not_known_never_helps_the_user(
    facts: list[Fact], state: tuple[str, str | None], value: str
) -> None:
    """A sign-in that does not say what ties it to the user is not tied to the user."""
    full = dossier(*facts)
    less = tuple(
        msgspec.structs.replace(item, values={name: of for name, of in item.values.items() if name != value})
        for item in full.facts
    )
    before, after = _assess(full, state), _assess(msgspec.structs.replace(full, facts=less), state)
    assert after.score >= before.score
    assert ORDER.index(after.verdict) >= ORDER.index(before.verdict)


def test_old_evidence_weighs_less_and_says_so() -> None:
    """A week is fresh; a month later half of the weight is gone, as a term of its own."""
    fresh = {term.source: term.points for term in judge(detection("anomalousToken", hours=24 * 6)).terms}
    old = {term.source: term.points for term in judge(detection("anomalousToken", hours=24 * 37)).terms}
    assert "age:token_theft_pattern" not in fresh
    assert old["age:token_theft_pattern"] == -round(old["token_theft_pattern"] / 2)


def test_a_confirmed_compromise_does_not_age() -> None:
    """Somebody said so, and it stays said."""
    found = judge(risk_user("confirmedCompromised", hours=24 * 90))
    assert not [term for term in found.terms if term.source.startswith("age:")]


def test_a_future_time_is_not_old() -> None:
    """A clock that is ahead adds nothing and takes nothing."""
    ahead = detection("anomalousToken", hours=-48)
    assert not [term for term in judge(ahead).terms if term.source.startswith("age:")]


def test_a_higher_level_weighs_more() -> None:
    """Entra's level moves the weight; an unknown level weighs between none and high."""
    points = {}
    for level in ("low", "medium", "high", "hidden"):
        found = judge(detection("anonymizedIPAddress", risk_level=level)).finding("anonymous_ip_sign_in")
        assert found is not None
        points[level] = found.weight
    assert 0 < points["low"] < points["medium"] < points["high"]
    assert points["low"] < points["hidden"] < points["high"]


def test_caps_and_floors_are_terms() -> None:
    """A full house is held at 100, a bare compromise lifted to its band."""
    bare = judge(detection("leakedCredentials", risk_level="low"), stranger(risk_level="none"), *account())
    assert bare.verdict == "compromised"
    assert bare.score >= 75
    full = judge(
        *(
            detection(kind, risk_level="high")
            for kind in ("attackerinTheMiddle", "anomalousToken", "leakedCredentials")
        ),
        stranger(),
        method(),
        inbox_rule(),
        role(),
    )
    assert full.score == 100
    assert full.terms[-1].source == "cap"


def test_a_change_on_record_is_not_uncertain_for_being_the_only_witness() -> None:
    """The audit log is the record of the change: medium, and lower only where something could not be read."""
    made = audit("Update conditional access policy", grave="mfa_policy_weakened", target="MFA for all")
    alone = judge(made, *account())
    assert (alone.verdict, alone.severity, alone.confidence) == ("suspicious", "high", "medium")
    assert judge(made, *account(), gaps=[gap("audit")]).confidence == "low"
    assert judge(detection("anomalousToken"), *account()).confidence == "low"


def test_decay_needs_a_date() -> None:
    """Evidence without a time keeps its weight."""
    undated = msgspec.structs.replace(detection("anomalousToken"), at=None)
    assert not [term for term in judge(undated).terms if term.source.startswith("age:")]


def test_every_verdict_can_be_reached_and_has_a_reason() -> None:
    """Each row gives a sentence, and the last one always holds."""
    assert {row.verdict for row in USERS} == set(ORDER)
    assert all(row.reason.endswith(".") for row in USERS)
    assert judge().verdict == "benign"


def test_a_rule_without_a_weight_is_refused() -> None:
    """Weights are data, and data that is missing is found at the start, not in a case."""

    @finding("No weight")
    def nobody_weighed_this(_: Reading) -> None:
        return None

    assert isinstance(nobody_weighed_this, Rule)
    with pytest.raises(ConfigurationError, match="nobody_weighed_this"):
        read_weights([nobody_weighed_this])


@pytest.mark.parametrize(
    ("line", "says", "hint"),
    [
        ("other = 4", "line 3: the weight of `other` has a wrong form: Expected `object`", "`other = { points = 20 }`"),
        ("other = { point = 4 }", "line 3: the weight of `other` has a wrong form", "{ points = 20 }"),
        ("other = { points = 4, high = 2.5 }", "line 3: the weight of `other`", "whole numbers"),
        ("other = { points = 4 }", "line 3: there is no finding `other`", "shared/assess/findings"),
        ("other = ", "own.toml is not TOML", "one line"),
    ],
)
def test_a_weight_in_a_wrong_form_is_told_by_file_line_and_finding(
    line: str, says: str, hint: str, tmp_path: Path
) -> None:
    """Whoever writes it reads what stands where, and what should."""

    @finding("Weighed")
    def weighed(_: Reading) -> None:
        return None

    assert isinstance(weighed, Rule)
    file = tmp_path / "own.toml"
    file.write_text(f"# Points\nweighed = {{ points = 3, high = 5 }}\n{line}\n")
    with pytest.raises(ConfigurationError) as refused:
        read_weights([weighed], file)
    assert str(refused.value).startswith("own.toml")
    assert says in str(refused.value)
    assert hint in refused.value.hint
    file.write_text(file.read_text().replace(line, ""))
    assert read_weights([weighed], file)["weighed"].at("high") == 5


def test_a_later_reading_of_the_same_case_only_ages() -> None:
    """Another day changes no verdict."""
    facts = dossier(detection("leakedCredentials"), stranger(), *account())
    later = assess(
        facts, identity=USER, status="open", outcome=None, now=NOW + timedelta(days=20), policy=default_policy()
    )
    assert later.verdict == "compromised"
