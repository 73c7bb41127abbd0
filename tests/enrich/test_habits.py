"""The profile of an identity: folded once from each sign-in, whatever their order, and bounded."""

import random
from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.enrich import Memories, enrich
from shared.enrich.habits import FORGOTTEN_AFTER, MOST_VALUES, folded_in, unfolded
from shared.ingest import decode_resource
from shared.models.dossier import Fact
from shared.models.habits import Habits
from shared.models.records import Device, Place, SignIn
from shared.settings import Settings
from tests.enrich.fake_days import DAY, at_home
from tests.enrich.world import Bench, FakeGraph, a_case, attack, detection, enriched, ok, sign_in, usual

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


async def test_a_profile_that_reaches_into_the_risk_is_replaced_by_graphs_log(bench: Bench, fake: FakeGraph) -> None:
    """An offline detection speaks of days that are folded in already: Graph is asked, and the profile kept whole."""
    kept = fold(usual())
    assert kept is not None
    kept = msgspec.structs.replace(kept, asked_graph=True)
    late = detection(minutes=-4 * 1440)
    case = a_case(late)
    assert kept.until > late.at
    await enriched(bench, fake, [late, sign_in("s")], case=case, memory=Memories(habits=kept))
    assert any("/auditLogs/signIns" in url for url in fake.asked)
    found = await enrich(
        case,
        [late, sign_in("s")],
        bench.reader,
        settings=Settings(),
        now=bench.clock(),
        decode_resource=decode_resource,
        memory=Memories(habits=kept),
    )
    assert found.habits is None


def in_graph(record: SignIn) -> dict[str, object]:
    """Return a sign-in as Graph lists it."""
    return {
        "id": record.record_id,
        "createdDateTime": record.at.isoformat().replace("+00:00", "Z"),
        "userId": record.user_id,
        "appDisplayName": record.app_display_name,
        "ipAddress": record.ip_address,
        "status": {"errorCode": 0},
        "location": {"city": "Oslo", "countryOrRegion": "NO"},
        "deviceDetail": {"deviceId": "d-1", "operatingSystem": "Windows 11", "browser": "Edge 139.0.0"},
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
    }


async def test_graphs_first_answer_rebuilds_a_profile_of_the_stream(bench: Bench, fake: FakeGraph) -> None:
    """The stream has run for a week; Graph knows three: nothing of what is older is lost."""
    days = usual(20)
    kept = fold([record for record in days if record.at >= days[6].at])
    assert kept is not None
    assert (kept.sign_ins, kept.asked_graph) == (7, False)
    listed = ok([in_graph(record) for record in days])
    dossier = await enriched(bench, fake, [detection()], memory=Memories(habits=kept), sign_ins=listed)
    (baseline,) = dossier.all("sign_in.baseline")
    assert (baseline.values["sign_ins"], baseline.values["active_days"]) == (20, 20)


async def test_what_a_detection_names_is_usual_no_more(bench: Bench, fake: FakeGraph) -> None:
    """The intruder came for days before anybody noticed, and was folded in: in this case that is not a habit."""
    visits = [attack(f"visit-{n}", -1440 * n - 60) for n in range(8, 12)]
    kept = fold([*usual(), *visits])
    assert kept is not None
    memory = Memories(habits=msgspec.structs.replace(kept, asked_graph=True))
    news = {}
    for state in ("atRisk", "remediated", "dismissed"):
        records = [detection(risk_state=state), attack("again", 10)]
        dossier = await enriched(bench, fake, records, memory=memory)
        (found,) = [fact for fact in dossier.all("sign_in") if fact.text_of("request_id") == "again"]
        news[state] = [found.values[name] for name in ("new_ip", "new_country", "new_asn")]
        (baseline,) = dossier.all("sign_in.baseline")
        assert baseline.values["sign_ins"] == (24 if state == "dismissed" else 20)
    assert news == {"atRisk": [True] * 3, "remediated": [True] * 3, "dismissed": [False] * 3}


def test_unfolding_takes_off_one_address_and_leaves_the_rest() -> None:
    """The country of home stays, less the visits; what only the visits showed goes; all gone is no profile."""
    habits = fold([at_home(day) for day in range(6)])
    assert habits is not None
    home = next(iter(habits.seen["address"]))
    assert unfolded(habits, {"192.0.2.1": frozenset({("country", "NO")})}) == habits
    assert unfolded(habits, {home: frozenset({("country", "NO")})}) is None
    two = msgspec.structs.replace(
        habits,
        sign_ins=8,
        seen={
            **habits.seen,
            "address": {
                home: habits.seen["address"][home],
                "192.0.2.1": msgspec.structs.replace(habits.seen["address"][home], count=2, days=2),
            },
        },
    )
    left = unfolded(two, {"192.0.2.1": frozenset({("country", "NO"), ("city", "Oslo")})})
    assert left is not None
    assert (left.sign_ins, left.seen["country"]["NO"].count, list(left.seen["address"])) == (6, 4, [home])
