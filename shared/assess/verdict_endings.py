"""Rows that hold for users and workloads alike: how a closed risk ends, and what is said when nothing proves more."""

from shared.assess.evidence import (
    GRAVE,
    ODD,
    QUIET,
    closed_as,
    is_only_unknown,
    live_evidence,
    remediated_with_foothold,
)
from shared.assess.gaps import is_about_remedies
from shared.assess.verdict_rule import VerdictRule

CLOSED: tuple[VerdictRule, ...] = (
    VerdictRule(
        "benign",
        "The risk was remediated, and nothing risky was seen afterwards.",
        closed_as("remediated"),
    ),
    VerdictRule(
        "benign",
        "The risk was dismissed, and nothing risky was seen afterwards.",
        closed_as("dismissed"),
    ),
    VerdictRule(
        "benign",
        "The risk was confirmed as safe, and nothing risky was seen afterwards.",
        closed_as("confirmed_safe"),
    ),
    VerdictRule(
        "suspicious",
        "The risk was closed, but a change made in its aftermath still stands.",
        remediated_with_foothold,
    ),
)

OPEN_ENDED: tuple[VerdictRule, ...] = (
    VerdictRule(
        "inconclusive",
        "The only evidence is of a kind or level that is not known, so it proves neither attack nor innocence.",
        is_only_unknown,
    ),
    VerdictRule(
        "suspicious",
        "A change was made that hands out or unprotects the tenant, and nothing shows that it was planned.",
        lambda it: it.has(*GRAVE),
    ),
    VerdictRule(
        "suspicious",
        "A change was made that is rare and handy for an intruder, and nothing shows that it was planned.",
        lambda it: it.has(*ODD) and live_evidence(it) <= frozenset({*ODD, *QUIET}),
    ),
    VerdictRule(
        "suspicious",
        "A change was made that is most often planned; nobody but its maker can say whether it was.",
        lambda it: it.has(*QUIET) and live_evidence(it) <= frozenset(QUIET),
    ),
    VerdictRule(
        "suspicious",
        "There is evidence of risk, but no proof that an attacker got in.",
        lambda it: bool(live_evidence(it)),
    ),
    VerdictRule(
        "inconclusive",
        "No evidence of risk was found, but not everything could be read.",
        lambda it: any(not is_about_remedies(gap) for gap in it.reading.dossier.gaps),
    ),
    VerdictRule(
        "benign",
        "No evidence of risk was found, and everything that was asked for could be read.",
        lambda _: True,
    ),
)
