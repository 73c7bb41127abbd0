"""Skills about the risk of users."""

from datetime import timedelta

import pytest

from local.tenant import Rules
from shared.models.cases import Case, Signal
from shared.models.identity import Identity
from tests.ask.bench import bench, column
from tests.ask.world import BOB, EVA, GONE, GUEST, KARITA, MONTH, NOW, OLA, RISKS, TENANT, user
from tests.state import samples

ONE_USER = ("user_risk", "user_risk_history", "user_risk_detections")
LISTS = ("risky_users", "risky_users_and_cases", "risk_detections_in_tenant")


async def test_a_risky_user_and_why() -> None:
    """Level, state, and what was detected and is open; two requests, one after the other."""
    async with bench(RISKS, Rules(limits=True)) as asked:
        found = await asked.ask("user_risk", user=user())
        assert asked.trips == 2
        assert asked.server.refused == 0
    assert found.text == (
        '"karita@woodgrovebank.com" is at risk; risk level high, since 2026-08-30T09:00:00Z. '
        "Detected: Anonymous IP address (high, 2026-08-30T08:01:00Z) and "
        "Unfamiliar sign-in properties (medium, 2 times, 2026-08-30T08:03:00Z). "
        "A change of this risk is still being worked on."
    )
    assert found.facts == {
        "is_risky": True, "risk_level": "high", "risk_state": "atRisk", "risk_detail": "none",
        "risk_last_updated_date_time": "2026-08-30T09:00:00Z",
        "risk_event_types": ("anonymizedIPAddress", "unfamiliarFeatures"),
    }  # fmt: skip


async def test_a_user_whose_risk_is_closed() -> None:
    """What closed it is said; the detections are not asked for."""
    async with bench(RISKS) as asked:
        found = await asked.ask("user_risk", user=user(GUEST, "gast@woodgrovebank.com"))
        assert asked.trips == 1
    assert "the risk was dismissed" in found.text
    assert "because an administrator dismissed all risk of the user." in found.text
    assert found.facts["is_risky"] is False


async def test_a_user_who_was_never_risky() -> None:
    """404 is an answer."""
    async with bench(RISKS) as asked:
        found = await asked.ask("user_risk", user=user(OLA, "ola@woodgrovebank.com"))
        assert "is not risky and never was" in found.text
        assert found.facts["is_risky"] is False
        assert found.gaps == ()
        found = await asked.ask("user_risk_history", user=user(OLA, "ola@woodgrovebank.com"))
        assert found.facts["ever_risky"] is False
        found = await asked.ask("user_risk_detections", user=user(OLA, "ola@woodgrovebank.com"))
        assert found.text == 'Identity Protection has no risk detections of "ola@woodgrovebank.com".'


async def test_the_reasons_may_be_missing() -> None:
    """Without the permission for detections the state stays, and the gap is named."""
    async with bench(RISKS, Rules(roles=frozenset({"IdentityRiskyUser.Read.All"}))) as asked:
        found = await asked.ask("user_risk", user=user())
    assert "is at risk; risk level high" in found.text
    assert "Risk detections could not be read" in found.text
    assert found.facts["risk_level"] == "high"


async def test_the_history_of_a_risk() -> None:
    """Latest first, what ended it, whether it was ever open."""
    async with bench(RISKS) as asked:
        found = await asked.ask("user_risk_history", user=user())
    assert found.text.startswith(
        '"karita@woodgrovebank.com" was flagged as risky 2 times in 3 changes of risk since 2026-05-01T09:00:00Z.'
    )
    assert column(found, "risk_level") == ["high", "none", "low"]
    assert column(found, "risk_event_types")[0] == "anonymizedIPAddress, unfamiliarFeatures"
    assert found.facts["ever_risky"] is True


async def test_the_detections_of_a_user() -> None:
    """All of them, with Entra's names."""
    async with bench(RISKS) as asked:
        found = await asked.ask("user_risk_detections", user=user())
    assert found.facts["count"] == 4
    assert found.facts["open"] == 3
    assert column(found, "name")[0] == "Anonymous IP address"


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ({}, [KARITA, BOB, EVA]),
        ({"risk_state": "atRisk"}, [KARITA, EVA]),
        ({"risk_level": "high"}, [KARITA]),
        ({"risk_state": "confirmedCompromised"}, [BOB]),
        ({"risk_state": "confirmedSafe"}, [GONE]),
        ({"risk_state": "remediated"}, []),
    ],
)
async def test_risky_users_by_state_and_level(given: dict[str, str], ids: list[str]) -> None:
    """Worst first; none is said as none."""
    async with bench(RISKS) as asked:
        found = await asked.ask("risky_users", **given)
        assert asked.trips == 1
    assert found.facts["count"] == len(ids)
    assert [ref.id for ref in found.subjects] == ids
    assert ("Found no users" in found.text) is (not ids)


async def test_risky_users_are_counted_by_level() -> None:
    """In words and as fields."""
    async with bench(RISKS) as asked:
        found = await asked.ask("risky_users")
    assert "Found 3 users flagged as risky" in found.text
    assert "By risk level: 1 high, 1 medium and 1 low." in found.text
    assert (found.facts["high"], found.facts["medium"], found.facts["low"]) == (1, 1, 1)


async def test_more_risky_users_than_are_read() -> None:
    """Four pages at most."""
    many = [{**RISKS["identityProtection/riskyUsers"][0], "id": f"u{n}"} for n in range(6)]
    async with bench({"identityProtection/riskyUsers": many}, Rules(max_page=1)) as asked:
        found = await asked.ask("risky_users")
        assert asked.trips == 4
    assert "Found at least 4 users" in found.text
    assert found.facts["is_all"] is False
    assert found.tables[0].complete is False


async def test_risky_users_with_the_apps_own_cases() -> None:
    """Who has a case with which verdict, who has none; a closed case is none."""

    def case(number: int, object_id: str, status: str) -> Case:
        signal = Signal(key="k", reason="risky_detection", at=NOW, record_id="det-1", category="UserRiskEvents")
        return Case(
            id=f"case-{number:012}", identity=Identity(tenant_id=TENANT, kind="user", id=object_id, name="x"),
            opened_at=NOW - timedelta(days=1), last_signal_at=NOW, signals=(signal,), revision=1, status=status,  # type: ignore[arg-type]
        )  # fmt: skip

    async with bench(RISKS) as asked:
        await asked.state.save_case(case(1, EVA, "open"), None)
        await asked.state.save_report(samples.report(1, case_id="case-000000000001"))
        await asked.state.save_case(case(2, BOB, "closed"), None)
        found = await asked.ask("risky_users_and_cases")
    assert found.facts == {"count": 3, "with_case": 1, "without_case": 2}
    row = next(row for row in found.tables[0].rows if row["id"] == EVA)
    assert (row["case_id"], row["verdict"], row["severity"]) == ("case-000000000001", "suspicious", "medium")
    assert '2 of them have no open case here: "karita@woodgrovebank.com" and "bob@woodgrovebank.com".' in found.text
    assert {source.kind for source in found.sources} == {"graph", "state"}


async def test_detections_of_everybody() -> None:
    """By time and level; a type that nobody knows is shown clean."""
    async with bench(RISKS) as asked:
        found = await asked.ask("risk_detections_in_tenant", time_range=MONTH)
        assert found.facts == {"count": 5, "users": 2, "is_all": True}
        assert "newThing" in found.text
        found = await asked.ask("risk_detections_in_tenant", risk_level="high")
        assert found.facts["count"] == 1


@pytest.mark.parametrize("skill", [*ONE_USER, *LISTS])
async def test_risk_that_may_not_be_read(skill: str) -> None:
    """Without permission, without licence, throttled: a gap, never "not risky"."""
    given = {"user": user()} if skill in ONE_USER else {}
    for rules, reason in (
        (Rules(roles=frozenset({"User.Read.All"})), "denied"),
        (Rules(licences=frozenset()), "unlicensed"),
        (Rules(fault_every=1, faults=("429",)), "throttled"),
    ):
        async with bench(RISKS, rules) as asked:
            found = await asked.ask(skill, **given)  # type: ignore[arg-type]
        assert [gap.reason for gap in found.gaps] == [reason]
        assert "could not be read" in found.text
        assert "is not" not in found.text
        assert "no users" not in found.text
        assert not found.facts


async def test_without_p2_the_level_is_hidden() -> None:
    """Hidden is said as hidden, not as none."""
    document = {
        **RISKS,
        "identityProtection/riskyUsers": [{**RISKS["identityProtection/riskyUsers"][1], "riskLevel": "hidden"}],
    }
    async with bench(document) as asked:
        found = await asked.ask("user_risk", user=user(KARITA))
    assert "risk level hidden by the tenant's licence" in found.text
