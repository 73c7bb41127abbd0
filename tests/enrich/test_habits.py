"""The profile of an identity: folded once from each sign-in, whatever their order, and bounded."""

import random
from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.enrich import Memories
from shared.enrich.habits import FORGOTTEN_AFTER, MOST_VALUES, folded_in
from shared.models.dossier import Fact
from shared.models.habits import Habits
from shared.models.records import Device, Place, SignIn
from tests.enrich.fake_days import DAY, at_home
from tests.enrich.world import Bench, FakeGraph, detection, enriched, sign_in

KEY = "t|user|u"


def fold(*batches: list[SignIn]) -> Habits | None:
    """Return the profile after some batches."""
    habits: Habits | None = None
    for batch in batches:
        habits = folded_in(habits, KEY, batch)
    return habits


def test_each_value_knows_its_sign_ins_and_days() -> None:
    """Two sign-ins on one day are two sign-ins and one day."""
    habits = fold([at_home(0), at_home(0, hour=15), at_home(1), at_home(2, country="SE")])
    assert habits is not None
    assert (habits.sign_ins, habits.days) == (4, 3)
    home, away = habits.seen["country"]["NO"], habits.seen["country"]["SE"]
    assert (home.count, home.days, away.count, away.days) == (3, 2, 1, 1)
    assert away.first == away.last == DAY.date() + timedelta(days=2)
    assert sorted(habits.seen["hour"]) == ["09", "15"]


@given(st.randoms(use_true_random=False), st.integers(0, 6))
def test_order_and_repetition_inside_a_batch_decide_nothing(shuffle: random.Random, repeats: int) -> None:
    """The hub delivers shuffled and twice."""
    records = [at_home(day, hour=8 + day % 3, country="NO" if day % 4 else "SE") for day in range(12)]
    again = records + shuffle.choices(records, k=repeats)
    shuffle.shuffle(again)
    assert fold(again) == fold(records)


@given(st.integers(1, 11))
def test_folding_in_two_steps_is_folding_once(cut: int) -> None:
    """What an earlier triage counted is not counted again, and nothing is lost between."""
    records = [at_home(day, country="NO" if day % 4 else "SE") for day in range(12)]
    assert fold(records[:cut], records) == fold(records)


def test_what_was_not_seen_for_long_is_forgotten_and_the_rest_is_bounded() -> None:
    """A profile of years stays a few KiB, and yesterday's country is worth more than last year's."""
    old = [at_home(0, country="FI")]
    new = [at_home(FORGOTTEN_AFTER.days + 1 + n, country="NO", app=f"App {n}") for n in range(MOST_VALUES * 3)]
    habits = fold(old, new)
    assert habits is not None
    assert list(habits.seen["country"]) == ["NO"]
    assert len(habits.seen["app"]) == MOST_VALUES
    assert len(msgspec.json.encode(habits)) < 8 * 1024


async def test_a_kept_profile_spares_the_sign_in_log(bench: Bench, fake: FakeGraph) -> None:
    """Graph is asked once; with the profile kept and the stream going on, it is not asked again."""
    kept = fold([at_home(day) for day in range(20)])
    assert kept is not None
    kept = msgspec.structs.replace(kept, asked_graph=True)
    records = [detection(), sign_in("s", place=Place(country="RO"))]
    await enriched(bench, fake, records)
    assert any("/auditLogs/signIns" in url for batch in fake.batches for url in batch)
    fake.batches.clear()
    dossier = await enriched(bench, fake, records, memory=Memories(habits=kept))
    assert not any("/auditLogs/signIns" in url for batch in fake.batches for url in batch)
    (baseline,) = dossier.all("sign_in.baseline")
    assert (baseline.values["sign_ins"], baseline.values["active_days"]) == (20, 20)
    (found,) = [fact for fact in dossier.all("sign_in") if fact.text_of("request_id") == "s"]
    assert (found.values["new_country"], found.values["country_seen"]) == (True, 0)


async def test_without_a_stream_of_sign_ins_graph_is_asked_again(bench: Bench, fake: FakeGraph) -> None:
    """A tenant that streams risk alone learns of new sign-ins only from Graph."""
    kept = fold([at_home(day) for day in range(20)])
    assert kept is not None
    memory = Memories(habits=msgspec.structs.replace(kept, asked_graph=True))
    await enriched(bench, fake, [detection()], memory=memory)
    assert any("/auditLogs/signIns" in url for batch in fake.batches for url in batch)


def usage(fact: Fact) -> dict[str, object]:
    """Return how often what a sign-in shows was seen before."""
    return {name: value for name, value in fact.values.items() if name.endswith(("_seen", "_days"))}


async def test_a_sign_in_says_how_often_over_how_many_days(bench: Bench, fake: FakeGraph) -> None:
    """The numbers that an analyst would look up."""
    kept = fold([at_home(day) for day in range(20)])
    again = sign_in("s", place=Place(country="NO"), device=Device(device_id="d-1"))
    dossier = await enriched(bench, fake, [detection(), again], memory=Memories(habits=kept))
    (found,) = [fact for fact in dossier.all("sign_in") if fact.text_of("request_id") == "s"]
    assert usage(found)["country_seen"] == usage(found)["country_days"] == 20
    assert usage(found)["device_seen"] == 20
