"""What was read once is kept while a case is owed more: follow-ups ask only for what is missing, and facts show their age."""

from pathlib import Path
from typing import Any

import msgspec

from shared.clock import iso
from shared.models.reports import Report
from tests.pipeline.test_cases import DELAY, tickets
from tests.systems import ANNA, NOW, TENANT, risk_body, stepped, take_in, triage_due

METHODS = f"users/{ANNA}/authentication/methods"
ERROR = {"$error": {"status": 503, "code": "ServiceUnavailable"}}
DOWN: dict[str, Any] = {**TENANT, METHODS: ERROR, f"users/{ANNA}/manager": {"displayName": "Petra Vik", "id": ANNA}}
UP: dict[str, Any] = {**DOWN, METHODS: []}


async def latest(system: Any) -> Report:
    """Return the report of the only case."""
    (case,) = await system.services.state.cases()
    report: Report = await system.services.state.report(case.id)
    return report


async def test_a_follow_up_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    """One look-up failed: the next update sends that one, keeps the other facts and says how old they are."""
    async with stepped(tmp_path, tenant=DOWN) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
    async with stepped(tmp_path, tenant=UP, clock=clock) as (system, _):
        clock.advance(DELAY)
        assert await triage_due(system) == 1
        asked = [served.path for served in system.tenant.requests if served.bucket != "batch"]
        assert asked == [METHODS]
        report = await latest(system)
        (manager,) = report.dossier.all("user.manager")
        assert manager.source.read_at
        assert iso(manager.source.read_at) == iso(NOW)
        assert report.dossier.gaps == ()
        assert {e.get("readAt") for e in (await tickets(system))[-1]["evidence"]} >= {"2026-03-10T12:00:00Z"}  # type: ignore[attr-defined]
        assert await system.services.state.documents("look_ups") == []


async def test_a_bad_moment_loses_nothing_that_was_read_before(tmp_path: Path) -> None:
    """New signals are looked at anew; while Graph is down, what was read an hour ago stands in, with its age."""
    async with stepped(tmp_path, tenant=DOWN) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        known = {fact.kind for fact in (await latest(system)).dossier.facts}
    all_down = dict.fromkeys([*DOWN, f"users/{ANNA}"], ERROR)
    async with stepped(tmp_path, tenant=all_down, clock=clock) as (system, _):
        clock.advance(DELAY * 30)
        await take_in(system, risk_body(2))
        clock.advance(DELAY)
        assert await triage_due(system) >= 1
        report = await latest(system)
        assert known <= {fact.kind for fact in report.dossier.facts}
        (account,) = report.dossier.all("user.account")
        assert account.source.read_at
        assert iso(account.source.read_at) == iso(NOW)
        assert "authentication methods" in [gap.what for gap in report.dossier.gaps]


async def test_new_signals_are_looked_at_anew(tmp_path: Path) -> None:
    """An account that was disabled meanwhile is not shown as it was."""
    async with stepped(tmp_path, tenant=DOWN) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
    disabled = {**UP, "users": [{**TENANT["users"][0], "accountEnabled": False}]}
    async with stepped(tmp_path, tenant=disabled, clock=clock) as (system, _):
        clock.advance(5)
        await take_in(system, risk_body(2))
        clock.advance(DELAY)
        await triage_due(system)
        (account,) = (await latest(system)).dossier.all("user.account")
        assert (account.values["enabled"], account.source.read_at) == (False, None)


async def test_what_cannot_be_read_again_is_read_from_graph(tmp_path: Path) -> None:
    """Kept answers of another version of the app are passed over."""
    async with stepped(tmp_path, tenant=DOWN) as (system, clock):
        state = system.services.state
        await take_in(system, risk_body(1))
        await triage_due(system)
        (document,) = await state.documents("look_ups")
        found = await state.document("look_ups", document.id)
        assert found is not None
        await state.save_document(msgspec.structs.replace(document, body=b'{"answers":7}'), found[1])
        system.tenant.stand_in.clear()
        clock.advance(DELAY)
        assert await triage_due(system) == 1
        assert system.tenant.stand_in.count(f"users/{ANNA}") > 3


async def test_kept_answers_are_forgotten(tmp_path: Path) -> None:
    """They hold what a directory says of people; after two hours the sweep drops them."""
    from shared.upkeep import sweep

    async with stepped(tmp_path, tenant=DOWN) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        assert len(await system.services.state.documents("look_ups")) == 1
        clock.advance(3 * 3600)
        await sweep(system.services)
        assert await system.services.state.documents("look_ups") == []
