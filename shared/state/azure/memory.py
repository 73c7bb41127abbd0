"""Profiles of identities and analysts' feedback."""

import msgspec

from shared.clock import Clock
from shared.models.feedback import Feedback
from shared.models.habits import Habits
from shared.state.azure.rows import Table, key_of
from shared.state.azure.storage import Part, Storage
from shared.state.values import body_reader

_habits = body_reader(msgspec.json.Decoder(Habits))
_feedback = body_reader(msgspec.json.Decoder(Feedback))
_ONLY = "row"


class AzureMemory(Part):
    """Tables ``habits`` and ``feedback``."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        super().__init__(storage, clock)
        self._habits = Table(storage, "habits")
        self._feedback = Table(storage, "feedback")

    async def habits(self, identity_key: str) -> Habits | None:
        """Return an identity's profile, or None."""
        row = await self._habits.get(key_of(identity_key), _ONLY)
        return _habits(row.body) if row else None

    async def save_habits(self, habits: Habits) -> None:
        """Store a profile, replacing the earlier one."""
        await self._habits.put(key_of(habits.identity_key), _ONLY, msgspec.json.encode(habits))

    async def feedback(self, about: str | None = None) -> list[Feedback]:
        """Return what was said of one case or prompt, or of all, oldest first (ties by id)."""
        found = self._feedback.query() if about is None else self._feedback.query("PartitionKey eq @p", p=key_of(about))
        return sorted((_feedback(row.body) for row in await found), key=lambda one: (one.at, one.id))

    async def save_feedback(self, feedback: Feedback) -> None:
        """Store an opinion, replacing the same caller's earlier one on the same case or prompt."""
        await self._feedback.put(key_of(feedback.about), key_of(feedback.id), msgspec.json.encode(feedback))
