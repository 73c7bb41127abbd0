"""Read a dossier once for all rules: what is risky, what is closed, when it began, and who was the stranger."""

import functools
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from shared.assess.closing import CLOSED_STATES, OPEN_STATES, Closing, closing_of
from shared.assess.values import address_of, flag, items, known_at, moment, utc
from shared.models.dossier import Dossier, Fact, Gap
from shared.models.identity import Identity
from shared.policy import Policy

RISKY_LEVELS = {"medium", "high"}
BEFORE_RISK = timedelta(days=1)
"""How long before its first risk evidence an address is already held against a sign-in."""
PHISHING_RESISTANT = ("fido", "passkey", "windows hello", "certificate", "platform credential", "x.509")


class Reading(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The dossier as the rules see it. Facts are sorted, so that their order in the dossier decides nothing."""

    dossier: Dossier
    identity: Identity
    status: str
    outcome: str | None
    now: datetime
    policy: Policy
    facts: tuple[Fact, ...]
    """By time, then kind, then id; facts without a time come last."""

    @property
    def aftermath(self) -> timedelta:
        """How long after risk a change to the account is put down to it."""
        return timedelta(days=self.policy.thresholds.aftermath_days)

    def all(self, *kinds: str) -> list[Fact]:
        """Return the facts of these kinds, oldest first."""
        return [fact for fact in self.facts if fact.kind in kinds]

    def one(self, kind: str) -> Fact | None:
        """Return the oldest fact of a kind, or None."""
        return next((fact for fact in self.facts if fact.kind == kind), None)

    def is_true(self, kind: str, name: str) -> bool | None:
        """Return a yes-or-no value of a single fact; None when nobody knows."""
        fact = self.one(kind)
        return None if fact is None else flag(fact, name)

    def gap(self, *kinds: str) -> Gap | None:
        """Return a gap that may hide facts of one of these kinds, or None."""
        return next((gap for gap in self.dossier.gaps if any(kind in gap.kinds for kind in kinds)), None)

    @functools.cached_property
    def closing(self) -> Closing | None:
        """How Entra, an administrator or the case itself closed the risk; None while it is open."""
        return closing_of(self.facts, self.status, self.outcome)

    @functools.cached_property
    def detections(self) -> list[Fact]:
        """Risk detections that nobody has closed."""
        return [fact for fact in self.all("risk.detection") if not self.is_closed(fact)]

    @functools.cached_property
    def risky_sign_ins(self) -> list[Fact]:
        """Sign-ins that Entra or a pattern calls risky, or that share request or address with risk; open or closed."""
        return [fact for fact in self.all("sign_in") if self._is_risky(fact)]

    @functools.cached_property
    def risky_successes(self) -> list[Fact]:
        """Risky sign-ins that were let in and are still open."""
        return [fact for fact in self.risky_sign_ins if succeeded(fact) and not self.is_closed(fact)]

    @functools.cached_property
    def unexplained(self) -> list[Fact]:
        """Open risky successes that nothing positive ties to the user."""
        return [fact for fact in self.risky_successes if not self.is_own(fact)]

    @functools.cached_property
    def foreign(self) -> list[Fact]:
        """Open successes by somebody new: risky and new to the baseline, or not risky and new in three ways."""
        near = [
            fact
            for fact in self.all("sign_in")
            if succeeded(fact) and not self.is_closed(fact) and not self.is_own(fact)
        ]
        return [
            fact
            for fact in near
            if (fact in self.risky_successes and newness(fact) >= 1)
            or (flag(fact, "new_country") is True and newness(fact) >= 3 and self.is_after_risk(fact.at))
        ]

    @functools.cached_property
    def risk_times(self) -> list[datetime]:
        """When risk began, oldest first. Evidence judged harmless counts only when there is no other."""
        dated = [(fact, at) for fact in self._risk_evidence if (at := _first(fact))]
        return sorted(at for fact, at in dated if not self._is_harmless(fact)) or sorted(at for _, at in dated)

    @functools.cached_property
    def last_risk_at(self) -> datetime | None:
        """When the newest open risk evidence happened; None when all is closed or undated."""
        dates = [at for fact in self._risk_evidence if not self.is_closed(fact) and (at := _last(fact))]
        return max(dates, default=None)

    def is_own(self, sign_in: Fact) -> bool:
        """Say whether device, method or network ties a sign-in to the user. Unknown is no."""
        if flag(sign_in, "new_device") is True:
            return False
        if self.is_proven(sign_in):
            return True
        if newness(sign_in) and sign_in.text_of("session_id") in self._shared_sessions:
            # A replayed token brings the claims of the device that it was stolen from.
            return False
        return flag(sign_in, "device_compliant") is True or flag(sign_in, "trusted_network") is True

    def is_proven(self, sign_in: Fact) -> bool:
        """Say whether the user proved to be there: in this sign-in, or in another from the same device and address."""
        return is_phishing_resistant(sign_in) or (
            flag(sign_in, "new_device") is not True and _spot(sign_in) in self._proven_spots
        )

    def is_after_risk(self, at: datetime | None) -> bool:
        """Say whether something is known to have happened in the aftermath of risk evidence."""
        return at is not None and any(start <= at <= start + self.aftermath for start in self.risk_times)

    def risk_before(self, at: datetime | None) -> Fact | None:
        """Return the newest risk evidence that is not newer than a time, to cite beside what came after it."""
        dated = [(begun, fact) for fact in self._risk_evidence if (begun := _first(fact)) and at and begun <= at]
        return max(dated, key=lambda pair: (pair[0], _number(pair[1].id)))[1] if dated else None

    def is_closed(self, fact: Fact) -> bool:
        """Say whether this evidence was closed: by its own state, or by a closing that is not older than it."""
        state = fact.text_of("risk_state").lower()
        if state in CLOSED_STATES:
            return True
        at = known_at(fact)
        return self.closing is not None and self.closing.at is not None and at is not None and at <= self.closing.at

    def _is_harmless(self, fact: Fact) -> bool:
        state = CLOSED_STATES.get(fact.text_of("risk_state").lower())
        if state is None and self.closing and self.is_closed(fact):
            state = self.closing.state
        return state in {"dismissed", "confirmed_safe"}

    def open_or_all(self, facts: Sequence[Fact]) -> tuple[Fact, ...]:
        """Return the open ones, or all when every one is closed."""
        return tuple(fact for fact in facts if not self.is_closed(fact)) or tuple(facts)

    @functools.cached_property
    def _shared_sessions(self) -> set[str]:
        return {session for fact in self.all("sign_in.shared_session") if (session := fact.text_of("session_id"))}

    @functools.cached_property
    def _proven_spots(self) -> set[tuple[str, str]]:
        proofs = (fact for fact in self.all("sign_in") if is_phishing_resistant(fact))
        spots = {_spot(fact) for fact in proofs if flag(fact, "new_device") is not True}
        return {spot for spot in spots if all(spot)}

    @functools.cached_property
    def _requests(self) -> set[str]:
        return {request for fact in self.all("risk.detection") if (request := fact.text_of("request_id").lower())}

    @functools.cached_property
    def risky_addresses(self) -> dict[str, Fact]:
        """Addresses of risk evidence, open or closed, each with the first fact that names it."""
        named: dict[str, Fact] = {}
        own_risk = [fact for fact in self.all("sign_in") if _is_risky_itself(fact)]
        for fact in [*self.all("risk.detection", "sign_in.spray", "sign_in.mfa_denials"), *own_risk]:
            if address := address_of(fact):
                named.setdefault(address, fact)
        return named

    @functools.cached_property
    def _risk_evidence(self) -> list[Fact]:
        kinds = ("risk.detection", "sign_in.spray", "sign_in.mfa_denials", "sign_in.travel", "sign_in.shared_session")
        return [*self.all(*kinds), *self.risky_sign_ins]

    def _is_risky(self, fact: Fact) -> bool:
        if _is_risky_itself(fact) or fact.text_of("request_id").lower() in self._requests:
            return True
        # A flagged address that the baseline knows, or that was used long before, is most often the user's own.
        flagged, at = self.risky_addresses.get(address_of(fact)), utc(fact.at)
        if flagged is None or flag(fact, "new_ip") is False:
            return False
        began = _first(flagged)
        return at is None or began is None or at >= began - BEFORE_RISK


def read(
    dossier: Dossier, *, identity: Identity, status: str, outcome: str | None, now: datetime, policy: Policy
) -> Reading:
    """Return the reading of a dossier. Times without a zone are read as UTC."""
    ordered = sorted(
        dossier.facts, key=lambda fact: (fact.at is None, utc(fact.at) or now, fact.kind, _number(fact.id))
    )
    return Reading(
        dossier=dossier,
        identity=identity,
        status=status,
        outcome=outcome,
        now=now,
        policy=policy,
        facts=tuple(ordered),
    )


def _spot(sign_in: Fact) -> tuple[str, str]:
    return address_of(sign_in), sign_in.text_of("device_id")


def succeeded(sign_in: Fact) -> bool:
    """Say whether a sign-in was let in."""
    return sign_in.text_of("outcome") == "success"


def is_phishing_resistant(sign_in: Fact) -> bool:
    """Say whether MFA was done in this sign-in with a method that a phishing site cannot relay."""
    method = sign_in.text_of("mfa_method").lower()
    # A passkey can be the only step: nothing more is asked for then, and it was proved all the same.
    proved = succeeded(sign_in) and sign_in.text_of("mfa") in {"satisfied", "not_required"}
    return proved and any(name in method for name in PHISHING_RESISTANT)


def newness(sign_in: Fact) -> int:
    """Count what the baseline has never seen: country, network, device, address (0 to 4)."""
    return sum(flag(sign_in, name) is True for name in ("new_country", "new_asn", "new_device", "new_ip"))


def _is_risky_itself(sign_in: Fact) -> bool:
    return (
        sign_in.text_of("risk_state").lower() in OPEN_STATES | CLOSED_STATES.keys()
        or sign_in.text_of("risk_level").lower() in RISKY_LEVELS
        or bool(items(sign_in, "risk_event_types"))
        or bool(sign_in.text_of("pattern"))
    )


def _first(fact: Fact) -> datetime | None:
    return moment(fact, "first_at") or utc(fact.at) or known_at(fact)


def _last(fact: Fact) -> datetime | None:
    return moment(fact, "approved_at") or moment(fact, "last_at") or utc(fact.at) or known_at(fact)


def _number(fact_id: str) -> tuple[int, str]:
    digits = fact_id[1:]
    return (int(digits) if digits.isdecimal() else 0, fact_id)
