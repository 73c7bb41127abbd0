"""Turn what arrives (message bodies, rows, Graph resources) into records."""

from shared.ingest.messages import Decoded, as_one_body, decode
from shared.ingest.naming import tenant_named_in
from shared.ingest.resources import decode_resource

__all__ = ["Decoded", "as_one_body", "decode", "decode_resource", "tenant_named_in"]
