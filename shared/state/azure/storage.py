"""The three SDK clients: one owner of retries, one place where their errors become ours.

The SDKs' own retries are the only ones: three, with growing pauses, for time-outs, 429 and 5xx. What still fails is
raised, and the queue or the Event Hubs retry policy brings the work back.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueServiceClient

from shared.clock import Clock, seconds_after, system_clock
from shared.errors import (
    AccessDeniedError,
    ConflictError,
    DependencyError,
    DependencyUnavailableError,
    NotFoundError,
    TriageError,
)
from shared.state.azure.connection import StorageConnection

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.data.tables.aio import TableClient

CONTAINER = "triage-state"
"""Blobs of what is too long for a row."""
_OPTIONS: dict[str, Any] = {"retry_total": 3, "connection_timeout": 5, "read_timeout": 20}
_SOON: dict[str, Any] = {"initial_backoff": 1, "increment_base": 2, "random_jitter_range": 1}
"""Pauses of 1, 3 and 5 seconds, as tables have them. Those of queues and blobs would be 15, 18 and 24: a case's lease
could run out while its worker waits to send one message."""
_BLOB_PART: dict[str, Any] = {"max_single_put_size": 2**20, "max_block_size": 2**20}
"""Longer bodies go up in parts: sent in one piece they would hold up the event loop."""
_ROLES = (
    "Give the app's identity the roles Storage Table Data Contributor, Storage Queue Data Contributor and "
    "Storage Blob Data Contributor on the storage account."
)
_NOT_MADE_YET = {"TableNotFound", "QueueNotFound", "ContainerNotFound"}
_ALREADY_MADE = {"TableAlreadyExists", "QueueAlreadyExists", "ContainerAlreadyExists"}


class Storage:
    """The clients of one account, for one event loop; each of several tenants has tables and a container of its own."""

    def __init__(
        self, tables: TableServiceClient, queues: QueueServiceClient, blobs: BlobServiceClient, *, tenant_id: str = ""
    ) -> None:
        self.queues = queues
        self.tenant_id = tenant_id
        self.blobs: ContainerClient = blobs.get_container_client(self.named(CONTAINER))
        self._tables = tables
        self._clients = (tables, queues, blobs)

    def of_tenant(self, tenant_id: str) -> "Storage":
        """Return the same clients for the tables, queues and blobs of one of several tenants."""
        return Storage(*self._clients, tenant_id=tenant_id)

    def named(self, name: str) -> str:
        """Return what a queue or container of this tenant is called: at most 63 characters, as the storage wants."""
        return f"{name}-{self.tenant_id}" if self.tenant_id else name

    def table(self, name: str) -> "TableClient":
        """Return a table of this tenant; names of tables hold letters and digits alone, and begin with a letter."""
        return self._tables.get_table_client(f"t{self.tenant_id.replace('-', '')}{name}" if self.tenant_id else name)

    @classmethod
    def open(cls, connection: StorageConnection, credential: "AsyncTokenCredential | None") -> Self:
        """Make the clients. Nothing is contacted yet."""
        if text := connection.connection_string:
            return cls(
                TableServiceClient.from_connection_string(text, **_OPTIONS),
                QueueServiceClient.from_connection_string(text, **_OPTIONS, **_SOON),
                BlobServiceClient.from_connection_string(text, **_OPTIONS, **_SOON, **_BLOB_PART),
            )
        return cls(
            TableServiceClient(connection.table_url, credential=credential, **_OPTIONS),
            QueueServiceClient(connection.queue_url, credential=credential, **_OPTIONS, **_SOON),
            BlobServiceClient(connection.blob_url, credential=credential, **_OPTIONS, **_SOON, **_BLOB_PART),
        )

    async def close(self) -> None:
        """Close connections."""
        for client in self._clients:
            await client.close()


async def made_if_missing[T](call: Callable[[], Awaitable[T]], make: Callable[[], Awaitable[object]]) -> T:
    """Call; where the table, queue or container is not there yet, make it and call again. Errors are ours."""
    with errors_made_ours():
        try:
            return await call()
        except HttpResponseError as error:
            if code_of(error) not in _NOT_MADE_YET:
                raise
        try:
            await make()
        except HttpResponseError as error:
            if code_of(error) not in _ALREADY_MADE:
                raise
        return await call()


def code_of(error: HttpResponseError) -> str:
    """Return the storage's own code for what went wrong, such as ``EntityAlreadyExists``; empty when it named none."""
    code = getattr(error, "error_code", None)
    if code is None:
        code = _header(error, "x-ms-error-code")
    return str(getattr(code, "value", code) or "")


@contextmanager
def errors_made_ours() -> Iterator[None]:
    """Raise what the SDKs raise as an error of our tree; messages hold codes, never keys, bodies or addresses."""
    try:
        yield
    except AzureError as error:
        raise _ours(error) from None


def _ours(error: AzureError) -> TriageError:
    status = error.status_code if isinstance(error, HttpResponseError) else None
    if not isinstance(error, HttpResponseError) or (
        status is None and not isinstance(error, ClientAuthenticationError)
    ):
        return DependencyUnavailableError("Azure Storage did not answer", code=type(error).__name__)
    code = code_of(error)
    message = f"Azure Storage answered `{code or status or type(error).__name__}`"
    match status:
        case 404:
            return NotFoundError(message)
        case 409 | 412:
            return ConflictError(message)
        case None | 401 | 403:
            return AccessDeniedError(message, status=status, code=code, hint=_ROLES)
        case _ if status in {408, 429} or status >= 500:
            wait = seconds_after(_header(error, "Retry-After"), system_clock())
            return DependencyUnavailableError(message, status=status, code=code, retry_after_seconds=wait)
    return DependencyError(message, status=status, code=code)


def _header(error: HttpResponseError, name: str) -> str | None:
    headers = getattr(error.response, "headers", {})
    return headers.get(name)


class Part:
    """A share of AzureState's methods, on the storage that all shares use."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
