"""Many at once: a phishing kit that folds into one ticket, and crowds that only share a way out to the internet."""

from collections.abc import Iterable
from datetime import timedelta

from local.story.clients import OUTLOOK, Look
from local.story.holdings import Holdings, usual_devices, usual_methods
from local.story.moments import NOW, ago
from local.story.people import Person
from local.story.places import BUCHAREST, LONDON, Network, hosted
from local.story.risks import detection
from local.story.sign_ins import Risk, sign_in
from local.story.staff import colleagues
from local.story.streamed import Streamed
from local.story.tenant import tenant_of
from tests.scenarios.scenario import Expect, ExpectCampaign, Scenario, bodies_of

CROWD = 12
FELL = 2
BLOCKED = 53003
KIT = Look(user_agent="Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/131.0.0.0", os="Linux", browser="Chrome 131.0.0")
PHONE = Look(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)", os="Ios", browser="Mobile Safari")
PROXY = Network("203.0.113.200", 64505, LONDON)
CARRIER = Network("203.0.113.220", 64506, LONDON)


def campaigns() -> list[Scenario]:
    """Return all of this file."""
    return [_phishing_kit(), _crowd("corporate_egress", PROXY, Look()), _crowd("mobile_carrier", CARRIER, PHONE)]


def _phishing_kit() -> Scenario:
    """Twelve are tried from three addresses within an hour; two let it in."""
    people = colleagues()[:CROWD]
    records = [record for person in people for record in _usual(person, person.office, None)]
    for number, person in enumerate(people):
        records += _tried(person, number, hosted(31 + number % 3, BUCHAREST), fell=number < FELL)
    fallen = Expect(
        verdict=("compromised",), severity=("high", "critical"), findings=("attacker_in_the_middle",),
        actions=("revoke_sessions",),
    )  # fmt: skip
    tried = Expect(
        verdict=("suspicious",), severity=("low", "medium"), findings=("unfamiliar_sign_in",),
        not_findings=("attacker_in_the_middle",), is_folded=True,
    )  # fmt: skip
    return Scenario(
        name="campaign_phishing_kit",
        tenant=tenant_of([_holdings(person) for person in people], records),
        bodies=bodies_of(records),
        cases={person.id: fallen if number < FELL else tried for number, person in enumerate(people)},
        campaigns=(
            ExpectCampaign(
                kind="shared_source",
                targeted=CROWD,
                succeeded=FELL,
                verdict="compromised",
                severity=("high", "critical"),
                headline="12 users were hit alike; 2 are compromised.",
            ),
        ),
    )


def _crowd(name: str, way_out: Network, look: Look) -> Scenario:
    """Twelve unrelated detections behind one address with one client, which they have used for days."""
    people = colleagues()[:CROWD]
    records = []
    for number, person in enumerate(people):
        # A carrier gives another of its addresses each day; a proxy keeps its own.
        usual = way_out if name == "corporate_egress" else Network(f"203.0.113.{221 + number}", way_out.asn, LONDON)
        records += _usual(person, usual, look)
        at = ago(hours=3) + timedelta(minutes=4 * number)
        records.append(
            detection(person, "unfamiliarFeatures", "low", at, detected=at, network=way_out, user_agent=look.user_agent)
        )
        risk = Risk(during="low", aggregated="low", state="atRisk", types=("unfamiliarFeatures",))
        records.append(sign_in(person, at, way_out, app=OUTLOOK, look=look, risk=risk))
    alone = Expect(
        verdict=("benign", "suspicious", "inconclusive"), severity=("informational", "low", "medium"),
        findings=("unfamiliar_sign_in",),
    )  # fmt: skip
    return Scenario(
        name=f"{name}_is_no_campaign",
        tenant=tenant_of([_holdings(person) for person in people], records),
        bodies=bodies_of(records, repeat=False),
        cases={person.id: alone for person in people},
    )


def _tried(person: Person, number: int, network: Network, *, fell: bool) -> Iterable[Streamed]:
    at = NOW - timedelta(minutes=90 - 4 * number)
    kind, level = ("attackerinTheMiddle", "high") if fell else ("unfamiliarFeatures", "medium")
    risk = Risk(during=level, aggregated=level, state="atRisk", types=(kind,))
    factor, error = ("claim", 0) if fell else ("none", BLOCKED)
    tried = sign_in(person, at, network, look=KIT, factor=factor, error=error, risk=risk)
    yield tried
    yield detection(person, kind, level, at, detected=at + timedelta(minutes=2), network=network, sign_in=tried)


def _usual(person: Person, network: Network, look: Look | None) -> list[Streamed]:
    return [sign_in(person, ago(days=day, hours=2), network, app=OUTLOOK, look=look) for day in (2, 3, 6)]


def _holdings(person: Person) -> Holdings:
    return Holdings(person=person, methods=usual_methods(person), devices=usual_devices(person))
