"""How the case of one identity stands: what the identity is, what was found, and how urgent it is."""

import functools

import msgspec

from shared.assess.evidence import WEAK
from shared.assess.grounds import Grounds
from shared.assess.reading import Reading
from shared.assess.values import address_of, items, number
from shared.models.assessment import Severity, Verdict, When
from shared.models.dossier import Fact

MOST_CITED = 8


class Standing(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The identity in its case."""

    grounds: Grounds
    verdict: Verdict
    severity: Severity

    @property
    def reading(self) -> Reading:
        """The dossier as the rules read it."""
        return self.grounds.reading

    @property
    def is_user(self) -> bool:
        """Say whether the identity is a user; others have other actions."""
        return self.reading.identity.kind == "user"

    @property
    def is_guest(self) -> bool:
        """Say whether the password and the risk live in another tenant."""
        return self.grounds.has("guest_account")

    @property
    def is_attacked(self) -> bool:
        """Say whether somebody else is, or may be, at work."""
        return self.verdict in {"compromised", "suspicious"}

    @property
    def is_past(self) -> bool:
        """Say whether the case is closed, or its risk without newer evidence."""
        newer = self.grounds.open_risk - WEAK
        return self.reading.status == "closed" or (self.reading.closing is not None and not newer)

    @property
    def is_synchronised(self) -> bool:
        """Say whether the account is known to be mastered on premises."""
        return self.reading.is_true("user.sync", "on_premises") is True

    @property
    def is_federated(self) -> bool:
        """Say whether another identity provider is known to check the password."""
        return self.reading.is_true("tenant.domain", "federated") is True

    def reach(self, what: str) -> str:
        """Return whom it hits with the numbers that are known, or nothing where none is."""
        devices, baseline = self.reading.one("user.devices"), self.reading.one("sign_in.baseline")
        count, apps = number(devices, "count") if devices else 0, items(baseline, "apps") if baseline else ()
        parts = [f"{count} registered {'device' if count == 1 else 'devices'}"] if count else []
        parts += [f"{len(apps)} {'application' if len(apps) == 1 else 'applications'} in regular use"] if apps else []
        return f"{what} on {' and in '.join(parts)}." if parts else ""

    @property
    def urgent(self) -> When:
        """When to do what ends an attack: at once when it is proven."""
        return "now" if self.verdict == "compromised" else "next"

    @functools.cached_property
    def evidence(self) -> tuple[str, ...]:
        """Ids of the facts behind the weightiest open findings, to cite as the reason."""
        risk = [item.finding for item in self.grounds.weighed if item.finding.id in self.grounds.open_risk - WEAK]
        ranked = sorted(risk, key=lambda finding: -finding.weight)
        return tuple(dict.fromkeys(fact for finding in ranked for fact in finding.facts))[:MOST_CITED]

    @functools.cached_property
    def hostile_addresses(self) -> list[tuple[str, Fact]]:
        """Addresses of open evidence that no sign-in of the user's own came from, strangers' first."""
        own = {address_of(fact) for fact in self.reading.all("sign_in") if self.reading.is_own(fact)}
        others = [*self.reading.all("sign_in.spray", "sign_in.mfa_denials"), *self.reading.risky_sign_ins]
        live = [fact for fact in others if not self.reading.is_closed(fact)]
        named = [*self.reading.foreign, *self.reading.unexplained, *self.reading.detections, *live]
        first: dict[str, Fact] = {}
        for fact in named:
            first.setdefault(address_of(fact), fact)
        return [(address, fact) for address, fact in first.items() if address and address not in own]
