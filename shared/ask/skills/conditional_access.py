"""Conditional Access policies: which there are, in which state, and what they ask for."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.ask.found import items, refs, reply
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.policies import (
    PATH,
    PERMISSION,
    POLICIES,
    STATES,
    by_state,
    policies,
    row,
    wants_mfa,
)
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.ask.tables import table
from shared.ask.telling import are, is_cut, is_missing, named, names
from shared.graph.answers import Answers
from shared.graph.queries import P1


@skill(
    id="ca_policies",
    area="conditional_access",
    title="Conditional Access policies",
    description="All Conditional Access policies, or those of one state; not one policy by name, not those for a user.",
    inputs=(
        Input(
            name="state",
            kind="choice",
            description="Only policies in this state.",
            required=False,
            choices=tuple(STATES),
            words={
                "enabled": ("enabled", "enforced", "active", "actively enforced", "in force"),
                "disabled": ("disabled", "turned off", "switched off"),
                "enabledForReportingButNotEnforced": (
                    "report-only",
                    "report only",
                    "only report",
                    "only reporting",
                    "reporting only",
                    "only reported",
                    "report mode",
                    "reporting mode",
                ),
            },
        ),
    ),
    permissions=(PERMISSION,),
    licence=P1,
    paths=(PATH,),
    examples=(
        "Conditional Access Policies.",
        "List CA policies.",
        "Enabled Conditional Access Policies.",
        "CA Policies currently enforced.",
        "Actively enforced CA Policies.",
        "Which conditional access policies are {state}?",
        "How many Conditional Access policies do we have?",
        "show all our CA policies",
    ),
)
async def ca_policies(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read all policies; states are picked here, so that the numbers of the others are known too."""
    state = words(given, "state")
    rest = STATES.get(state, state) if state else "defined"
    return await _picked(look, lambda one: not state or one.get("state") == state, rest)


@skill(
    id="ca_policies_not_enabled",
    area="conditional_access",
    title="Conditional Access policies that are not enabled",
    description="Conditional Access policies that enforce nothing: disabled, or report-only and ready to be enabled.",
    permissions=(PERMISSION,),
    licence=P1,
    paths=(PATH,),
    examples=(
        "Conditional Access Policies to enable.",
        "What CA Policies are not currently enabled?",
        "What policies can I enable?",
        "List inactive Conditional Access Policies/",
        "Which conditional access policies are not enforced?",
        "CA policies that are switched off or report-only",
    ),
)
async def ca_policies_not_enabled(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read all policies and keep those that do not enforce."""
    return await _picked(look, lambda one: one.get("state") != "enabled", "not enabled")


@skill(
    id="ca_policies_with_mfa",
    area="conditional_access",
    title="Policies that ask for MFA",
    description="Enforced Conditional Access policies that ask for multifactor authentication or a strength of it.",
    permissions=(PERMISSION,),
    licence=P1,
    paths=(PATH,),
    examples=(
        "Active Multifactor Authentication Conditional Access Policies.",
        "Enforced MFA policies.",
        "Which CA policies require MFA?",
        "Which policies ask for multifactor authentication?",
        "is MFA enforced by conditional access",
    ),
)
async def ca_policies_with_mfa(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read all policies and keep the enabled ones that ask for MFA."""
    rest = "enabled and ask for multifactor authentication"
    return await _picked(look, lambda one: one.get("state") == "enabled" and wants_mfa(one), rest)


async def _picked(look: Look, keep: Callable[[Mapping[str, Any]], bool], rest: str) -> Reply:
    """Return the policies that a test keeps; ``rest`` is what follows the verb."""
    answers = await look.read(policies(look))
    if is_missing(answers, "policies"):
        return reply(answers, ())
    found = items(answers, "policies") or []
    rows = [row(one) for one in found if keep(one)]
    text = f"{are(len(rows), 'Conditional Access policy', 'Conditional Access policies')} {rest}"
    text += f", of {len(found)}" if len(rows) != len(found) else f" ({by_state(rows)})" if rows else ""
    text += f": {names(map(named, rows))}" if rows else ""
    return reply(
        answers,
        (f"{text}.",),
        tables=(_table(answers, rows),),
        facts={
            "policies": len(rows),
            **{
                f"{word.replace('-', '_')}_policies": sum(r.get("state") == s for r in found)
                for s, word in STATES.items()
            },
        },
        subjects=refs("policy", rows),
        follow_ups=(
            *(f"Tell me about the Conditional Access policy {named(rows[0])}" for _ in rows[:1]),
            "Conditional Access Policies excluding all trusted locations.",
        ),
    )


def _key(state: str) -> str:
    return STATES[state].replace("-", "_")


def _table(answers: Answers, rows: list[dict[str, Any]]) -> Any:
    cut = is_cut(answers, "policies")
    return table("Conditional Access policies", POLICIES, rows, total=None if cut else len(rows), complete=not cut)
