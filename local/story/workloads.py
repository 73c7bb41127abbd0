"""Streamed records that are about no user: managed identities, service principals, and Graph's own activity log."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from local.story.moments import dotnet_ticks, envelope_time, guid, sign_in_time, spread
from local.story.people import TENANT_ID
from local.story.places import Network
from local.story.streamed import Streamed, geography, wrapped


class Workload(msgspec.Struct, frozen=True):
    """A service principal of the bank."""

    name: str
    managed_identity: bool
    secret_days: int = 0
    """Days since its secret was made; 0 for managed identities, which have none of their own."""

    @property
    def id(self) -> str:
        """Return the object id of its service principal."""
        return guid("service-principal", self.name)

    @property
    def app_id(self) -> str:
        """Return its application (client) id."""
        return guid("app", self.name)

    @property
    def key_id(self) -> str:
        """Return the id of its secret."""
        return guid("key", self.id)

    @property
    def type(self) -> str:
        """Return its ``servicePrincipalType``."""
        return "ManagedIdentity" if self.managed_identity else "Application"


WORKLOADS = (
    Workload("woodgrove-payments-api", managed_identity=True),
    Workload("woodgrove-ledger-sync", managed_identity=True),
    Workload("woodgrove-fraud-scoring", managed_identity=True),
    Workload("Woodgrove HR Provisioning", managed_identity=False, secret_days=210),
    Workload("Woodgrove Statement Archive", managed_identity=False, secret_days=340),
    Workload("Woodgrove Build Agent", managed_identity=False, secret_days=62),
)


def workload_sign_in(workload: Workload, at: datetime, network: Network, *, error: int = 0) -> Streamed:
    """Return a sign-in without a user: risk level low and state none, which means nothing at all."""
    record_id = guid("workload-sign-in", workload.id, at.isoformat())
    correlation_id = guid("correlation", record_id)
    blank = workload.managed_identity
    place = network.place
    properties: dict[str, Any] = {
        "id": record_id,
        "createdDateTime": sign_in_time(at, record_id),
        "userId": None,
        "appId": workload.app_id,
        "ipAddress": "" if blank else network.ip,
        "autonomousSystemNumber": 0 if blank else network.asn,
        "status": {"errorCode": error},
        "location": {
            "city": "" if blank else place.city,
            "state": "" if blank else place.state,
            "countryOrRegion": "" if blank else place.country,
            "geoCoordinates": geography(0.0, 0.0) if blank else geography(place.latitude, place.longitude),
        },
        "correlationId": correlation_id,
        "isInteractive": False,
        "tokenIssuerType": "AzureAD",
        "authenticationProcessingDetails": [],
        "clientCredentialType": "none" if blank else "clientSecret",
        "processingTimeInMilliseconds": 0,
        "riskDetail": "none",
        "riskLevelAggregated": "low",
        "riskLevelDuringSignIn": "low",
        "riskState": "none",
        "resourceDisplayName": "Azure Key Vault",
        "resourceId": "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
        "servicePrincipalName": workload.name,
        "servicePrincipalId": workload.id,
        "servicePrincipalCredentialKeyId": "" if blank else workload.key_id,
        "flaggedForReview": False,
        "isTenantRestricted": False,
        "crossTenantAccessType": "none",
        "uniqueTokenIdentifier": record_id.replace("-", "")[:22],
        "incomingTokenType": "none",
        "authenticationProtocol": "none",
        "signInTokenProtectionStatus": "none",
        "originalTransferMethod": "none",
        "isThroughGlobalSecureAccess": False,
        "appServicePrincipalId": None,
        "resourceServicePrincipalId": guid("service-principal", "Azure Key Vault") if blank else "",
    }
    if blank:
        properties |= {"conditionalAccessStatus": "notApplied", "appliedConditionalAccessPolicies": []}
        properties |= {"federatedCredentialId": "", "conditionalAccessAudiences": []}
    return wrapped(
        "ManagedIdentitySignInLogs" if blank else "ServicePrincipalSignInLogs",
        "Sign-in activity",
        properties,
        at + timedelta(seconds=60 + spread(120, "workload-lag", record_id)),
        correlation_id=correlation_id,
        caller_ip=None if blank else network.ip,
        location=None if blank else place.country,
        result=(str(error), "FAILURE" if error else "SUCCESS"),
    )


def graph_activity(workload: Workload, at: datetime, network: Network) -> Streamed:
    """Return a ``MicrosoftGraphActivityLogs`` record: a category that is not triaged, with odd keys of its own."""
    request_id = guid("graph-activity", workload.id, at.isoformat())
    arrives = at + timedelta(seconds=95)
    properties = {
        "__UDI_RequiredFields_TenantId": TENANT_ID,
        "__UDI_RequiredFields_UniqueId": request_id,
        "__UDI_RequiredFields_EventTime": dotnet_ticks(at),
        "timeGenerated": envelope_time(at),
        "requestId": request_id,
        "apiVersion": "v1.0",
        "requestMethod": "GET",
        "responseStatusCode": 200,
        "tenantId": TENANT_ID,
        "durationMs": 61123,
        "appId": workload.app_id,
        "clientAuthMethod": "2",
        "C_Idtyp": "app",
        "ipAddress": network.ip,
        "userAgent": "",
        "requestUri": "https://graph.microsoft.com/v1.0/groups?$top=100",
        "servicePrincipalId": workload.id,
    }
    record = {
        "time": envelope_time(arrives),
        "resourceId": f"/TENANTS/{TENANT_ID.upper()}/PROVIDERS/MICROSOFT.AADIAM",
        "operationName": "Microsoft Graph Activity",
        "operationVersion": "v1.0",
        "category": "MicrosoftGraphActivityLogs",
        "resultSignature": "200",
        "durationMs": "61123",
        "callerIpAddress": network.ip,
        "correlationId": request_id,
        "level": "Informational",
        "location": "North Europe",
        "properties": properties,
        "tenantId": TENANT_ID,
    }
    return Streamed(record, arrives)
