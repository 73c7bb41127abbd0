"""Turn Identity Protection's detections and states of users into records."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from shared.errors import MalformedRecordError
from shared.ingest.envelope import Envelope, Properties, handed_over_at, record_id
from shared.ingest.loose import parsed
from shared.ingest.places import Location, place
from shared.ingest.text import identifier, ip_address, principal_name, risk, risk_or_hidden, text, user_type
from shared.ingest.times import read_time
from shared.models.records import RiskDetection, RiskyUser

UNKNOWN_TYPE = "unknown"
"""The type of a detection that does not say one. Weighed as unknown, never as nothing."""
_VAGUE_TYPES = {None, "generic"}
_TECHNIQUE = re.compile(r"T[0-9]{4}(?:\.[0-9]{3})?")


class RiskDetectionProperties(Properties, rename="camel", kw_only=True, gc=False):
    """The fields of Graph's ``riskDetection`` that triage uses."""

    user_id: str | None
    risk_state: str | None
    risk_level: str | None
    risk_event_type: str | None = None
    risk_type: str | None = None
    risk_detail: str | None = None
    source: str | None = None
    detection_timing_type: str | None = None
    activity: str | None = None
    ip_address: str | None = None
    location: Location | None = None
    activity_date_time: str | None = None
    detected_date_time: str | None = None
    last_updated_date_time: str | None = None
    request_id: str | None = None
    correlation_id: str | None = None
    user_principal_name: str | None = None
    user_display_name: str | None = None
    user_type: str | None = None
    home_tenant_id: str | None = None
    mitre_technique_id: str | None = None
    additional_info: Any = None


class RiskyUserProperties(Properties, rename="camel", kw_only=True, gc=False):
    """The fields of Graph's ``riskyUser`` that triage uses."""

    risk_last_updated_date_time: str | None
    risk_state: str | None
    risk_level: str | None
    risk_detail: str | None = None
    user_principal_name: str | None = None
    user_display_name: str | None = None
    is_deleted: bool | None = None
    is_processing: bool | None = None


def risk_detection[P](
    given: RiskDetectionProperties, envelope: Envelope[P], category: str, tenant_id: str
) -> RiskDetection:
    """Return the record. Raises MalformedRecordError when the id, the user or every time is missing."""
    user_id = identifier(given.user_id)
    if user_id is None:
        raise MalformedRecordError("properties.userId is missing")
    info = additional_info(given.additional_info, given.mitre_technique_id)
    detected_at = read_time(given.detected_date_time)
    updated_at = read_time(given.last_updated_date_time)
    return RiskDetection(
        category=category,
        tenant_id=tenant_id,
        record_id=record_id(given),
        at=read_time(given.activity_date_time) or detected_at or updated_at or handed_over_at(envelope),
        user_id=user_id,
        risk_event_type=event_type(given.risk_event_type, given.risk_type),
        risk_level=risk_or_hidden(given.risk_level),
        risk_state=risk_or_hidden(given.risk_state),
        risk_detail=risk(given.risk_detail),
        detected_at=detected_at,
        updated_at=updated_at,
        timing=text(given.detection_timing_type),
        activity=text(given.activity),
        source=text(given.source),
        ip_address=ip_address(given.ip_address) or ip_address(envelope.caller_ip_address),
        place=place(given.location),
        request_id=identifier(given.request_id),
        correlation_id=identifier(given.correlation_id),
        user_principal_name=principal_name(given.user_principal_name),
        user_display_name=text(given.user_display_name),
        user_type=user_type(given.user_type),
        home_tenant_id=identifier(given.home_tenant_id),
        user_agent=info.user_agent,
        risk_reasons=info.risk_reasons,
        mitre_techniques=info.mitre_techniques,
    )


def risky_user[P](
    given: RiskyUserProperties,
    envelope: Envelope[P],  # noqa: ARG001 - its time changes with each delivery
    category: str,
    tenant_id: str,
) -> RiskyUser:
    """Return the record. Raises MalformedRecordError when the id or the time of the change is missing."""
    at = read_time(given.risk_last_updated_date_time)
    if at is None:
        raise MalformedRecordError("properties.riskLastUpdatedDateTime is missing or cannot be read")
    return RiskyUser(
        category=category,
        tenant_id=tenant_id,
        record_id=record_id(given),
        at=at,
        risk_level=risk_or_hidden(given.risk_level),
        risk_state=risk_or_hidden(given.risk_state),
        risk_detail=risk(given.risk_detail),
        user_principal_name=principal_name(given.user_principal_name),
        user_display_name=text(given.user_display_name),
        is_deleted=given.is_deleted,
        is_processing=given.is_processing,
    )


class Info(NamedTuple):
    """What triage uses of a detection's ``additionalInfo``."""

    user_agent: str | None
    risk_reasons: tuple[str, ...]
    mitre_techniques: tuple[str, ...]


def additional_info(given: object, mitre_technique_id: str | None) -> Info:
    """Return the parts of ``additionalInfo``, text that holds JSON pairs, with the technique that stands beside it."""
    info = dict(_info(given))
    techniques = (*_texts(info.get("mitretechniques")), *_texts(mitre_technique_id))
    return Info(
        user_agent=next(iter(_texts(info.get("useragent"))), None),
        risk_reasons=_texts(info.get("riskreasons")),
        mitre_techniques=tuple(dict.fromkeys(found for part in techniques for found in _TECHNIQUE.findall(part))),
    )


def event_type(newer: str | None, older: str | None) -> str:
    """Return ``riskEventType``, or ``riskType`` where that says more."""
    found, other = text(newer), text(older)
    if found in _VAGUE_TYPES and other not in _VAGUE_TYPES:
        found = other
    return found or UNKNOWN_TYPE


def _info(additional_info: object) -> Iterator[tuple[str, object]]:
    """Yield the pairs of ``additionalInfo``, keys in lower case. What is not JSON yields nothing."""
    value = parsed(additional_info)
    if isinstance(value, dict) and not {"key", "Key"} & value.keys():
        yield from ((str(key).lower(), item) for key, item in value.items())
        return
    for pair in value if isinstance(value, list) else [value]:
        if isinstance(pair, dict):
            key = pair.get("Key", pair.get("key"))
            if isinstance(key, str):
                yield key.lower(), pair.get("Value", pair.get("value"))


def _texts(value: object) -> tuple[str, ...]:
    """Return the texts in a list, or the one text; nothing for null and other kinds."""
    items = value if isinstance(value, list) else [value]
    return tuple(found for found in (text(item) for item in items if isinstance(item, str)) if found is not None)
