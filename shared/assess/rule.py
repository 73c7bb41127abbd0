"""What a finding is made of: a rule with its name and technique, and the match it returns."""

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from shared.assess.reading import Reading
from shared.errors import ConfigurationError
from shared.models.dossier import Fact
from shared.policy_sections import Weight


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule saw. ``level`` chooses the weight where the rule's weight depends on Entra's risk level."""

    statement: str
    facts: tuple[Fact, ...] = ()
    gaps: tuple[str, ...] = ()
    """Ids of gaps, for findings about what is missing."""
    level: str = ""
    share: float = 1.0
    """How much of the weight is left, 0 to 1, whichever file gives it: what fades with time."""
    techniques: tuple[str, ...] = ()
    """MITRE ATT&CK techniques of what was seen; empty where they are the rule's own."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A pure function over a reading, with the names it goes by."""

    id: str
    family: str
    title: str
    techniques: tuple[str, ...]
    find: Callable[[Reading], Match | None]


def finding(title: str, *techniques: str) -> Callable[[Callable[[Reading], Match | None]], Rule]:
    """Make a function a rule: its name is the finding's id, its file the family."""

    def make(find: Callable[[Reading], Match | None]) -> Rule:
        family = find.__module__.rsplit(".", 1)[-1]
        return Rule(id=find.__name__, family=family, title=title, techniques=techniques, find=find)

    return make


def read_weights(rules: Iterable[Rule]) -> dict[str, Weight]:
    """Return the weights by finding id. Raises ConfigurationError unless each rule has exactly one."""
    text = Path(__file__).with_name("weights.toml").read_bytes()
    weights = msgspec.toml.decode(text, type=dict[str, Weight])
    ids = {rule.id for rule in rules}
    if odd := sorted(ids ^ weights.keys()):
        raise ConfigurationError(f"weights.toml and the rules disagree on `{', '.join(odd)}`")
    return weights
