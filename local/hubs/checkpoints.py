"""Where readers of real hubs keep their checkpoints and share partitions: a container of a storage account."""

import re
from typing import TYPE_CHECKING, Any

from shared.errors import (
    AccessDeniedError,
    DependencyError,
    DependencyUnavailableError,
    InvalidRequestError,
    TriageError,
)

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.eventhub.extensions.checkpointstoreblobaio import BlobCheckpointStore
    from azure.storage.blob.aio import ContainerClient

CONTAINER = "entra-triage-local"
"""Not the container of the Functions host: a reader on this machine never moves a deployed app's checkpoints."""
_URL = re.compile(r"https://[a-z0-9][a-z0-9.-]*\.[a-z.-]+/?")
_FORMS = "Give https://ACCOUNT.blob.core.windows.net, or a connection string of the storage account."


class Checkpoints:
    """One storage account. What it was made of is never shown: it may hold a key."""

    def __init__(self, text: str) -> None:
        """Take a blob address or a connection string. Raises InvalidRequestError, without the text, otherwise."""
        self._text = text.strip()
        self.has_key = "AccountName=" in self._text or "UseDevelopmentStorage=" in self._text
        if not self.has_key and not _URL.fullmatch(self._text):
            raise InvalidRequestError("that is no storage account", hint=_FORMS)

    async def prepare(self, credential: "AsyncTokenCredential | None") -> None:
        """Make the container unless it is there: the checkpoint store would only wait for one that is missing."""
        from azure.core.exceptions import AzureError, ResourceExistsError

        try:
            async with self._container(credential) as container:
                await container.create_container()
        except ResourceExistsError:
            return
        except ValueError:
            raise InvalidRequestError("that is no connection string of a storage account", hint=_FORMS) from None
        except AzureError as error:
            raise _translated(error) from None

    def store(self, credential: "AsyncTokenCredential | None") -> "BlobCheckpointStore":
        """Return the SDK's store in that container."""
        from azure.eventhub.extensions.checkpointstoreblobaio import BlobCheckpointStore

        if self.has_key:
            return BlobCheckpointStore.from_connection_string(self._text, CONTAINER)
        return BlobCheckpointStore(self._text, CONTAINER, credential=credential)

    def _container(self, credential: "AsyncTokenCredential | None") -> "ContainerClient":
        from azure.storage.blob.aio import ContainerClient

        # At once: somebody is waiting to hear whether it works.
        tries: dict[str, Any] = {"retry_total": 0}
        if self.has_key:
            return ContainerClient.from_connection_string(self._text, CONTAINER, **tries)
        return ContainerClient(self._text, CONTAINER, credential=credential, **tries)


def _translated(error: Exception) -> TriageError:
    """Return an error of the SDK as one of ours, without its words."""
    from azure.core.exceptions import ClientAuthenticationError

    status = getattr(error, "status_code", None)
    if isinstance(error, ClientAuthenticationError) or status in {401, 403}:
        return AccessDeniedError(
            "the storage account for checkpoints denied the credential",
            hint="Check its key; or sign in with `az login` and have the role Storage Blob Data Contributor on it.",
        )
    if status is not None and status < 500 and status != 429:
        return DependencyError(f"the storage account for checkpoints refused the container: {status}", hint=_FORMS)
    return DependencyUnavailableError(
        f"the storage account for checkpoints can't be reached: {type(error).__name__}",
        hint="Check its name and its firewall; for Azurite, that it runs.",
    )
