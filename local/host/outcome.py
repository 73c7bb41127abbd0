"""How an invocation of a function ended."""

import msgspec

from local.host.stand_ins import RpcException, TypedData


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an invocation ended."""

    ok: bool
    error_type: str | None = None
    """Name of the exception's class; never its text."""
    exception: RpcException | None = None
    """For the next try's retry context only."""
    value: TypedData | None = None
    """What the function returned."""
