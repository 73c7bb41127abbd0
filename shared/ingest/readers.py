"""Which category is read by what: one table."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from shared.ingest.audits import AuditProperties, directory_audit
from shared.ingest.envelope import Envelope, Properties, tenant_of
from shared.ingest.loose import loosely
from shared.ingest.risk import RiskDetectionProperties, RiskyUserProperties, risk_detection, risky_user
from shared.ingest.sign_ins import SignInProperties, sign_in
from shared.ingest.workloads import (
    WorkloadRiskProperties,
    WorkloadSignInProperties,
    risky_service_principal,
    service_principal_detection,
    workload_sign_in,
)
from shared.models.records import AnyRecord


class Batch[P](msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The body of a message as Entra sends it."""

    records: list[Envelope[P]]


type Convert = Callable[[Any, Envelope[Any], str, str], AnyRecord]


class Reader:
    """How records of one category are decoded."""

    def __init__(self, category: str, wire: type[Properties], convert: Convert) -> None:
        self.category = category
        self.wire = wire
        self.convert = convert
        self.properties = msgspec.json.Decoder(wire)
        self.batch: msgspec.json.Decoder[Batch[Any]] = msgspec.json.Decoder(Batch[wire])  # type: ignore[valid-type]

    def record(self, properties: Properties, envelope: Envelope[Any], default_tenant: str | None) -> AnyRecord:
        """Return the record of decoded properties. Raises MalformedRecordError when what it needs is missing."""
        return self.convert(properties, envelope, self.category, tenant_of(envelope, properties, default_tenant))

    def record_loosely(
        self, properties: Mapping[str, object], envelope: Mapping[str, object], default_tenant: str | None
    ) -> AnyRecord:
        """Return the record of plain objects of any spelling. Raises MalformedRecordError likewise."""
        return self.record(loosely(self.wire, properties), loosely(Envelope[None], envelope), default_tenant)


_READERS = (
    (Reader("SignInLogs", SignInProperties, sign_in), "SignIn"),
    (Reader("NonInteractiveUserSignInLogs", SignInProperties, sign_in), None),
    (Reader("ServicePrincipalSignInLogs", WorkloadSignInProperties, workload_sign_in), None),
    (Reader("ManagedIdentitySignInLogs", WorkloadSignInProperties, workload_sign_in), None),
    (Reader("AuditLogs", AuditProperties, directory_audit), "Audit"),
    (Reader("UserRiskEvents", RiskDetectionProperties, risk_detection), None),
    (Reader("RiskyUsers", RiskyUserProperties, risky_user), None),
    (Reader("ServicePrincipalRiskEvents", WorkloadRiskProperties, service_principal_detection), None),
    (Reader("RiskyServicePrincipals", WorkloadRiskProperties, risky_service_principal), None),
)
"""Each with the name that its category had in 2018, where it had another."""

_BY_NAME = {reader.category: reader for reader, _ in _READERS}
_BY_NAME |= {name.lower(): reader for reader, older in _READERS for name in (reader.category, older) if name}


def reader_of(category: str) -> Reader | None:
    """Return the reader of a category or Log Analytics table in any casing, or None when it is not triaged."""
    return _BY_NAME.get(category) or _BY_NAME.get(category.strip().lower().removeprefix("aad"))
