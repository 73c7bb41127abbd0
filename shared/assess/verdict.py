"""Decide the verdict: a table of plain rules, read from top to bottom; the first that holds decides."""

from shared.assess.grounds import Grounds
from shared.assess.verdict_rule import VerdictRule
from shared.assess.verdict_users import USERS
from shared.assess.verdict_workloads import WORKLOADS


def table_of(grounds: Grounds) -> tuple[VerdictRule, ...]:
    """Return the table for the kind of identity. Agents are service principals."""
    return USERS if grounds.reading.identity.kind == "user" else WORKLOADS


def decide(grounds: Grounds) -> VerdictRule:
    """Return the first row that holds; the last row always does."""
    return next(row for row in table_of(grounds) if row.holds(grounds))
