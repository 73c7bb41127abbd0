"""Drive Azure's Python worker library in this process: import and index an app, then invoke its functions."""

import asyncio
import json
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import azure_functions_runtime as library
import msgspec

from local.host import stand_ins
from local.host.errors import AppRefusedError, HostError
from local.host.outcome import Outcome
from local.host.retries import RetryPolicy, Try

_HOST_VERSION = "4.0"


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """One indexed function: each binding as the app declared it, and its retry policy."""

    id: str
    name: str
    bindings: tuple[dict[str, Any], ...]
    retry: RetryPolicy | None


class Trace(msgspec.Struct, frozen=True):
    """W3C trace context of an invocation."""

    parent: str = ""
    state: str = ""


class Worker:
    """The worker library with one app loaded.

    The library keeps its state in module globals, so a process has one app for its whole life. Starting the
    same app again gives the same worker back, with the app's modules as they are.
    """

    _loaded: "Worker | None" = None
    _attempted: Path | None = None

    def __init__(self, functions: dict[str, Function]) -> None:
        self.functions = functions

    @classmethod
    async def start(cls, app_folder: Path) -> "Worker":
        """Import ``function_app.py`` of a folder and index its functions.

        Puts the folder first on ``sys.path``. Raises AppRefusedError when the library refuses the app, and
        HostError when this process already has another app.
        """
        folder = app_folder.resolve()
        _claim(cls, folder)
        library.start_threadpool_executor()
        if cls._loaded is None:
            cls._loaded = cls(await _index(folder))
        return cls._loaded

    async def close(self) -> None:
        """Wait for the library's threads and end them."""
        await asyncio.to_thread(library.stop_threadpool_executor)

    async def invoke(
        self,
        function: Function,
        invocation_id: str,
        inputs: Mapping[str, stand_ins.TypedData],
        *,
        metadata: Mapping[str, stand_ins.TypedData] | None = None,
        trace: Trace | None = None,
        attempt: Try | None = None,
    ) -> Outcome:
        """Run one function and return how it ended; the app's exceptions are not raised here."""
        trace = trace or Trace()
        attempt = attempt or Try()
        request = stand_ins.InvocationRequest(
            invocation_id=invocation_id,
            function_id=function.id,
            input_data=[stand_ins.ParameterBinding(name=name, data=data) for name, data in inputs.items()],
            trigger_metadata=dict(metadata or {}),
            trace_context=stand_ins.RpcTraceContext(trace_parent=trace.parent, trace_state=trace.state, attributes={}),
            retry_context=stand_ins.RetryContext(
                retry_count=attempt.retry_count, max_retry_count=attempt.max_retry_count, exception=attempt.exception
            ),
        )
        response = await library.invocation_request(_Envelope(invocation_request=request))
        return _outcome(response)


class _Envelope:
    """What the library's verbs take: the message under the verb's name, and properties beside it."""

    def __init__(self, properties: dict[str, Any] | None = None, **message: stand_ins.Message) -> None:
        self.request = stand_ins.Message(**message)
        self.properties = properties or {}


def _claim(worker: type[Worker], folder: Path) -> None:
    if not (folder / "function_app.py").is_file():
        raise HostError("the app folder has no function_app.py")
    if worker._attempted is not None and (worker._attempted != folder or worker._loaded is None):  # noqa: SLF001
        raise HostError(
            "this process already tried to load an app", hint="Start another process: the library holds one app each."
        )
    present = sys.modules.get("function_app")
    if present is not None and Path(present.__file__ or "").resolve().parent != folder:
        raise HostError("another module named function_app is already imported in this process")
    worker._attempted = folder  # noqa: SLF001
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


async def _index(folder: Path) -> dict[str, Function]:
    init = stand_ins.WorkerInitRequest(host_version=_HOST_VERSION, function_app_directory=str(folder), capabilities={})
    properties = {"protos": stand_ins, "host": "127.0.0.1"}
    _require_success(await library.worker_init_request(_Envelope(properties, worker_init_request=init)))
    listed = await library.functions_metadata_request(
        _Envelope(functions_metadata_request=stand_ins.FunctionsMetadataRequest())
    )
    _require_success(listed)
    functions = {}
    for metadata in listed.function_metadata_results or ():
        load = stand_ins.FunctionLoadRequest(function_id=metadata.function_id, metadata=metadata)
        _require_success(await library.function_load_request(_Envelope(function_load_request=load)))
        functions[metadata.name] = Function(
            id=metadata.function_id,
            name=metadata.name,
            bindings=tuple(json.loads(binding) for binding in metadata.raw_bindings),
            retry=RetryPolicy.from_options(metadata.retry_options),
        )
    if not functions:
        raise AppRefusedError("the app has no functions", hint="Register its blueprints in function_app.py.")
    return functions


def _require_success(response: Any) -> None:
    if response.result.status == stand_ins.StatusResult.Success:
        return
    exception = response.result.exception
    error = AppRefusedError(f"the worker library refused the app: {exception.message}")
    error.add_note(exception.stack_trace)
    raise error


def _outcome(response: Any) -> Outcome:
    if response.result.status == stand_ins.StatusResult.Success:
        return Outcome(ok=True, value=response.return_value)
    exception = response.result.exception
    # The library writes `Type: text`; the text may quote an event, so only the type is kept for logs.
    return Outcome(ok=False, error_type=exception.message.partition(":")[0], exception=exception)


def new_invocation_id() -> str:
    """Return a fresh id, as the Functions host writes them."""
    return str(uuid.uuid4())
