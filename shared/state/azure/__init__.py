"""State on Azure Storage: tables, queues and blobs of the account that the Functions host uses too."""

from typing import TYPE_CHECKING, Self

from shared.clock import Clock
from shared.state.azure.cases import AzureCases
from shared.state.azure.connection import StorageConnection
from shared.state.azure.coordination import AzureCoordination
from shared.state.azure.documents import AzureDocuments
from shared.state.azure.erasing import AzureErasing
from shared.state.azure.evidence import AzureEvidence
from shared.state.azure.forgetting import AzureForgetting
from shared.state.azure.memory import AzureMemory
from shared.state.azure.reports import AzureParking, AzureReports
from shared.state.azure.storage import Storage

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

__all__ = ["AzureState", "StorageConnection"]


class AzureState(
    AzureEvidence,
    AzureCases,
    AzureReports,
    AzureMemory,
    AzureDocuments,
    AzureParking,
    AzureCoordination,
    AzureForgetting,
    AzureErasing,
):
    """All that the app remembers, shared by every instance of it.

    One object serves one event loop. Each row is written whole or not at all; a call that writes several rows writes
    them in an order in which a crash in between leaves only what a second run mends. Methods raise
    DependencyUnavailableError when the storage is busy or out of reach, AccessDeniedError when a role is missing.
    """

    @classmethod
    def open(cls, connection: StorageConnection, *, clock: Clock, credential: "AsyncTokenCredential | None") -> Self:
        """Make the clients; nothing is contacted before it is used.

        ``clock`` dates leases and budgets; queues run on the storage's own clock. ``credential`` signs in where the
        connection holds no key; the caller keeps and closes it.
        """
        return cls(Storage.open(connection, credential), clock)

    @property
    def shares_queues(self) -> bool:
        """Say whether the queues of functions are other tenants' too."""
        return bool(self._storage.tenant_id)

    def of_tenant(self, tenant_id: str) -> Self:
        """Return the state of one of several tenants, on the same connections: this one closes them."""
        return type(self)(self._storage.of_tenant(tenant_id), self._clock)

    async def close(self) -> None:
        """Close connections. A second close changes nothing; a tenant's leaves them to the state that it came from."""
        if not self._storage.tenant_id:
            await self._storage.close()
