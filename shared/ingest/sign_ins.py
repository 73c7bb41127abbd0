"""Turn the sign-ins of users into SignIn records."""

import msgspec

from shared.errors import MalformedRecordError
from shared.ingest.envelope import Envelope, Properties, Status, handed_over_at, record_id, result_of
from shared.ingest.loose import load, loosely
from shared.ingest.places import Location, place
from shared.ingest.text import identifier, ip_address, principal_name, risk, stand_in_id, text, user_type
from shared.ingest.times import read_time
from shared.ingest.workloads import WorkloadSignInProperties, workload_sign_in
from shared.models.records import AuthenticationStep, Device, SignIn, WorkloadSignIn


class DeviceDetail(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """``deviceDetail`` of Graph; three keys always, the others only when known."""

    device_id: str | None = None
    display_name: str | None = None
    operating_system: str | None = None
    browser: str | None = None
    is_compliant: bool | None = None
    is_managed: bool | None = None
    trust_type: str | None = None


class AuthenticationDetail(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """One element of ``authenticationDetails``."""

    authentication_step_date_time: str | None = None
    authentication_method: str | None = None
    succeeded: bool | None = None
    authentication_step_requirement: str | None = None
    authentication_step_result_detail: str | None = None


class AppliedPolicy(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """One element of ``appliedConditionalAccessPolicies``."""

    display_name: str | None = None
    result: str | None = None


class NetworkLocation(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """One element of ``networkLocationDetails``."""

    network_type: str | None = None


class SignInProperties(Properties, rename="camel", kw_only=True, gc=False):
    """The fields of Graph's ``signIn`` that triage uses."""

    created_date_time: str | None
    user_id: str | None
    user_principal_name: str | None = None
    user_display_name: str | None = None
    user_type: str | None = None
    service_principal_id: str | None = None
    service_principal_name: str | None = None
    app_id: str | None = None
    app_display_name: str | None = None
    resource_display_name: str | None = None
    ip_address: str | None = None
    autonomous_system_number: int | None = None
    location: Location | None = None
    device_detail: DeviceDetail | None = None
    user_agent: str | None = None
    client_app_used: str | None = None
    is_interactive: bool | None = None
    authentication_requirement: str | None = None
    authentication_details: tuple[AuthenticationDetail, ...] | None = None
    status: Status | None = None
    conditional_access_status: str | None = None
    applied_conditional_access_policies: msgspec.Raw = msgspec.Raw()
    network_location_details: tuple[NetworkLocation, ...] | None = None
    authentication_protocol: str | None = None
    incoming_token_type: str | None = None
    original_transfer_method: str | None = None
    session_id: str | None = None
    correlation_id: str | None = None
    risk_level_during_sign_in: str | None = None
    risk_level_aggregated: str | None = None
    risk_state: str | None = None
    risk_detail: str | None = None
    risk_event_types: tuple[str, ...] | None = None
    risk_event_types_v2: tuple[str, ...] | None = msgspec.field(default=None, name="riskEventTypes_v2")
    home_tenant_id: str | None = None
    resource_tenant_id: str | None = None
    cross_tenant_access_type: str | None = None


_POLICIES = msgspec.json.Decoder(tuple[AppliedPolicy, ...] | None)
_NO_POLICY_FAILED = {"success", "notApplied"}


def sign_in[P](
    given: SignInProperties, envelope: Envelope[P], category: str, tenant_id: str
) -> SignIn | WorkloadSignIn:
    """Return the record; a WorkloadSignIn when the sign-in has a service principal and no user.

    Raises MalformedRecordError when the id, the time, the result or the subject is missing.
    """
    upn = principal_name(given.user_principal_name)
    user_id = identifier(given.user_id)
    if user_id is None:
        if upn is None and identifier(given.service_principal_id) is not None:
            return _of_workload(given, envelope, category, tenant_id)
        if upn is None:
            raise MalformedRecordError("neither userId nor userPrincipalName nor servicePrincipalId is given")
        # Entra gives no userId for a name it does not know; tried names still tell a spray from a mistake.
        user_id = stand_in_id(upn)
    status = given.status
    steps = tuple([_step(step) for step in given.authentication_details]) if given.authentication_details else ()
    at = read_time(given.created_date_time)
    if at is None:
        at = next((step.at for step in steps if step.at), None) or handed_over_at(envelope)
    is_interactive = given.is_interactive
    if is_interactive is None and category == "NonInteractiveUserSignInLogs":
        is_interactive = False
    return SignIn(
        category=category,
        tenant_id=tenant_id,
        record_id=record_id(given),
        at=at,
        user_id=user_id,
        error_code=result_of(status, envelope),
        failure_reason=text(status.failure_reason if status else None) or text(envelope.result_description),
        additional_details=text(status.additional_details) if status else None,
        user_principal_name=upn,
        user_display_name=text(given.user_display_name),
        user_type=user_type(given.user_type),
        app_id=identifier(given.app_id),
        app_display_name=text(given.app_display_name),
        resource_display_name=text(given.resource_display_name),
        ip_address=ip_address(given.ip_address) or ip_address(envelope.caller_ip_address),
        autonomous_system_number=given.autonomous_system_number or None,
        place=place(given.location),
        device=_device(given.device_detail),
        user_agent=text(given.user_agent),
        client_app_used=text(given.client_app_used),
        is_interactive=is_interactive,
        authentication_requirement=text(given.authentication_requirement),
        steps=steps,
        conditional_access_status=text(given.conditional_access_status),
        failed_policies=_failed_policies(given.conditional_access_status, given.applied_conditional_access_policies),
        trusted_network=_is_trusted(given.network_location_details),
        authentication_protocol=text(given.authentication_protocol),
        incoming_token_type=text(given.incoming_token_type),
        original_transfer_method=text(given.original_transfer_method),
        session_id=identifier(given.session_id),
        correlation_id=identifier(given.correlation_id),
        risk_level_during_sign_in=risk(given.risk_level_during_sign_in),
        risk_level_aggregated=risk(given.risk_level_aggregated),
        risk_state=risk(given.risk_state),
        risk_detail=risk(given.risk_detail),
        risk_event_types=_risk_event_types(given),
        home_tenant_id=identifier(given.home_tenant_id),
        resource_tenant_id=identifier(given.resource_tenant_id),
        cross_tenant_access_type=text(given.cross_tenant_access_type),
    )


def _of_workload[P](given: SignInProperties, envelope: Envelope[P], category: str, tenant_id: str) -> WorkloadSignIn:
    properties = WorkloadSignInProperties(
        id=given.id,
        created_date_time=given.created_date_time,
        service_principal_id=given.service_principal_id,
        service_principal_name=given.service_principal_name,
        app_id=given.app_id,
        ip_address=given.ip_address,
        location=given.location,
        resource_display_name=given.resource_display_name,
        status=given.status,
        risk_level_during_sign_in=given.risk_level_during_sign_in,
        risk_level_aggregated=given.risk_level_aggregated,
        risk_state=given.risk_state,
    )
    return workload_sign_in(properties, envelope, category, tenant_id)


def _step(detail: AuthenticationDetail) -> AuthenticationStep:
    return AuthenticationStep(
        at=read_time(detail.authentication_step_date_time),
        method=text(detail.authentication_method),
        succeeded=detail.succeeded,
        requirement=text(detail.authentication_step_requirement),
        result_detail=text(detail.authentication_step_result_detail),
    )


def _device(detail: DeviceDetail | None) -> Device | None:
    if detail is None:
        return None
    device_id, display_name = identifier(detail.device_id), text(detail.display_name)
    operating_system, browser = text(detail.operating_system), text(detail.browser)
    if not (device_id or display_name or operating_system or browser):
        return None
    return Device(
        device_id=device_id,
        display_name=display_name,
        operating_system=operating_system,
        browser=browser,
        is_compliant=detail.is_compliant,
        is_managed=detail.is_managed,
        trust_type=text(detail.trust_type),
    )


def _failed_policies(status: str | None, policies: msgspec.Raw) -> tuple[str, ...]:
    # Dozens of policies a record, nearly none of which failed: look before decoding. The status sums them up.
    if status in _NO_POLICY_FAILED:
        return ()
    raw = bytes(policies)
    if b'"failure"' not in raw:
        return ()
    failed = (policy for policy in _policies(raw) if policy.result == "failure")
    return tuple(text(policy.display_name) or "(unnamed policy)" for policy in failed)


def _policies(raw: bytes) -> tuple[AppliedPolicy, ...]:
    try:
        return _POLICIES.decode(raw) or ()
    except msgspec.ValidationError:
        items = load(raw)
        return (
            tuple(loosely(AppliedPolicy, item) for item in items if isinstance(item, dict))
            if isinstance(items, list)
            else ()
        )


def _is_trusted(networks: tuple[NetworkLocation, ...] | None) -> bool:
    if not networks:
        return False
    return any((network.network_type or "").lower() == "trustednamedlocation" for network in networks)


def _risk_event_types(given: SignInProperties) -> tuple[str, ...]:
    types = given.risk_event_types_v2 or given.risk_event_types
    if not types:
        return ()
    return tuple(found for found in map(text, types) if found is not None)
