"""Records: one element of an Event Hubs message's ``records``, decoded to the fields that triage uses.

Names are Graph's own, in snake_case. Times are aware UTC datetimes. Text that means "nothing" on the wire
("", "None", "<null>", "hidden" is kept, see ``RISK_LEVELS``) is None here.
"""

from datetime import datetime
from typing import Literal

import msgspec

from shared.models.identity import Identity, IdentityKind, workload

INVALID_SECRET = 7000215
"""Result code of a workload's sign-in with a secret that is not its own."""
UNKNOWN_RISK = "hidden"
"""What Entra writes in a risk field that the tenant's licence does not show. Unknown, never zero."""


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a sign-in seems to come from. Coordinates 0/0 mean unknown and are dropped when decoding."""

    city: str | None = None
    state: str | None = None
    country: str | None = None
    """``countryOrRegion``: two letters, upper case."""
    latitude: float | None = None
    longitude: float | None = None


class Device(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``deviceDetail`` of a sign-in. No ``device_id`` means not registered; None elsewhere means not said."""

    device_id: str | None = None
    display_name: str | None = None
    operating_system: str | None = None
    browser: str | None = None
    is_compliant: bool | None = None
    is_managed: bool | None = None
    trust_type: str | None = None


class AuthenticationStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One element of ``authenticationDetails``."""

    at: datetime | None = None
    method: str | None = None
    succeeded: bool | None = None
    requirement: str | None = None
    result_detail: str | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What every record has. ``key`` is the same for every redelivery of the same state of the same thing."""

    category: str
    """Azure Monitor category in its documented spelling, e.g. ``SignInLogs``."""
    tenant_id: str
    record_id: str
    """``properties.id``."""
    at: datetime
    """When it happened (createdDateTime, activityDateTime, detectedDateTime), never the envelope's ``time``."""

    @property
    def key(self) -> str:
        """Return the dedupe key: category and id; kinds that change over time add state and last update."""
        return f"{self.category}|{self.record_id}"

    @property
    def identity(self) -> Identity | None:
        """Return who the record is about, or None when it is about nobody we triage."""
        return None


class RiskDetection(Record, frozen=True, kw_only=True, omit_defaults=True, tag="riskDetection"):
    """UserRiskEvents: one detection of Identity Protection; sent again at each change of state."""

    user_id: str
    risk_event_type: str
    """``riskEventType`` (preferred to ``riskType``, which may say generic). Open set."""
    risk_level: str
    risk_state: str
    risk_detail: str | None = None
    detected_at: datetime | None = None
    updated_at: datetime | None = None
    timing: str | None = None
    """``realtime``, ``nearRealtime`` or ``offline``."""
    activity: str | None = None
    source: str | None = None
    ip_address: str | None = None
    place: Place | None = None
    request_id: str | None = None
    correlation_id: str | None = None
    user_principal_name: str | None = None
    user_display_name: str | None = None
    user_type: str | None = None
    home_tenant_id: str | None = None
    user_agent: str | None = None
    risk_reasons: tuple[str, ...] = ()
    mitre_techniques: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return category, id, state and last update: an update is another record, a redelivery is not."""
        stamp = self.updated_at.isoformat() if self.updated_at else ""
        return f"{self.category}|{self.record_id}|{self.risk_state}|{stamp}"

    @property
    def identity(self) -> Identity:
        """Return the user the detection is about."""
        name = self.user_principal_name or self.user_display_name
        return Identity(tenant_id=self.tenant_id, kind="user", id=self.user_id, name=name)


class RiskyUser(Record, frozen=True, kw_only=True, omit_defaults=True, tag="riskyUser"):
    """RiskyUsers: the state of a user's risk after a change. ``record_id`` is the user's object id."""

    risk_level: str
    risk_state: str
    risk_detail: str | None = None
    user_principal_name: str | None = None
    user_display_name: str | None = None
    is_deleted: bool | None = None
    is_processing: bool | None = None

    @property
    def key(self) -> str:
        """Return category, id, state and last update (``at`` is riskLastUpdatedDateTime)."""
        return f"{self.category}|{self.record_id}|{self.risk_state}|{self.risk_level}|{self.at.isoformat()}"

    @property
    def identity(self) -> Identity:
        """Return the user whose risk changed."""
        name = self.user_principal_name or self.user_display_name
        return Identity(tenant_id=self.tenant_id, kind="user", id=self.record_id, name=name)


class SignIn(Record, frozen=True, kw_only=True, omit_defaults=True, tag="signIn"):
    """SignInLogs and NonInteractiveUserSignInLogs (and the same resource read from Graph's auditLogs/signIns)."""

    user_id: str
    error_code: int
    """``status.errorCode``: 0 is success; 50140, 50158 and their like are interrupts, not failures."""
    failure_reason: str | None = None
    additional_details: str | None = None
    user_principal_name: str | None = None
    user_display_name: str | None = None
    user_type: str | None = None
    app_id: str | None = None
    app_display_name: str | None = None
    resource_display_name: str | None = None
    ip_address: str | None = None
    autonomous_system_number: int | None = None
    place: Place | None = None
    device: Device | None = None
    user_agent: str | None = None
    client_app_used: str | None = None
    is_interactive: bool | None = None
    authentication_requirement: str | None = None
    """``singleFactorAuthentication`` or ``multiFactorAuthentication``."""
    steps: tuple[AuthenticationStep, ...] = ()
    conditional_access_status: str | None = None
    failed_policies: tuple[str, ...] = ()
    """Display names of Conditional Access policies whose result is ``failure``."""
    trusted_network: bool = False
    """True when ``networkLocationDetails`` says ``trustedNamedLocation``."""
    authentication_protocol: str | None = None
    incoming_token_type: str | None = None
    original_transfer_method: str | None = None
    session_id: str | None = None
    correlation_id: str | None = None
    risk_level_during_sign_in: str | None = None
    risk_level_aggregated: str | None = None
    risk_state: str | None = None
    risk_detail: str | None = None
    risk_event_types: tuple[str, ...] = ()
    """``riskEventTypes_v2``, or ``riskEventTypes`` where that is missing."""
    home_tenant_id: str | None = None
    resource_tenant_id: str | None = None
    cross_tenant_access_type: str | None = None

    @property
    def succeeded(self) -> bool:
        """Say whether a token was issued (errorCode 0)."""
        return self.error_code == 0

    @property
    def key(self) -> str:
        """Return category, id, result and risk: one sign-in is sent several times as it progresses."""
        risk = f"{self.risk_state}|{self.risk_level_during_sign_in}|{self.risk_level_aggregated}"
        return f"{self.category}|{self.record_id}|{self.error_code}|{risk}"

    @property
    def identity(self) -> Identity:
        """Return the user who signed in, or tried to."""
        name = self.user_principal_name or self.user_display_name
        return Identity(tenant_id=self.tenant_id, kind="user", id=self.user_id, name=name)


class WorkloadDetection(RiskDetection, frozen=True, kw_only=True, omit_defaults=True, tag="workloadDetection"):
    """ServicePrincipalRiskEvents: a detection about a service principal, whose object id is in ``user_id``."""

    app_id: str | None = None
    key_ids: tuple[str, ...] = ()
    """Ids of the credentials that the detection is about."""

    @property
    def identity(self) -> Identity:
        """Return the service principal the detection is about."""
        return workload(self.tenant_id, self.user_id, self.user_display_name)


class RiskyWorkload(RiskyUser, frozen=True, kw_only=True, omit_defaults=True, tag="riskyWorkload"):
    """RiskyServicePrincipals: the state of a service principal's risk. ``record_id`` is its object id."""

    app_id: str | None = None

    @property
    def identity(self) -> Identity:
        """Return the service principal whose risk changed."""
        return workload(self.tenant_id, self.record_id, self.user_display_name)


class WorkloadSignIn(SignIn, frozen=True, kw_only=True, omit_defaults=True, tag="workloadSignIn"):
    """ServicePrincipalSignInLogs and ManagedIdentitySignInLogs; ``user_id`` is the service principal's object id.

    Level ``low`` with state ``none`` is what Entra writes on nearly all of them: noise.
    """

    credential_type: str | None = None
    credential_key_id: str | None = None

    @property
    def key(self) -> str:
        """Return one key for what is alike within an hour: a workload signs in the same way thousands of times a day.

        A wrong secret keeps a key of its own, because those are counted.
        """
        if self.error_code == INVALID_SECRET:
            return f"{self.category}|{self.record_id}"
        alike = (self.user_id, self.ip_address, self.credential_key_id, self.resource_display_name, self.error_code)
        return f"{self.category}|{'|'.join(map(str, alike))}|{self.risk_state}|{self.at:%Y-%m-%dT%H}"

    @property
    def identity(self) -> Identity:
        """Return the service principal (managed identities are service principals too)."""
        return workload(self.tenant_id, self.user_id, self.user_display_name)


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One ``modifiedProperties`` element, its JSON-in-strings unwrapped. Credential values are never kept."""

    name: str
    old: str | None = None
    new: str | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One ``targetResources`` element."""

    id: str | None = None
    type: str | None = None
    display_name: str | None = None
    user_principal_name: str | None = None
    changes: tuple[Change, ...] = ()


_KINDS: dict[str, IdentityKind] = {"user": "user", "serviceprincipal": "servicePrincipal"}
"""Types of audit targets, in lower case, that are identities."""


class DirectoryAudit(Record, frozen=True, kw_only=True, omit_defaults=True, tag="directoryAudit"):
    """AuditLogs (and Graph's auditLogs/directoryAudits): a change in the directory and who made it."""

    activity: str
    """``activityDisplayName``, dashes and spaces normalised, e.g. ``Add member to role``."""
    service: str | None = None
    """``loggedByService``."""
    audit_category: str | None = None
    """The inner ``properties.category``, e.g. ``UserManagement``."""
    succeeded: bool | None = None
    result_reason: str | None = None
    operation_type: str | None = None
    correlation_id: str | None = None
    initiator_id: str | None = None
    """Object id of the user, or of the service principal, that made the change."""
    initiator_kind: Literal["user", "app"] | None = None
    initiator_name: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    targets: tuple[Target, ...] = ()
    invited: str | None = None
    """Mail address of an invited guest, from ``additionalDetails``."""

    @property
    def identity(self) -> Identity | None:
        """Return the first target that is a user, else the user who made the change, else None."""
        for target in self.targets:
            if target.id and (target.type or "").lower() == "user":
                name = target.user_principal_name or target.display_name
                return Identity(tenant_id=self.tenant_id, kind="user", id=target.id, name=name)
        if self.initiator_id and self.initiator_kind == "user":
            return Identity(tenant_id=self.tenant_id, kind="user", id=self.initiator_id, name=self.initiator_name)
        return None

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Return everybody the change says something about: users and service principals, changed or changing."""
        found = [
            Identity(
                tenant_id=self.tenant_id,
                kind=_KINDS[(target.type or "").lower()],
                id=target.id,
                name=target.user_principal_name or target.display_name,
            )
            for target in self.targets
            if target.id and (target.type or "").lower() in _KINDS
        ]
        if self.initiator_id and self.initiator_kind:
            maker = _KINDS["user" if self.initiator_kind == "user" else "serviceprincipal"]
            found.append(Identity(tenant_id=self.tenant_id, kind=maker, id=self.initiator_id, name=self.initiator_name))
        return tuple({identity.key: identity for identity in found}.values())


type AnyRecord = (
    RiskDetection | RiskyUser | SignIn | WorkloadDetection | RiskyWorkload | WorkloadSignIn | DirectoryAudit
)

type ResourceKind = Literal[
    "signIn",
    "directoryAudit",
    "riskDetection",
    "riskyUser",
    "servicePrincipalRiskDetection",
    "riskyServicePrincipal",
]
"""Resources of Microsoft Graph that are records without an envelope, by their names there."""
