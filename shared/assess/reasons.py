"""What an attacker holds, by finding: the one table of reasons.toml, which the steps against it quote."""

from pathlib import Path
from typing import Literal

import msgspec

from shared.assess.grounds import RULES, Grounds
from shared.errors import ConfigurationError


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one finding says about password and session."""

    password: Literal["known", "possible", "unneeded"]
    reset: str
    """Why the password is changed, one sentence."""
    revoke: str
    """Why the sessions are ended, one sentence."""
    comes_back: bool = False
    """True when the attacker got past MFA, so that a new password alone does not keep them out."""


def _read() -> dict[str, Reason]:
    table = msgspec.toml.decode(Path(__file__).with_name("reasons.toml").read_bytes(), type=dict[str, Reason])
    if unknown := table.keys() - {rule.id for rule in RULES}:
        raise ConfigurationError(f"reasons.toml names what is no finding: {', '.join(sorted(unknown))}")
    return table


REASONS = _read()


def reason_of(grounds: Grounds) -> Reason | None:
    """Return the first reason whose finding is open, or None."""
    return next((reason for finding, reason in REASONS.items() if grounds.has(finding)), None)


def knows_password(grounds: Grounds) -> bool:
    """Say whether a finding shows that somebody else has the password."""
    return any(reason.password == "known" and grounds.has(finding) for finding, reason in REASONS.items())  # noqa: S105


def comes_back(grounds: Grounds) -> bool:
    """Say whether the attacker can pass MFA again."""
    return any(reason.comes_back and grounds.has(finding) for finding, reason in REASONS.items())
