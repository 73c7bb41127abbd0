"""Turn the sign-ins and the risk of service principals and managed identities into records."""

from datetime import datetime
from typing import Any

from shared.errors import MalformedRecordError
from shared.ingest.envelope import Envelope, Properties, Status, handed_over_at, record_id, result_of
from shared.ingest.places import Location, place
from shared.ingest.risk import additional_info, event_type
from shared.ingest.text import identifier, ip_address, risk, risk_or_hidden, stand_in_id, text
from shared.ingest.times import read_time
from shared.models.records import RiskyWorkload, WorkloadDetection, WorkloadSignIn


class WorkloadSignInProperties(Properties, rename="camel", kw_only=True, gc=False):
    """The fields of Graph's ``signIn`` that triage uses when no user signs in."""

    created_date_time: str | None
    service_principal_id: str | None
    service_principal_name: str | None = None
    app_id: str | None = None
    ip_address: str | None = None
    location: Location | None = None
    autonomous_system_number: int | None = None
    resource_display_name: str | None = None
    user_agent: str | None = None
    correlation_id: str | None = None
    client_credential_type: str | None = None
    service_principal_credential_key_id: str | None = None
    status: Status | None = None
    risk_level_during_sign_in: str | None = None
    risk_level_aggregated: str | None = None
    risk_state: str | None = None


class WorkloadRiskProperties(Properties, rename="camel", kw_only=True, gc=False):
    """The fields of Graph's ``servicePrincipalRiskDetection`` and ``riskyServicePrincipal`` that triage uses."""

    risk_state: str | None
    risk_level: str | None = None
    risk_detail: str | None = None
    risk_event_type: str | None = None
    risk_type: str | None = None
    service_principal_id: str | None = None
    service_principal_display_name: str | None = None
    display_name: str | None = None
    app_id: str | None = None
    key_ids: list[str | None] | None = None
    ip_address: str | None = None
    location: Location | None = None
    request_id: str | None = None
    correlation_id: str | None = None
    source: str | None = None
    activity: str | None = None
    detection_timing_type: str | None = None
    additional_info: Any = None
    mitre_technique_id: str | None = None
    activity_date_time: str | None = None
    detected_date_time: str | None = None
    last_updated_date_time: str | None = None
    risk_last_updated_date_time: str | None = None
    risk_last_modified_date_time: str | None = None


def workload_sign_in[P](
    given: WorkloadSignInProperties, envelope: Envelope[P], category: str, tenant_id: str
) -> WorkloadSignIn:
    """Return the record. Raises MalformedRecordError when the id, time, result or service principal is missing."""
    service_principal_id, app_id = identifier(given.service_principal_id), identifier(given.app_id)
    if service_principal_id is None:
        if app_id is None:
            raise MalformedRecordError("neither servicePrincipalId nor appId is given")
        # An application of another tenant may have no service principal here; Entra then writes zeros.
        service_principal_id = stand_in_id(app_id)
    return WorkloadSignIn(
        category=category,
        tenant_id=tenant_id,
        record_id=record_id(given),
        at=read_time(given.created_date_time) or handed_over_at(envelope),
        user_id=service_principal_id,
        user_display_name=text(given.service_principal_name),
        app_id=app_id,
        error_code=result_of(given.status, envelope),
        ip_address=ip_address(given.ip_address) or ip_address(envelope.caller_ip_address),
        autonomous_system_number=given.autonomous_system_number or None,
        place=place(given.location),
        is_interactive=False,
        resource_display_name=text(given.resource_display_name),
        user_agent=text(given.user_agent),
        correlation_id=identifier(given.correlation_id),
        credential_type=text(given.client_credential_type),
        credential_key_id=identifier(given.service_principal_credential_key_id),
        risk_level_during_sign_in=risk(given.risk_level_during_sign_in),
        risk_level_aggregated=risk(given.risk_level_aggregated),
        risk_state=risk(given.risk_state),
    )


def service_principal_detection[P](
    given: WorkloadRiskProperties, envelope: Envelope[P], category: str, tenant_id: str
) -> WorkloadDetection:
    """Return a detection (ServicePrincipalRiskEvents). Raises MalformedRecordError when its subject is missing."""
    service_principal_id = identifier(given.service_principal_id)
    if service_principal_id is None:
        raise MalformedRecordError("properties.servicePrincipalId is missing")
    detected_at, updated_at = read_time(given.detected_date_time), _updated_at(given)
    info = additional_info(given.additional_info, given.mitre_technique_id)
    return WorkloadDetection(
        category=category,
        tenant_id=tenant_id,
        record_id=record_id(given),
        at=read_time(given.activity_date_time) or detected_at or updated_at or handed_over_at(envelope),
        user_id=service_principal_id,
        user_display_name=text(given.service_principal_display_name) or text(given.display_name),
        app_id=identifier(given.app_id),
        key_ids=tuple(key for key in map(identifier, given.key_ids or ()) if key),
        risk_event_type=event_type(given.risk_event_type, given.risk_type),
        risk_level=risk_or_hidden(given.risk_level),
        risk_state=risk_or_hidden(given.risk_state),
        risk_detail=risk(given.risk_detail),
        detected_at=detected_at,
        updated_at=updated_at,
        timing=text(given.detection_timing_type),
        activity=text(given.activity),
        source=text(given.source),
        ip_address=ip_address(given.ip_address),
        place=place(given.location),
        request_id=identifier(given.request_id),
        correlation_id=identifier(given.correlation_id),
        user_agent=info.user_agent,
        risk_reasons=info.risk_reasons,
        mitre_techniques=info.mitre_techniques,
    )


def risky_service_principal[P](
    given: WorkloadRiskProperties, envelope: Envelope[P], category: str, tenant_id: str
) -> RiskyWorkload:
    """Return a state of risk (RiskyServicePrincipals), whose id is the service principal's."""
    return RiskyWorkload(
        category=category,
        tenant_id=tenant_id,
        record_id=record_id(given),
        at=_updated_at(given) or handed_over_at(envelope),
        user_display_name=text(given.service_principal_display_name) or text(given.display_name),
        app_id=identifier(given.app_id),
        risk_level=risk_or_hidden(given.risk_level),
        risk_state=risk_or_hidden(given.risk_state),
        risk_detail=risk(given.risk_detail),
    )


def _updated_at(given: WorkloadRiskProperties) -> datetime | None:
    return (
        read_time(given.last_updated_date_time)
        or read_time(given.risk_last_updated_date_time)
        or read_time(given.risk_last_modified_date_time)
    )
