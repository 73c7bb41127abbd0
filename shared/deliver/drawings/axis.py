"""One time axis for all that a report draws: moments to percent of the width, long pauses cut out."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

LEFT, RIGHT = 13.0, 95.0
"""Where the first and the last moment are, in percent of the width; before it is room for the names of levels."""
BREAK_WIDTH = 7.0
NARROWEST = 8.0
"""Width of a stretch that is a single moment."""
MOST_BREAKS = 3
QUIET_AT_LEAST = timedelta(hours=1)
QUIET_SHARE = 0.3
"""A pause is cut out when it takes more than this share of all the time shown."""
LABEL_WIDTH = 13.0
"""How far apart labels are at least: what one needs on a narrow screen."""
_STEPS = (
    *(timedelta(minutes=n) for n in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=n) for n in (1, 2, 3, 6, 12)),
    *(timedelta(days=n) for n in (1, 2, 7, 14, 30, 90, 365)),
)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_EPOCH = datetime(2020, 1, 6, tzinfo=UTC)
"""A Monday: steps of days and weeks count from it."""


class Tick(msgspec.Struct, frozen=True):
    """A labelled moment."""

    x: float
    clock: str
    """``06:52``."""
    day: str
    """``16 Sep`` where it differs from the tick before, else empty."""


class Break(msgspec.Struct, frozen=True):
    """A pause that is not drawn to scale."""

    x: float
    width: float
    text: str
    """How long it is: ``1 h 42 min``."""


class _Stretch(msgspec.Struct, frozen=True):
    first: datetime
    last: datetime
    x: float
    width: float

    @property
    def duration(self) -> timedelta:
        return self.last - self.first

    def at(self, moment: datetime) -> float:
        if not self.duration:
            return self.x + self.width / 2
        share = min(max((moment - self.first) / self.duration, 0.0), 1.0)
        return self.x + self.width * share


class Axis(msgspec.Struct, frozen=True):
    """Where moments are, in percent of the width."""

    stretches: tuple[_Stretch, ...]
    ticks: tuple[Tick, ...]
    breaks: tuple[Break, ...]

    @property
    def first(self) -> datetime:
        """Return the first moment."""
        return self.stretches[0].first

    @property
    def last(self) -> datetime:
        """Return the last moment."""
        return self.stretches[-1].last

    def x(self, moment: datetime) -> float:
        """Return where a moment is; one outside, or in a pause, is at the nearest edge."""
        until = next((one for one in self.stretches if moment <= one.last), self.stretches[-1])
        return round(until.at(moment), 2)


def axis_of(moments: Iterable[datetime]) -> Axis | None:
    """Return the axis on which all these moments are; None without any."""
    times = sorted({moment.astimezone(UTC) for moment in moments})
    if not times:
        return None
    stretches = _placed(_bursts(times))
    breaks = tuple(
        Break(one.x + one.width, BREAK_WIDTH, lasting(two.first - one.last)) for one, two in pairwise(stretches)
    )
    return Axis(stretches, tuple(_ticks(stretches)), breaks)


def lasting(duration: timedelta) -> str:
    """Return ``3 d 4 h``, ``1 h 42 min`` or ``9 min``."""
    minutes = round(duration.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h")] if days else [(hours, "h"), (rest, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "under 1 min"


def _bursts(times: Sequence[datetime]) -> list[list[datetime]]:
    """Return the moments in runs, cut at the longest pauses as long as one dwarfs what is shown."""
    runs = [list(times)]
    while len(runs) <= MOST_BREAKS:
        shown = sum((run[-1] - run[0] for run in runs), timedelta())
        pauses = [(two - one, at, n) for at, run in enumerate(runs) for n, (one, two) in enumerate(pairwise(run))]
        pause, at, n = max(pauses, default=(timedelta(), 0, 0))
        if pause < QUIET_AT_LEAST or pause <= shown * QUIET_SHARE:
            break
        runs[at : at + 1] = [runs[at][: n + 1], runs[at][n + 1 :]]
    return runs


def _placed(runs: Sequence[Sequence[datetime]]) -> tuple[_Stretch, ...]:
    """Give each run its width: what it needs at least, the rest by duration."""
    width = RIGHT - LEFT - BREAK_WIDTH * (len(runs) - 1)
    durations = [(run[-1] - run[0]).total_seconds() for run in runs]
    spare, total = width - NARROWEST * len(runs), sum(durations)
    x, placed = LEFT, list[_Stretch]()
    for run, duration in zip(runs, durations, strict=True):
        own = NARROWEST + spare * (duration / total if total else 1 / len(runs))
        placed.append(_Stretch(run[0], run[-1], round(x, 2), round(own, 2)))
        x += own + BREAK_WIDTH
    return tuple(placed)


def _ticks(stretches: Sequence[_Stretch]) -> list[Tick]:
    ticks, last_day = list[Tick](), ""
    for x, moment, has_clock in _labelled(stretches):
        day = f"{moment.day} {_MONTHS[moment.month - 1]}"
        ticks.append(Tick(x, f"{moment:%H:%M}" if has_clock else "", day if day != last_day else ""))
        last_day = day
    return ticks


def _labelled(stretches: Sequence[_Stretch]) -> list[tuple[float, datetime, bool]]:
    """Return the moments with room for a label: if it can be one a stretch, even in place of its neighbour's last."""
    shown, before = list[tuple[float, datetime, bool]](), 0
    for stretch in stretches:
        own = [(round(stretch.at(moment), 2), moment, has_clock) for moment, has_clock in _moments(stretch)]
        if before > 1 and own[-1][0] - shown[-1][0] < LABEL_WIDTH:
            shown.pop()
        start = len(shown)
        for one in own:
            if not shown or one[0] - shown[-1][0] >= LABEL_WIDTH:
                shown.append(one)
        before = len(shown) - start
    return shown


def _moments(stretch: _Stretch) -> list[tuple[datetime, bool]]:
    """Return the moments to label, and whether their time of day matters."""
    most = max(1, int(stretch.width // LABEL_WIDTH))
    step = next((one for one in _STEPS if stretch.duration / one <= most), _STEPS[-1])
    moment = _EPOCH + -(-(stretch.first - _EPOCH) // step) * step
    found = list[tuple[datetime, bool]]()
    while moment <= stretch.last:
        found.append((moment, step < timedelta(days=1)))
        moment += step
    return found or [(stretch.first, True)]
