"""The whole stage: a case and its records in, a dossier out, through the real reader and SDK adapter."""

import re
from datetime import timedelta

import pytest

from shared.clock import iso
from shared.graph.budgets import ARRIVAL_SECONDS
from shared.models.dossier import Dossier
from shared.models.identity import Identity
from tests.enrich.world import (
    PROFILE,
    START,
    USER,
    a_case,
    attack,
    audit,
    detection,
    enriched,
    plain,
    risky_user,
    sign_in,
    tenant,
    texts,
    usual,
)
from tests.graph.conftest import Bench
from tests.graph.fake import FakeGraph, Rule, error, ok
from tests.systems import tuned

ROLE = {"id": "62e90394-69f5-4237-9190-012177145e10", "displayName": "Global Administrator", "isBuiltIn": True}
RICH: dict[str, Rule] = {
    "manager": ok({"id": "boss", "displayName": "Ola", "userPrincipalName": "ola@woodgrovebank.com"}),
    "groups": ok(
        [{"@odata.type": "#microsoft.graph.group", "id": "g-1", "displayName": "Tier0", "isAssignableToRole": True}]
    ),
    "methods": ok(
        [
            {"@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": "p"},
            {"@odata.type": "#microsoft.graph.fido2AuthenticationMethod", "id": "k", "model": "Key 5"},
        ]
    ),
    "devices": ok([{"id": "o-1", "deviceId": "D-1", "displayName": "LAPTOP-1", "isCompliant": True}]),
    "assignments": lambda url: ok(
        [{"id": "a", "principalId": USER, "roleDefinition": ROLE, "directoryScopeId": "/"}] if USER in url else []
    ),
    "grants": ok([{"id": "og-1", "clientId": "sp-1", "consentType": "Principal", "scope": "Mail.Read openid"}]),
    "/servicePrincipals/sp-1": ok({"id": "sp-1", "displayName": "Mail Helper"}),
    "rules": ok(
        [{"id": "r", "displayName": ".", "isEnabled": True, "actions": {"moveToFolder": "RSS Feeds", "markAsRead": True}}]
    ),
}  # fmt: skip


async def test_a_rich_user_takes_two_round_trips(bench: Bench, fake: FakeGraph) -> None:
    """Everything about the user comes in one batch, what it reveals in a second."""
    dossier = await enriched(bench, fake, [detection(), attack("s-1"), risky_user(), *usual(3)], **RICH)
    assert dossier.round_trips == 2
    assert [len(batch) for batch in fake.batches] == [15, 3]
    assert dossier.gaps == ()
    assert {fact.kind for fact in dossier.facts} == {
        "user.profile", "user.account", "user.password", "user.sync", "user.manager", "user.role", "user.group",
        "user.groups", "risk.user", "risk.detection", "sign_in.travel", "sign_in", "sign_in.baseline",
        "user.auth_method", "user.auth_methods", "user.device", "user.devices", "user.inbox_rule", "user.consent",
        "tenant.role_holders",
    } - {"sign_in.travel"}  # fmt: skip


async def test_a_plain_user_takes_one_round_trip(bench: Bench, fake: FakeGraph) -> None:
    """Nothing revealed, nothing asked again; what was answered as empty is said to be empty."""
    dossier = await enriched(bench, fake, [detection()])
    assert dossier.round_trips == 1
    assert dossier.gaps == ()
    for kind in ("user.no_manager", "user.no_role", "user.no_inbox_rule", "user.no_consent"):
        assert len(dossier.all(kind)) == 1, kind
    assert dossier.one("user.groups").values == {"count": 0}  # type: ignore[union-attr]


async def test_the_dossier_depends_on_nothing_but_the_evidence(bench: Bench, fake: FakeGraph) -> None:
    """Shuffled and repeated records and a later clock give the same facts with the same ids."""
    records = [detection(), attack("s-1"), attack("s-2", 3), audit("a-1", 9, "User registered security info"), *usual()]
    case = a_case(records[0])
    first = await enriched(bench, fake, records, case=case, **RICH)
    bench.clock.advance(3600)
    second = await enriched(bench, fake, [*records[::-1], *records], case=case, **RICH)
    assert [plain(first)["facts"], len(first.gaps)] == [plain(second)["facts"], len(second.gaps)]
    assert [fact.id for fact in first.facts] == [f"F{n}" for n in range(1, len(first.facts) + 1)]


async def test_every_detail_of_a_sentence_is_in_its_values(bench: Bench, fake: FakeGraph) -> None:
    """Times, addresses, quoted words and numbers of a fact's text are carried by the fact."""
    records = [
        detection(), attack("s-1", risk_state="atRisk", risk_level_during_sign_in="high"), risky_user(), *usual(),
        audit("a-1", 9, "Reset password (self-service)", ip_address="198.51.100.9"),
    ]  # fmt: skip
    dossier = await enriched(bench, fake, records, **RICH)
    for fact in dossier.facts:
        carried = " ".join(
            "\n".join(value) if isinstance(value, tuple) else str(value) for value in fact.values.values()
        )
        for detail in re.findall(
            r'"([^"]+)"|(\d{4}-\d\d-\d\dT[\d:]+Z)|(\d+(?:\.\d+){3})|(?<![\w.:-])(\d+)\b', fact.text
        ):
            part = "".join(detail)
            assert part in carried, (fact.kind, fact.text, part)


@pytest.mark.parametrize("kind", ["servicePrincipal", "agent"])
async def test_a_workload_is_asked_about_as_what_it_is(bench: Bench, fake: FakeGraph, kind: str) -> None:
    """No request for a user goes out for a service principal or an agent, which is one."""
    case = a_case(identity=Identity(tenant_id="t", kind=kind, id=USER))  # type: ignore[arg-type]
    await enriched(bench, fake, case=case)
    asked = [url for batch in fake.batches for url in batch]
    assert any(url.startswith(f"/servicePrincipals/{USER}?") for url in asked)
    assert not any(url.startswith("/users/") for url in asked)


async def test_a_user_that_is_not_there_is_a_fact_and_one_gap(bench: Bench, fake: FakeGraph) -> None:
    """404 for the user says nothing about managers, roles or mailboxes: what it held is unknown, not none."""
    gone = error(404, "Request_ResourceNotFound")
    dossier = await enriched(bench, fake, [detection()], profile=gone, **{f"/users/{USER}": gone})
    (gap,) = dossier.gaps
    assert {"user.role", "user.auth_method", "user.inbox_rule"} <= set(gap.kinds)
    assert not gap.is_passing
    assert len(dossier.all("user.deleted")) == 1
    assert (
        dossier.all(
            "user.no_manager", "user.no_mailbox", "user.no_role", "user.profile", "user.no_consent", "user.groups"
        )
        == []
    )
    assert len(dossier.all("risk.detection")) == 1


async def test_graph_down_leaves_the_streams_facts_and_a_gap_for_each_question(bench: Bench, fake: FakeGraph) -> None:
    """Without Graph a triage still has what the stream brought, and says what it has not."""
    down = error(503, "ServiceUnavailable")
    rules: dict[str, Rule] = dict.fromkeys(("/users", "/roleManagement", "/oauth2", "/auditLogs", "/identity"), down)
    dossier = await enriched(bench, fake, [detection(), attack("s-1")], profile=down, manager=down, risky=down, **rules)
    assert len(dossier.all("risk.detection", "sign_in")) == 2
    assert {gap.reason for gap in dossier.gaps} == {"failed"}
    assert len(dossier.gaps) == 14
    assert dossier.gap("user.role") is not None
    assert dossier.gap("sign_in.baseline") is not None


async def test_a_denied_question_names_its_permission(bench: Bench, fake: FakeGraph) -> None:
    """The gap says which permission brings the authentication methods, and no method is claimed."""
    dossier = await enriched(bench, fake, [detection()], methods=error(403, "Authorization_RequestDenied"))
    (gap,) = dossier.gaps
    assert (gap.reason, gap.mend) == ("denied", "Grant the app `UserAuthenticationMethod.Read.All`.")
    assert gap.kinds == ("user.auth_method", "user.auth_methods")
    assert dossier.all("user.auth_method", "user.auth_methods") == []


async def test_without_p2_eligible_roles_are_unknown_not_none(bench: Bench, fake: FakeGraph) -> None:
    """A licence that hides eligibility keeps "no role" from being said."""
    dossier = await enriched(bench, fake, [detection()], eligible=error(400, "AadPremiumLicenseRequired"))
    assert [gap.reason for gap in dossier.gaps] == ["unlicensed"]
    assert dossier.all("user.no_role") == []


async def test_a_truncated_answer_is_never_said_to_be_all(bench: Bench, fake: FakeGraph) -> None:
    """Unread pages leave a gap, and counts and absences unsaid."""
    link = f"{fake.url}/oauth2PermissionGrants?$skiptoken=x"
    endless = {"status": 200, "body": {"value": [], "@odata.nextLink": link}}
    dossier = await enriched(bench, fake, [detection()], grants=endless)
    assert dossier.all("user.no_consent") == []
    assert dossier.gap("user.no_consent") is not None


async def test_malformed_entities_are_gaps(bench: Bench, fake: FakeGraph) -> None:
    """Graph answers of another shape, whole or in part, leave a gap and break nothing else."""
    dossier = await enriched(
        bench, fake, [detection()],
        devices=ok([{"id": 3}]), rules={"status": 200, "body": "<html>"}, sign_ins=ok([{"id": "x"}, "nonsense"]),
    )  # fmt: skip
    assert sorted((gap.what, gap.detail) for gap in dossier.gaps) == [
        ("inbox rules", "200 malformed"),
        ("registered devices", "200 malformed"),
        ("sign-in history", "2 of 2 malformed"),
    ]
    assert len(dossier.all("user.profile")) == 1


async def test_a_user_known_by_name_only_is_found_first(bench: Bench, fake: FakeGraph) -> None:
    """Entra gives unknown names no object id; when Graph knows the name by now, its id is used."""
    case = a_case(
        identity=Identity(tenant_id="t", kind="user", id="unknown-0123456789abcdef", name="karita@woodgrovebank.com")
    )
    by_name = "/users/karita@woodgrovebank.com?"
    dossier = await enriched(bench, fake, case=case, **{by_name: ok(PROFILE)})
    assert dossier.round_trips == 2
    assert fake.asked[0].startswith(by_name)
    assert fake.asked[1].startswith(f"/users/{USER}/manager")
    assert len(dossier.all("user.profile")) == 1
    dossier = await enriched(bench, fake, case=case, **{by_name: error(404, "Request_ResourceNotFound")})
    assert [fact.kind for fact in dossier.facts] == ["user.deleted"]
    assert [gap.detail for gap in dossier.gaps] == ["404 no such user"]


async def test_an_identity_without_id_and_name_is_a_gap(bench: Bench, fake: FakeGraph) -> None:
    """Nothing can be asked, and the dossier says so."""
    case = a_case(identity=Identity(tenant_id="t", kind="user", id="unknown-0123456789abcdef"))
    dossier = await enriched(bench, fake, case=case)
    assert fake.batches == []
    assert [gap.reason for gap in dossier.gaps] == ["not_asked"]


async def test_identity_protection_is_asked_for_what_the_stream_did_not_say(bench: Bench, fake: FakeGraph) -> None:
    """The user's state when only detections came; detections when the state came; one request either way."""

    def asked() -> list[str]:
        paths = [url.split("?")[0] for url in fake.asked if url.startswith("/identityProtection")]
        fake.batches.clear()
        return paths

    await enriched(bench, fake, [detection()])
    assert asked() == [f"/identityProtection/riskyUsers/{USER}"]
    bench.clock.advance(60)
    await enriched(bench, fake, [detection(), risky_user()])
    assert asked() == ["/identityProtection/riskDetections"]


async def test_detections_that_the_stream_never_brought_are_waited_for(bench: Bench, fake: FakeGraph) -> None:
    """A user at risk without any streamed detection is worth one second of waiting."""
    state = {"id": USER, "riskState": "atRisk", "riskLevel": "high", "riskLastUpdatedDateTime": "2026-09-01T09:00:00Z"}
    event = {
        "id": "det-9", "userId": USER, "riskEventType": "leakedCredentials", "riskLevel": "high", "riskState": "atRisk",
        "activityDateTime": "2026-09-01T08:00:00Z", "detectedDateTime": "2026-09-01T08:30:00Z",
    }  # fmt: skip
    dossier = await enriched(bench, fake, case=a_case(), risky=ok(state), detections=ok([event]))
    assert bench.slept == pytest.approx([1 + ARRIVAL_SECONDS])
    assert [fact.text_of("risk_event_type") for fact in dossier.all("risk.detection")] == ["leakedCredentials"]
    assert dossier.one("risk.detection").source.ref == "/identityProtection/riskDetections/det-9"  # type: ignore[union-attr]
    assert dossier.one("risk.user").text_of("risk_level") == "high"  # type: ignore[union-attr]
    assert dossier.gaps == ()


async def test_spent_reports_budget_is_waited_for_only_where_it_matters(bench: Bench, fake: FakeGraph) -> None:
    """In a storm an ordinary user's logs are left for later; a privileged one's are waited for."""
    for _ in range(5):
        assert await bench.budgets.take_budget("reports", 1, 5, 10) == 0
    dossier = await enriched(bench, fake, [detection()])
    assert {gap.reason for gap in dossier.gaps} == {"not_asked"}
    assert len(dossier.gaps) == 4
    bench.clock.advance(60)
    for _ in range(5):
        assert await bench.budgets.take_budget("reports", 1, 5, 10) == 0
    bench.clock.advance(4)
    dossier = await enriched(bench, fake, [detection()], **RICH)
    assert bench.slept == pytest.approx([6 + ARRIVAL_SECONDS])
    assert [gap.what for gap in dossier.gaps if gap.reason == "not_asked"] == []
    assert len(dossier.all("user.auth_methods")) == 1
    assert dossier.round_trips == 2


async def test_a_long_stream_makes_the_history_query_needless(bench: Bench, fake: FakeGraph) -> None:
    """Sign-ins seen over weeks tell what is usual; Graph's log, the scarcest of all, is not asked."""
    dossier = await enriched(bench, fake, [detection(), *usual(25)])
    assert not any(url.startswith("/auditLogs/signIns") for url in fake.asked)
    assert dossier.gap("sign_in.baseline") is None
    assert dossier.one("sign_in.baseline").values["sign_ins"] == 25  # type: ignore[union-attr]


async def test_neighbours_from_the_same_address_are_not_this_user(bench: Bench, fake: FakeGraph) -> None:
    """Records of others, given for the address, become no fact of this user's."""
    other = attack("other", 1, user_id="22222222-bbbb-4bbb-8bbb-000000000002")
    dossier = await enriched(bench, fake, [detection(), attack("mine", 2), other])
    assert [fact.text_of("request_id") for fact in dossier.all("sign_in")] == ["mine"]


async def test_facts_name_the_event_or_the_request_they_come_from(bench: Bench, fake: FakeGraph) -> None:
    """Streamed records by category and id, Graph's by URL, settings and earlier cases by name."""
    history = {
        "id": "from-graph", "createdDateTime": iso(START + timedelta(minutes=5)), "userId": USER, "appId": "a",
        "status": {"errorCode": 0}, "ipAddress": "203.0.113.7",
    }  # fmt: skip
    case = a_case(detection(), previous_case_ids=("case-old",))
    dossier = await enriched(
        bench, fake, [detection(), sign_in("streamed")], case=case,
        settings=tuned(identities={"break_glass": [USER.upper()]}), sign_ins=ok([history]),
    )  # fmt: skip
    sources = {(fact.kind, fact.source.kind, fact.source.ref) for fact in dossier.facts}
    assert ("sign_in", "event", "SignInLogs streamed") in sources
    assert ("sign_in", "graph", "/auditLogs/signIns/from-graph") in sources
    assert ("user.break_glass", "setting", "policy identities.break_glass") in sources
    assert ("case.previous", "state", "case-old") in sources
    assert ("user.groups", "graph", f"/users/{USER}/transitiveMemberOf?$select=id,displayName,isAssignableToRole,roleTemplateId&$top=999") in sources  # fmt: skip


async def test_the_tenant_of_these_tests_answers_all(bench: Bench, fake: FakeGraph) -> None:
    """The fake tenant itself has no gap, so that the gaps above come from what each test breaks."""
    dossier: Dossier = await enriched(bench, fake, [detection()])
    assert tenant().keys() <= fake.rules.keys()
    assert texts(dossier, "user.profile") == [
        (
            '"Karita Woodgrove" is a member of the tenant, job title "Treasurer", department "Finance", '
            "created at 2021-03-04T08:00:00Z."
        )
    ]
