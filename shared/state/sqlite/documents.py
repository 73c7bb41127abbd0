"""Sessions, prompts and promptbooks."""

from datetime import datetime

from shared.errors import ConflictError
from shared.models.documents import Document, DocumentKind
from shared.state.sqlite.database import Part
from shared.state.values import from_micros, to_micros


def _document(kind: DocumentKind, document_id: str, owner: str, at: int, body: bytes) -> Document:
    return Document(kind=kind, id=document_id, owner=owner, at=from_micros(at), body=body)


def _document_and_etag(etag: int, *columns: object) -> tuple[Document, str]:
    return _document(*columns), str(etag)  # type: ignore[arg-type]


class SqliteDocuments(Part):
    """Table ``documents``."""

    async def document(self, kind: DocumentKind, document_id: str) -> tuple[Document, str] | None:
        """Return a document and its etag."""
        statement = "SELECT etag, kind, id, owner, at, body FROM documents WHERE kind = ? AND id = ?"
        return next(iter(await self._database.select(statement, (kind, document_id), _document_and_etag)), None)

    async def documents(self, kind: DocumentKind) -> list[Document]:
        """Return all documents of a kind, by id."""
        statement = "SELECT kind, id, owner, at, body FROM documents WHERE kind = ? ORDER BY id"
        return await self._database.select(statement, (kind,), _document)

    async def save_document(self, document: Document, etag: str | None) -> str:
        """Store a document; return the new etag. Raises ConflictError when someone else wrote first.

        With an etag, a document that does not exist is a conflict too.
        """
        row = {
            "kind": document.kind,
            "id": document.id,
            "owner": document.owner,
            "at": to_micros(document.at),
            "body": document.body,
            "etag": etag,
        }
        if etag is None:
            statement = """INSERT INTO documents (kind, id, owner, at, etag, body)
                VALUES (:kind, :id, :owner, :at, 1, :body) ON CONFLICT DO NOTHING RETURNING etag"""
        else:
            statement = """UPDATE documents SET owner = :owner, at = :at, etag = etag + 1, body = :body
                WHERE kind = :kind AND id = :id AND etag = :etag RETURNING etag"""
        saved = await self._database.write(lambda connection: connection.execute(statement, row).fetchall())
        if not saved:
            raise ConflictError(f"a document of kind `{document.kind}` was written by someone else first")
        return str(saved[0][0])

    async def delete_document(self, kind: DocumentKind, document_id: str) -> None:
        """Forget a document. Unknown ids are no error."""
        await self._database.change("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, document_id))

    async def purge_documents(self, kind: DocumentKind, before: datetime) -> int:
        """Forget documents of a kind that were last used before a time. Return how many."""
        return await self._database.change("DELETE FROM documents WHERE kind = ? AND at < ?", (kind, to_micros(before)))
