"""What the doctor foretells is what a triage then lacks: every permission missing, every one alone, every licence."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from local.command_line import parser
from local.doctor import doctor, stand_in_roles
from local.permissions_page import permissions_page
from local.replay import latest_moment, read_bodies, tenant_of
from local.system import UNLIMITED
from local.tenant import StandInCredential, Tenant, TenantServer, rules_from
from shared.ask.capabilities import capabilities
from shared.clients import open_services
from shared.clock import ManualClock
from shared.doctor import Examination, examine
from shared.doctor.lacks import declared, path_of
from shared.graph.answers import Answer, Answers
from shared.graph.client import make_graph
from shared.graph.permissions import WIDER
from shared.graph.reader import GraphReader
from shared.models.dossier import Gap
from shared.pipeline import make_report, take_in
from shared.settings import Settings
from shared.state.sqlite import MEMORY

SCENARIOS = Path(__file__).parent / "scenarios"
CHOSEN = (
    "workload_and_its_developer",
    "access_elevated",
    "hybrid_with_writeback",
    "workload_confirmed_by_state",
    "session_theft",
)
"""Together they ask everything that a triage can ask."""
EVERY = sorted(stand_in_roles(()))
OPENED_BY_DIRECTORY = frozenset(
    {*WIDER["Directory.Read.All"], "AuditLog.Read.All", "Domain.Read.All"}
    | {"LicenseAssignment.Read.All", "RoleManagement.Read.Directory"}
)


def grants() -> Iterator[tuple[str, frozenset[str], frozenset[str] | None]]:
    """Yield each way to be granted: a name, permissions, licences."""
    everything = frozenset(EVERY)
    yield "everything", everything, None
    yield "nothing", frozenset(), None
    for name in EVERY:
        yield f"without {name}", everything - {name}, None
        if name in OPENED_BY_DIRECTORY:
            yield f"without {name} and Directory.Read.All", everything - {name, "Directory.Read.All"}, None
        yield f"{name} alone", frozenset({name}), None
    yield "no licence", everything, frozenset()
    yield "P1 alone", everything, frozenset({"P1"})
    yield "P2, and none for workloads", everything, frozenset({"P1", "P2"})


@dataclass
class Seen:
    """What triages of the chosen scenarios asked and found."""

    answers: list[tuple[str, Answer]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    findings: dict[str, set[str]] = field(default_factory=dict)
    foretold: list[Examination] = field(default_factory=list)
    unusable: set[str] = field(default_factory=set)

    @property
    def refused(self) -> set[str]:
        """Paths that left a gap for the lack of something."""
        return {path for path, answer in self.answers if any(mendable(gap) for gap in answer.gaps)}


def mendable(gap: Gap) -> bool:
    """Say whether a permission or licence would mend a gap."""
    return gap.reason in {"denied", "unlicensed"}


async def triaged(roles: frozenset[str], licences: frozenset[str] | None, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Examine each chosen tenant and triage its cases, with these grants."""
    seen = Seen()
    read = GraphReader.read

    async def recorded(self: GraphReader, *given: object, **named: object) -> Answers:
        answers = await read(self, *given, **named)  # type: ignore[arg-type]
        seen.answers += [(path_of(answer.query), answer) for answer in answers.values()]
        return answers

    for name in CHOSEN:
        monkeypatch.setattr(GraphReader, "read", recorded)
        bodies = read_bodies([SCENARIOS / name / "events.json"])
        clock = ManualClock(latest_moment(bodies))
        rules = rules_from({"roles": roles, "licences": licences})
        async with TenantServer(Tenant.load(SCENARIOS / name / "tenant.json"), rules, clock=clock) as server:
            settings = Settings(
                state_path=MEMORY, graph_url=server.url, graph_share=UNLIMITED, tenant_id=tenant_of(bodies)
            )
            services = await open_services(
                settings, clock=clock, sleep=clock.sleep, credential=StandInCredential(roles)
            )
            try:
                await take_in(bodies, services, source="risk_events")
                for case in await services.state.cases():
                    report = await make_report(case, services)
                    seen.gaps += [gap for gap in report.dossier.gaps if mendable(gap)]
                    seen.findings[case.id] = {finding.id for finding in report.assessment.findings}
                monkeypatch.setattr(GraphReader, "read", read)
                seen.foretold.append(await examine(services))
                found = await capabilities(services)
                seen.unusable |= {one.id for one in found.value if not one.usable}
            finally:
                await services.close()
    return seen


@pytest.fixture(scope="module")
def whole() -> Seen:
    """Return what is asked and found when nothing is missing."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return asyncio.run(triaged(frozenset(EVERY), None, monkeypatch))


async def test_the_chosen_scenarios_ask_everything(whole: Seen) -> None:
    """Else a look-up could be foretold wrongly and nobody would see it."""
    api = make_graph(StandInCredential(), Settings().graph_url).api
    assert {path for path, _ in whole.answers} == {path_of(one.query) for one in declared(api)}
    assert whole.refused == set()
    assert [(lack.path, lack.extent) for lack in whole.foretold[0].lacks if lack.by == "permission"] == []
    assert whole.foretold[0].unneeded == ()


@pytest.mark.parametrize(("roles", "licences"), [g[1:] for g in grants()], ids=[g[0] for g in grants()])
async def test_what_is_foretold_is_what_is_missing(
    roles: frozenset[str], licences: frozenset[str] | None, whole: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gaps, findings and skills: no more and no less than the doctor says."""
    seen = await triaged(roles, licences, monkeypatch)
    foretold = seen.foretold[0]
    lacks = {lack.path: lack for lack in foretold.lacks if lack.extent != "hidden"}
    asked = {path for path, _ in seen.answers}
    parts = {path for path, lack in lacks.items() if lack.extent == "part"}
    assert seen.refused - parts == (lacks.keys() - parts) & asked
    for path, answer in seen.answers:
        for gap in filter(mendable, answer.gaps):
            named = [need for lack in foretold.lacks if lack.path == path for need in lack.needs]
            assert any(f"`{need}`" in gap.mend or need in gap.mend for need in named), gap.mend
    assert {(gap.what, gap.mend) for gap in seen.gaps} == {
        (gap.what, gap.mend) for _, answer in seen.answers for gap in answer.gaps if mendable(gap)
    }
    blunted = {one.id: one for one in foretold.findings}
    for case, findings in whole.findings.items():
        assert findings - seen.findings[case] <= blunted.keys()
    fired = set().union(*seen.findings.values())
    assert not fired & {one.id for one in foretold.findings if one.cannot_fire}
    if roles:
        denied = {one.id for one in foretold.skills if any("does not have `" in why for why in one.why)}
        assert denied == seen.unusable


async def examined(roles: frozenset[str], principal: str = "", document: dict[str, Any] | None = None) -> Examination:
    """Examine a small tenant with these permissions."""
    async with TenantServer(Tenant.load(document or {"users": []}), rules_from({"roles": roles})) as server:
        settings = Settings(state_path=MEMORY, graph_url=server.url, graph_share=UNLIMITED)
        services = await open_services(settings, credential=StandInCredential(roles))
        try:
            return await examine(services, principal=principal)
        finally:
            await services.close()


async def test_what_can_change_the_tenant_comes_first() -> None:
    """Of what nothing needs; a permission that writes is as good as the one that reads, and still too much."""
    extra = {"Mail.Read", "User.ReadWrite.All", "User.RevokeSessions.All"}
    found = await examined(frozenset(EVERY) - {"User.Read.All"} | extra)
    assert [(one.name, one.changes) for one in found.unneeded] == [
        ("User.ReadWrite.All", True),
        ("User.RevokeSessions.All", True),
        ("Mail.Read", False),
    ]
    assert found.lacks == ()
    assert "--method delete" in found.unneeded[0].command


async def test_an_administrator_sees_what_the_apps_identity_was_granted() -> None:
    """The grants of a principal count, and the administrator's own token does not."""
    app, graph, role = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))
    document = {
        "servicePrincipals": [
            {"id": app, "displayName": "triage"},
            {"id": graph, "appRoles": [{"id": role, "value": "AuditLog.Read.All"}]},
        ],
        f"servicePrincipals/{app}/appRoleAssignments": [{"id": "g", "appRoleId": role, "resourceId": graph}],
    }
    found = await examined(frozenset(EVERY), app, document)
    assert [one.name for one in found.permissions if one.granted] == ["AuditLog.Read.All"]
    assert not found.is_sound
    unknown = await examined(frozenset(EVERY), role, document)
    assert [check.state for check in unknown.checks if check.name == "grants"] == ["failed"]


def test_the_command_ends_with_1_when_something_is_missing() -> None:
    """And prints no colour and no token into a pipe."""
    tenant = str(SCENARIOS / "session_theft/tenant.json")
    outcomes = []
    for more in ([], ["--without", "MailboxSettings.Read"], ["--without", "Group.Read.All"]):
        done = subprocess.run(
            [sys.executable, "-m", "local", "doctor", "--tenant", tenant, *more],
            cwd=SCENARIOS.parent.parent,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "\x1b" not in done.stdout
        assert "eyJ" not in done.stdout
        outcomes.append(done.returncode)
    assert outcomes == [0, 1, 0]


async def test_a_setting_that_is_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its name, with what to do, and with exit code 1."""
    monkeypatch.setenv("TRIAGE_DESTINATIONS", "servicenow")
    assert await doctor(parser().parse_args(["doctor", "--json"]), Console()) == 1
    found = msgspec.json.decode(capsys.readouterr().out)
    assert found["sound"] is False
    assert "TRIAGE_SERVICENOW_URL" in found["checks"][0]["detail"]


def test_the_page_of_permissions_is_what_is_declared() -> None:
    """Made again it is the same, and it has a part for each."""
    page = permissions_page()
    assert (SCENARIOS.parent.parent / "docs/permissions.md").read_text(encoding="utf-8") == page
    assert [line[4:-1] for line in page.splitlines() if line.startswith("## ")] == EVERY
