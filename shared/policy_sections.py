"""The sections of the policy file; policy.toml says what each value means."""

from datetime import date, datetime

import msgspec

from shared.errors import ConfigurationError


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers of the rules; policy.toml says what each means. All are whole and above zero."""

    signal_window_minutes: int
    spray_users: int
    spread_spray_users: int
    campaign_identities: int
    campaign_window_hours: int
    mfa_denials: int
    guesses: int
    guesses_by_stranger: int
    lock_outs: int
    case_window_hours: int
    aftermath_days: int
    fresh_days: int
    half_life_days: int
    harmless_full_days: int
    harmless_half_days: int


class Weight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points of one finding; a level that is not listed takes ``points``."""

    points: int
    low: int | None = None
    medium: int | None = None
    high: int | None = None

    def at(self, level: str) -> int:
        """Return the points for a risk level."""
        value = {"low": self.low, "medium": self.medium, "high": self.high}.get(level.lower())
        return self.points if value is None else value


def weight_of(finding_id: str, given: object) -> Weight:
    """Return a weight as a TOML file gives it. Raises ConfigurationError that names the finding and the form."""
    try:
        return msgspec.convert(given, Weight)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"the weight of `{finding_id}` has a wrong form: {error}",
            hint=f"Write `{finding_id} = {{ points = 20 }}`, or with `low = 10, medium = 20, high = 30` in the braces "
            "where Entra's risk level decides; all are whole numbers.",
        ) from None


class Exclusion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is left out, with the reason and, better, an end."""

    id: str
    reason: str
    until: date | None = None

    def holds(self, now: datetime) -> bool:
        """Say whether it is still left out."""
        return self.until is None or now.date() <= self.until


class Identities(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Accounts with a part of their own, by object id or user principal name."""

    excluded: tuple[Exclusion, ...]
    break_glass: tuple[str, ...]
    canary: tuple[str, ...]
    service_accounts: tuple[str, ...]


class Applications(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Applications whose sign-ins complete no pattern."""

    excluded: tuple[Exclusion, ...]


class Network(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network that counts like a trusted named location."""

    cidr: str
    name: str


class Networks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Networks that are trusted."""

    trusted: tuple[Network, ...]


class Groups(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Groups by object id, or by name with ``*`` for anything."""

    sensitive: tuple[str, ...]
    helpdesk: tuple[str, ...]


class WorkingHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When people are at work, in UTC. A shift over midnight ends on the day after it began."""

    start: int
    """Hour in which it begins, 0 to 23."""
    end: int
    """Hour in which nobody works any more, 1 to 24; lower than ``start`` for a shift over midnight."""
    days: tuple[int, ...]
    """Days on which it begins, 1 for Monday to 7 for Sunday."""

    def holds(self, at: datetime) -> bool:
        """Say whether people are at work at a moment."""
        if self.start < self.end:
            return self.start <= at.hour < self.end and at.isoweekday() in self.days
        yesterday = at.isoweekday() - 1 or 7
        late, early = at.hour >= self.start, at.hour < self.end
        return (late and at.isoweekday() in self.days) or (early and yesterday in self.days)
