"""Plain classes in place of the protobuf messages that the worker library expects to be handed as ``protos``.

The library only constructs messages and reads their attributes, so neither protobuf nor the generated code is
needed. Names are spelt as in the ``FunctionRpc.proto`` of the Functions host. Every message that the library
may build is listed: a newer library that needs one more fails loudly on its name.
"""

from typing import Any


class Message:
    """A message: named fields, and None for those that were not set, as protobuf's empty value."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        """Return None for a field that was not set."""
        # The library probes for `TypedData` inside a value and for dunder names; both must be missing.
        if name.startswith("__") or name[:1].isupper():
            raise AttributeError(name)
        return None


class OneOf(Message):
    """A message of which exactly one field is set."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        """Return the name of the field that is set."""
        return next(iter(self.__dict__), None)


class TypedData(OneOf):
    """One value on its way in or out: string, json, bytes, http, int, double or a collection."""


class ParameterBinding(Message):
    """An argument or an output by name."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        """Return ``data``: shared memory is not used."""
        return "data" if self.data is not None else None


class StatusResult(Message):
    """How a request ended."""

    Failure = 0
    Success = 1
    Cancelled = 2


class BindingInfo(Message):
    """A binding as the library describes it back to the host."""

    inout = 2
    out = 1
    undefined = 0


setattr(BindingInfo, "in", 0)


class SameSite:
    """Values of a cookie's SameSite attribute; ``None`` means that it was not given."""

    Lax = 1
    Strict = 2
    ExplicitNone = 3


setattr(SameSite, "None", 0)


class RpcHttpCookie(Message):
    """One Set-Cookie of an HTTP response; its optional parts are boxed in ``.value``."""

    SameSite = SameSite


class CollectionString(Message):
    """Strings of a batch, in ``.string``."""


class CollectionBytes(Message):
    """Byte strings of a batch, in ``.bytes``."""


class FunctionLoadRequest(Message):
    """See FunctionRpc.proto."""


class FunctionLoadResponse(Message):
    """See FunctionRpc.proto."""


class FunctionMetadataResponse(Message):
    """See FunctionRpc.proto."""


class FunctionsMetadataRequest(Message):
    """See FunctionRpc.proto."""


class InvocationRequest(Message):
    """See FunctionRpc.proto."""


class InvocationResponse(Message):
    """See FunctionRpc.proto."""


class NullableBool(Message):
    """See NullableTypes.proto."""


class NullableDouble(Message):
    """See NullableTypes.proto."""


class NullableString(Message):
    """See NullableTypes.proto."""


class NullableTimestamp(Message):
    """See NullableTypes.proto."""


class RetryContext(Message):
    """Which retry this is, and of how many."""


class RpcException(Message):
    """What an invocation raised: ``message`` is ``Type: text``, ``stack_trace`` the whole chain."""


class RpcFunctionMetadata(Message):
    """One indexed function; ``raw_bindings`` holds each binding as JSON."""


class RpcHttp(Message):
    """An HTTP request or response."""


class RpcRetryOptions(Message):
    """The retry policy of one function."""


class RpcTraceContext(Message):
    """W3C trace context."""


class Timestamp(Message):
    """Seconds since the epoch, in ``.seconds``."""


class WorkerInitRequest(Message):
    """See FunctionRpc.proto."""


class WorkerInitResponse(Message):
    """See FunctionRpc.proto."""


class WorkerMetadata(Message):
    """See FunctionRpc.proto."""
