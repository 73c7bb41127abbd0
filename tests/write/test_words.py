"""The tables of words that the check reads: for each row a sentence that only this row lets through or stops."""

import pytest

from shared.models.dossier import Fact, Value
from shared.write import check_sentence
from shared.write.subject import Subject
from tests.write.subjects import GRAPH, subject

THREAT = "risk type or method not in cited evidence"


def about(values: dict[str, Value], kind: str = "something.unheard_of", text: str = "It is on record.") -> Subject:
    """Return a case with one fact."""
    fact = Fact(id="F1", kind=kind, text=text, values=values, at=None, source=GRAPH)
    return subject([fact], [], verdict="suspicious", severity="medium")


def reasons(text: str, case: Subject) -> tuple[str, ...]:
    """Return why a sentence about the one fact is rejected."""
    return check_sentence(text, ("F1",), case)


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("enabled", "enabled", "disabled"),
        ("compliant", "compliant", "non-compliant"),
        ("device_compliant", "compliant", "uncompliant"),
        ("managed", "managed", "unmanaged"),
        ("interactive", "interactive", "non-interactive"),
        ("privileged", "privileged", "unprivileged"),
        ("on_premises", "synchronised", "cloud-only"),
        ("trusted_network", "trusted", "untrusted"),
        ("has_phishing_resistant", "phishing-resistant", "phishable"),
        ("new_country", "new", "familiar"),
        ("new_ip", "unusual", "usual"),
        ("new_device", "unknown", "known"),
        ("new_asn", "unrecognised", "recognised"),
        ("succeeded", "successful", "unsuccessful"),
    ],
)
def test_a_flag_speaks_for_its_words(name: str, yes: str, no: str) -> None:
    """A value that is true carries one word and never its opposite; one that is false the other way round."""
    for value, right, wrong in ((True, yes, no), (False, no, yes)):
        case = about({name: value})
        assert not [it for it in reasons(f"It is {right}.", case) if "stated" in it or "contradicts" in it]
        assert [it for it in reasons(f"It is {wrong}.", case) if it.endswith("contradicts cited evidence")]


@pytest.mark.parametrize(
    ("name", "value", "right", "wrong"),
    [
        ("outcome", "success", ("succeeded", "completed"), ("failed", "interrupted")),
        ("outcome", "failure", ("failed",), ("succeeded", "completed", "interrupted")),
        ("outcome", "interrupted", ("interrupted",), ("completed", "succeeded", "failed")),
        ("mfa", "satisfied", ("approved", "accepted"), ("denied", "rejected")),
        ("mfa", "claim_in_token", ("satisfied",), ("refused", "declined")),
        ("mfa", "denied", ("denied",), ("approved", "passed")),
        ("mfa", "not_required", (), ("satisfied", "denied")),
        ("assignment", "active", ("active", "permanent"), ("eligible",)),
        ("assignment", "group", ("active",), ("eligible",)),
        ("assignment", "eligible", ("eligible",), ("active",)),
        ("strength", "phishing_resistant", ("phishing-resistant",), ("phishable",)),
        ("denied", 3, ("denied",), ("approved",)),
        ("approved_at", "2025-04-14T09:17:00Z", ("approved",), ("denied",)),
        ("succeeded", 2, ("succeeded",), ("failed",)),
        ("succeeded", 0, ("failed",), ("succeeded",)),
        ("failures", 4, ("failed",), ("succeeded",)),
    ],
)
def test_a_value_speaks_for_its_words(name: str, value: Value, right: tuple[str, ...], wrong: tuple[str, ...]) -> None:
    """What a value means decides, whatever the words of the fact say."""
    case = about({name: value}, text="It succeeded, failed, was approved and denied, completed and interrupted.")
    for word in right:
        assert not [it for it in reasons(f"So it {word}.", case) if "cited evidence" in it]
    for word in wrong:
        assert [it for it in reasons(f"So it {word}.", case) if "contradicts" in it]


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("succeeded", "failed"),
        ("was approved", "was denied"),
        ("was completed", "was interrupted"),
        ("was enabled", "was disabled"),
        ("was allowed", "was blocked"),
        ("is compliant", "is non-compliant"),
        ("is managed", "is unmanaged"),
        ("is interactive", "is non-interactive"),
        ("is privileged", "is unprivileged"),
        ("was registered", "was removed"),
        ("is synchronised", "is cloud-only"),
        ("is trusted", "is untrusted"),
        ("is correct", "is wrong"),
        ("is phishing-resistant", "is phishable"),
        ("is new", "is familiar"),
        ("is permanent", "is eligible"),
        ("was raised", "was lowered"),
        ("was bypassed", "was enforced"),
    ],
)
def test_words_of_a_fact_are_not_turned(said: str, turned: str) -> None:
    """A sentence that says the opposite of the fact in the fact's own words is rejected, either way round."""
    for one, other in ((said, turned), (turned, said)):
        case = about({}, text=f"It {one} there.")
        assert reasons(f"It {one} there.", case) == ()
        assert [it for it in reasons(f"It {other} there.", case) if "contradicts cited evidence" in it]


@pytest.mark.parametrize("verb", ["succeeded", "was granted", "was enrolled"])
def test_an_outcome_needs_evidence(verb: str) -> None:
    """Silence carries no outcome."""
    assert [it for it in reasons(f"It {verb}.", about({})) if it.endswith("not stated in cited evidence")]


@pytest.mark.parametrize(
    "word",
    (
        "phishing|malware|ransomware|brute force|credential stuffing|a spray|leaked|breached|stolen|theft|hijacked|replayed|a sim swap"
        "|exfiltrated|lateral movement|nation-state|a threat actor|threat intelligence|in the middle|an onion|anonymous|a botnet"
        "|an insider|impossible travel|atypical travel|unfamiliar|anomalous|malicious|a backdoor|legacy|a device code|fatigue"
        "|forwarded|break glass|a guest|deleted|by sms"
    ).split("|"),
)
def test_a_kind_of_attack_needs_evidence(word: str) -> None:
    """A word for an attack or a method stands only where the evidence has it."""
    assert THREAT in reasons(f"It was {word}.", about({}))
    assert THREAT not in reasons(f"It was {word}.", about({}, text=f"It was {word}."))


@pytest.mark.parametrize(
    ("state", "words"),
    [("confirmedSafe", "confirmed safe"), ("confirmedCompromised", "confirmed compromised"), ("atRisk", "at risk")],
)
def test_a_state_has_a_name(state: str, words: str) -> None:
    """What Entra writes in one word may be written in two."""
    quoted = f"The state is “{words}”."
    assert reasons(quoted, about({"risk_state": state})) == ()
    assert "quotation not in cited evidence" in reasons(quoted, about({"risk_state": "none"}))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("sign_in.spray", "password spray"),
        ("sign_in.mfa_denials", "denied MFA prompts"),
        ("user.break_glass", "emergency access account"),
        ("user.home_tenant", "guest"),
    ],
)
def test_a_kind_of_fact_has_a_name(kind: str, words: str) -> None:
    """A kind of fact is called so although none of its values says it."""
    quoted = f"This is called “{words}”."
    assert "quotation not in cited evidence" not in reasons(quoted, about({}, kind=kind))
    assert "quotation not in cited evidence" in reasons(quoted, about({}))
