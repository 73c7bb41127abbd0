"""What wraps a record on its way: the envelope's fields that triage uses, and the tenant it belongs to."""

import re
from datetime import datetime

import msgspec

from shared.errors import MalformedRecordError
from shared.ingest.text import error_code, identifier
from shared.ingest.times import read_time

_TENANT_IN_PATH = re.compile(r"^/?tenants/([^/]{1,64})(?:/|$)", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Envelope[P](msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """One element of ``records``. Its ``Level`` is never a severity, so it is not here."""

    category: str
    properties: P
    time: str | None = None
    """When Entra handed it over; for sign-ins minutes after the event."""
    resource_id: str | None = None
    tenant_id: str | None = None
    caller_ip_address: str | None = None
    operation_name: str | None = None
    result_type: str | int | None = None
    result_description: str | None = None


class Properties(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """What the ``properties`` of every category have."""

    id: str
    tenant_id: str | None = None


class Status(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """``signInStatus`` of Graph."""

    error_code: int | str | None = None
    failure_reason: str | None = None
    additional_details: str | None = None


def tenant_of[P](envelope: Envelope[P], properties: Properties, default_tenant: str | None) -> str:
    """Return the tenant's id in lower case.

    Raises MalformedRecordError when neither the record nor the default names one.
    """
    tenant_id = (
        identifier(envelope.tenant_id)
        or tenant_in_path(envelope.resource_id)
        or identifier(properties.tenant_id)
        or identifier(default_tenant)
    )
    if tenant_id is None:
        raise MalformedRecordError("no tenant: tenantId and resourceId are missing and no default is set")
    return tenant_id


def record_id(properties: Properties) -> str:
    """Return a record's id in lower case. Raises MalformedRecordError when there is none."""
    found = identifier(properties.id)
    if found is None:
        raise MalformedRecordError("properties.id is missing")
    return found


def handed_over_at[P](envelope: Envelope[P]) -> datetime:
    """Return the envelope's time, an upper bound for records that carry no time of their own.

    Raises MalformedRecordError when it cannot be read either. Not for records whose key holds their time: a
    redelivery has another one.
    """
    found = read_time(envelope.time)
    if found is None:
        raise MalformedRecordError("neither properties nor envelope hold a time that can be read")
    return found


def result_of[P](status: Status | None, envelope: Envelope[P]) -> int:
    """Return the error code from the status, else from the envelope's ``resultType``.

    Raises MalformedRecordError when neither says: a result that is not known is not a success.
    """
    code = error_code(status.error_code) if status is not None else None
    if code is None:
        code = error_code(envelope.result_type)
    if code is None:
        raise MalformedRecordError("neither properties.status.errorCode nor resultType says how it ended")
    return code


def tenant_in_path(resource_id: str | None) -> str | None:
    """Return the tenant that a resource id names: as a path, or alone."""
    if not resource_id:
        return None
    if found := _TENANT_IN_PATH.match(resource_id):
        return identifier(found[1])
    return identifier(resource_id) if _GUID.fullmatch(resource_id) else None
