"""Turn resources read from Microsoft Graph, which come without an envelope, into records."""

import json
from collections.abc import Mapping

from shared.errors import MalformedRecordError
from shared.ingest.envelope import Envelope
from shared.ingest.loose import UNREADABLE, load, loosely
from shared.ingest.readers import Reader, reader_of
from shared.ingest.sign_ins import SignInProperties
from shared.ingest.text import identifier
from shared.models.records import AnyRecord, ResourceKind

_CATEGORIES: dict[ResourceKind, str] = {
    "signIn": "SignInLogs",
    "directoryAudit": "AuditLogs",
    "riskDetection": "UserRiskEvents",
    "riskyUser": "RiskyUsers",
    "servicePrincipalRiskDetection": "ServicePrincipalRiskEvents",
    "riskyServicePrincipal": "RiskyServicePrincipals",
}
_MARKS: tuple[tuple[ResourceKind, tuple[str, ...]], ...] = (
    ("servicePrincipalRiskDetection", ("serviceprincipalid", "riskstate", "detecteddatetime")),
    ("riskDetection", ("userid", "riskstate", "detecteddatetime")),
    ("riskyServicePrincipal", ("appid", "risklastupdateddatetime", "riskstate")),
    ("riskyUser", ("risklastupdateddatetime", "riskstate")),
    ("directoryAudit", ("activitydatetime", "activitydisplayname")),
    ("signIn", ("createddatetime", "appid", "ipaddress")),
)
"""Properties, in lower case, that tell a resource; the first kind of which a row has all is its kind."""


def decode_resource(kind: ResourceKind, raw: bytes | Mapping[str, object], tenant_id: str) -> AnyRecord:
    """Return the record of one Graph resource, with the key that the streamed record of the same thing has.

    Raises MalformedRecordError when it cannot be read.
    """
    content = raw if isinstance(raw, bytes) else json.dumps(raw, ensure_ascii=False).encode("utf-8", "replace")
    envelope = Envelope(category="", properties=None, tenant_id=tenant_id)
    try:
        return _read_strictly(kind, content, envelope)
    except UNREADABLE:
        row = load(content)
    if not isinstance(row, dict):
        raise MalformedRecordError("the resource is not a JSON object")
    reader = _READERS[kind]
    if kind == "signIn":
        reader = _sign_in_reader(loosely(SignInProperties, row))
    return reader.record(loosely(reader.wire, row), envelope, tenant_id)


def reader_for(row: Mapping[str, object]) -> Reader | None:
    """Return the reader of an object without envelope, by its properties; its keys must be in lower case."""
    for kind, marks in _MARKS:
        if all(mark in row for mark in marks):
            return _sign_in_reader(loosely(SignInProperties, row)) if kind == "signIn" else _READERS[kind]
    return None


def _read_strictly(kind: ResourceKind, content: bytes, envelope: Envelope[None]) -> AnyRecord:
    reader = _READERS[kind]
    properties = reader.properties.decode(content)
    if isinstance(properties, SignInProperties):
        reader = _sign_in_reader(properties)
        if reader.wire is not SignInProperties:
            properties = reader.properties.decode(content)
    return reader.record(properties, envelope, None)


def _sign_in_reader(properties: SignInProperties) -> Reader:
    """Return the reader of the category in which Entra streams this sign-in."""
    if identifier(properties.user_id) is None and identifier(properties.service_principal_id) is not None:
        return _reader("ServicePrincipalSignInLogs")
    return _reader("NonInteractiveUserSignInLogs" if properties.is_interactive is False else "SignInLogs")


def _reader(category: str) -> Reader:
    reader = reader_of(category)
    if reader is None:
        raise MalformedRecordError(f"no reader for category `{category}`")
    return reader


_READERS = {kind: _reader(category) for kind, category in _CATEGORIES.items()}
