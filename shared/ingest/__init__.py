"""Turn what arrives (message bodies, rows, Graph resources) into records."""

from shared.ingest.messages import Decoded, decode
from shared.ingest.resources import ResourceKind, decode_resource

__all__ = ["Decoded", "ResourceKind", "decode", "decode_resource"]
