"""What state promises of documents."""

import asyncio

import pytest

from shared.errors import ConflictError
from shared.state.interface import State
from tests.state.contract.backend import Contract
from tests.state.samples import HOSTILE, after, document


class DocumentsContract(Contract):
    """Sessions, prompts and promptbooks."""

    async def test_a_document_comes_back_as_it_was_saved(self, state: State) -> None:
        """Equal, under the etag that its save returned; kinds do not share ids."""
        etag = await state.save_document(document(body=HOSTILE.encode()), None)
        assert await state.document("session", "session-1") == (document(body=HOSTILE.encode()), etag)
        assert await state.document("prompt", "session-1") is None
        assert await state.document("session", "session-2") is None

    async def test_only_the_latest_reader_may_change_a_document(self, state: State, other: State) -> None:
        """A stale etag, a second first save, and an etag for what is not there conflict; the winner's form stays."""
        first = await state.save_document(document(), None)
        second = await other.save_document(document(body=b"2"), first)
        for lost, etag in ((document(body=b"3"), first), (document(body=b"3"), None), (document(2), second)):
            with pytest.raises(ConflictError):
                await state.save_document(lost, etag)
        assert await state.document("session", "session-1") == (document(body=b"2"), second)
        assert await state.documents("session") == [document(body=b"2")]

    async def test_of_concurrent_saves_of_a_document_exactly_one_wins(self, state: State, other: State) -> None:
        """Ten turns of one session at once: one is written, nine learn of it."""
        etag = await state.save_document(document(), None)
        saves = [(state, other)[n % 2].save_document(document(body=b"%d" % n), etag) for n in range(10)]
        results = await asyncio.gather(*saves, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["ConflictError"] * 9 + ["str"]

    async def test_documents_are_listed_by_kind_and_id(self, state: State) -> None:
        """The order of saves does not matter."""
        for one in (document(3), document(1), document(2, kind="promptbook")):
            await state.save_document(one, None)
        assert await state.documents("session") == [document(1), document(3)]
        assert await state.documents("promptbook") == [document(2, kind="promptbook")]
        assert await state.documents("refusal") == []

    async def test_documents_are_forgotten_by_name_or_age(self, state: State) -> None:
        """Old ones of the kind go, at the time itself they stay; a name that is not there is no error."""
        for number, seconds in ((1, 0), (2, 60), (3, 61)):
            await state.save_document(document(number, at=after(seconds)), None)
        await state.save_document(document(1, kind="prompt"), None)
        assert await state.purge_documents("session", after(60)) == 1
        assert await state.purge_documents("session", after(60)) == 0
        assert [one.id for one in await state.documents("session")] == ["session-2", "session-3"]
        assert len(await state.documents("prompt")) == 1
        for _ in range(2):
            await state.delete_document("session", "session-2")
        assert [one.id for one in await state.documents("session")] == ["session-3"]

    async def test_a_large_document_comes_back_whole(self, state: State) -> None:
        """An answer with full rows is far beyond 64 KiB."""
        large = document(body=b"x" * 3_000_000)
        await state.save_document(large, None)
        found = await state.document("session", "session-1")
        assert found is not None
        assert found[0] == large
