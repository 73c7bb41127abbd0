"""Memory moves the score and never the verdict: an earlier case tells of the same thing, or of nothing."""

import pytest

from shared.models.dossier import Fact, Value
from shared.policy import policy_of
from tests.assess.facts import HOSTILE, account, detection, fact, finding_ids, hours_ago, judge, sign_in, stranger, text

RISK = detection("unfamiliarFeatures")


def past(*, days: float = 20, **values: Value) -> Fact:
    """Return an earlier case of unfamiliar sign-ins from the same address, which was dismissed."""
    given: dict[str, Value] = {
        "opened_at": text(hours_ago(24 * days)),
        "outcome": "dismissed",
        "risk_event_types": ("unfamiliarFeatures",),
        "ip_addresses": (HOSTILE,),
        "countries": ("NG",),
    }
    return fact("case.previous", hours_ago(24 * days), **{**given, **values})


def test_the_same_thing_again_weighs_less_and_stays_suspicious() -> None:
    """Dismissed twenty days ago as a VPN: said and counted, and the verdict is still the evidence's."""
    token = detection("anomalousToken", risk_level="high")
    before = judge(token, *account())
    after = judge(token, past(risk_event_types=("anomalousToken",)), *account())
    assert after.score < before.score
    assert after.verdict == before.verdict == "suspicious"
    assert "harmless_in_earlier_case" in finding_ids(after)


@pytest.mark.parametrize(
    "other",
    [
        past(risk_event_types=("anomalousToken",)),
        past(ip_addresses=("192.0.2.9",), countries=("FI",)),
        past(days=400),
        past(outcome="remediated"),
        past(classification="truePositive"),
        past(outcome=None),
    ],
    ids=["other kind", "other source", "long ago", "was real", "called real", "left open"],
)
def test_another_thing_is_not_excused_by_memory(other: Fact) -> None:
    """What differs from the earlier case is new evidence."""
    assert "harmless_in_earlier_case" not in finding_ids(judge(RISK, other, *account()))


def test_one_new_detection_ends_the_likeness() -> None:
    """The VPN again, and beside it a token that was stolen."""
    found = judge(RISK, detection("anomalousToken"), past(), *account())
    assert "harmless_in_earlier_case" not in finding_ids(found)


def test_an_analysts_word_counts_more_than_the_outcome() -> None:
    """Closed as remediated by the user's own password change, and called a false positive afterwards."""
    said = past(outcome="remediated", classification="falsePositive")
    assert "harmless_in_earlier_case" in finding_ids(judge(RISK, said, *account()))


def test_no_memory_makes_a_compromise_benign() -> None:
    """Even the same kind from the same place cannot talk away a stranger who got in."""
    bad = [detection("attackerinTheMiddle"), stranger()]
    kind = past(risk_event_types=("attackerinTheMiddle",), classification="benignPositive")
    assert judge(*bad, kind, *account()).verdict == judge(*bad, *account()).verdict == "compromised"


def test_an_earlier_attack_adds() -> None:
    """Whoever was attacked before is on somebody's list."""
    was_real = past(classification="truePositive", risk_event_types=("passwordSpray",))
    token = detection("anomalousToken", risk_level="high")
    assert judge(token, was_real, *account()).score > judge(token, *account()).score


@pytest.mark.parametrize(
    ("differs", "counts"),
    [
        ({}, True),
        ({"risk_event_types": ("passwordSpray",)}, True),
        ({"ip_addresses": ("192.0.2.9",), "countries": ("FI",)}, True),
        ({"risk_event_types": ("passwordSpray",), "ip_addresses": ("192.0.2.9",), "countries": ("FI",)}, False),
        ({"opened_at": text(hours_ago(24 * 181))}, False),
    ],
    ids=["the same", "same source", "same kind", "another attack from elsewhere", "half a year ago"],
)
def test_an_earlier_attack_adds_only_where_it_is_alike(differs: dict[str, Value], counts: bool) -> None:
    """A spray from Finland last month says nothing about this token from Nigeria."""
    was_real = past(**{"classification": "truePositive", **differs})
    assert ("earlier_case_confirmed" in finding_ids(judge(RISK, was_real, *account()))) is counts


@pytest.mark.parametrize(("days", "points"), [(1, -12), (29, -12), (31, -6), (89, -6), (91, 0), (179, 0)])
def test_an_excuse_fades(days: float, points: int) -> None:
    """In full for a month, by half for three, and then not at all."""
    found = judge(RISK, past(days=days), *account())
    assert sum(term.points for term in found.terms if term.source == "harmless_in_earlier_case") == points


@pytest.mark.parametrize("given", [-20, {"points": -20}, {"points": -20, "low": -7}])
def test_an_excuse_of_the_policy_file_fades_too(given: object) -> None:
    """However the file writes the weight, age takes half of it."""
    policy = policy_of({"weights": {"harmless_in_earlier_case": given}})
    for days, points in ((20, -20), (60, -10), (91, 0)):
        found = judge(RISK, past(days=days), *account(), policy=policy)
        assert sum(term.points for term in found.terms if term.source == "harmless_in_earlier_case") == points


@pytest.mark.parametrize(
    ("then", "now", "alike"),
    [(("64500",), "64511", False), (("64500",), "64500", True), ((), "64511", True), (("64500",), None, True)],
    ids=["another network", "the same network", "then unknown", "now unknown"],
)
def test_one_country_has_many_networks(then: tuple[str, ...], now: str | None, alike: bool) -> None:
    """A home line that was found harmless does not excuse a rented machine in the same country."""
    before = past(ip_addresses=("192.0.2.9",), asns=then)
    here = sign_in(ip_address=HOSTILE, asn=now) if now else sign_in(ip_address=HOSTILE)
    found = judge(detection("unfamiliarFeatures", country="NG"), here, before, *account())
    assert ("harmless_in_earlier_case" in finding_ids(found)) is alike
