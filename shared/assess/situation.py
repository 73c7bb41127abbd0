"""What actions ask about the identity: preconditions answered yes, no or unknown, and requests with real ids."""

import json
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import quote

import msgspec

from shared.assess import deeds
from shared.assess.closing import OPEN_STATES, ClosingState
from shared.assess.deeds import Deed
from shared.assess.severity import PRIVILEGE
from shared.assess.standing import Standing
from shared.models.assessment import When

PRIVILEGED_OPERATOR = "Privileged Authentication Administrator"


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A precondition, and why the action is left out when it does not hold."""

    text: str
    met: bool | None
    otherwise: str = ""
    deed: Deed | None = None
    """Set when the need is not met because the action was done already."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """An action made exact. Empty texts take the catalogue's."""

    when: When
    why: str
    facts: tuple[str, ...] = ()
    method: Literal["GET", "POST", "PATCH", "DELETE", "NONE"] = "NONE"
    url: str = ""
    body: str = ""
    needs: tuple[Need, ...] = ()
    permission: str = ""
    role: str = ""
    blast_radius: str = ""
    does_not_fix: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    """Ids from the catalogue that must come first for this identity, besides the entry's own."""

    @property
    def failed(self) -> Need | None:
        """Return the first need that is known not to be met, or None."""
        return next((need for need in self.needs if need.met is False), None)


class Situation(Standing, frozen=True, kw_only=True, dict=True):
    """The identity in its case, as the catalogue sees it: preconditions and requests."""

    def needs_account(self) -> Need:
        """The account must exist."""
        deleted = self.reading.one("user.deleted") is not None
        known = self.reading.one("user.profile") or self.reading.one("user.account")
        met = False if deleted else True if known else None
        return Need(text="The account exists.", met=met, otherwise="The account is not in the directory.")

    def needs_open_case(self) -> Need:
        """Containment is for risk that is still open."""
        state = self.reading.closing.state if self.reading.closing else "closed"
        outcome = (self.reading.outcome or state).replace("_", " ")
        return Need(text="The risk is still open.", met=not self.is_past, otherwise=f"The risk is already {outcome}.")

    def needs_no_break_glass(self) -> Need:
        """Emergency access must stay."""
        met = self.reading.one("user.break_glass") is None
        return Need(
            text="The account is not listed for emergency access.",
            met=met,
            otherwise="The account is listed for emergency access; call its custodians instead.",
        )

    def needs_member(self, otherwise: str) -> Need:
        """Guests are looked after at home."""
        known = self.reading.one("user.profile")
        met = False if self.is_guest else True if known and known.text_of("user_type") else None
        return Need(text="The account belongs to this tenant.", met=met, otherwise=otherwise)

    def needs_cloud_password(self) -> Need:
        """A synchronised password is reset where it is mastered, unless writeback is known, and no fact says so."""
        synced = self.reading.is_true("user.sync", "on_premises")
        writeback = self.reading.is_true("tenant.writeback", "enabled")
        why = {
            False: "password writeback is off",
            None: "nothing shows that password writeback is on",
            True: "",
        }[writeback]
        return Need(
            text="The password is managed in the cloud, or written back to where it is."
            if writeback
            else "The password is managed in the cloud.",
            met=None if synced is None else not synced or writeback is True,
            otherwise=f"The password is managed on premises, and {why}.",
        )

    def needs_managed_domain(self) -> tuple[Need, ...]:
        """The password of a federated user is checked elsewhere; nothing to say where domains were not asked about."""
        known = self.reading.is_true("tenant.domain", "federated")
        if known is None and self.reading.gap("tenant.domain") is None:
            return ()
        text = "Entra checks the password itself: the user's domain is not federated."
        otherwise = "The domain is federated, so the password is kept at its identity provider."
        return (Need(text=text, met=None if known is None else not known, otherwise=otherwise),)

    def needs_person(self) -> Need:
        """MFA and passes are for people."""
        met = self.reading.one("user.service_account") is None
        return Need(
            text="A person signs in with the account.",
            met=met,
            otherwise="The account is used by programs, not people.",
        )

    def needs_password(self) -> Need:
        """There must be a password to reset."""
        methods = [fact.text_of("strength") for fact in self.reading.all("user.auth_method")]
        met = True if "password" in methods else self.reading.is_true("user.auth_methods", "has_password")
        return Need(text="The user signs in with a password.", met=met, otherwise="The user has no password.")

    def needs_old_password(self) -> Need:
        """Resetting again what was changed since the last risk gains nothing."""
        changed = deeds.password_changed(self.reading)
        # Who changed it decides: an intruder's new password is no remedy, and a gap leaves it open.
        remedied = "password_changed_after_risk" in {finding.id for finding in self.grounds.findings}
        deed = changed if remedied else None
        hidden = changed is not None and self.reading.gap("audit") is not None
        known = self.reading.one("user.password")
        return Need(
            text="The password is older than the newest risk.",
            met=False if deed else True if known and self.reading.last_risk_at and not hidden else None,
            otherwise="The password was already changed after the risk.",
            deed=deed,
        )

    def needs_live_sessions(self) -> Need:
        """Sessions that were revoked since the last risk need no second time."""
        deed = deeds.sessions_revoked(self.reading)
        if self.grounds.has("password_changed_from_risky_address"):
            # The intruder's change ended the sessions of everybody else.
            deed = None
        return Need(
            text="Sessions were not revoked since the newest risk.",
            met=False if deed else None if self.reading.gap("audit") else True,
            otherwise="Sessions were already revoked after the newest risk.",
            deed=deed,
        )

    def needs_enabled(self) -> Need:
        """What is disabled already needs no disabling."""
        return Need(
            text="The account is enabled.",
            met=self.reading.is_true("user.account", "enabled"),
            otherwise="The account is already disabled.",
            deed=deeds.account_disabled(self.reading),
        )

    def needs_unconfirmed(self) -> Need:
        """What is confirmed already needs no confirming."""
        deed = deeds.confirmed_compromised(self.reading)
        confirmed = deed is not None or self.grounds.has("admin_confirmed_compromised")
        return Need(
            text="The compromise is not confirmed in Entra yet.",
            met=not confirmed,
            otherwise="The user is already confirmed as compromised.",
            deed=deed,
        )

    def needs_risk_state(self, asked: ClosingState = "dismissed") -> Need:
        """Feedback needs a risk in Entra that is open; closed in the way that is asked for, it is done."""
        holders = [*self.reading.all("risk.user"), *self.reading.detections]
        states = {fact.text_of("risk_state").lower() for fact in holders}
        met = True if states & OPEN_STATES else False if self.reading.closing else None
        return Need(
            text=f"Entra holds the {self.reading.identity.noun} at risk.",
            met=met,
            otherwise="The risk is closed in Entra already.",
            deed=deeds.risk_closed(self.reading)
            if self.reading.closing and self.reading.closing.state == asked
            else None,
        )

    def needs_p2(self) -> Need:
        """Feedback on risky users is a feature of Entra ID P2."""
        hidden = self.grounds.has("hidden_risk") or any(gap.reason == "unlicensed" for gap in self.reading.dossier.gaps)
        licensed = self.reading.is_true("tenant.licence", "p2")
        shown = None if hidden or not self.reading.detections else True
        return Need(
            text="The tenant has Entra ID P2.",
            met=shown if licensed is None else licensed,
            otherwise="Feedback on risk needs Entra ID P2, which the tenant does not subscribe to.",
        )

    def needs_operator(self) -> tuple[Need, ...]:
        """Who changes an administrator must stand above; when the roles are unread, nobody knows."""
        if self.grounds.has(*PRIVILEGE):
            text = f"The operator, or the app, holds {PRIVILEGED_OPERATOR}, because the user is privileged."
            return (Need(text=text, met=None),)
        if self.reading.gap("user.role"):
            text = f"The roles are unread: if the user is privileged, the operator needs {PRIVILEGED_OPERATOR}."
            return (Need(text=text, met=None),)
        return ()

    def operator(self, role: str) -> str:
        """Return the least role for this user: privileged users need a higher one."""
        return PRIVILEGED_OPERATOR if self.grounds.has(*PRIVILEGE) else role

    def user_url(self, path: str = "") -> str:
        """Return ``/users/{id}`` and a path below it."""
        return f"/users/{segment(self.reading.identity.id)}{path}"


def segment(value: str) -> str:
    """Return an id as one URL path segment, so that no id can reach another path."""
    return quote(value, safe="")


def query(text: str) -> str:
    """Return OData text percent-encoded, readable where it may be."""
    return quote(text, safe="'():,/$=@;")


def body_of(content: Mapping[str, object] | Sequence[object]) -> str:
    """Return a JSON body, the same bytes for the same content."""
    return json.dumps(content, separators=(",", ":"))
