"""What is asked of Graph about a user: first what is asked of every user, then what the answers made worth asking."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.enrich import baseline, consents, fitting, groups, risk, roles
from shared.enrich.history import AUDITS_BEFORE
from shared.enrich.kept import is_usable
from shared.enrich.view import beginning
from shared.graph.answers import Answer, Answers
from shared.graph.queries import Query
from shared.graph.reader import GraphReader
from shared.models.cases import Case
from shared.models.habits import Habits
from shared.models.records import AnyRecord, RiskDetection, RiskyUser, SignIn
from shared.settings import Settings

IDENTITY_PROTECTION_PATIENCE = 1.5
"""Seconds to wait for the one request a second, when the stream has brought no detection at all."""
REPORTS_PATIENCE = 8.0
"""Seconds to wait for the reports bucket, for privileged users and attacks that are known to have succeeded."""
URGENT = frozenset({"confirmed_compromised", "password_spray_success", "mfa_fatigue"})
GRAVE = frozenset({"critical", "high"})
"""Severities of an earlier report that make an identity urgent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Whom the questions are about, and what is known before any is asked."""

    case: Case
    own: Sequence[AnyRecord]
    """What the stream brought about the user."""
    user_id: str
    graph: GraphReader
    settings: Settings
    now: datetime
    habits: Habits | None

    def first(self) -> list[Query]:
        """Return what is asked of every user, the most telling of each bucket first."""
        q, user_id = self.graph.user_queries, self.user_id
        since = self.now - timedelta(days=self.settings.history_days)
        changes_since = max(since, self.case.opened_at - AUDITS_BEFORE)
        risk_query = q.risk_detections if any(isinstance(r, RiskyUser) for r in self.own) else q.risky_user
        asked = [
            q.profile(user_id),
            q.manager(user_id),
            q.groups(user_id),
            q.role_assignments([user_id]),
            q.role_eligibility(user_id),
            q.role_activations(user_id),
            q.auth_methods(user_id),
            q.devices(user_id),
            q.inbox_rules(user_id),
            q.consents(user_id),
            *([] if self._knows_what_is_usual() else [q.sign_ins(user_id, since)]),
            q.audits_about(user_id, changes_since),
            q.audits_by(user_id, changes_since),
            risk_query(user_id),
            *self._about_tenant(),
        ]
        return [replace(query, turn="urgent") for query in asked] if self._is_urgent() else asked

    def second(self, seen: Answers) -> list[Query]:
        """Return what the first answers made worth asking, and once more what must not be missing for this user."""
        q, tenant = self.graph.user_queries, self.graph.tenant_queries
        more = [q.app(client_id) for client_id in consents.clients(seen)]
        if assignable := groups.role_assignable(seen):
            more.append(q.role_assignments([group.id for group in assignable], "group_roles"))
        more += [tenant.writeback()] if fitting.is_synchronised(seen) else []
        more += [tenant.role_holders(fitting.GLOBAL_ADMINISTRATOR)] if fitting.holds_top_role(seen) else []
        if "risk_detections" not in seen and not self._detections() and _may_have_detections(seen):
            more.append(replace(q.risk_detections(self.user_id), patience_seconds=IDENTITY_PROTECTION_PATIENCE))
        if roles.is_privileged(seen) or self._is_urgent():
            spent = [a.query for a in seen.values() if a.query.bucket == "reports" and _is_not_asked(a)]
            more += [replace(query, patience_seconds=REPORTS_PATIENCE, turn="urgent") for query in spent]
        return more

    def _is_urgent(self) -> bool:
        """Say whether a case goes first where Graph has no room for all, before anything is known of the account."""
        return self.case.severity in GRAVE or any(signal.reason in URGENT for signal in self.case.signals)

    def _detections(self) -> list[RiskDetection]:
        return [record for record in self.own if isinstance(record, RiskDetection)]

    def _about_tenant(self) -> list[Query]:
        """Return what of the tenant decides which remedy fits; a readable detection shows the licence by itself."""
        q = self.graph.tenant_queries
        shown = any((record.risk_level or "hidden").lower() != "hidden" for record in self._detections())
        return [q.domains()] if shown else [q.domains(), q.licences()]

    def _knows_what_is_usual(self) -> bool:
        """Say whether sign-ins before the risk are known from the stream, or were read once and are kept."""
        began = beginning(self.case, self.own)
        return _has_history(self.own, began, self.settings) or _is_kept(self.habits, self.own, began)


def _has_history(own: Sequence[AnyRecord], began: datetime, settings: Settings) -> bool:
    """Say whether the stream itself reaches back far enough to know what is usual."""
    before = [r for r in own if isinstance(r, SignIn) and r.succeeded and r.at < began]
    reach = min((r.at for r in before), default=began)
    return len(before) >= 3 * baseline.FEWEST and began - reach >= timedelta(days=settings.history_days) / 2


def _is_kept(habits: Habits | None, own: Sequence[AnyRecord], began: datetime) -> bool:
    """Say whether Graph has told the history once, this case can use it, and the stream goes on telling it."""
    streamed = any(isinstance(record, SignIn) for record in own)
    return habits is not None and habits.asked_graph and streamed and is_usable(habits, began)


def _may_have_detections(seen: Answers) -> bool:
    """Say whether asking for detections can bring any: not for somebody who was never at risk."""
    if seen.is_absent("risky_user"):
        return False
    states = seen.decode("risky_user", risk.State)
    return states is None or any(state.risk_state not in {None, "none"} for state in states)


def _is_not_asked(answer: Answer) -> bool:
    return answer.state == "missing" and any(gap.reason == "not_asked" for gap in answer.gaps)
