"""Whatever arrives, decoding neither raises nor loses an element."""

import json
import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import MalformedRecordError
from shared.ingest.messages import decode
from shared.ingest.resources import decode_resource
from tests.ingest.bodies import (
    RECEIVED,
    TENANT,
    audit,
    detection,
    envelope,
    risky_user,
    sign_in,
    workload_risk,
    workload_sign_in,
)

TEXTS = st.sampled_from(["", "None", "<null>", "hidden", "0", "true", "[]", "{}", '[{"Key":1}]', "2026-01-31T1:00:00Z"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
PROPERTIES: dict[str, dict[str, Any]] = {
    "SignInLogs": sign_in(deviceDetail={}, authenticationDetails=[{}], riskEventTypes_v2=[], networkLocationDetails=[])
    | {"appliedConditionalAccessPolicies": [{"result": "failure", "displayName": 1}]},
    "ServicePrincipalSignInLogs": workload_sign_in(),
    "AuditLogs": audit(additionalDetails=[{"key": "User-Agent", "value": "x"}]),
    "UserRiskEvents": detection(),
    "RiskyUsers": risky_user(),
    "ServicePrincipalRiskEvents": workload_risk(),
}
KINDS = ["signIn", "directoryAudit", "riskDetection", "riskyUser", "servicePrincipalRiskDetection"]


def dumped(value: object) -> bytes:
    """Return JSON as other writers make it: NaN and half surrogate pairs included."""
    return json.dumps(value).encode()


def counted(content: bytes) -> int:
    """Return how many elements decoding accounts for."""
    found = decode(content, received_at=RECEIVED, default_tenant=TENANT)
    return len(found.records) + len(found.parked) + sum(found.ignored.values())


@st.composite
def bent_records(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a record of a known category, some of whose values were replaced by anything."""
    category = draw(st.sampled_from(sorted(PROPERTIES)))
    given = PROPERTIES[category]
    changes = draw(st.dictionaries(st.sampled_from(sorted(given)), VALUES, max_size=4))
    record = envelope(category, given | changes)
    return record | draw(st.dictionaries(st.sampled_from(sorted(record)), VALUES, max_size=1))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_kept(content: bytes) -> None:
    """Bytes that are not empty leave something behind, unless they are empty JSON lists."""
    found = decode(content, received_at=RECEIVED)
    kept = b"".join(parked.body for parked in found.parked)
    assert all(
        byte in kept or chr(byte) in string.whitespace + "\ufeff" for byte in content.removeprefix(b"\xef\xbb\xbf")
    )


@given(st.lists(VALUES | bent_records(), max_size=5))
@settings(max_examples=150)
def test_every_element_is_accounted_for(values: list[Any]) -> None:
    """Records, parked and ignored add up to the elements, for a batch, a list and lines."""
    assert counted(dumped({"records": values})) == len(values)
    assert counted(dumped({"Records": values})) == len(values)
    wrapped = [value for value in values if not (isinstance(value, dict) and {"records", "value"} & value.keys())]
    assert counted(dumped(wrapped)) == len(wrapped)
    objects = [value for value in wrapped if isinstance(value, dict)]
    assert counted(b"\r\n".join(map(dumped, objects))) == len(objects)


@given(bent_records())
@settings(max_examples=300)
def test_a_bent_record_is_read_or_kept_as_it_was(record: dict[str, Any]) -> None:
    """Any value in any field gives a record, a count, or the raw bytes; the record next to it is read."""
    good = envelope("SignInLogs", sign_in())
    bent = dumped(record)
    found = decode(b'{"records":[' + dumped(good) + b"," + bent + b"]}", received_at=RECEIVED, default_tenant=TENANT)
    assert len(found.records) + len(found.parked) + sum(found.ignored.values()) == 2
    assert found.records
    assert all(parked.body == bent for parked in found.parked)
    for read in found.records:
        read.key.encode()
        assert read.at.utcoffset() is not None


@given(st.sampled_from(KINDS), VALUES | bent_records().map(lambda record: record["properties"]))
def test_a_resource_is_read_or_refused(kind: Any, value: Any) -> None:
    """Reading a Graph resource gives a record or MalformedRecordError, whatever Graph sent."""
    for raw in (dumped(value), value) if isinstance(value, dict) else (dumped(value),):
        try:
            record = decode_resource(kind, raw, TENANT)
        except MalformedRecordError:
            continue
        assert record.tenant_id == TENANT
