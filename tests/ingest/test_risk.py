"""The oddities of risk detections and states of risk, of users and of workloads."""

import json
from datetime import UTC, datetime

import pytest

from shared.ingest.messages import decode
from shared.models.records import Place, RiskDetection, RiskyUser, RiskyWorkload, WorkloadDetection
from tests.ingest.bodies import RECEIVED, TENANT, USER, body, detection, envelope, risky_user, workload_risk


def read_detection(properties: object, **changes: object) -> RiskDetection:
    """Return the one detection in a body."""
    (found,) = decode(body(envelope("UserRiskEvents", properties, **changes)), received_at=RECEIVED).records
    assert isinstance(found, RiskDetection)
    return found


def read_risk(properties: object, category: str = "ServicePrincipalRiskEvents") -> RiskyWorkload | WorkloadDetection:
    """Return the one state of a workload's risk in a body."""
    (found,) = decode(body(envelope(category, properties)), received_at=RECEIVED).records
    assert isinstance(found, RiskyWorkload | WorkloadDetection)
    return found


def test_a_whole_detection_is_read() -> None:
    """Times with un-padded hours, the JSON in additionalInfo and the place all arrive."""
    place = {
        "city": "Singapore",
        "countryOrRegion": "sg",
        "geoCoordinates": {"altitude": 0.0, "latitude": 1.3, "longitude": 103.9},
    }
    found = read_detection(
        detection(
            location=place, ipAddress="198.51.100.7", requestId="R", correlationId="C", source="IdentityProtection"
        )
        | {"detectionTimingType": "offline", "activity": "user", "userDisplayName": "Kari", "homeTenantId": TENANT}
    )
    assert found == RiskDetection(
        category="UserRiskEvents",
        tenant_id=TENANT,
        record_id="ab" * 32,
        at=datetime(2026, 1, 31, 3, 15, 37, 8000, tzinfo=UTC),
        user_id=USER,
        risk_event_type="anomalousToken",
        risk_level="medium",
        risk_state="atRisk",
        risk_detail="none",
        detected_at=datetime(2026, 1, 31, 10, 17, 5, 68000, tzinfo=UTC),
        updated_at=datetime(2026, 1, 31, 10, 17, 5, 68000, tzinfo=UTC),
        timing="offline",
        activity="user",
        source="IdentityProtection",
        ip_address="198.51.100.7",
        place=Place(city="Singapore", country="SG", latitude=1.3, longitude=103.9),
        request_id="r",
        correlation_id="c",
        user_principal_name="kari.nord@example.com",
        user_display_name="Kari",
        user_type="Member",
        home_tenant_id=TENANT,
        user_agent="curl/8.0",
        risk_reasons=("UnfamiliarASN", "UnfamiliarIP"),
        mitre_techniques=("T1078", "T1539", "T1078.004"),
    )


@pytest.mark.parametrize(
    ("event_type", "older", "found"),
    [
        *(("passwordSpray", "generic", "passwordSpray"), ("generic", "passwordSpray", "passwordSpray")),
        *((None, "leakedCredentials", "leakedCredentials"), ("", None, "unknown"), ("generic", None, "generic")),
        *(("brandNewType", None, "brandNewType"), ("unknownFutureValue", "unlikelyTravel", "unlikelyTravel")),
    ],
)
def test_the_telling_risk_type_wins(event_type: str | None, older: str | None, found: str) -> None:
    """A named type beats a vague one, riskEventType beats riskType, and no type is unknown."""
    assert read_detection(detection(riskEventType=event_type, riskType=older)).risk_event_type == found


@pytest.mark.parametrize(
    "info",
    [None, "", "not JSON", "[", "7", "[1, null]", '[{"Key":7}]', '[{"Value":"x"}]', "[" * 5000, {"odd": 1}, ["x"], 3],
)
def test_additional_info_may_be_anything(info: object) -> None:
    """Text that holds no pairs costs the pairs, not the detection."""
    found = read_detection(detection(additionalInfo=info))
    assert (found.user_agent, found.risk_reasons, found.mitre_techniques) == (None, (), ("T1078.004",))


@pytest.mark.parametrize(
    "info",
    [
        [{"key": "userAgent", "value": "curl/8.0"}, {"key": "riskReasons", "value": "UnfamiliarIP"}],
        json.dumps(
            [{"Key": "useragent", "Value": ["curl/8.0"]}, {"Key": "riskReasons", "Value": ["UnfamiliarIP", None]}]
        ),
        {"userAgent": "curl/8.0", "riskReasons": ["UnfamiliarIP", ""]},
    ],
)
def test_additional_info_is_read_in_every_spelling(info: object) -> None:
    """Lists or text, either casing of the keys, a JSON string or the object itself."""
    found = read_detection(detection(additionalInfo=info))
    assert (found.user_agent, found.risk_reasons) == ("curl/8.0", ("UnfamiliarIP",))


def test_a_risk_that_is_not_said_is_hidden_never_none() -> None:
    """Missing levels and states are unknown, words of the future are kept."""
    found = read_detection(detection(riskLevel=None, riskState="unknownFutureValue", riskDetail=""))
    assert (found.risk_level, found.risk_state, found.risk_detail) == ("hidden", "unknownFutureValue", None)
    assert read_detection(detection(riskLevel="<null>")).risk_level == "hidden"


def test_a_detection_without_activity_time_happened_when_it_was_detected() -> None:
    """The next best time of the record stands in, the hand-over last."""
    hours = [3, 10, 10, 11]
    for count, hour in enumerate(hours):
        gone = dict.fromkeys(("activityDateTime", "detectedDateTime", "lastUpdatedDateTime")[:count])
        assert read_detection(detection(**gone)).at.hour == hour


def test_the_envelope_of_a_detection_is_not_its_content() -> None:
    """The envelope's correlationId, identity and location are other things than the record's."""
    found = read_detection(detection(), correlationId="ab" * 32, identity="kari nord", location="wus")
    assert (found.correlation_id, found.user_display_name, found.place) == (None, None, None)


def test_a_state_of_risk_is_read() -> None:
    """The record's id is the user's; remediation and deletion are told."""
    given = risky_user(riskState="remediated", riskLevel="none", riskDetail="userPerformedSecuredPasswordReset")
    (found,) = decode(body(envelope("RiskyUsers", given | {"isProcessing": "False"})), received_at=RECEIVED).records
    assert found == RiskyUser(
        category="RiskyUsers",
        tenant_id=TENANT,
        record_id=USER,
        at=datetime(2026, 1, 31, 9, 35, 37, 331000, tzinfo=UTC),
        risk_level="none",
        risk_state="remediated",
        risk_detail="userPerformedSecuredPasswordReset",
        user_principal_name="kari.nord@example.com",
        is_deleted=False,
        is_processing=False,
    )


def test_a_service_principals_detection_is_read_without_address_and_place() -> None:
    """What users have and workloads have not is null, and that is no error."""
    found = read_risk(workload_risk(appId="A"))
    assert found == WorkloadDetection(
        category="ServicePrincipalRiskEvents",
        tenant_id=TENANT,
        record_id="cd" * 32,
        at=datetime(2026, 1, 31, 10, tzinfo=UTC),
        user_id="dddddddd-0000-4000-8000-000000000005",
        user_display_name="nightly-backup",
        app_id="a",
        risk_event_type="leakedCredentials",
        risk_level="high",
        risk_state="atRisk",
        detected_at=datetime(2026, 1, 31, 10, 5, tzinfo=UTC),
        updated_at=datetime(2026, 1, 31, 10, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize("stamp", ["riskLastUpdatedDateTime", "riskLastModifiedDateTime"])
def test_a_risky_service_principal_is_its_own_id(stamp: str) -> None:
    """The state's id is the service principal's, under either name of its last change."""
    given = {"id": "SP-1", "displayName": "job", "appId": "A", "accountEnabled": True, stamp: "2026-01-31T10:05:00Z"}
    found = read_risk(given | {"riskState": "atRisk", "riskLevel": "high"}, "RiskyServicePrincipals")
    assert (found.record_id, found.user_display_name, found.identity.kind) == ("sp-1", "job", "servicePrincipal")
    assert found.at == datetime(2026, 1, 31, 10, 5, tzinfo=UTC)
