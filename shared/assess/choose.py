"""Choose the actions that fit the identity, and say which were withheld and why."""

from shared.assess import actions as catalogue
from shared.assess.entry import Entry
from shared.assess.grounds import Grounds
from shared.assess.rule import discover
from shared.assess.situation import Proposal, Situation
from shared.models.assessment import Action, Precondition, Severity, Verdict

WHEN = ("now", "next", "later")


def choose(
    grounds: Grounds, verdict: Verdict, severity: Severity
) -> tuple[tuple[Action, ...], tuple[Precondition, ...]]:
    """Return the eligible actions in the order to do them, and what was withheld with the reason.

    An action is withheld when a precondition is known not to hold; one that nobody knows is kept and shown as such.
    """
    situation = Situation(grounds=grounds, verdict=verdict, severity=severity)
    eligible: list[Action] = []
    withheld: list[Precondition] = []
    for entry in entries():
        proposals = entry.propose(situation)
        fit = [proposal for proposal in proposals if proposal.failed is None]
        eligible.extend(_action(entry, proposal, place) for place, proposal in enumerate(fit, start=1))
        failed = dict.fromkeys(need.otherwise for proposal in proposals if (need := proposal.failed))
        withheld.extend(Precondition(text=f"{entry.id}: {reason}", met=False) for reason in failed)
    return tuple(sorted(eligible, key=lambda action: WHEN.index(action.when))), tuple(withheld)


def entries() -> list[Entry]:
    """Return the catalogue in the order in which the actions make sense."""
    return sorted(discover(catalogue, Entry), key=lambda entry: entry.rank)


def _action(entry: Entry, proposal: Proposal, place: int) -> Action:
    return Action(
        id=entry.id if place == 1 else f"{entry.id}_{place}",
        title=entry.title,
        when=proposal.when,
        why=proposal.why,
        facts=proposal.facts,
        method=proposal.method,
        url=proposal.url,
        body=proposal.body,
        permission=proposal.permission or entry.permission,
        role=proposal.role or entry.role,
        preconditions=tuple(Precondition(text=need.text, met=need.met) for need in proposal.needs),
        reversible=entry.reversible,
        reversal=entry.reversal,
        blast_radius=proposal.blast_radius or entry.blast_radius,
        does_not_fix=(*entry.does_not_fix, *proposal.does_not_fix),
    )
