"""Every riskEventType of Identity Protection: name, meaning, runbook and the finding that it drives.

The one table is risk_types.toml; assess, write and the documentation read it here.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from shared.errors import ConfigurationError

type Kind = Literal["user", "servicePrincipal", "agent"]
type Licence = Literal["free", "p2", "p2_mda", "p2_mde", "p2_mdi", "p2_mdo", "e5", "workload", "agent"]
type _Text = Annotated[str, msgspec.Meta(min_length=1)]
MOST_CHECKS = 3
_KINDS: tuple[Kind, ...] = ("user", "servicePrincipal", "agent")


class RiskType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One type of detection, for the kinds of identity for which it means the same."""

    id: str
    """As Entra writes it."""
    applies_to: tuple[Kind, ...]
    name: _Text
    """Entra's own name, as the portal shows it."""
    phrase: _Text
    """In prose after "reported", with its article where it takes one."""
    meaning: _Text
    """What Microsoft saw: the rest of a sentence that begins with the name and a colon."""
    timing: tuple[Literal["realtime", "nearRealtime", "offline"], ...]
    """Empty where Microsoft does not say."""
    level_of: tuple[Literal["signIn", "user", "servicePrincipal", "agent"], ...]
    """What the detection raises the risk level of."""
    licence: Licence
    """What a tenant needs to see the type by its name."""
    shown_with: Licence | None = None
    """Only where the type stands for others that the licence hides: what would show them."""
    techniques: tuple[str, ...]
    """MITRE ATT&CK technique ids."""
    checks: tuple[_Text, ...]
    """The runbook; ``{moment}`` and ``{address}`` stand for those of the detection."""
    benign: str
    """The everyday cause as a sentence; empty where there is none worth hoping for."""
    finding: str
    """Id of the finding that a detection of this type belongs to."""
    alias_of: str = ""
    """The type whose row gave what this one does not say itself."""

    @property
    def explanation(self) -> str:
        """Return name and meaning as one sentence."""
        return f"{self.name}: {self.meaning}"

    @property
    def bare_phrase(self) -> str:
        """Return the phrase without its article."""
        return self.phrase.removeprefix("a ").removeprefix("an ")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    licences: dict[Licence, str]
    types: tuple[dict[str, object], ...]


def folded(risk_event_type: str) -> str:
    """Return a type as it is compared: without case, since Entra varies it."""
    return risk_event_type.strip().casefold()


def read(text: bytes) -> tuple[dict[Licence, str], tuple[RiskType, ...]]:
    """Return licences by key and the types in order. Raises ConfigurationError on a table that contradicts itself."""
    try:
        table = msgspec.toml.decode(text, type=_Table)
        types = _resolved(table.types)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"risk_types.toml: {error}") from None
    seen: set[tuple[Kind, str]] = set()
    said: dict[str, tuple[str, str]] = {}
    for row in types:
        if not 1 < len(row.checks) <= MOST_CHECKS or len(set(row.checks)) < len(row.checks):
            raise ConfigurationError(f"risk_types.toml: `{row.id}` needs 2 to {MOST_CHECKS} different checks")
        if not {row.licence, row.shown_with or row.licence} <= table.licences.keys():
            raise ConfigurationError(f"risk_types.toml: the licence of `{row.id}` has no name")
        if said.setdefault(folded(row.id), (row.name, row.phrase)) != (row.name, row.phrase):
            raise ConfigurationError(f"risk_types.toml: `{row.id}` has one name here and another there")
        for kind in row.applies_to:
            if (kind, folded(row.id)) in seen:
                raise ConfigurationError(f"risk_types.toml: `{row.id}` stands twice for {kind}")
            seen.add((kind, folded(row.id)))
    return table.licences, types


def _resolved(rows: Iterable[dict[str, object]]) -> tuple[RiskType, ...]:
    """Return the rows, each alias filled up from a row above it for the same kind of identity."""
    types: list[RiskType] = []
    for row in rows:
        base: dict[str, object] = {}
        if name := row.get("alias_of"):
            known = [it for it in types if it.id == name and list(it.applies_to) == row.get("applies_to")]
            if not known:
                raise ConfigurationError(f"risk_types.toml: `{row.get('id')}` is an alias of no type above it")
            base = msgspec.structs.asdict(known[0])
        try:
            types.append(msgspec.convert({**base, **row}, type=RiskType))
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"risk_types.toml: `{row.get('id')}`: {error}") from None
    return tuple(types)


LICENCES, TYPES = read(Path(__file__).with_name("risk_types.toml").read_bytes())
_BY_KIND: dict[tuple[str, str], RiskType] = {(kind, folded(row.id)): row for row in TYPES for kind in row.applies_to}


def find(kind: str, risk_event_type: str) -> RiskType | None:
    """Return the row of a type for a kind of identity, else another kind's row of that name; None when unknown.

    An agent is a service principal too, and Entra may report the one's types for the other.
    """
    name = folded(risk_event_type)
    kinds = (kind, "servicePrincipal", "agent", "user") if kind == "agent" else (kind, *_KINDS)
    return next((row for one in kinds if (row := _BY_KIND.get((one, name))) is not None), None)


def named(risk_event_type: str) -> RiskType | None:
    """Return a row of a type for its name and phrase alone: these are the same for all kinds of identity."""
    return find("user", risk_event_type)


def known_findings(finding_ids: Iterable[str]) -> None:
    """Raise ConfigurationError when the table names a finding that is not among these."""
    if odd := sorted({row.finding for row in TYPES} - set(finding_ids)):
        raise ConfigurationError(f"risk_types.toml names findings that no rule makes: `{', '.join(odd)}`")


def shown_with(kind: str) -> str:
    """Return the licence that shows which detection a hidden one of this kind of identity is."""
    row = find(kind, "generic")
    return LICENCES[row.shown_with] if row and row.shown_with else ""
