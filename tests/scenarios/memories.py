"""Scenarios in which what is usual for this person decides: a commuter, a night shift, and who they are not."""

from datetime import datetime, timedelta

import msgspec

from local.story.clients import OUTLOOK, TEAMS
from local.story.holdings import Holdings
from local.story.moments import moment
from local.story.people import Person
from local.story.places import LONDON, Network, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed
from tests.scenarios.patterns import STRANGE, life_of, scenario, someone
from tests.scenarios.scenario import Expect, Scenario

HOME, TRAIN = 64500, 64510
"""Networks whose providers give out another address every day."""
MORNING = moment("2026-09-16T07:20:11.204")
NIGHT = moment("2026-09-16T02:12:40.118")
DAYS = 24
RISK = Risk("low", "low", "atRisk", "none", ("unfamiliarFeatures",))
GUILTY = ("disable_account", "reset_password_cloud", "confirm_compromised", "block_source_ip")


def memories() -> list[Scenario]:
    """Return the scenarios."""
    return [_commuter(), _commuter_elsewhere(), _night_shift(), _day_shift_at_night()]


def _at(network: int, day: int = 0) -> Network:
    return Network(f"198.51.100.{30 + day + (100 if network == TRAIN else 0)}", network, LONDON)


def _days(person: Person, first: datetime, *networks: int) -> list[Streamed]:
    """Return weeks of days on which the person signs in from each network, three hours apart: the stream's memory."""
    return [
        sign_in(person, first - timedelta(days=day) + timedelta(hours=3 * place), _at(network, day), app=TEAMS)
        for day in range(DAYS, 1, -1)
        for place, network in enumerate(networks)
    ]


def _living(person: Person) -> Holdings:
    return msgspec.structs.replace(life_of(person), history=[])


def _noticed(person: Person, taken: Streamed, at: datetime, network: Network) -> list[Streamed]:
    found = at + timedelta(minutes=2)
    return [
        taken,
        detection(person, "unfamiliarFeatures", "low", at, detected=found, network=network, sign_in=taken),
        risky_user(person, "low", found),
    ]


def _commuter() -> Scenario:
    """Home in the morning, the train's network three hours later, every day: Entra calls the train unfamiliar."""
    person = someone("Annika Lund")
    taken = sign_in(person, MORNING, _at(TRAIN), app=OUTLOOK, risk=RISK)
    expect = Expect(
        verdict=("benign",),
        severity=("informational",),
        findings=("familiar_location", "compliant_known_device"),
        not_findings=("new_country_sign_in", "odd_hour_sign_in", "impossible_travel"),
        not_actions=(*GUILTY, "revoke_sessions"),
    )
    records = [*_days(person, MORNING - timedelta(hours=3), HOME, TRAIN), *_noticed(person, taken, MORNING, _at(TRAIN))]
    return scenario("commuter_on_the_train", _living(person), records, expect)


def _commuter_elsewhere() -> Scenario:
    """The same city, a third network and a browser that the commuter does not have: their habits excuse nothing."""
    person, source = someone("Annika Lindh"), hosted(211, LONDON, asn=64508)
    taken = sign_in(person, MORNING, source, app=OUTLOOK, look=STRANGE, factor="none", risk=RISK)
    expect = Expect(
        verdict=("suspicious",),
        severity=("medium", "high"),
        findings=("single_factor_risky_sign_in", "unfamiliar_sign_in"),
        not_findings=("familiar_location", "compliant_known_device"),
        not_actions=("confirm_safe", "dismiss_risk"),
    )
    records = [*_days(person, MORNING - timedelta(hours=3), HOME, TRAIN), *_noticed(person, taken, MORNING, source)]
    return scenario("commuter_elsewhere", _living(person), records, expect)


def _night_shift() -> Scenario:
    """Two in the night is when the operator on duty works."""
    person = someone("Bernt Vogel")
    taken = sign_in(person, NIGHT, _at(HOME), app=OUTLOOK, risk=RISK)
    expect = Expect(
        verdict=("benign",),
        severity=("informational",),
        findings=("compliant_known_device",),
        not_findings=("odd_hour_sign_in", "new_country_sign_in"),
        not_actions=(*GUILTY, "revoke_sessions"),
    )
    records = [*_days(person, NIGHT - timedelta(hours=2), HOME, HOME), *_noticed(person, taken, NIGHT, _at(HOME))]
    return scenario("night_shift", _living(person), records, expect)


def _day_shift_at_night() -> Scenario:
    """The same hour for somebody who was never seen at night: said, and no verdict by itself."""
    person = someone("Berit Vogel")
    taken = sign_in(person, NIGHT, _at(HOME), app=OUTLOOK, risk=RISK)
    expect = Expect(
        verdict=("benign",),
        severity=("informational", "low"),
        findings=("odd_hour_sign_in", "compliant_known_device"),
        not_actions=GUILTY,
    )
    records = [*_days(person, MORNING, HOME, HOME), *_noticed(person, taken, NIGHT, _at(HOME))]
    return scenario("day_shift_at_night", _living(person), records, expect)
