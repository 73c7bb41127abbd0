"""The oddities of sign-ins, of users and of workloads."""

import json
from datetime import UTC, datetime

import pytest

from shared.ingest.messages import decode
from shared.models.records import AuthenticationStep, Device, Place, SignIn, WorkloadSignIn
from tests.ingest.bodies import RECEIVED, TENANT, USER, body, envelope, sign_in, workload_sign_in


def read(properties: object, category: str = "SignInLogs", **changes: object) -> SignIn:
    """Return the one sign-in in a body."""
    (found,) = decode(body(envelope(category, properties, **changes)), received_at=RECEIVED).records
    assert isinstance(found, SignIn)
    return found


def read_workload(
    properties: object, category: str = "ServicePrincipalSignInLogs", **changes: object
) -> WorkloadSignIn:
    """Return the one workload sign-in in a body."""
    (found,) = decode(body(envelope(category, properties, **changes)), received_at=RECEIVED).records
    assert isinstance(found, WorkloadSignIn)
    return found


def test_a_whole_sign_in_is_read() -> None:
    """Every field that triage uses arrives under its name."""
    found = read(
        sign_in(
            status={"errorCode": 50074, "failureReason": "Strong auth required", "additionalDetails": "denied"},
            userType="guest",
            resourceDisplayName="Graph",
            autonomousSystemNumber=2119,
            deviceDetail={"deviceId": "", "operatingSystem": "Windows", "isCompliant": False, "trustType": ""},
            userAgent="<script>",
            clientAppUsed="Browser",
            isInteractive=True,
            authenticationRequirement="multiFactorAuthentication",
            authenticationDetails=[
                {
                    "authenticationStepDateTime": "2026-01-31T10:58:00Z",
                    "authenticationMethod": "Mobile app notification",
                    "succeeded": False,
                    "authenticationStepRequirement": "",
                    "authenticationStepResultDetail": "MFA denied; user declined the authentication",
                }
            ],
            conditionalAccessStatus="failure",
            appliedConditionalAccessPolicies=[
                {"displayName": "Block", "result": "failure"},
                {"displayName": "Report", "result": "reportOnlyFailure"},
            ],
            networkLocationDetails=[{"networkType": "trustedNamedLocation", "networkNames": ["HQ"]}],
            authenticationProtocol="deviceCode",
            incomingTokenType="none",
            originalTransferMethod="deviceCodeFlow",
            sessionId="S",
            correlationId="C",
            riskLevelDuringSignIn="high",
            riskLevelAggregated="hidden",
            riskState="atRisk",
            riskDetail="none",
            riskEventTypes=["generic"],
            riskEventTypes_v2=["unfamiliarFeatures", "unknownFutureValue"],
            homeTenantId=TENANT.upper(),
            crossTenantAccessType="b2bCollaboration",
        )
    )
    assert found == SignIn(
        category="SignInLogs",
        tenant_id=TENANT,
        record_id="aaaaaaaa-0000-4000-8000-000000000001",
        at=datetime(2026, 1, 31, 10, 58, 1, 765432, tzinfo=UTC),
        user_id=USER,
        error_code=50074,
        failure_reason="Strong auth required",
        additional_details="denied",
        user_principal_name="kari.nord@example.com",
        user_display_name="Kari Nord",
        user_type="Guest",
        app_id="c0ffee00-0000-4000-8000-000000000002",
        app_display_name="Office",
        resource_display_name="Graph",
        ip_address="198.51.100.7",
        autonomous_system_number=2119,
        place=Place(city="Oslo", country="NO", latitude=59.9, longitude=10.7),
        device=Device(operating_system="Windows", is_compliant=False),
        user_agent="<script>",
        client_app_used="Browser",
        is_interactive=True,
        authentication_requirement="multiFactorAuthentication",
        steps=(
            AuthenticationStep(
                at=datetime(2026, 1, 31, 10, 58, tzinfo=UTC),
                method="Mobile app notification",
                succeeded=False,
                result_detail="MFA denied; user declined the authentication",
            ),
        ),
        conditional_access_status="failure",
        failed_policies=("Block",),
        trusted_network=True,
        authentication_protocol="deviceCode",
        original_transfer_method="deviceCodeFlow",
        session_id="s",
        correlation_id="c",
        risk_level_during_sign_in="high",
        risk_level_aggregated="hidden",
        risk_state="atRisk",
        risk_detail="none",
        risk_event_types=("unfamiliarFeatures",),
        home_tenant_id=TENANT,
        cross_tenant_access_type="b2bCollaboration",
    )


@pytest.mark.parametrize(
    ("status", "result_type", "code"),
    [
        *(({"errorCode": 0}, "50126", 0), ({"errorCode": "50126"}, "0", 50126), (None, "50053", 50053)),
        *(({}, 7000222, 7000222), ({"errorCode": None}, "0", 0), ("garbled", "50140", 50140)),
    ],
)
def test_the_status_is_preferred_to_the_result_type(status: object, result_type: object, code: int) -> None:
    """The error code comes from properties, else from the envelope, as number or text."""
    assert read(sign_in(status=status), resultType=result_type).error_code == code


@pytest.mark.parametrize(
    "location",
    [
        *(None, {}, {"city": "", "countryOrRegion": "", "geoCoordinates": {"latitude": 0.0, "longitude": -0.0}}),
        *({"geoCoordinates": {}}, {"geoCoordinates": None}, "US", [], {"geoCoordinates": {"latitude": 0}}),
    ],
)
def test_an_empty_location_is_no_place(location: object) -> None:
    """Blank names and 0/0 mean that Entra does not know."""
    assert read(sign_in(location=location)).place is None


def test_an_unregistered_device_has_no_id() -> None:
    """A device of three empty keys is no device; text flags are read."""
    assert read(sign_in(deviceDetail={"deviceId": "", "operatingSystem": "", "browser": ""})).device is None
    found = read(sign_in(deviceDetail={"deviceId": "D-1", "isManaged": "true", "isCompliant": "maybe"})).device
    assert found == Device(device_id="d-1", is_managed=True)


def test_interactive_is_what_the_record_says() -> None:
    """``isInteractive`` may be false in SignInLogs; where it is missing only the other category tells."""
    assert read(sign_in(isInteractive=False)).is_interactive is False
    assert read(sign_in()).is_interactive is None
    assert read(sign_in(), "NonInteractiveUserSignInLogs").is_interactive is False
    assert read(sign_in(isInteractive="True")).is_interactive is True


def test_a_missing_creation_time_falls_back_to_the_steps_then_to_the_hand_over() -> None:
    """A sign-in without its own time is still evidence; the envelope's time is the latest it can be."""
    steps = [{"authenticationStepDateTime": "2026-01-31T10:00:00Z"}]
    no_time = {key: value for key, value in sign_in().items() if key != "createdDateTime"}
    assert read(no_time | {"authenticationDetails": steps}).at == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert read(no_time, time="11/14/2025 1:48:53 AM").at == datetime(2025, 11, 14, 1, 48, 53, tzinfo=UTC)


def test_names_that_entra_does_not_know_keep_tries_apart() -> None:
    """Without a user id the tried name makes a stand-in that holds none of its text."""
    first, again, other = (
        read(sign_in(userId=user_id, userPrincipalName=name, status={"errorCode": 50034})).user_id
        for user_id, name in (
            ("", "../groups@example.com"),
            ("00000000-0000-0000-0000-000000000000", "../GROUPS@example.com"),
            (None, "b@example.com"),
        )
    )
    assert first == again != other
    assert first.startswith("unknown-")
    assert "groups" not in first


def test_a_sign_in_without_a_user_is_the_workloads() -> None:
    """A service principal in the users' log is not mistaken for a user."""
    given = sign_in(userId="", userPrincipalName="", servicePrincipalId="SP-1", servicePrincipalName="job")
    (found,) = decode(body(envelope("SignInLogs", given)), received_at=RECEIVED).records
    assert isinstance(found, WorkloadSignIn)
    assert (found.user_id, found.user_display_name) == ("sp-1", "job")


def test_older_risk_types_are_used_where_the_newer_are_missing() -> None:
    """``riskEventTypes_v2`` wins unless it is absent or empty."""
    assert read(sign_in(riskEventTypes=["a"], riskEventTypes_v2=["b"])).risk_event_types == ("b",)
    assert read(sign_in(riskEventTypes=["a"], riskEventTypes_v2=None)).risk_event_types == ("a",)
    assert read(sign_in(riskEventTypes=["a", None], riskEventTypes_v2=[])).risk_event_types == ("a",)


@pytest.mark.parametrize(
    ("caller", "address", "found"),
    [
        *(("203.0.113.9", "198.51.100.7", "198.51.100.7"), ("203.0.113.9", "", "203.0.113.9")),
        *(
            ("<null>", "::2a02:cf40:1:2:3:4:5:6", None),
            (None, "0.0.0.0", None),  # noqa: S104 - what a log says
            (None, "198.51.100.7:8080", "198.51.100.7"),
        ),
    ],
)
def test_the_address_of_the_sign_in_is_preferred(caller: object, address: object, found: str | None) -> None:
    """The record's own address, else the envelope's, else none."""
    assert read(sign_in(ipAddress=address), callerIpAddress=caller).ip_address == found


def test_odd_policies_do_not_hide_the_failed_ones() -> None:
    """A policy of odd types, and a list without any, are read as far as they go."""
    odd = [{"displayName": 7, "result": "failure"}, {"displayName": None, "result": "failure"}, None, "x"]
    assert read(sign_in(appliedConditionalAccessPolicies=odd)).failed_policies == ("7", "(unnamed policy)")
    assert read(sign_in(appliedConditionalAccessPolicies=None)).failed_policies == ()
    assert read(sign_in(appliedConditionalAccessPolicies="failure")).failed_policies == ()


def test_lists_of_objects_or_of_text_do_not_matter_where_unused() -> None:
    """Fields that vary in type and are not used are not looked at."""
    for audiences in (["a"], [{"applicationId": "a", "audienceReasons": "x"}], {}):
        assert read(sign_in(conditionalAccessAudiences=audiences, mfaDetail={}, privateLinkDetails={})) == read(
            sign_in()
        )


def test_risk_none_and_hidden_are_kept_apart() -> None:
    """No licence is unknown, not none; a missing field is neither."""
    found = read(sign_in(riskState="hidden", riskLevelAggregated="none", riskLevelDuringSignIn=None, riskDetail=""))
    assert (found.risk_state, found.risk_level_aggregated) == ("hidden", "none")
    assert (found.risk_level_during_sign_in, found.risk_detail) == (None, None)


def test_a_managed_identity_has_no_address_and_no_place() -> None:
    """Blank addresses and places of managed identities are None, their level low stays as it is."""
    blank = {"city": "", "state": "", "countryOrRegion": "", "geoCoordinates": {"latitude": 0.0, "longitude": 0.0}}
    found = read_workload(workload_sign_in(location=blank, clientCredentialType="none"), "ManagedIdentitySignInLogs")
    assert (found.ip_address, found.place, found.credential_type) == (None, None, None)
    assert (found.risk_level_aggregated, found.risk_state) == ("low", "none")
    assert found.identity.kind == "servicePrincipal"


def test_a_failed_workload_sign_in_keeps_its_code_and_credential() -> None:
    """The expired secret of a service principal is told by its key id and 7000222."""
    given = workload_sign_in(
        status={"errorCode": 7000222}, servicePrincipalCredentialKeyId="K-1", clientCredentialType="clientSecret"
    )
    found = read_workload(given, time="11/14/2025 1:48:53 AM", userId="", userPrincipalName="")
    assert (found.error_code, found.credential_key_id, found.credential_type) == (7000222, "k-1", "clientSecret")


def test_applications_of_other_tenants_are_kept_apart() -> None:
    """Without a service principal here, the application's id makes a stand-in."""
    zero = "00000000-0000-0000-0000-000000000000"
    first, other = (read_workload(workload_sign_in(servicePrincipalId=zero, appId=app)) for app in ("a", "b"))
    assert first.user_id.startswith("unknown-")
    assert first.user_id != other.user_id


def test_a_flat_row_of_log_analytics_is_read() -> None:
    """PascalCase columns, dynamic columns as objects or text, and the directory's tenant instead of the workspace's."""
    row = {
        "TenantId": "workspace",
        "AADTenantId": TENANT,
        "TimeGenerated": "2026-01-31T11:00:00Z",
        "Type": "AADNonInteractiveUserSignInLogs",
        "Category": "NonInteractiveUserSignInLogs",
        "Id": "AAAAAAAA-0000-4000-8000-000000000001",
        "CreatedDateTime": "1/31/2026, 10:58:01.765 AM",
        "UserId": USER,
        "UserPrincipalName": "Kari.Nord@Example.com",
        "IPAddress": "198.51.100.7",
        "ResultType": 50126,
        "Status": "",
        "Location": "NO",
        "LocationDetails": json.dumps({"city": "Oslo", "countryOrRegion": "NO"}),
        "DeviceDetail_dynamic": None,
        "DeviceDetail_string": json.dumps({"operatingSystem": "Ios"}),
        "RiskEventTypes_V2": '["unfamiliarFeatures"]',
        "ConditionalAccessPolicies": [{"displayName": "Block", "result": "failure"}],
        "AutonomousSystemNumber": "2119",
    }
    (found,) = decode(json.dumps([row]).encode(), received_at=RECEIVED).records
    assert isinstance(found, SignIn)
    assert found.tenant_id == TENANT
    assert found.category == "NonInteractiveUserSignInLogs"
    assert found.at == datetime(2026, 1, 31, 10, 58, 1, 765000, tzinfo=UTC)
    assert (found.error_code, found.autonomous_system_number) == (50126, 2119)
    assert found.place == Place(city="Oslo", country="NO")
    assert found.device == Device(operating_system="Ios")
    assert found.risk_event_types == ("unfamiliarFeatures",)
    assert found.failed_policies == ("Block",)


def test_a_workspace_id_is_never_taken_for_the_tenant() -> None:
    """A table's row without the directory's id needs the default, or is parked."""
    row = {"TenantId": "workspace", "TimeGenerated": "2026-01-31T11:00:00Z", "Type": "AADRiskyUsers", "Id": USER}
    row |= {"RiskLastUpdatedDateTime": "2026-01-31T11:00:00Z", "RiskState": "atRisk", "RiskLevel": "high"}
    content = json.dumps(row).encode()
    assert decode(content, received_at=RECEIVED).parked[0].reason.startswith("MalformedRecordError: no tenant")
    assert decode(content, received_at=RECEIVED, default_tenant=TENANT).records[0].tenant_id == TENANT


def test_lower_case_keys_are_read() -> None:
    """A collector that lower-cases the envelope, the properties, or both changes nothing."""
    record = envelope("SignInLogs", sign_in(createdDateTime="2026-01-31 10:58:01.765432100"), p_any="x")
    lowered = {key.lower(): value for key, value in record.items()}
    wholly = lowered | {"properties": {key.lower(): value for key, value in record["properties"].items()}}
    expected = decode(body(envelope("SignInLogs", sign_in())), received_at=RECEIVED).records
    for sent in (record, lowered, wholly):
        assert decode(body(sent), received_at=RECEIVED).records == expected
