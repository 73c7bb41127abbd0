"""What a storm came to, in the numbers that were promised."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from local.storm.storm import Noted
from local.storm.town import Victim

PROMISED_SECONDS = 120.0
MOMENTS = (1, 2, 5, 10, 15, 30, 60, 120)
"""Minutes after the first event at which completeness is looked at."""
TOO_MANY = 429


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """How long identities waited, in seconds from the arrival of their event."""

    count: int
    p50: float = 0.0
    p95: float = 0.0
    max: float = 0.0


class Complete(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of those whose event had come by then, 0 to 1."""

    minute: int
    ticket: float
    privileged_or_fallen_complete: float
    others_complete: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    users: int
    minutes: float
    shape: str
    without_ticket: int
    time_to_ticket: Waits
    time_to_complete_privileged_or_fallen: Waits
    """Of those that were complete in the time watched."""
    incomplete_privileged_or_fallen: int
    time_to_complete_others: Waits
    incomplete_others: int
    over_time: tuple[Complete, ...]
    own_tickets: int
    campaign_tickets: int
    folded: int
    """Identities without a ticket of their own."""
    ticket_versions: int
    refused: int
    requests: dict[str, int]
    """To Graph, by throttling bucket; ``batch`` counts round trips."""
    quota_peaks: dict[str, float]
    """Largest share of each documented limit that any window saw."""
    model_calls: int
    failed_runs: int
    parked: int
    reports: int
    """Versions of reports, of folded cases too."""
    cpu_ms_a_report: float
    """Processor time of everything, the stand-in Graph included, for each version of a report."""

    @property
    def meets(self) -> bool:
        """Say whether everybody had a ticket in time, nothing was refused and nothing got lost."""
        in_time = not self.without_ticket and self.time_to_ticket.max <= PROMISED_SECONDS
        return in_time and not self.refused and not self.parked


def result_of(noted: Noted) -> Result:
    """Return the numbers of a run."""
    arrived = {one.victim.person.id: noted.began + one.seconds for one in noted.arrivals}
    first, complete = _tickets(noted), _complete(noted)
    own = {one for ticket in noted.tickets if ticket.kind != "campaign" for one in ticket.identities}
    everyone = [one.victim for one in noted.arrivals]
    grave, others = [v for v in everyone if is_grave(v)], [v for v in everyone if not is_grave(v)]
    return Result(
        users=noted.plan.users,
        minutes=noted.plan.minutes,
        shape=noted.plan.shape,
        without_ticket=sum(victim.person.id not in first for victim in everyone),
        time_to_ticket=_waits(everyone, first, arrived),
        time_to_complete_privileged_or_fallen=_waits(grave, complete, arrived),
        incomplete_privileged_or_fallen=sum(victim.person.id not in complete for victim in grave),
        time_to_complete_others=_waits(others, complete, arrived),
        incomplete_others=sum(victim.person.id not in complete for victim in others),
        over_time=tuple(
            Complete(
                minute=minute,
                ticket=_share(everyone, first, arrived, noted.began + minute * 60),
                privileged_or_fallen_complete=_share(grave, complete, arrived, noted.began + minute * 60),
                others_complete=_share(others, complete, arrived, noted.began + minute * 60),
            )
            for minute in MOMENTS
            if minute <= noted.plan.minutes + noted.plan.after_minutes
        ),
        own_tickets=len(own),
        campaign_tickets=len({ticket.key for ticket in noted.tickets if ticket.kind == "campaign"}),
        folded=len(first.keys() - own),
        ticket_versions=len(noted.tickets),
        refused=sum(served.status == TOO_MANY for served in noted.served),
        requests=dict(sorted(Counter(served.bucket.partition(":")[0] for served in noted.served).items())),
        quota_peaks={name: round(share, 3) for name, share in sorted(noted.peaks.items())},
        model_calls=noted.model_calls,
        failed_runs=noted.failures,
        parked=noted.parked,
        reports=len(noted.reports),
        cpu_ms_a_report=round(1000 * noted.cpu_seconds / max(1, len(noted.reports)), 1),
    )


def is_grave(victim: Victim) -> bool:
    """Say whether somebody comes first: privileged, or fallen."""
    return victim.is_privileged or victim.fell


def _tickets(noted: Noted) -> dict[str, float]:
    """Return, by identity, when its first ticket came, or the first version of its campaign's that stands for it."""
    found: dict[str, float] = {}
    for ticket in noted.tickets:
        for identity in ticket.identities:
            found.setdefault(identity, ticket.at)
    return found


def _complete(noted: Noted) -> dict[str, float]:
    """Return, by identity, when its first report was made that lacks nothing."""
    found: dict[str, float] = {}
    for report in sorted(noted.reports, key=lambda one: one.at):
        if report.is_complete:
            found.setdefault(report.identity, report.at)
    return found


def _waits(victims: Iterable[Victim], at: dict[str, float], arrived: dict[str, float]) -> Waits:
    waited = sorted(at[one] - arrived[one] for one in (victim.person.id for victim in victims) if one in at)
    if not waited:
        return Waits(count=0)
    of = len(waited) - 1
    p50, p95 = (round(waited[round(of * share)], 2) for share in (0.5, 0.95))
    return Waits(count=len(waited), p50=p50, p95=p95, max=round(waited[-1], 2))


def _share(victims: Sequence[Victim], at: dict[str, float], arrived: dict[str, float], moment: float) -> float:
    known = [victim.person.id for victim in victims if arrived[victim.person.id] <= moment]
    return round(sum(one in at and at[one] <= moment for one in known) / len(known), 4) if known else 1.0
