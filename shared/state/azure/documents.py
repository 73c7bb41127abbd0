"""Sessions, prompts and promptbooks."""

from datetime import datetime

from shared.clock import Clock
from shared.models.documents import Document, DocumentKind
from shared.state.azure.rows import Row, Table, key_of, time_of
from shared.state.azure.storage import Part, Storage

_OF_KIND = "PartitionKey ge @first and PartitionKey lt @end"


class AzureDocuments(Part):
    """Table ``documents``. A kind is spread over 16 partitions that lie beside each other."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        super().__init__(storage, clock)
        self._documents = Table(storage, "documents")

    async def document(self, kind: DocumentKind, document_id: str) -> tuple[Document, str] | None:
        """Return a document and its etag."""
        row = await self._documents.get(*keys_of(kind, document_id))
        return (_document(row), row.etag) if row else None

    async def documents(self, kind: DocumentKind) -> list[Document]:
        """Return all documents of a kind, by id."""
        rows = await self._documents.query(_OF_KIND, None, **_range(kind))
        return sorted(map(_document, rows), key=lambda one: one.id)

    async def save_document(self, document: Document, etag: str | None) -> str:
        """Store a document; return the new etag. Raises ConflictError when someone else wrote first."""
        keys = keys_of(document.kind, document.id)
        values = {"kind": document.kind, "id": document.id, "owner": document.owner, "at": time_of(document.at)}
        if etag is None:
            return await self._documents.insert(*keys, document.body, **values)
        return await self._documents.replace(*keys, document.body, etag, **values)

    async def delete_document(self, kind: DocumentKind, document_id: str) -> None:
        """Forget a document. Unknown ids are no error."""
        await self._documents.delete(*keys_of(kind, document_id))

    async def purge_documents(self, kind: DocumentKind, before: datetime) -> int:
        """Forget documents of a kind that were last used before a time. Return how many."""
        old = await self._documents.keys(f"{_OF_KIND} and at lt @before", **_range(kind), before=time_of(before))
        return await self._documents.delete_all(old)


def keys_of(kind: DocumentKind, document_id: str) -> tuple[str, str]:
    """Return the partition and the row of a document."""
    key = key_of(document_id)
    return f"{kind}-{key[0]}", key


def _range(kind: DocumentKind) -> dict[str, str]:
    return {"first": f"{kind}-", "end": f"{kind}-~"}


def _document(row: Row) -> Document:
    kind, document_id, owner, at = (row.values[name] for name in ("kind", "id", "owner", "at"))
    return Document(kind=kind, id=document_id, owner=owner, at=datetime.fromisoformat(at), body=row.body)
