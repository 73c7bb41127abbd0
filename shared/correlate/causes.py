"""What may have hit many identities alike: a source and the client it shows. Pure.

Specific on purpose. An address or a network alone is shared by honest people: offices, mobile carriers, proxies.
"""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from shared.models.records import AnyRecord, RiskDetection, SignIn, WorkloadSignIn

AT_RISK = frozenset({"atRisk", "confirmedCompromised"})
HOSTILE = frozenset({"attackerinTheMiddle", "maliciousIPAddress", "nationStateIP", "passwordSpray"})
"""Detections by which Entra itself says that the source is an attacker's."""


class Cause(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A network and a client, or an address and a client; in this order, the wider one is looked at first."""

    tenant_id: str
    asn: int = 0
    address: str = ""
    user_agent: str = ""
    hostile: str = ""
    """The type of a detection that names no client."""

    @property
    def campaign_id(self) -> str:
        """Return the id of the campaign that this causes."""
        parts = (self.tenant_id, self.asn, self.address, self.user_agent, self.hostile)
        return f"shared-{sha256('|'.join(map(str, parts)).encode()).hexdigest()[:16]}"


def causes(record: AnyRecord) -> Iterable[Cause]:
    """Return what a record at risk may share with those of others."""
    if isinstance(record, RiskDetection) and record.risk_state in AT_RISK and record.ip_address:
        if record.user_agent:
            yield Cause(tenant_id=record.tenant_id, address=record.ip_address, user_agent=record.user_agent)
        elif record.risk_event_type in HOSTILE:
            yield Cause(tenant_id=record.tenant_id, address=record.ip_address, hostile=record.risk_event_type)
    if isinstance(record, SignIn) and not isinstance(record, WorkloadSignIn) and record.risk_state in AT_RISK:
        client, asn = record.user_agent, record.autonomous_system_number
        if client and asn and not record.trusted_network:
            yield Cause(tenant_id=record.tenant_id, asn=asn, user_agent=client)


def cause_partitions(record: AnyRecord) -> Iterable[str]:
    """Return the evidence partitions that hold what shares a record's causes."""
    return (cause_partition(cause.tenant_id, cause.campaign_id) for cause in causes(record))


def cause_partition(tenant_id: str, campaign_id: str) -> str:
    """Return the evidence partition of one cause."""
    return f"{tenant_id}|cause|{campaign_id}"
