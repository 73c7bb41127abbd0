"""What the actions that undo a grave change share: which changes, and the precondition that somebody was asked."""

from collections.abc import Iterator
from typing import Literal

from shared.assess.situation import Need, Proposal, Situation
from shared.models.dossier import Fact

PLANNED = Need(text="Whoever made the change, or their manager, says that it was not planned.", met=None)


def grave_facts(situation: Situation, *graves: str) -> Iterator[Fact]:
    """Yield the changes that a finding of the same name rests on, while somebody may be at work."""
    if not situation.is_attacked:
        return
    cited = set(situation.grounds.facts_of(*graves))
    yield from (fact for fact in situation.reading.all("audit") if fact.id in cited and fact.text_of("grave") in graves)


def undo(
    situation: Situation,
    fact: Fact,
    why: str,
    *,
    method: Literal["GET", "POST", "PATCH", "DELETE", "NONE"] = "NONE",
    url: str = "",
    body: str = "",
    permission: str = "",
) -> Proposal:
    """Return the proposal that takes a change back, or that finds what to take back."""
    return Proposal(
        when=situation.urgent,
        why=why,
        facts=(fact.id,),
        method=method,
        url=url,
        body=body,
        permission=permission,
        needs=(PLANNED,),
    )


def is_target(fact: Fact, *types: str) -> bool:
    """Say whether what was changed is of one of these types, in lower case."""
    return fact.text_of("target_type").lower() in types
