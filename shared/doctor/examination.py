"""The result of an examination, as it is printed and as ``--json`` has it."""

from typing import Literal

import msgspec

type State = Literal["ok", "limited", "failed", "skipped"]
"""``limited``: works, and something that only prompts need, or that is nice to have, is missing."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    state: State
    detail: str
    """What was found, and how: what was read, what was reached, what was not sent."""
    mend: str = ""


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """A Graph permission that the app can use."""

    name: str
    granted: bool
    """Granted by itself, or by a wider one."""
    triage: bool
    """A triage needs it; else only prompts do."""
    reads: tuple[str, ...]
    """What triage reads with it, in words."""
    skills: tuple[str, ...]
    """Ids of the skills that need it."""
    command: str
    """Grants it."""


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """A look-up of a triage that will leave a gap, or show less than all."""

    area: str
    """``user``, ``workload identity`` or ``tenant``."""
    what: str
    """In the words of the gap."""
    path: str
    """Graph path, ids as ``{}``."""
    kinds: tuple[str, ...]
    """Fact kinds of ``shared/models/dossier.py`` that it feeds."""
    extent: Literal["all", "part", "hidden"]
    """``all``: refused; ``part``: objects come without their properties; ``hidden``: Graph hides values."""
    needs: tuple[str, ...]
    """What mends it: permissions (all of them), or one licence."""
    by: Literal["permission", "licence"]


class Blunted(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that lacks what it stands on."""

    id: str
    title: str
    cannot_fire: bool
    """True: nothing is left to fire on. False: it still sees what the stream, or another look-up, brings."""
    missing: tuple[str, ...]
    """Fact kinds that it reads and that will be missing."""


class Unusable(msgspec.Struct, frozen=True, kw_only=True):
    """A skill that gives no whole answer."""

    id: str
    why: tuple[str, ...]


class Unneeded(msgspec.Struct, frozen=True, kw_only=True):
    """A permission that is granted and that nothing here uses."""

    name: str
    changes: bool
    """It may change the tenant, or does more than read: take it away first."""
    command: str
    """Takes it away."""


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    checks: tuple[Check, ...]
    permissions: tuple[Permission, ...]
    licences: dict[str, bool | None]
    """By name; None: nobody knows."""
    lacks: tuple[Lack, ...]
    findings: tuple[Blunted, ...]
    skills: tuple[Unusable, ...]
    unneeded: tuple[Unneeded, ...]

    @property
    def is_sound(self) -> bool:
        """Say whether everything that triage needs is there."""
        return not any(check.state == "failed" for check in self.checks)
