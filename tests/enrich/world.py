"""One user, a Graph that knows her, and short ways to write down what happened to her."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from shared.enrich import Memories, enrich
from shared.ingest import decode_resource
from shared.models.cases import Case, Signal, SignalReason
from shared.models.dossier import Dossier
from shared.models.identity import Identity
from shared.models.records import (
    AnyRecord,
    AuthenticationStep,
    Device,
    DirectoryAudit,
    Place,
    RiskDetection,
    RiskyUser,
    SignIn,
    Target,
)
from shared.settings import Settings
from tests.graph.conftest import Bench
from tests.graph.fake import FakeGraph, Rule, error, ok

TENANT = "99999999-9999-4999-8999-999999999999"
USER = "11111111-aaaa-4aaa-8aaa-000000000001"
START = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
"""When the trouble began; the bench's clock stands at noon."""
OFFICE = Place(city="Oslo", country="NO", latitude=59.91, longitude=10.75)
AWAY = Place(city="Lagos", country="NG", latitude=6.45, longitude=3.39)
LAPTOP = Device(device_id="d-1", display_name="LAPTOP-1", operating_system="Windows 11", browser="Edge 139.0.0")
MULTI, SINGLE = "multiFactorAuthentication", "singleFactorAuthentication"

PROFILE = {
    "id": USER,
    "displayName": "Karita Woodgrove",
    "userPrincipalName": "karita@woodgrovebank.com",
    "mail": "karita@woodgrovebank.com",
    "userType": "Member",
    "accountEnabled": True,
    "createdDateTime": "2021-03-04T08:00:00Z",
    "lastPasswordChangeDateTime": "2026-01-31T12:00:00Z",
    "onPremisesSyncEnabled": None,
    "jobTitle": "Treasurer",
    "department": "Finance",
    "identities": [{"signInType": "userPrincipalName", "issuer": "woodgrovebank.onmicrosoft.com"}],
}


def after(minutes: float) -> datetime:
    """Return a time by minutes from the start."""
    return START + timedelta(minutes=minutes)


def sign_in(record_id: str, minutes: float = 0, **changes: Any) -> SignIn:
    """Return a success from the office with the laptop, changed as told."""
    given: dict[str, Any] = {
        "category": "SignInLogs",
        "tenant_id": TENANT,
        "record_id": record_id,
        "at": after(minutes),
        "user_id": USER,
        "error_code": 0,
        "app_display_name": "Office 365 Exchange Online",
        "ip_address": "203.0.113.7",
        "autonomous_system_number": 64500,
        "place": OFFICE,
        "device": LAPTOP,
        "is_interactive": True,
        "authentication_requirement": SINGLE,
    }
    return SignIn(**{**given, **changes})


def attack(record_id: str, minutes: float = 0, **changes: Any) -> SignIn:
    """Return a sign-in from the attacker's address and place, without a device."""
    return sign_in(
        record_id,
        minutes,
        **{"ip_address": "198.51.100.9", "autonomous_system_number": 64999, "place": AWAY, "device": None, **changes},
    )


def usual(days: int = 20) -> list[SignIn]:
    """Return one ordinary sign-in a day before the start."""
    return [sign_in(f"usual-{n:02}", -1440 * n) for n in range(1, days + 1)]


def denied(record_id: str, minutes: float, **changes: Any) -> SignIn:
    """Return an MFA prompt that was declined."""
    steps = (
        AuthenticationStep(method="Password", succeeded=True, result_detail="Correct password"),
        AuthenticationStep(
            method="Mobile app notification",
            succeeded=False,
            result_detail="MFA denied; user declined the authentication",
        ),
    )
    return attack(record_id, minutes, error_code=500121, authentication_requirement=MULTI, steps=steps, **changes)


def detection(record_id: str = "det-1", minutes: float = 0, **changes: Any) -> RiskDetection:
    """Return an open detection about the attacker's address."""
    given: dict[str, Any] = {
        "category": "UserRiskEvents",
        "tenant_id": TENANT,
        "record_id": record_id,
        "at": after(minutes),
        "detected_at": after(minutes + 5),
        "updated_at": after(minutes + 6),
        "user_id": USER,
        "risk_event_type": "unfamiliarFeatures",
        "risk_level": "medium",
        "risk_state": "atRisk",
        "timing": "realtime",
        "ip_address": "198.51.100.9",
        "place": AWAY,
    }
    return RiskDetection(**{**given, **changes})


def risky_user(minutes: float = 0, level: str = "high", state: str = "atRisk", **changes: Any) -> RiskyUser:
    """Return a state of the user's risk."""
    given = {"category": "RiskyUsers", "tenant_id": TENANT, "record_id": USER, "at": after(minutes)}
    return RiskyUser(**{**given, "risk_level": level, "risk_state": state, **changes})


def audit(record_id: str, minutes: float, activity: str, **changes: Any) -> DirectoryAudit:
    """Return a change that the user made to herself."""
    given: dict[str, Any] = {
        "category": "AuditLogs",
        "tenant_id": TENANT,
        "record_id": record_id,
        "at": after(minutes),
        "activity": activity,
        "succeeded": True,
        "initiator_id": USER,
        "initiator_kind": "user",
        "initiator_name": "karita@woodgrovebank.com",
        "targets": (Target(id=USER, type="User", user_principal_name="karita@woodgrovebank.com"),),
    }
    return DirectoryAudit(**{**given, **changes})


def a_case(*records: AnyRecord, reason: SignalReason = "risky_detection", **changes: Any) -> Case:
    """Return a case that these records opened."""
    signals = tuple(
        Signal(key=f"{reason}|{r.record_id}", reason=reason, at=r.at, record_id=r.record_id, category=r.category)
        for r in records
    )
    given: dict[str, Any] = {
        "id": "case-000000000001",
        "identity": Identity(tenant_id=TENANT, kind="user", id=USER, name="karita@woodgrovebank.com"),
        "opened_at": min([START, *(s.at for s in signals)]),
        "last_signal_at": max([START, *(s.at for s in signals)]),
        "signals": signals,
        "revision": 1,
    }
    return Case(**{**given, **changes})


def tenant() -> dict[str, Rule]:
    """Return a Graph in which the user exists, and everything about her is answered and empty."""
    return {
        f"/users/{USER}?": ok(PROFILE),
        f"/users/{USER}/manager": error(404, "Request_ResourceNotFound"),
        f"/identityProtection/riskyUsers/{USER}": error(404, "ResourceNotFound"),
    }


async def enriched(
    bench: Bench,
    fake: FakeGraph,
    records: Sequence[AnyRecord] = (),
    *,
    case: Case | None = None,
    settings: Settings | None = None,
    memory: Memories | None = None,
    **rules: Rule,
) -> Dossier:
    """Return the dossier of a case, by default the one that the first record opened."""
    fake.rules = {**tenant(), **{RULES.get(name, name): rule for name, rule in rules.items()}}
    settings = settings or Settings()
    case = case or a_case(*records[:1])
    found = await enrich(
        case,
        records,
        bench.reader,
        settings=settings,
        now=bench.clock(),
        decode_resource=decode_resource,
        memory=memory or Memories(),
    )
    return found.dossier


RULES = {
    "profile": f"/users/{USER}?",
    "manager": f"/users/{USER}/manager",
    "groups": f"/users/{USER}/transitiveMemberOf",
    "methods": f"/users/{USER}/authentication/methods",
    "devices": f"/users/{USER}/registeredDevices",
    "rules": f"/users/{USER}/mailFolders/inbox/messageRules",
    "assignments": "/roleManagement/directory/roleAssignments?",
    "eligible": "/roleManagement/directory/roleEligibilityScheduleInstances",
    "activations": "/roleManagement/directory/roleAssignmentScheduleInstances",
    "grants": "/oauth2PermissionGrants",
    "sign_ins": "/auditLogs/signIns",
    "audits": "/auditLogs/directoryAudits",
    "detections": "/identityProtection/riskDetections",
    "risky": f"/identityProtection/riskyUsers/{USER}",
}
"""Short names of what Graph is asked, by the beginning of the URL."""


def texts(dossier: Dossier, kind: str) -> list[str]:
    """Return the sentences of a kind, in dossier order."""
    return [fact.text for fact in dossier.all(kind)]


def plain(dossier: Dossier) -> Any:
    """Return the dossier as plain data."""
    return msgspec.to_builtins(dossier)
