"""A storm in simulated time, as many users a second as 5,000 in ten minutes; the stand-in Graph enforces its limits."""

from local.bench.row import Measured, Row
from local.storm.command import simulated
from local.storm.result import Result
from local.storm.storm import Plan

CALLS_A_USER = 3
LOG_SECONDS = 2.0
"""Graph answers five requests of the reports bucket in ten seconds."""


async def run(small: bool) -> Measured:
    """Run it, and beside it the arithmetic of the usual way: no simulation of eight hours tells more."""
    found = await simulated(
        Plan(users=20, minutes=0.5, after_minutes=2) if small else Plan(users=500, minutes=1, after_minutes=5)
    )
    usual = found.users * CALLS_A_USER * LOG_SECONDS
    return Measured(
        ours=_numbers(found),
        baselines={"requests one after another": {"seconds_to_the_last_ticket": usual}},
        ratios={"requests_one_after_another": usual / max(1.0, found.time_to_ticket.max)},
        meets=None if small else found.meets,
        note=(
            "simulated clock: the product's own code, queue and budgets; time of the processor is none there, and is "
            "given for each version of a report. The usual way is arithmetic: three log queries a user at the "
            "documented limit. All 5,000, and other storms: `python -m local storm`."
        ),
    )


def _numbers(found: Result) -> dict[str, float]:
    return {
        "users": found.users,
        "without_ticket": found.without_ticket,
        "seconds_to_ticket_median": found.time_to_ticket.p50,
        "seconds_to_ticket_longest": found.time_to_ticket.max,
        "privileged_or_fallen_incomplete": found.incomplete_privileged_or_fallen,
        "others_incomplete": found.incomplete_others,
        "own_tickets": found.own_tickets,
        "campaign_tickets": found.campaign_tickets,
        "folded": found.folded,
        "ticket_versions": found.ticket_versions,
        "refused": found.refused,
        "model_calls": found.model_calls,
        "processor_ms_a_report": found.cpu_ms_a_report,
    }


ROW = Row(
    id="storm",
    what="500 users risky in a minute, the rate of 5,000 in ten, simulated clock",
    target="a ticket within 2 minutes each, no request refused",
    run=run,
)
