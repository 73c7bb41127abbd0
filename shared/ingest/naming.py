"""Whose a record is that can't be read: what its envelope names, as far as that is readable."""

from shared.errors import MalformedRecordError
from shared.ingest.bodies import without_bom
from shared.ingest.envelope import tenant_in_path
from shared.ingest.loose import folded, load
from shared.ingest.text import identifier


def tenant_named_in(element: bytes) -> str | None:
    """Return the tenant that a record names, in lower case; None where that can't be told either."""
    try:
        row = load(without_bom(element))
    except MalformedRecordError:
        return None
    if not isinstance(row, dict):
        return None
    envelope = folded(row)
    tenant_id, resource_id = envelope.get("tenantid"), envelope.get("resourceid")
    named = identifier(tenant_id) if isinstance(tenant_id, str) else None
    return named or (tenant_in_path(resource_id) if isinstance(resource_id, str) else None)
