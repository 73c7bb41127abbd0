"""What a finding is made of: a rule with its name and technique, and the match it returns."""

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from shared.assess.reading import Reading
from shared.errors import ConfigurationError
from shared.models.dossier import Fact
from shared.policy_sections import Weight, weight_of

WEIGHTS_PATH = Path(__file__).with_name("weights.toml")


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


def read_weights(rules: Iterable[Rule], path: Path = WEIGHTS_PATH) -> dict[str, Weight]:
    """Return the weights by finding id. Raises ConfigurationError, with the line, unless each rule has exactly one."""
    text = path.read_text(encoding="utf-8")
    try:
        given = msgspec.toml.decode(text, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{path.name} is not TOML: {error}", hint="Each finding has one line in it.") from None
    weights = {}
    for finding_id, weight in given.items():
        try:
            weights[finding_id] = weight_of(finding_id, weight)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path.name}, line {_line(text, finding_id)}: {error}", hint=error.hint) from None
    ids = {rule.id for rule in rules}
    if missing := sorted(ids - weights.keys()):
        raise ConfigurationError(
            f"{path.name} has no weight of `{missing[0]}`", hint=f"Add `{missing[0]} = {{ points = 20 }}`."
        )
    if unknown := sorted(weights.keys() - ids):
        raise ConfigurationError(
            f"{path.name}, line {_line(text, unknown[0])}: there is no finding `{unknown[0]}`",
            hint="A finding's id is the name of its function under shared/assess/findings/.",
        )
    return weights


def _line(text: str, finding_id: str) -> int:
    """Return the number of the line that gives a finding its weight."""
    keys = [line.partition("=")[0].strip(" \t\"'") for line in text.splitlines()]
    return keys.index(finding_id) + 1 if finding_id in keys else 1
