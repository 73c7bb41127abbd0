"""Where the storage is: the connection of the Functions host and its queue triggers, read the way they read it."""

from collections.abc import Mapping

import msgspec

from shared.errors import ConfigurationError

CONNECTION = "AzureWebJobsStorage"
"""The triggers' connection. State has no other one: what it sends must be where they listen."""
_SERVICES = {"table": "tableServiceUri", "queue": "queueServiceUri", "blob": "blobServiceUri"}


class StorageConnection(msgspec.Struct, frozen=True, kw_only=True):
    """Either the addresses of three services, reached with the app's identity, or a connection string (Azurite)."""

    table_url: str = ""
    queue_url: str = ""
    blob_url: str = ""
    connection_string: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "StorageConnection":
        """Read ``AzureWebJobsStorage``, or the settings that begin with ``AzureWebJobsStorage__``.

        Raises ConfigurationError that names what is missing, never a value.
        """
        if whole := env.get(CONNECTION, "").strip():
            return cls(connection_string=whole)
        account = env.get(f"{CONNECTION}__accountName", "").strip()
        urls = {}
        for service, name in _SERVICES.items():
            default = f"https://{account}.{service}.core.windows.net" if account else ""
            urls[service] = env.get(f"{CONNECTION}__{name}", "").strip().rstrip("/") or default
        missing = [f"{CONNECTION}__{_SERVICES[service]}" for service, url in urls.items() if not url]
        if missing:
            raise ConfigurationError(
                f"state on Azure Storage needs {' and '.join(missing)}",
                hint=f"Set them, or {CONNECTION}__accountName, or TRIAGE_STATE_STORE=sqlite.",
            )
        return cls(table_url=urls["table"], queue_url=urls["queue"], blob_url=urls["blob"])
