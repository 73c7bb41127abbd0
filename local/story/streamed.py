"""The envelope of a streamed record, and when it arrives: what Azure Monitor wraps around every category."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from local.story.moments import envelope_time, spread, us_time
from local.story.people import TENANT_ID

RISK_CATEGORIES = frozenset({"UserRiskEvents", "RiskyUsers"})
_SIGN_IN_LEVELS: tuple[tuple[str, object], ...] = (("Level", 4), ("Level", 4), ("Level", "4"), ("level", "4"))
_RISK_LEVELS: tuple[tuple[str, object], ...] = (("Level", "Information"), ("Level", "Information"), ("level", "4"))


class Streamed(msgspec.Struct, frozen=True):
    """A record and the moment Azure Monitor hands it to the hub."""

    record: dict[str, Any]
    arrives: datetime

    @property
    def category(self) -> str:
        """Return the record's Azure Monitor category."""
        return str(self.record["category"])

    @property
    def properties(self) -> dict[str, Any]:
        """Return what Entra itself wrote."""
        return dict(self.record["properties"])

    def again(self, later: timedelta) -> "Streamed":
        """Return the redelivery: the same properties, a fresh envelope time."""
        arrives = self.arrives + later
        return Streamed({**self.record, "time": _time(self.category, arrives)}, arrives)


def wrapped(
    category: str,
    operation: str,
    properties: dict[str, Any],
    arrives: datetime,
    *,
    correlation_id: str,
    caller_ip: str | None = None,
    identity: str | None = None,
    location: str | None = None,
    result: tuple[str, str] | None = None,
) -> Streamed:
    """Return a record in its envelope. ``result`` is resultType and resultSignature; keys given as None are absent."""
    is_risk = category in RISK_CATEGORIES
    levels = _RISK_LEVELS if is_risk else _SIGN_IN_LEVELS
    level_key, level = levels[spread(len(levels), "level", str(properties["id"]), category)]
    record: dict[str, Any] = {
        "time": _time(category, arrives),
        "resourceId": f"/tenants/{TENANT_ID}/providers/{'microsoft' if is_risk else 'Microsoft'}.aadiam",
        "operationName": operation,
        "operationVersion": "1.0",
        "category": category,
        "tenantId": TENANT_ID,
        "resultType": result[0] if result else None,
        "resultSignature": result[1] if result else "None",
        "durationMs": "0" if spread(6, "duration", correlation_id) == 0 else 0,
        "callerIpAddress": caller_ip,
        "correlationId": correlation_id,
        "identity": identity,
        level_key: level,
        "location": location,
        "properties": properties,
    }
    return Streamed({key: value for key, value in record.items() if value is not None}, arrives)


def _time(category: str, arrives: datetime) -> str:
    return us_time(arrives) if category in RISK_CATEGORIES else envelope_time(arrives)


def geography(latitude: float, longitude: float) -> dict[str, float]:
    """Return ``geoCoordinates`` as sign-ins carry them."""
    return {"latitude": latitude, "longitude": longitude}
