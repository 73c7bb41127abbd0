"""Turn directory audit records into DirectoryAudit records."""

import re
from typing import Any, Literal

import msgspec

from shared.errors import MalformedRecordError
from shared.ingest.envelope import Envelope, Properties, handed_over_at
from shared.ingest.loose import parsed
from shared.ingest.text import identifier, ip_address, principal_name, text
from shared.ingest.times import read_time
from shared.models.records import Change, DirectoryAudit, Target

_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_SECRET_NAME = re.compile(
    r"key(?:description|material|credential|value)|password(?:credential|profile|hash)|^password$|secret"
    r"|(?<!identity)credential|devicekey|(?:a?symmetric|private)key|accesspass|(?:access|device|refresh|saml)token$"
    r"|phoneappdetail",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"keymaterial|keyidentifier=|secret(?:key|text|value)|clientsecret|privatekey|passwordcredential"
    r"|-----BEGIN|\beyJ[\w-]{8,}\.",
    re.IGNORECASE,
)
_KEY_ID = re.compile(r"KeyIdentifier=([\w-]{1,64}),\s*KeyType=(\w{1,32})", re.IGNORECASE)
_NESTED_AT_MOST = 3


class UserInitiator(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """``initiatedBy.user``. Its ``roles`` are a list or a string and are not used."""

    id: str | None = None
    display_name: str | None = None
    user_principal_name: str | None = None
    ip_address: str | None = None


class AppInitiator(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """``initiatedBy.app``; often only some of it is filled."""

    display_name: str | None = None
    service_principal_id: str | None = None
    service_principal_name: str | None = None


class InitiatedBy(msgspec.Struct, kw_only=True, gc=False):
    """Either of the two; the other is absent in the stream and null in Graph."""

    user: UserInitiator | None = None
    app: AppInitiator | None = None


class ModifiedProperty(msgspec.Struct, rename="camel", kw_only=True):
    """One element of ``modifiedProperties``: JSON inside strings, mostly."""

    display_name: str | None = None
    old_value: Any = None
    new_value: Any = None


class TargetResource(msgspec.Struct, rename="camel", kw_only=True):
    """One element of ``targetResources``; anything may be null."""

    id: str | None = None
    type: str | None = None
    type_pascal: str | None = msgspec.field(default=None, name="Type")
    display_name: str | None = None
    user_principal_name: str | None = None
    modified_properties: tuple[ModifiedProperty | None, ...] | None = None


class KeyValue(msgspec.Struct, kw_only=True):
    """One element of ``additionalDetails``."""

    key: str | None = None
    value: Any = None


class AuditProperties(Properties, rename="camel", kw_only=True):
    """The fields of Graph's ``directoryAudit`` that triage uses."""

    activity_date_time: str | None
    activity_display_name: str | None = None
    operation_name: str | None = None
    category: str | None = None
    correlation_id: str | None = None
    result: str | int | None = None
    result_reason: str | None = None
    logged_by_service: str | None = None
    operation_type: str | None = None
    user_agent: str | None = None
    initiated_by: InitiatedBy | None = None
    target_resources: tuple[TargetResource | None, ...] | None = None
    additional_details: tuple[KeyValue | None, ...] | None = None


def directory_audit[P](given: AuditProperties, envelope: Envelope[P], category: str, tenant_id: str) -> DirectoryAudit:
    """Return the record. Raises MalformedRecordError when the id, the activity or every time is missing."""
    # Kept as written: ids such as ``Directory_…_L4422_30356247`` are looked up in Graph by their exact text.
    audit_id = text(given.id)
    if audit_id is None:
        raise MalformedRecordError("properties.id is missing")
    kind, initiator_id, initiator_name = _initiator(given.initiated_by)
    user = given.initiated_by.user if given.initiated_by else None
    return DirectoryAudit(
        category=category,
        tenant_id=tenant_id,
        record_id=audit_id,
        at=read_time(given.activity_date_time) or handed_over_at(envelope),
        activity=_activity(given, envelope),
        service=text(given.logged_by_service),
        audit_category=text(given.category),
        succeeded=_succeeded(given.result),
        result_reason=text(given.result_reason),
        operation_type=text(given.operation_type),
        correlation_id=identifier(given.correlation_id),
        initiator_id=initiator_id,
        initiator_kind=kind,
        initiator_name=initiator_name,
        ip_address=ip_address(user.ip_address if user else None) or ip_address(envelope.caller_ip_address),
        user_agent=text(given.user_agent) or _additional(given.additional_details, "user-agent", "useragent"),
        invited=principal_name(_additional(given.additional_details, "inviteduseremailaddress")),
        targets=tuple(target for target in map(_target, given.target_resources or ()) if target is not None),
    )


def _activity[P](given: AuditProperties, envelope: Envelope[P]) -> str:
    for name in (given.activity_display_name, given.operation_name, envelope.operation_name):
        if found := text(name):
            return " ".join(found.translate(_DASHES).split())
    raise MalformedRecordError("properties.activityDisplayName is missing")


def _succeeded(result: str | int | None) -> bool | None:
    word = str(result).strip().lower()
    # Numbers are the members of Graph's operationResult: success, failure, time-out.
    if word in {"success", "0"}:
        return True
    return False if word in {"failure", "timeout", "1", "2"} else None


def _initiator(initiated_by: InitiatedBy | None) -> tuple[Literal["user", "app"] | None, str | None, str | None]:
    if initiated_by is None:
        return None, None, None
    if user := initiated_by.user:
        user_id, name = identifier(user.id), principal_name(user.user_principal_name) or text(user.display_name)
        if user_id or name:
            return "user", user_id, name
    if app := initiated_by.app:
        app_id, name = identifier(app.service_principal_id), text(app.display_name)
        name = name or text(app.service_principal_name)
        if app_id or name:
            return "app", app_id, name
    return None, None, None


def _additional(details: tuple[KeyValue | None, ...] | None, *keys: str) -> str | None:
    for detail in details or ():
        if detail and (detail.key or "").lower() in keys and isinstance(detail.value, str):
            return text(detail.value)
    return None


def _target(resource: TargetResource | None) -> Target | None:
    if resource is None:
        return None
    target = Target(
        id=identifier(resource.id),
        type=text(resource.type) or text(resource.type_pascal),
        display_name=text(resource.display_name),
        user_principal_name=principal_name(resource.user_principal_name),
        changes=tuple(_change(changed) for changed in resource.modified_properties or () if changed is not None),
    )
    return target if target != _NO_TARGET else None


_NO_TARGET = Target()


def _change(changed: ModifiedProperty) -> Change:
    name = text(changed.display_name) or "(unnamed)"
    old, new = _unwrapped(changed.old_value), _unwrapped(changed.new_value)
    if name.replace(" ", "").lower() == "keydescription":
        return Change(name=name, old=_key_ids(old), new=_key_ids(new))
    if _SECRET_NAME.search(name.replace(" ", "")) or any(_SECRET_VALUE.search(part) for part in (old, new) if part):
        return Change(name=name)
    return Change(name=name, old=old, new=new)


def _key_ids(description: str | None) -> str | None:
    """Return ids and types of credentials, which sign-in logs name too, and nothing else of their description."""
    return ", ".join(f"{key} {kind}" for key, kind in _KEY_ID.findall(description or "")) or None


def _unwrapped(value: object) -> str | None:
    """Return a value's text without its layers of JSON: lists of text joined by commas, other JSON compact."""
    if value == "null":
        return None
    for _ in range(_NESTED_AT_MOST):
        if not isinstance(value, str):
            break
        inner = parsed(value)
        if inner is None:
            break
        value = inner
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if value is None or isinstance(value, str):
        return text(value)
    return msgspec.json.encode(value).decode()
