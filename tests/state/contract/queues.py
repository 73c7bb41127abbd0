"""What state promises of queues."""

import asyncio
from datetime import datetime, timedelta

import msgspec
import pytest

from shared.errors import ConflictError
from shared.state.interface import QueueMessage, State
from tests.state.contract.backend import Backend, Contract

KIB_48 = 48 * 1024


class QueuesContract(Contract):
    """Queues."""

    async def receive_one(self, state: State, queue: str = "work", *, visibility_seconds: float = 2) -> QueueMessage:
        """Receive exactly one message."""
        (message,) = await state.receive(queue, visibility_seconds=visibility_seconds)
        return message

    async def test_a_message_arrives_as_sent(self, backend: Backend, state: State) -> None:
        """Any bytes come through, with a first dequeue and the time of sending."""
        await state.send("work", bytes(range(256)))
        message = await self.receive_one(state)
        assert message.body == bytes(range(256))
        assert message.dequeue_count == 1
        error = timedelta(seconds=backend.clock_error_seconds)
        assert abs(message.inserted_at - backend.now()) <= error

    async def test_an_empty_queue_gives_nothing(self, state: State) -> None:
        """No queue needs to be made first, and none of the look-ups raises."""
        assert await state.receive("work", visibility_seconds=2) == []
        assert await state.peek("work") == []
        assert await state.next_visible_at("work") is None

    async def test_48_kib_is_the_most_a_message_holds(self, state: State) -> None:
        """The limit itself passes; one byte more is refused and not sent."""
        await state.send("work", b"x" * KIB_48)
        with pytest.raises(ValueError, match="49152"):
            await state.send("work", b"x" * (KIB_48 + 1), key="k")
        assert [message.body for message in await state.receive("work", visibility_seconds=2, limit=32)] == [
            b"x" * KIB_48
        ]

    @pytest.mark.parametrize("limit", [-1, 0, 33])
    async def test_receive_refuses_a_limit_outside_1_to_32(self, state: State, limit: int) -> None:
        """The limits of Storage queues hold everywhere."""
        with pytest.raises(ValueError, match="32"):
            await state.receive("work", visibility_seconds=2, limit=limit)

    async def test_receive_takes_at_most_its_limit(self, state: State) -> None:
        """The rest stays for the next call, and nothing is given out twice."""
        for number in range(5):
            await state.send("work", b"%d" % number)
        first = await state.receive("work", visibility_seconds=30, limit=3)
        second = await state.receive("work", visibility_seconds=30, limit=3)
        assert (len(first), len(second)) == (3, 2)
        assert {message.body for message in first + second} == {b"0", b"1", b"2", b"3", b"4"}

    async def test_queues_do_not_mix(self, state: State) -> None:
        """A message is in the queue it was sent to and can be finished only there."""
        await state.send("work", b"1")
        assert await state.receive("work-poison", visibility_seconds=2) == []
        message = await self.receive_one(state)
        with pytest.raises(ConflictError):
            await state.delete("work-poison", message)
        await state.delete("work", message)

    async def test_a_received_message_is_invisible_until_its_time_out(self, backend: Backend, state: State) -> None:
        """Nobody else gets it meanwhile; then it comes back, counted."""
        await state.send("work", b"1")
        first = await self.receive_one(state, visibility_seconds=2)
        assert await state.receive("work", visibility_seconds=2) == []
        await backend.advance(2.5)
        second = await self.receive_one(state)
        assert (second.id, second.body, second.dequeue_count) == (first.id, b"1", 2)
        assert second.receipt != first.receipt

    async def test_a_deleted_message_stays_away(self, backend: Backend, state: State) -> None:
        """Finished is finished, after the time-out too."""
        await state.send("work", b"1")
        await state.delete("work", await self.receive_one(state, visibility_seconds=1))
        await backend.advance(1.5)
        assert await state.receive("work", visibility_seconds=2) == []
        assert await state.peek("work") == []

    async def test_a_stale_receipt_can_do_nothing(self, backend: Backend, state: State, other: State) -> None:
        """Once someone else has taken the message, the first receiver neither finishes nor keeps it."""
        await state.send("work", b"1")
        mine = await self.receive_one(state, visibility_seconds=1)
        await backend.advance(1.5)
        theirs = await self.receive_one(other, visibility_seconds=30)
        with pytest.raises(ConflictError):
            await state.delete("work", mine)
        with pytest.raises(ConflictError):
            await state.renew("work", mine, visibility_seconds=30)
        await other.delete("work", theirs)

    async def test_a_receipt_outlives_its_time_out_until_someone_takes_the_message(
        self, backend: Backend, state: State
    ) -> None:
        """Work that finished late, but that nobody else has begun, still counts."""
        await state.send("work", b"1")
        message = await self.receive_one(state, visibility_seconds=1)
        await backend.advance(1.5)
        await state.delete("work", message)
        assert await state.receive("work", visibility_seconds=2) == []

    async def test_a_message_that_is_gone_conflicts(self, state: State) -> None:
        """A second delete, or a renewal after it, learns that there is nothing left to hold."""
        await state.send("work", b"1")
        message = await self.receive_one(state)
        await state.delete("work", message)
        with pytest.raises(ConflictError):
            await state.delete("work", message)
        with pytest.raises(ConflictError):
            await state.renew("work", message, visibility_seconds=2)

    async def test_a_receipt_that_was_never_given_out_conflicts(self, state: State) -> None:
        """Made-up receipts and ids fit no message."""
        await state.send("work", b"1")
        message = await self.receive_one(state)
        with pytest.raises(ConflictError):
            await state.delete("work", msgspec.structs.replace(message, receipt="none"))
        with pytest.raises(ConflictError):
            await state.delete("work", msgspec.structs.replace(message, id="none"))

    async def test_renewing_keeps_a_message_invisible(self, backend: Backend, state: State) -> None:
        """The new time runs from the renewal, the count stays, and only the new receipt is good."""
        await state.send("work", b"1")
        first = await self.receive_one(state, visibility_seconds=2)
        await backend.advance(1)
        renewed = await state.renew("work", first, visibility_seconds=4)
        assert (renewed.id, renewed.body, renewed.dequeue_count) == (first.id, b"1", 1)
        await backend.advance(2)
        assert await state.receive("work", visibility_seconds=2) == []
        with pytest.raises(ConflictError):
            await state.delete("work", first)
        await state.delete("work", renewed)

    async def test_renewing_for_0_seconds_gives_a_message_back(self, state: State) -> None:
        """Who cannot go on need not wait for the time-out."""
        await state.send("work", b"1")
        await state.renew("work", await self.receive_one(state, visibility_seconds=30), visibility_seconds=0)
        assert (await self.receive_one(state)).dequeue_count == 2

    async def test_a_delayed_message_is_invisible_at_first(self, backend: Backend, state: State) -> None:
        """It arrives after its delay, as a first dequeue."""
        await state.send("work", b"later", delay_seconds=2)
        assert await state.receive("work", visibility_seconds=2) == []
        await backend.advance(2.5)
        assert (await self.receive_one(state)).dequeue_count == 1

    async def test_instances_share_the_messages(self, state: State, other: State) -> None:
        """Two receivers at once get each message once between them."""
        for number in range(40):
            await state.send("work", b"%d" % number)
        calls = [(state, other)[n % 2].receive("work", visibility_seconds=60, limit=5) for n in range(10)]
        received = [message.body for batch in await asyncio.gather(*calls) for message in batch]
        assert sorted(received) == sorted(b"%d" % number for number in range(40))

    async def test_a_repeated_key_is_dropped_for_ever(self, backend: Backend, state: State, other: State) -> None:
        """The second send with a key does nothing, also after the message is finished; other queues are apart."""
        if not backend.remembers_send_keys:
            pytest.skip("this backend leaves repeated keys to the receiver")
        await state.send("work", b"1", key="k")
        await other.send("work", b"2", key="k")
        await state.send("other-work", b"3", key="k")
        await state.send("work", b"4", key="another")
        await state.send("work", b"5")
        await state.send("work", b"5")
        messages = await state.receive("work", visibility_seconds=60, limit=32)
        assert sorted(message.body for message in messages) == [b"1", b"4", b"5", b"5"]
        for message in messages:
            await state.delete("work", message)
        await state.send("work", b"6", key="k")
        assert await state.peek("work") == []
        assert await state.peek("other-work") == [b"3"]

    async def test_peeking_changes_nothing(self, state: State) -> None:
        """Bodies come oldest first, at most the limit, and stay to be received for the first time."""
        for number in range(3):
            await state.send("work", b"%d" % number)
        assert await state.peek("work") == [b"0", b"1", b"2"]
        assert await state.peek("work", limit=2) == [b"0", b"1"]
        messages = await state.receive("work", visibility_seconds=2, limit=3)
        assert {message.dequeue_count for message in messages} == {1}

    async def test_peeking_sees_invisible_messages(self, backend: Backend, state: State) -> None:
        """Received and delayed messages are listed too."""
        if not backend.lists_hidden:
            pytest.skip("this backend lists visible messages only")
        await state.send("work", b"received")
        await self.receive_one(state)
        await state.send("work", b"delayed", delay_seconds=60)
        assert await state.peek("work") == [b"received", b"delayed"]

    async def test_the_next_visible_moment_is_known(self, backend: Backend, state: State) -> None:
        """It is the earliest of all messages, past or to come, and moves with time-outs and deletes."""
        if not backend.lists_hidden:
            pytest.skip("this backend lists visible messages only")
        start, error = backend.now(), backend.clock_error_seconds
        await state.send("work", b"late", delay_seconds=60)
        await self.assert_next(state, start + timedelta(seconds=60), error)
        await state.send("work", b"now")
        await self.assert_next(state, start, error)
        message = await self.receive_one(state, visibility_seconds=20)
        await self.assert_next(state, start + timedelta(seconds=20), error)
        await state.delete("work", message)
        await self.assert_next(state, start + timedelta(seconds=60), error)

    async def assert_next(self, state: State, expected: datetime, error: float) -> None:
        """Check the next visible moment, to the precision of the backend's clock."""
        found = await state.next_visible_at("work")
        assert found is not None
        assert abs(found - expected) <= timedelta(seconds=error)
