"""What holds for every sequence of calls on the embedded state, found by random ones."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from shared.clock import ManualClock
from shared.errors import ConflictError
from shared.state.interface import QueueMessage
from shared.state.sqlite import MEMORY, SqliteState
from tests.state.samples import NOON, after, case, sign_in

SECONDS = st.integers(0, 40).map(lambda quarter: quarter / 4)
KEYS = st.none() | st.sampled_from(["k1", "k2", "k3", "k\x004", ""])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@dataclass
class Expected:
    """A message as it should be."""

    body: bytes
    visible_at: datetime
    dequeue_count: int = 0
    receipt: str | None = None


class QueueMachine(RuleBasedStateMachine):
    """Random sends, receives, renewals, deletes and waits, against a model of a dozen lines."""

    held = Bundle("held")

    @initialize()
    def open(self) -> None:
        """Start with an empty queue."""
        self.runner = asyncio.Runner()
        self.clock = ManualClock(NOON)
        self.state = SqliteState.open(MEMORY, clock=self.clock)
        self.messages: dict[bytes, Expected] = {}
        self.keys: set[str] = set()
        self.sent = 0

    def run[T](self, call: Coroutine[None, None, T]) -> T:
        """Wait for a call."""
        return self.runner.run(call)

    @rule(delay=SECONDS, key=KEYS)
    def send(self, delay: float, key: str | None) -> None:
        """Every body is another one, so that it names its message."""
        self.sent += 1
        body = b"%d" % self.sent
        self.run(self.state.send("work", body, delay_seconds=delay, key=key))
        if key is None or key not in self.keys:
            self.messages[body] = Expected(body, self.clock.now + timedelta(seconds=delay))
            self.keys |= {key} if key is not None else set()

    @rule(target=held, limit=st.integers(1, 32), visibility=st.integers(1, 40).map(lambda quarter: quarter / 4))
    def receive(self, limit: int, visibility: float) -> object:
        """Only visible messages come, as many as there are up to the limit."""
        visible = {body for body, message in self.messages.items() if message.visible_at <= self.clock.now}
        received = self.run(self.state.receive("work", visibility_seconds=visibility, limit=limit))
        assert {message.body for message in received} <= visible
        assert len({message.body for message in received}) == len(received) == min(limit, len(visible))
        for message in received:
            expected = self.messages[message.body]
            expected.dequeue_count += 1
            expected.visible_at = self.clock.now + timedelta(seconds=visibility)
            assert message.dequeue_count == expected.dequeue_count
            assert message.receipt != expected.receipt
            expected.receipt = message.receipt
        return multiple(*received)

    def is_good(self, message: QueueMessage) -> bool:
        """Say whether the receipt is the latest of a message that is still there."""
        return message.body in self.messages and self.messages[message.body].receipt == message.receipt

    @rule(target=held, message=held, visibility=SECONDS)
    def renew(self, message: QueueMessage, visibility: float) -> object:
        """A good receipt is exchanged for a new one, a stale one is refused."""
        if not self.is_good(message):
            with pytest.raises(ConflictError):
                self.run(self.state.renew("work", message, visibility_seconds=visibility))
            return multiple()
        renewed = self.run(self.state.renew("work", message, visibility_seconds=visibility))
        assert renewed.receipt != message.receipt
        self.messages[message.body].receipt = renewed.receipt
        self.messages[message.body].visible_at = self.clock.now + timedelta(seconds=visibility)
        return renewed

    @rule(message=consumes(held))
    def delete(self, message: QueueMessage) -> None:
        """A good receipt ends the message, a stale one is refused."""
        if not self.is_good(message):
            with pytest.raises(ConflictError):
                self.run(self.state.delete("work", message))
            return
        self.run(self.state.delete("work", message))
        del self.messages[message.body]

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(seconds)

    @invariant()
    def nothing_is_lost(self) -> None:
        """What was sent and not deleted is there, in the order of sending, and the next moment is right."""
        if not hasattr(self, "messages"):
            return
        assert self.run(self.state.peek("work", limit=10_000)) == list(self.messages)
        next_visible_at = min((message.visible_at for message in self.messages.values()), default=None)
        assert self.run(self.state.next_visible_at("work")) == next_visible_at

    def teardown(self) -> None:
        """Close what was opened."""
        if hasattr(self, "runner"):
            self.run(self.state.close())
            self.runner.close()


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


async def opened(clock: ManualClock | None = None) -> SqliteState:
    """Return new state in memory."""
    return SqliteState.open(MEMORY, clock=clock or ManualClock(NOON))


@settings(max_examples=60, deadline=None)
@given(calls=st.lists(st.lists(st.tuples(TEXT, st.integers(0, 9), st.integers(0, 5)), max_size=12), max_size=5))
def test_each_record_is_counted_and_kept_once(calls: list[list[tuple[str, int, int]]]) -> None:
    """However records repeat, over calls and partitions, each key is new once and lists come in order."""

    async def scenario() -> None:
        state = await opened()
        kept: dict[str, dict[str, datetime]] = {}
        for call in calls:
            items = [(partition, sign_in(number, at=after(seconds))) for partition, number, seconds in call]
            before = sum(map(len, kept.values()))
            for partition, item in items:
                kept.setdefault(partition, {}).setdefault(item.key, item.at)
            assert await state.add_records(items) == sum(map(len, kept.values())) - before
        for partition, times in kept.items():
            found = [(record.at, record.key) for record in await state.records(partition)]
            assert found == sorted((at, key) for key, at in times.items())
        await state.close()

    asyncio.run(scenario())


@settings(max_examples=80, deadline=None)
@given(
    limit=st.integers(1, 12),
    window=st.integers(1, 20).map(lambda tenth: tenth / 10),
    calls=st.lists(st.tuples(st.integers(0, 900_000), st.integers(0, 12)), max_size=60),
)
def test_no_window_grants_more_than_the_limit(limit: int, window: float, calls: list[tuple[int, int]]) -> None:
    """In every window of the length, wherever it begins, the granted costs stay within the limit.

    And no wait is longer than it must be: one microsecond before its end there is not yet room.
    """

    async def scenario() -> None:
        clock = ManualClock(NOON)
        state = await opened(clock)
        grants: list[tuple[datetime, int]] = []
        length = timedelta(seconds=window)
        for pause_micros, wanted in calls:
            clock.now += timedelta(microseconds=pause_micros)
            cost = min(wanted, limit)
            wait = await state.take_budget("graph", cost, limit, window)
            if wait:
                still = clock.now + timedelta(seconds=wait) - timedelta(microseconds=1)
                assert used(grants, still - length, still) + cost > limit
                clock.advance(wait)
                assert await state.take_budget("graph", cost, limit, window) == 0
            grants.append((clock.now, cost))
        for end, _ in grants:
            assert used(grants, end - length, end) <= limit
        await state.close()

    def used(grants: list[tuple[datetime, int]], begin: datetime, end: datetime) -> int:
        return sum(cost for at, cost in grants if begin < at <= end)

    asyncio.run(scenario())


@settings(max_examples=40, deadline=None)
@given(turns=st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_no_update_of_a_case_is_lost(turns: list[tuple[int, bool]]) -> None:
    """Four workers read and save in any order: the revision counts exactly the saves that returned."""

    async def scenario() -> None:
        state = await opened()
        await state.save_case(case(revision=0), None)
        read = {worker: await state.case(case().id) for worker in range(4)}
        saved = 0
        for worker, reads in turns:
            if reads:
                read[worker] = await state.case(case().id)
                continue
            found = read[worker]
            assert found is not None
            try:
                await state.save_case(case(revision=found[0].revision + 1), found[1])
            except ConflictError:
                assert found[0].revision < saved
            else:
                saved += 1
        final = await state.case(case().id)
        assert final is not None
        assert final[0].revision == saved
        await state.close()

    asyncio.run(scenario())


@settings(max_examples=40, deadline=None)
@given(
    calls=st.lists(
        st.tuples(st.sampled_from(["take", "release", "wait"]), st.integers(0, 2), st.integers(1, 3)), max_size=50
    )
)
def test_a_lease_never_has_two_holders(calls: list[tuple[str, int, int]]) -> None:
    """A lease is granted exactly when nobody else's is running."""

    async def scenario() -> None:
        clock = ManualClock(NOON)
        state = await opened(clock)
        holder, ends_at = -1, NOON
        for call, worker, seconds in calls:
            if call == "wait":
                clock.advance(seconds)
            elif call == "release":
                await state.release_lease("case-1", str(worker))
                holder = -1 if holder == worker else holder
            else:
                is_free = holder in {-1, worker} or ends_at <= clock.now
                assert await state.acquire_lease("case-1", str(worker), seconds) == is_free
                if is_free:
                    holder, ends_at = worker, clock.now + timedelta(seconds=seconds)
        await state.close()

    asyncio.run(scenario())
