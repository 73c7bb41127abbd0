"""Profiles of identities and analysts' feedback."""

import msgspec

from shared.models.feedback import Feedback
from shared.models.habits import Habits
from shared.state.sqlite.database import Part
from shared.state.values import body_reader, to_micros

_habits = body_reader(msgspec.json.Decoder(Habits))
_feedback = body_reader(msgspec.json.Decoder(Feedback))


class SqliteMemory(Part):
    """Tables ``habits`` and ``feedback``."""

    async def habits(self, identity_key: str) -> Habits | None:
        """Return an identity's profile, or None."""
        found = await self._database.select("SELECT body FROM habits WHERE identity_key = ?", (identity_key,), _habits)
        return next(iter(found), None)

    async def save_habits(self, habits: Habits) -> None:
        """Store a profile, replacing the earlier one."""
        await self._database.change(
            "INSERT OR REPLACE INTO habits (identity_key, body) VALUES (?, ?)",
            (habits.identity_key, msgspec.json.encode(habits)),
        )

    async def feedback(self, about: str | None = None) -> list[Feedback]:
        """Return what was said of one case or prompt, or of all, oldest first (ties by id)."""
        return await self._database.select(
            "SELECT body FROM feedback WHERE case_id = ifnull(?, case_id) ORDER BY at, id", (about,), _feedback
        )

    async def save_feedback(self, feedback: Feedback) -> None:
        """Store an opinion, replacing the same caller's earlier one on the same case or prompt."""
        await self._database.change(
            "INSERT OR REPLACE INTO feedback (id, case_id, at, body) VALUES (?, ?, ?, ?)",
            (feedback.id, feedback.about, to_micros(feedback.at), msgspec.json.encode(feedback)),
        )
