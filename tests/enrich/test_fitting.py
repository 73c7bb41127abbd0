"""Facts that decide which remedy fits, and what it costs to ask for them."""

import pytest

from shared.models.dossier import Dossier
from tests.enrich.world import PROFILE, USER, detection, enriched, sign_in
from tests.graph.conftest import Bench
from tests.graph.fake import FakeGraph, error, ok

SYNC, DOMAINS, LICENCES = "/directory/onPremisesSynchronization", "/domains", "/subscribedSkus"
SYNCED = ok({**PROFILE, "onPremisesSyncEnabled": True})
GLOBAL = {"id": "62e90394-69f5-4237-9190-012177145e10", "displayName": "Global Administrator", "isBuiltIn": True}
P2 = {"capabilityStatus": "Enabled", "servicePlans": [{"servicePlanName": "AAD_PREMIUM_P2"}]}


def values(dossier: Dossier, kind: str, name: str) -> object:
    """Return a value of the only fact of a kind."""
    (fact,) = dossier.all(kind)
    return fact.values[name]


@pytest.mark.parametrize("enabled", [True, False])
async def test_writeback_is_asked_for_synchronised_users_only(bench: Bench, fake: FakeGraph, enabled: bool) -> None:
    """On or off is a fact; nobody asks for a cloud-only user."""
    answer = ok([{"id": "t", "features": {"passwordWritebackEnabled": enabled}}])
    dossier = await enriched(bench, fake, [detection()], profile=SYNCED, **{SYNC: answer})
    assert values(dossier, "tenant.writeback", "enabled") is enabled
    await enriched(bench, fake, [detection()], **{SYNC: answer})
    assert sum(url.startswith(SYNC) for url in fake.asked) == 1


async def test_a_denied_look_up_is_a_gap_with_its_permission(bench: Bench, fake: FakeGraph) -> None:
    """Nobody is said to have no writeback because nobody may look."""
    denied = error(403, "Authorization_RequestDenied")
    dossier = await enriched(bench, fake, [detection()], profile=SYNCED, **{SYNC: denied, DOMAINS: denied})
    mends = {gap.kinds: gap.mend for gap in dossier.gaps}
    assert "OnPremDirectorySynchronization.Read.All" in mends["tenant.writeback",]
    assert "Domain.Read.All" in mends["tenant.domain",]
    assert not dossier.all("tenant.writeback")


@pytest.mark.parametrize(("kind", "federated"), [("Federated", True), ("Managed", False)])
async def test_the_domain_of_the_users_name_says_who_checks_the_password(
    bench: Bench, fake: FakeGraph, kind: str, federated: bool
) -> None:
    """Other domains of the tenant say nothing about this user."""
    domains = ok(
        [{"id": "WoodgroveBank.com", "authenticationType": kind}, {"id": "other.com", "authenticationType": "Managed"}]
    )
    dossier = await enriched(bench, fake, [detection()], **{DOMAINS: domains})
    assert values(dossier, "tenant.domain", "federated") is federated
    guest = ok({**PROFILE, "userType": "Guest"})
    assert not (await enriched(bench, fake, [detection()], profile=guest, **{DOMAINS: domains})).all("tenant.domain")


async def test_the_tenants_answers_are_kept_for_an_hour_and_gaps_are_not(bench: Bench, fake: FakeGraph) -> None:
    """One request an hour for all users; a failure is asked again by the next user."""
    for _ in range(2):
        await enriched(bench, fake, [detection()], **{DOMAINS: error(403)})
    assert sum(url.startswith(DOMAINS) for url in fake.asked) == 2
    for _ in range(2):
        found = await enriched(
            bench, fake, [detection()], **{DOMAINS: ok([{"id": "woodgrovebank.com", "authenticationType": "Managed"}])}
        )
        assert found.all("tenant.domain")
    assert sum(url.startswith(DOMAINS) for url in fake.asked) == 3
    bench.clock.advance(3601)
    await enriched(bench, fake, [detection()])
    assert sum(url.startswith(DOMAINS) for url in fake.asked) == 4


@pytest.mark.parametrize(("skus", "has"), [([P2], True), ([{**P2, "capabilityStatus": "Suspended"}], False)])
async def test_the_licence_is_asked_where_no_detection_shows_it(
    bench: Bench, fake: FakeGraph, skus: list[object], has: bool
) -> None:
    """A detection with its level is proof enough; a hidden one, or none, is not."""
    hidden = detection(risk_level="hidden", risk_event_type="generic")
    dossier = await enriched(bench, fake, [hidden], **{LICENCES: ok(skus)})
    assert values(dossier, "tenant.licence", "p2") is has
    asked = len(fake.asked)
    await enriched(bench, fake, [detection()])
    assert not [url for url in fake.asked[asked:] if url.startswith(LICENCES)]


@pytest.mark.parametrize("others", [0, 2])
async def test_other_holders_of_the_top_role_are_counted(bench: Bench, fake: FakeGraph, others: int) -> None:
    """The user does not count, and the same holder counts once."""
    own = {"id": "a", "principalId": USER, "roleDefinition": GLOBAL, "directoryScopeId": "/"}
    held = [
        own,
        *({"id": f"o{n}", "principalId": f"other-{n}", "roleDefinitionId": GLOBAL["id"]} for n in range(others)),
    ]
    dossier = await enriched(bench, fake, [detection()], assignments=lambda _: ok([*held, *held]))
    assert values(dossier, "tenant.role_holders", "others") == others


async def test_accounts_of_programs_are_recognised_by_name_or_by_use(bench: Bench, fake: FakeGraph) -> None:
    """A service name, or nothing but password protocols; a person with one legacy client is a person."""
    named = ok({**PROFILE, "userPrincipalName": "svc-backup@woodgrovebank.com"})
    assert values(await enriched(bench, fake, [detection()], profile=named), "user.service_account", "by") == "name"
    ropc = [sign_in(f"r-{n}", -60 * n, authentication_protocol="ropc") for n in range(1, 7)]
    assert values(await enriched(bench, fake, [detection(), *ropc]), "user.service_account", "by") == "sign_ins"
    dossier = await enriched(bench, fake, [detection(), *ropc, sign_in("person", -30)])
    assert not dossier.all("user.service_account")
