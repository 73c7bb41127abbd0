"""Builders of decoded records for tests: only what a test cares about is said, the rest is plain."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.models.records import DirectoryAudit, RiskDetection, RiskyUser, SignIn, Target

TENANT = "7a1f0c1e-4a53-4c4c-9f65-0b8f5f6b9d10"
START = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
ANNA = "11111111-aaaa-4bbb-8ccc-000000000001"
BEN = "22222222-aaaa-4bbb-8ccc-000000000002"


def minutes(count: float) -> datetime:
    """Return the test's start plus some minutes."""
    return START + timedelta(minutes=count)


def sign_in(number: int | str, at: datetime, *, user: str = ANNA, error_code: int = 0, **more: Any) -> SignIn:
    """Return an interactive sign-in."""
    fields: dict[str, Any] = {
        "category": "SignInLogs",
        "tenant_id": TENANT,
        "record_id": f"sign-in-{number}",
        "at": at,
        "user_id": user,
        "error_code": error_code,
        "user_principal_name": f"{user[:4]}@woodgrovebank.com",
        "ip_address": "198.51.100.7",
        "is_interactive": True,
    }
    return SignIn(**{**fields, **more})


def detection(
    number: int | str, at: datetime, *, user: str = ANNA, state: str = "atRisk", **more: Any
) -> RiskDetection:
    """Return a risk detection."""
    fields: dict[str, Any] = {
        "category": "UserRiskEvents",
        "tenant_id": TENANT,
        "record_id": f"detection-{number}",
        "at": at,
        "detected_at": at,
        "updated_at": at,
        "user_id": user,
        "risk_event_type": "unfamiliarFeatures",
        "risk_level": "medium",
        "risk_state": state,
        "user_principal_name": f"{user[:4]}@woodgrovebank.com",
    }
    return RiskDetection(**{**fields, **more})


def risky_user(
    at: datetime, *, user: str = ANNA, state: str = "atRisk", level: str = "medium", **more: Any
) -> RiskyUser:
    """Return a snapshot of a user's risk."""
    fields: dict[str, Any] = {
        "category": "RiskyUsers",
        "tenant_id": TENANT,
        "record_id": user,
        "at": at,
        "risk_level": level,
        "risk_state": state,
        "user_principal_name": f"{user[:4]}@woodgrovebank.com",
    }
    return RiskyUser(**{**fields, **more})


def audit(number: int | str, at: datetime, activity: str, *, user: str = ANNA, **more: Any) -> DirectoryAudit:
    """Return a change that a user made to their own account."""
    fields: dict[str, Any] = {
        "category": "AuditLogs",
        "tenant_id": TENANT,
        "record_id": f"audit-{number}",
        "at": at,
        "activity": activity,
        "succeeded": True,
        "initiator_id": user,
        "initiator_kind": "user",
        "targets": (Target(id=user, type="User"),),
    }
    return DirectoryAudit(**{**fields, **more})
