"""Bodies made to exhaust: nested, repeated, endless. Each ends in records, or parked with its bytes, or ignored."""

from datetime import UTC, datetime

import pytest

from shared.ingest import decode

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TENANT = "7a1f0c1e-4a53-4c4c-9f65-0b8f5f6b9d10"
MEBIBYTE = 1024 * 1024
HEAD = b'{"records":[{"category":"UserRiskEvents","tenantId":"' + TENANT.encode() + b'","properties":'
BODIES = {
    "only opening brackets": b"[" * MEBIBYTE,
    "only opening braces": b'{"a":' * (MEBIBYTE // 5),
    "properties nested without end": HEAD + b'{"x":' * 100_000 + b"1" + b"}" * 100_000 + b"}]}",
    "lists nested in a field we read": HEAD + b'{"additionalInfo":' + b"[" * 100_000 + b"]" * 100_000 + b"}}]}",
    "a string of JSON nested in a field we parse": HEAD + b'{"id":"1","additionalInfo":"' + b"[" * 500_000 + b'"}}]}',
    "a hundred thousand keys": HEAD + b"{" + b",".join(b'"k%d":1' % number for number in range(70_000)) + b"}}]}",
    "the same key again and again": HEAD + b"{" + b",".join([b'"id":"x"'] * 70_000) + b"}}]}",
    "empty records": b'{"records":[' + b",".join([b"{}"] * 200_000) + b"]}",
    "one escape repeated": HEAD + b'{"id":"' + b"\\u0041" * 150_000 + b'"}}]}',
    "a number of a million digits": HEAD + b'{"id":' + b"9" * 1_000_000 + b"}}]}",
    "an exponent out of bounds": HEAD + b'{"id":1e999999999}}]}',
    "a million spaces": HEAD + b" " * MEBIBYTE + b"{}}]}",
    "bytes that are not UTF-8": HEAD + b'{"id":"\xff\xfe"}}]}',
    "half a pair": HEAD + b'{"id":"\\ud800","userDisplayName":"\\udfff"}}]}',
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_made_to_exhaust_is_accounted_for(name: str) -> None:
    """Decoding neither raises nor loses it."""
    found = decode(BODIES[name], received_at=NOW, default_tenant=TENANT)
    assert len(found.records) + len(found.parked) + sum(found.ignored.values()) >= 1
    assert all(parked.reason and parked.body for parked in found.parked)


def test_empty_records_are_one_parked_thing_with_their_count() -> None:
    """None of two hundred thousand is lost, their bytes are kept once, and they are one row of state."""
    found = decode(BODIES["empty records"], received_at=NOW, default_tenant=TENANT)
    (parked,) = found.parked
    assert (parked.count, found.records, found.ignored) == (200_000, (), {})
    assert len(parked.body) <= len(BODIES["empty records"])
    (again,) = decode(parked.body, received_at=NOW, default_tenant=TENANT).parked
    assert (again.id, again.count) == (parked.id, 200_000)
