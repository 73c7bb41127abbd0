"""What a skill is: its words, its typed inputs, what it needs, and the look-up that answers.

A skill only reads. It is declared with ``@skill`` in a file of ``shared/ask/skills`` and found from there; planners,
capabilities, OpenAPI and documentation are all made from this declaration.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from shared.models.dossier import Gap, Source

if TYPE_CHECKING:
    from shared.ask.look import Look

type InputKind = Literal[
    "user", "group", "service_principal", "application", "device", "role", "policy", "case",
    "text", "count", "time_range", "choice", "address", "place", "day",
]  # fmt: skip
"""What a value names. The first eight are things that are looked up and may be ambiguous; the rest are plain values."""
THINGS: frozenset[str] = frozenset(
    {"user", "group", "service_principal", "application", "device", "role", "policy", "case"}
)
type Cell = str | int | float | bool | None
"""One value of a row. Times are ISO text in UTC; a list is text joined by ``, ``."""


class Ref(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that was found: what "this user" or "those apps" may mean in the next prompt."""

    kind: InputKind
    id: str
    """Graph's object id; the case id for a case."""
    name: str
    """As a person knows it: the UPN of a user, the display name of others. Hostile text like any other."""


class TimeRange(msgspec.Struct, frozen=True, kw_only=True):
    """A span that ends at ``until`` (ISO text in UTC, whole seconds)."""

    since: str
    until: str
    words: str
    """As it is said in an answer, e.g. ``the past 7 days``."""


type InputValue = str | int | Ref | tuple[Ref, ...] | TimeRange
"""What a skill is handed: text, number, a thing, several things (``many``), or a span."""


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One input of a skill."""

    name: str
    """snake_case; callers give it under the same name in ``inputs``."""
    kind: InputKind
    description: str
    required: bool = True
    choices: tuple[str, ...] = ()
    """For ``choice``: every value, in Graph's own words."""
    words: dict[str, tuple[str, ...]] = {}
    """For ``choice``: what people say for a value, by value, e.g. ``{"confirmedCompromised": ("compromised",)}``; lower
    case, and each phrase belongs to one value only. A prompt that holds a phrase gives the input that value."""
    default: str | int | None = None
    """What it is when nobody says; for a ``time_range`` a phrase such as ``the past 7 days``."""
    many: bool = False
    """Takes several things ("these apps"), 1 to 20; the skill is handed a tuple of Ref."""
    most: int = 50
    """For ``count``: the largest number; the smallest is 1."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a table."""

    name: str
    """snake_case of Graph's property."""
    title: str
    """Heading for people, sentence case."""
    meaning: str
    """What the value says and in which unit; where it comes from when that is not plain."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows with what their columns mean."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[dict[str, Cell], ...]
    """Every row has every column's name; None where Graph says nothing."""
    total: int | None = None
    """How many there are in all where Graph says so (``$count``); None: as many as the rows, if ``complete``."""
    complete: bool = True
    """False when the cap on pages was reached: there are more than these rows."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a skill found."""

    text: str
    """One to four plain sentences, every name and number of them taken from ``tables`` or ``facts``. Names that people
    chose are put in with ``quoted``. No table in words: whoever renders the answer adds the tables."""
    tables: tuple[Table, ...] = ()
    facts: dict[str, Cell | tuple[str, ...]] = {}
    """Single values that a playbook reads as fields, e.g. ``{"account_enabled": true}``."""
    sources: tuple[Source, ...] = ()
    """Every Graph URL that was read (``kind="graph"``), or ``state`` for what the app itself keeps."""
    gaps: tuple[Gap, ...] = ()
    """What could not be read. A skill that read nothing at all says so in ``text`` and never says "none"."""
    subjects: tuple[Ref, ...] = ()
    """The things the answer is about, most important first, at most 50: next prompts may say "this" or "these"."""
    follow_ups: tuple[str, ...] = ()
    """Prompts that make sense next, at most 4, complete with the name so that they can be sent as they are."""


type LookUp = Callable[["Look", Mapping[str, InputValue]], Awaitable[Reply]]


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be looked up."""

    id: str
    """snake_case and stable: playbooks name it in ``skill``."""
    area: str
    """The file it is in: ``users``, ``groups``, ``sign_ins`` …"""
    title: str
    description: str
    """One sentence: what it answers. The model planner reads it, so it says what the skill is *not* for when near."""
    inputs: tuple[Input, ...]
    permissions: tuple[str, ...]
    """Least application permissions; all are needed for a whole answer. Empty for what the app itself keeps."""
    licence: str | None
    """What the tenant must have, in the words of ``shared.graph.queries`` (``P1``, ``P2``); None: any tenant."""
    examples: tuple[str, ...]
    """Prompts that mean this skill: Microsoft's published ones word for word (placeholders in braces, e.g. ``{user}``,
    named like the input), and everyday rewordings. The deterministic planner learns from these and nothing else."""
    paths: tuple[str, ...]
    """Graph paths it reads, for documentation, e.g. ``/users/{id}/manager``; empty for what the app itself keeps."""
    look: LookUp

    def input(self, name: str) -> Input | None:
        """Return an input by name."""
        return next((one for one in self.inputs if one.name == name), None)


def skill(
    *,
    id: str,  # noqa: A002 - the field's own name
    area: str,
    title: str,
    description: str,
    examples: tuple[str, ...],
    inputs: tuple[Input, ...] = (),
    permissions: tuple[str, ...] = (),
    licence: str | None = None,
    paths: tuple[str, ...] = (),
) -> Callable[[LookUp], Skill]:
    """Return a decorator that makes a look-up function a skill."""

    def declare(look: LookUp) -> Skill:
        return Skill(
            id=id,
            area=area,
            title=title,
            description=description,
            inputs=inputs,
            permissions=permissions,
            licence=licence,
            examples=examples,
            paths=paths,
            look=look,
        )

    return declare
