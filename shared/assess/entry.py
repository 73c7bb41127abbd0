"""What the catalogue knows about an action before it meets an identity."""

from collections.abc import Callable

import msgspec

from shared.assess.situation import Proposal, Situation
from shared.models.assessment import Phase

OUTSIDE_GRAPH = "none: done outside Microsoft Graph"
PHASES: tuple[tuple[int, Phase], ...] = ((40, "contain"), (66, "evict"), (70, "recover"), (100, "learn"))
"""Each phase with the rank below which it ends."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An action of the catalogue; ``propose`` makes it exact for one identity, several times where it must."""

    id: str
    title: str
    rank: int
    """Place in the order of a sound response: contain, then evict, then recover, then learn."""
    permission: str
    role: str
    reversible: bool
    reversal: str
    blast_radius: str
    does_not_fix: tuple[str, ...]
    propose: Callable[[Situation], list[Proposal]]
    request: str = ""
    """Method and path of its most usual form, ``{id}`` for ids; empty for what is done outside Graph."""
    after: tuple[str, ...] = ()
    """Actions that must be done first wherever both are in the plan; all of a lower rank."""

    @property
    def phase(self) -> Phase:
        """Return the phase of the response that the rank falls in."""
        return next(phase for end, phase in PHASES if self.rank < end)


def action(
    title: str,
    *,
    rank: int,
    permission: str,
    role: str,
    reversible: bool,
    reversal: str,
    blast_radius: str,
    does_not_fix: tuple[str, ...] = (),
    request: str = "",
    after: tuple[str, ...] = (),
) -> Callable[[Callable[[Situation], list[Proposal]]], Entry]:
    """Make a function an action: its name is the action's id."""

    def make(propose: Callable[[Situation], list[Proposal]]) -> Entry:
        return Entry(
            id=propose.__name__,
            title=title,
            rank=rank,
            permission=permission,
            role=role,
            reversible=reversible,
            reversal=reversal,
            blast_radius=blast_radius,
            does_not_fix=does_not_fix,
            propose=propose,
            request=request,
            after=after,
        )

    return make
