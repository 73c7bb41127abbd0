"""Choose the actions that fit the identity, in the order to do them, and say what was withheld and what is done."""

from collections.abc import Sequence

import msgspec

from shared.assess import actions as catalogue
from shared.assess.entry import Entry
from shared.assess.grounds import Grounds
from shared.assess.situation import Proposal, Situation
from shared.discovery import discover
from shared.models.assessment import Action, Done, Precondition, Severity, Verdict

WHEN = ("now", "next", "later")
ENTRIES = tuple(sorted(discover(catalogue, Entry), key=lambda entry: entry.rank))
"""The catalogue in the order in which the actions make sense."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What can be done, what is left out and why, and what is done already."""

    actions: tuple[Action, ...]
    withheld: tuple[Precondition, ...]
    done: tuple[Done, ...]


def choose(grounds: Grounds, verdict: Verdict, severity: Severity) -> Plan:
    """Return the plan for one identity.

    An action is withheld when a precondition is known not to hold, and done when that is so because somebody did it;
    one that nobody knows is kept and shown as such.
    """
    situation = Situation(grounds=grounds, verdict=verdict, severity=severity)
    eligible: list[tuple[Entry, Action]] = []
    withheld: list[Precondition] = []
    done: list[Done] = []
    for entry in ENTRIES:
        proposals = entry.propose(situation)
        fit = [proposal for proposal in proposals if proposal.failed is None]
        eligible.extend((entry, _action(entry, proposal, place)) for place, proposal in enumerate(fit, start=1))
        failed = [need for proposal in proposals if (need := proposal.failed)]
        reasons = dict.fromkeys(need.otherwise for need in failed if need.deed is None)
        withheld.extend(Precondition(text=f"{entry.id}: {reason}", met=False) for reason in reasons)
        done.extend(
            Done(id=entry.id, title=entry.title, text=need.otherwise, at=deed.at, by=deed.by, facts=deed.facts)
            for need in dict.fromkeys(failed)
            if (deed := need.deed)
        )
    return Plan(actions=_in_order(eligible), withheld=tuple(withheld), done=tuple(done))


def _in_order(eligible: Sequence[tuple[Entry, Action]]) -> tuple[Action, ...]:
    """Return the actions by urgency, then by rank; none before, or more urgent than, one that it must come after."""
    placed: dict[str, Action] = {}
    members: dict[str, list[str]] = {}
    for entry, action in eligible:
        first = tuple(dict.fromkeys(found for name in action.after for found in members.get(name, ())))
        latest = max([WHEN.index(action.when), *(WHEN.index(placed[name].when) for name in first)])
        placed[action.id] = msgspec.structs.replace(action, after=first, when=WHEN[latest])
        members.setdefault(entry.id, []).append(action.id)
    return tuple(sorted(placed.values(), key=lambda action: WHEN.index(action.when)))


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
        phase=entry.phase,
        after=(*entry.after, *proposal.after),
    )
