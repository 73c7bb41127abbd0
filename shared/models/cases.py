"""Cases: what is going on with one identity, and what correlate asks triage to do about it."""

from datetime import datetime
from typing import Literal

import msgspec

from shared.models.identity import Identity

type SignalReason = Literal[
    "risky_detection",
    "user_risk_raised",
    "confirmed_compromised",
    "risky_sign_in",
    "mfa_fatigue",
    "password_spray_success",
    "detected_sign_in",
    "sensitive_change_after_risk",
    "grave_change",
    "sign_in_pattern",
    "invalid_secrets",
    "canary_touched",
    "address_tried_disabled_account",
    "asked_by_hand",
    "many_identities_hit",
    "member_compromised",
    "risk_remediated",
    "risk_dismissed",
    "risk_confirmed_safe",
]
type Outcome = Literal["remediated", "dismissed", "confirmed_safe"]

SEEN_FROM_ADDRESS: frozenset[SignalReason] = frozenset({"password_spray_success", "address_tried_disabled_account"})
"""Signals that the identity's own records do not show: the sign-ins of others from the same address do."""
NOT_IN_RECORDS: frozenset[SignalReason] = SEEN_FROM_ADDRESS | {"asked_by_hand"}
"""Signals that can't be computed again from the identity's records, and so stay."""

CLOSING: dict[SignalReason, Outcome] = {
    "risk_remediated": "remediated",
    "risk_dismissed": "dismissed",
    "risk_confirmed_safe": "confirmed_safe",
}
"""Signals that end a case, and the outcome each writes."""


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A record worth acting on, with its reason."""

    key: str
    """Dedupe key of the record that raised it, with the reason."""
    reason: SignalReason
    at: datetime
    record_id: str
    category: str


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """When a change of a case arrived, and in which trace."""

    revision: int
    """The case revision that it made."""
    at: datetime
    traceparent: str = ""
    """W3C trace context of the batch; empty where none was known."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """The current case of one identity. ``revision`` counts changes that triage must see."""

    id: str
    """``case-`` and 12 hex digits, from the identity and its case before: the same after any replay."""
    identity: Identity
    opened_at: datetime
    """Event time of the first signal."""
    last_signal_at: datetime
    status: Literal["open", "closed"] = "open"
    outcome: Outcome | None = None
    signals: tuple[Signal, ...] = ()
    revision: int = 0
    triaged_revision: int = 0
    """The last revision for which a report was delivered. Lower than ``revision``: triage is owed."""
    asked_revision: int = 0
    """The last revision whose request is known to be in the queue. Lower than ``revision``: it may have been lost."""
    update_due_at: datetime | None = None
    """When the update now waiting in the queue runs; a burst inside it asks for no further one."""
    report_version: int = 0
    follow_ups: int = 0
    """How often gaps that pass by themselves have been asked for again since the last signal: above 0, nothing but
    what is missing has to be read."""
    previous_case_ids: tuple[str, ...] = ()
    severity: str = ""
    """Of the last report: who was found to be hit hard is looked up first from then on."""
    arrivals: tuple[Arrival, ...] = ()
    """The latest changes that no report covers yet."""
    verdict: str = ""
    """Of the last report."""
    campaign_id: str = ""
    """The case of the campaign that this one is part of."""
    is_folded: bool = False
    """Began as one of many of its campaign, without a ticket of its own."""

    @property
    def needs_triage(self) -> bool:
        """Say whether signals came since the last delivered report."""
        return self.revision > self.triaged_revision

    @property
    def is_told_by_campaign(self) -> bool:
        """Say whether the campaign's ticket stands for this case too: it does until the case is found compromised."""
        return self.is_folded and self.verdict != "compromised"

    @property
    def is_unfinished(self) -> bool:
        """Say whether it is open, or owed triage: what lists of open cases show."""
        return self.status == "open" or self.needs_triage


class TriageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Queue message: triage what this case is owed. Small on purpose; the case itself is in state."""

    schema_version: Literal[1] = 1
    case_id: str
    traceparent: str = ""
    """W3C trace context of who asked, so that event and ticket are one trace."""


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """Many identities hit by one cause."""

    id: str
    """Also the id of the identity that its case is about."""
    kind: Literal["password_spray", "shared_source"]
    tenant_id: str
    ip_address: str
    """Empty when it came from many."""
    addresses: int = 1
    asn: int | None = None
    user_agent: str = ""
    """What all of a shared source showed as their client."""
    first_at: datetime
    last_at: datetime
    targeted: tuple[str, ...] = ()
    """Object ids of the users tried; of a shared source those of its cases, as its last report counted them."""
    succeeded: tuple[str, ...] = ()
    """Object ids of the users for whom the password was right; of a shared source those found compromised."""

    @property
    def told(self) -> str:
        """Return how many were hit and who fell, in a few words."""
        tried, fell = len(self.targeted), len(self.succeeded)
        if self.kind == "password_spray":
            return f"{tried} users tried, {fell} with the right password"
        return f"{tried} users hit alike, {fell} compromised"

    @property
    def identity(self) -> Identity:
        """Return what the campaign's case is about."""
        source = self.ip_address or (f"AS{self.asn}" if self.asn else f"{self.addresses} addresses")
        what = "Password spray" if self.kind == "password_spray" else "Many identities hit"
        return Identity(tenant_id=self.tenant_id, kind="campaign", id=self.id, name=f"{what} from {source}")


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """Something that could not be processed, kept whole so that it can be looked at and replayed."""

    id: str
    """From kind and content: parking the same thing twice keeps one."""
    kind: Literal["record", "triage"]
    reason: str
    """Type of the error and what was wrong, without the content."""
    hint: str
    body: bytes
    at: datetime
    count: int = 1
    """How many records the bytes are: those of one body that are many and cannot be read are kept together."""
