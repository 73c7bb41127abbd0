"""Drawings of a report: numbers and words from its facts, nothing beside them, dense cases clustered with counts."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.deliver.drawings.axis import LEFT, RIGHT, axis_of, lasting
from shared.deliver.drawings.countries import countries_of
from shared.deliver.drawings.risk import changes_of, risk_over_time
from shared.deliver.drawings.score import score_bars
from shared.deliver.drawings.timeline import CLOSEST, events_of, lanes_of, spans_of
from shared.deliver.drawings.who import who
from shared.models.assessment import ScoreTerm
from shared.models.dossier import Dossier, Fact, Gap, Value
from tests.reports import EVENT, report

START = datetime(2026, 9, 16, 7, 0, tzinfo=UTC)


def dossier(*facts: tuple[str, float | None, dict[str, Value]], gaps: tuple[Gap, ...] = ()) -> Dossier:
    """Return a dossier of facts given by kind, minutes after the start, and values."""
    made = [
        Fact(
            id=f"F{number}",
            kind=kind,
            text=f"{kind}.",
            values=values,
            at=None if minute is None else START + timedelta(minutes=minute),
            source=EVENT,
        )
        for number, (kind, minute, values) in enumerate(facts, start=1)
    ]
    return Dossier(facts=tuple(made), gaps=gaps)


@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1)), min_size=1, max_size=40))  # noqa: DTZ001
def test_an_axis_keeps_the_order_of_moments(times: list[datetime]) -> None:
    """Every moment is inside the drawing and none comes before an earlier one, however the pauses are cut."""
    moments = sorted(time.replace(tzinfo=UTC) for time in times)
    axis = axis_of(moments)
    assert axis is not None
    places = [axis.x(moment) for moment in moments]
    assert places == sorted(places)
    assert LEFT <= places[0] <= places[-1] <= RIGHT + 0.1
    labels = [tick.x for tick in axis.ticks]
    assert labels
    assert all(later - earlier > 10 for earlier, later in pairwise(labels))


def test_a_long_pause_is_cut_out_and_told() -> None:
    """Two bursts a day apart both keep their shape; the pause says how long it is."""
    axis = axis_of(START + timedelta(minutes=minute) for minute in (0, 10, 20, 1500, 1510))
    assert axis is not None
    assert [pause.text for pause in axis.breaks] == ["1 d"]
    assert axis.x(START + timedelta(minutes=20)) - axis.x(START) > 30
    assert (axis.ticks[0].clock, axis.ticks[0].day) == ("07:00", "16 Sep")
    assert "17 Sep" in [tick.day for tick in axis.ticks]
    assert axis_of([]) is None
    assert lasting(timedelta(minutes=103)) == "1 h 43 min"


def test_what_comes_after_a_pause_has_its_time() -> None:
    """A single late event is labelled, in place of the last label before the pause where both have no room."""
    axis = axis_of(START + timedelta(minutes=minute) for minute in (-8, 41, 58, 90, 192))
    assert axis is not None
    assert [tick.clock for tick in axis.ticks] == ["07:00", "07:30", "08:00", "10:12"]


def test_a_thousand_sign_ins_are_few_marks_and_none_is_lost() -> None:
    """Marks of a lane never overlap; their counts add up to what is there."""
    facts = [
        ("sign_in", number / 7, {"outcome": "failure", "country": "VN", "app": f"app {number}"})
        for number in range(1000)
    ]
    events = events_of(dossier(*facts))
    axis = axis_of(event.at for event in events)
    assert axis is not None
    (lane,) = lanes_of(events, axis)
    assert (lane.kind.key, lane.count, sum(mark.count for mark in lane.marks)) == ("failed", 1000, 1000)
    assert len(lane.marks) <= 20
    assert all(two.x - one.x >= CLOSEST for one, two in pairwise(lane.marks))
    assert all(len(mark.title) < 120 for mark in lane.marks)


@pytest.mark.parametrize(
    ("values", "lane"),
    [
        ({"outcome": "success", "new_country": False, "risk_level": "none"}, "usual"),
        ({"outcome": "success", "new_country": True}, "new"),
        ({"outcome": "success", "new_country": False, "risk_level": "medium"}, "new"),
        ({"outcome": "success", "new_country": False, "pattern": "session_in_two_countries"}, "new"),
        ({"outcome": "success", "risk_level": "hidden"}, "unknown"),
        ({"outcome": "interrupted", "new_country": True}, "interrupted"),
        ({"outcome": "failure"}, "failed"),
    ],
)
def test_a_sign_in_is_in_the_lane_of_what_is_known(values: dict[str, Value], lane: str) -> None:
    """Success is called usual only when it was compared; what has no baseline is not called new either."""
    assert [event.kind.key for event in events_of(dossier(("sign_in", 0, values)))] == [lane]


def test_changes_detections_and_what_was_set_up_since_are_drawn() -> None:
    """A method from before the case is no event of it; a failed change is told from one that was made."""
    events = events_of(
        dossier(
            ("risk.detection", 0, {"risk_event_type": "attackerinTheMiddle", "risk_level": "high", "country": "NL"}),
            ("risk.detection", 1, {"risk_event_type": "brandNewType", "risk_level": "high"}),
            ("audit", 5, {"activity": "Add owner", "succeeded": False}),
            ("audit", 6, {"activity": "Consent to application", "succeeded": True}),
            ("user.auth_method", 7, {"method": "fido2", "name": "passkey"}),
            ("user.auth_method", -90000, {"method": "password"}),
            ("user.device", None, {"name": "laptop"}),
        )
    )
    assert [(event.kind.key, event.what) for event in events] == [
        ("detection", "Attacker in the Middle"),
        ("detection", "brandNewType"),
        ("refused", "Add owner"),
        ("change", "Consent to application"),
        ("change", "method added: passkey"),
    ]


def test_what_lasted_has_its_length_from_the_fact() -> None:
    """Denied prompts and sprays are drawn as long as they were."""
    spans = spans_of(
        dossier(
            ("sign_in.mfa_denials", 0, {"denied": 11, "minutes": 9}),
            ("sign_in.spray", 3, {"users": 25, "minutes": 4}),
            ("sign_in.spray", None, {"users": 25, "minutes": 4}),
        )
    )
    assert [(span.title, span.text, (span.last - span.first).total_seconds()) for span in spans] == [
        ("MFA prompts denied", "11 denied", 540.0),
        ("Password spray", "25 users tried", 240.0),
    ]


def test_risk_has_a_row_for_what_entra_hides() -> None:
    """A hidden level is drawn in a row of its own, never as low or none; an ended risk is told from an open one."""
    changes = changes_of(
        dossier(
            ("risk.detection", 0, {"risk_event_type": "generic", "risk_level": "hidden", "risk_state": "atRisk"}),
            ("risk.detection", 1, {"risk_event_type": "anonymizedIPAddress", "risk_level": "low"}),
            ("risk.detection", 1, {"risk_event_type": "anonymizedIPAddress", "risk_level": "low"}),
            ("risk.user", 30, {"risk_level": "none", "risk_state": "remediated"}),
            ("risk.user", None, {"risk_level": "none", "risk_state": "none"}),
        )
    )
    axis = axis_of(change.at for change in changes)
    assert axis is not None
    drawn = risk_over_time(changes, axis)
    assert [row.level for row in drawn.rows] == ["high", "medium", "low", "none", "unknown"]
    heights = {row.y: row.level for row in drawn.rows}
    assert [(heights[one.y], one.count, one.is_identity, one.is_ended) for one in drawn.points] == [
        ("unknown", 1, False, False),
        ("low", 2, False, False),
        ("none", 1, True, True),
    ]


def test_countries_stand_beside_the_usual_ones() -> None:
    """New countries come first; how often a usual one was seen is a number only where a sign-in tells it."""
    told = dossier(
        ("sign_in.baseline", None, {"countries": ("FI", "SE"), "sign_ins": 20}),
        ("sign_in", 0, {"outcome": "success", "country": "FI", "city": "Helsinki", "country_seen": 17}),
        ("sign_in", 1, {"outcome": "success", "country": "RO", "country_seen": 0}),
        ("sign_in", 2, {"outcome": "failure", "country": "RO"}),
        ("risk.detection", 2, {"country": "RO"}),
        ("sign_in", 3, {"outcome": "interrupted"}),
    )
    rows = [
        (row.name, row.is_usual, row.usual, row.succeeded, row.failed, row.detections)
        for row in countries_of(told).rows
    ]
    assert rows == [
        ("Romania", False, 0, 1, 1, 1),
        ("Finland", True, 17, 1, 0, 0),
        ("Sweden", True, None, 0, 0, 0),
        ("", None, None, 0, 1, 0),
    ]
    bare = countries_of(dossier(("sign_in", 0, {"outcome": "success", "country": "RO"})))
    assert [(row.is_usual, row.usual) for row in bare.rows] == [(None, None)]


@given(st.lists(st.integers(-60, 60), max_size=12))
def test_score_bars_add_up_inside_the_drawing(points: list[int]) -> None:
    """Bars touch end to end and stay inside, whatever the terms."""
    made = report().assessment
    terms = tuple(ScoreTerm(source=f"t{n}", label=f"t{n}", points=value) for n, value in enumerate(points))
    drawn = score_bars(msgspec.structs.replace(made, terms=terms, score=sum(points)))
    assert sum(bar.term.points for bar in drawn.bars) == sum(points)
    assert all(bar.x >= -0.1 and bar.x + bar.width <= 100.1 for bar in drawn.bars)
    assert drawn.zero <= drawn.hundred <= 100


def test_what_holds_the_sum_comes_last_and_speaks_for_nobody() -> None:
    """A cap stands after all it caps, in a tone of its own."""
    made = report().assessment
    terms = (
        ScoreTerm(source="cap", label="cap", points=-30),
        ScoreTerm(source="token_theft_pattern", label="t", points=40),
    )
    drawn = score_bars(msgspec.structs.replace(made, terms=terms))
    assert [(bar.term.source, bar.tone, bar.is_finding) for bar in drawn.bars] == [
        ("token_theft_pattern", "failure", True),
        ("cap", "none", False),
    ]


def test_who_it_is_says_what_could_not_be_read() -> None:
    """A line is there with its facts, or says that it could not be read; what is only partly read says so."""
    gap = Gap(
        id="G1", kinds=("user.role", "user.no_role"), what="roles", reason="denied", detail="403", mend="Grant.", source=EVENT
    )  # fmt: skip
    owners = Gap(
        id="G2", kinds=("user.manager", "user.no_manager"), what="manager", reason="failed", detail="500", mend="Wait.",
        source=EVENT,
    )  # fmt: skip
    lines = who(
        dossier(
            ("user.profile", None, {"display_name": "Anna Lind", "job_title": "Teller", "department": "Retail"}),
            ("user.account", None, {"enabled": False}),
            ("user.sync", None, {"on_premises": True}),
            ("user.role", None, {"role": "Global Reader", "assignment": "eligible"}),
            gaps=(gap, owners),
        )
    )
    assert [(line.label, line.text, line.facts) for line in lines] == [
        ("Name", "Anna Lind", ("F1",)),
        ("Work", "Teller, Retail", ("F1",)),
        ("Account", "disabled; synchronised from on premises", ("F2", "F3")),
        ("Roles", "Global Reader (eligible) (not all could be read)", ("F4", "G1")),
        ("Manager", "could not be read", ("G2",)),
    ]
