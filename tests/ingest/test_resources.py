"""Resources read from Graph become the records that the stream has."""

import json
from typing import Any

import pytest

from shared.errors import MalformedRecordError
from shared.ingest.messages import decode
from shared.ingest.resources import decode_resource
from shared.models.records import ResourceKind
from tests.ingest.bodies import (
    RECEIVED,
    TENANT,
    audit,
    body,
    detection,
    envelope,
    risky_user,
    sign_in,
    workload_risk,
    workload_sign_in,
)

RISKY_PRINCIPAL = {"id": "sp-1", "appId": "a", "displayName": "job", "isEnabled": True} | {
    "riskLastUpdatedDateTime": "2026-01-31T10:05:00Z",
    "riskState": "atRisk",
    "riskLevel": "high",
}
RESOURCES: list[tuple[ResourceKind, str, dict[str, Any]]] = [
    ("signIn", "SignInLogs", sign_in(isInteractive=True, resourceId="99999999-aaaa-4bbb-8ccc-000000000000")),
    ("signIn", "NonInteractiveUserSignInLogs", sign_in(isInteractive=False)),
    ("signIn", "ServicePrincipalSignInLogs", workload_sign_in()),
    ("directoryAudit", "AuditLogs", audit()),
    ("riskDetection", "UserRiskEvents", detection()),
    ("riskyUser", "RiskyUsers", risky_user()),
    ("servicePrincipalRiskDetection", "ServicePrincipalRiskEvents", workload_risk()),
    ("riskyServicePrincipal", "RiskyServicePrincipals", RISKY_PRINCIPAL),
]


@pytest.mark.parametrize(("kind", "category", "resource"), RESOURCES)
def test_a_resource_is_the_streamed_record(kind: ResourceKind, category: str, resource: dict[str, Any]) -> None:
    """Read from Graph as bytes, as an object, or in other casing, it equals what the stream sends."""
    (streamed,) = decode(body(envelope(category, resource)), received_at=RECEIVED).records
    assert decode_resource(kind, json.dumps(resource).encode(), TENANT) == streamed
    assert decode_resource(kind, resource, TENANT) == streamed
    assert decode_resource(kind, {key.upper(): value for key, value in resource.items()}, TENANT) == streamed


@pytest.mark.parametrize(("kind", "category", "resource"), RESOURCES)
def test_a_resource_without_envelope_is_recognised(kind: ResourceKind, category: str, resource: dict[str, Any]) -> None:
    """Alone, in a list or in a page of Graph it is known by its properties and needs the default tenant."""
    expected = (decode_resource(kind, resource, TENANT),)
    page = {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata", "value": [resource]}
    for content in (resource, [resource], page):
        sent = json.dumps(content).encode()
        assert decode(sent, received_at=RECEIVED, default_tenant=TENANT).records == expected
        assert "no tenant" in decode(sent, received_at=RECEIVED).parked[0].reason
    assert {record.category for record in expected} == {category}


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"broken", b"7", b"[" * 50_000, {"id": None}])
def test_a_resource_that_cannot_be_read_is_refused(raw: bytes | dict[str, Any]) -> None:
    """MalformedRecordError, whatever Graph sent."""
    for kind in {kind for kind, _, _ in RESOURCES}:
        with pytest.raises(MalformedRecordError):
            decode_resource(kind, raw, TENANT)


def test_a_tenant_in_the_resource_does_not_override_the_caller() -> None:
    """The tenant that was asked is the one whose record it is."""
    assert decode_resource("signIn", sign_in(tenantId="other"), TENANT).tenant_id == TENANT
