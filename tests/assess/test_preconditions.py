"""Each precondition three ways: it holds, it does not, and nobody knows."""

from collections.abc import Callable

import pytest

from shared.assess.grounds import find
from shared.assess.reading import read
from shared.assess.situation import Need, Situation
from shared.models.dossier import Fact, Gap
from shared.policy import default_policy
from tests.assess.facts import (
    NOW,
    USER,
    account,
    audit,
    detection,
    dossier,
    fact,
    gap,
    hours_ago,
    risk_user,
    stranger,
    text,
)

CHANGED = [fact("user.password", changed_at=text(hours_ago(1)))]
OLD = [fact("user.password", changed_at=text(hours_ago(900)))]
REVOKED = audit("Revoke user sign-in sessions", hours=1, change="sessions_revoked")
type Case = tuple[str, list[Fact], list[Gap], bool | None]

CASES: list[Case] = [
    ("needs_account", account(), [], True),
    ("needs_account", [*account(), fact("user.deleted")], [], False),
    ("needs_account", [], [gap("user.profile")], None),
    ("needs_no_break_glass", [], [], True),
    ("needs_no_break_glass", [fact("user.break_glass")], [], False),
    ("needs_cloud_password", [fact("user.sync", on_premises=False)], [], True),
    ("needs_cloud_password", [fact("user.sync", on_premises=True)], [], False),
    ("needs_cloud_password", [], [gap("user.sync")], None),
    ("needs_person", [], [], True),
    ("needs_person", [fact("user.service_account", by="name")], [], False),
    ("needs_password", [fact("user.auth_methods", has_password=True, count=1)], [], True),
    ("needs_password", [fact("user.auth_methods", has_password=False, count=1)], [], False),
    ("needs_password", [], [gap("user.auth_methods")], None),
    ("needs_old_password", OLD, [], True),
    ("needs_old_password", CHANGED, [], False),
    ("needs_old_password", CHANGED, [gap("audit")], None),
    ("needs_old_password", [], [gap("user.password")], None),
    ("needs_live_sessions", [], [], True),
    ("needs_live_sessions", [REVOKED], [], False),
    ("needs_live_sessions", [], [gap("audit")], None),
    ("needs_enabled", [fact("user.account", enabled=True)], [], True),
    ("needs_enabled", [fact("user.account", enabled=False)], [], False),
    ("needs_enabled", [], [gap("user.account")], None),
    ("needs_unconfirmed", [], [], True),
    ("needs_unconfirmed", [risk_user("confirmedCompromised")], [], False),
    ("needs_risk_state", [], [], True),
    ("needs_risk_state", [risk_user("dismissed")], [], False),
    ("needs_p2", [], [], True),
    ("needs_p2", [fact("tenant.licence", p2=False)], [], False),
    ("needs_p2", [detection("generic", risk_level="hidden")], [], None),
]


def need_of(name: str, facts: list[Fact], gaps: list[Gap]) -> Need:
    """Return a precondition of a compromised user about whom these facts and gaps are known."""
    found = [detection("unfamiliarFeatures"), stranger(), *facts]
    reading = read(
        dossier(*found, gaps=gaps), identity=USER, status="open", outcome=None, now=NOW, policy=default_policy()
    )
    situation = Situation(grounds=find(reading), verdict="compromised", severity="high")
    method: Callable[[], Need] = getattr(situation, name)
    return method()


@pytest.mark.parametrize(("name", "facts", "gaps", "met"), CASES, ids=lambda value: str(value)[:24])
def test_a_precondition_holds_or_not_or_nobody_knows(
    name: str, facts: list[Fact], gaps: list[Gap], met: object
) -> None:
    """What does not hold says why; what nobody knows is None and never False."""
    need = need_of(name, facts, gaps)
    assert need.met is met
    assert need.text
    assert need.otherwise.endswith(".") or met is not False
