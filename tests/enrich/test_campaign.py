"""What a campaign's report says of its members, in numbers."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from shared.enrich.campaign import campaign_dossier
from shared.models.cases import Campaign, Case
from shared.models.identity import Identity

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


def member(number: int, verdict: str) -> Case:
    """Return a case with a verdict; an empty one is not judged yet."""
    identity = Identity(tenant_id="t", kind="user", id=f"user-{number}", name=f"user{number}@bank.example")
    severity = {"compromised": "high", "": ""}.get(verdict, "medium")
    return Case(
        id=f"case-{number}", identity=identity, opened_at=NOON, last_signal_at=NOON, verdict=verdict, severity=severity
    )


def told(verdicts: Sequence[str], *, tried: int = 0) -> str:
    """Return the sentence on who fell and who did not; ``tried``: users of a spray."""
    campaign = Campaign(
        id="c", kind="password_spray" if tried else "shared_source", tenant_id="t", ip_address="203.0.113.1",
        first_at=NOON, last_at=NOON, targeted=tuple(f"user-{number}" for number in range(tried)),
    )  # fmt: skip
    found = campaign_dossier(campaign, [member(number, one) for number, one in enumerate(verdicts)], ())
    (result,) = found.all("campaign.result")
    return result.text


@pytest.mark.parametrize(
    ("verdicts", "tried", "text"),
    [
        (["compromised"] * 2 + ["suspicious"] * 10, 0, "Of 12 cases, 2 are compromised and 10 suspicious."),
        (["compromised", "suspicious", "benign", ""], 0,
         "Of 4 cases, 1 is compromised, 1 suspicious, 1 benign and 1 not judged yet."),
        (["suspicious"] * 3, 0, "Of 3 cases, none is compromised and 3 suspicious."),
        (["compromised"], 25, "The only case is compromised; 24 users were tried in vain and have no case."),
        (["compromised"], 2, "The only case is compromised; 1 user was tried in vain and has no case."),
        ([""], 0, "The only case is not judged yet."),
        ([], 0, "No case is left."),
    ],
)  # fmt: skip
def test_who_fell_and_who_did_not_is_a_sentence(verdicts: list[str], tried: int, text: str) -> None:
    """In the right number, whatever the members came to."""
    assert told(verdicts, tried=tried) == text
