"""Cases, which only their latest reader may change, and campaigns."""

from collections.abc import Collection
from datetime import datetime
from sqlite3 import Connection

import msgspec

from shared.errors import ConflictError
from shared.models.cases import Campaign, Case
from shared.state.sqlite.database import Part
from shared.state.values import body_reader, to_micros

_case = body_reader(msgspec.json.Decoder(Case))
_campaign = body_reader(msgspec.json.Decoder(Campaign))


def _case_and_etag(body: bytes, etag: int) -> tuple[Case, str]:
    return _case(body), str(etag)


class SqliteCases(Part):
    """Tables ``cases`` and ``campaigns``."""

    async def current_cases(self, identity_keys: Collection[str]) -> dict[str, tuple[Case, str]]:
        """Return each identity's latest case (by opened_at, then id) and its etag; nothing for those without one."""
        statement = "SELECT body, etag FROM cases WHERE identity_key = ? ORDER BY opened_at DESC, id DESC LIMIT 1"

        def work(connection: Connection) -> dict[str, tuple[Case, str]]:
            rows = ((key, connection.execute(statement, (key,)).fetchone()) for key in identity_keys)
            return {key: _case_and_etag(*row) for key, row in rows if row is not None}

        return await self._database.read(work) if identity_keys else {}

    async def case(self, case_id: str) -> tuple[Case, str] | None:
        """Return a case and its etag."""
        statement = "SELECT body, etag FROM cases WHERE id = ?"
        return next(iter(await self._database.select(statement, (case_id,), _case_and_etag)), None)

    async def save_case(self, case: Case, etag: str | None) -> str:
        """Store a case; return the new etag. Raises ConflictError when someone else wrote first.

        With an etag, a case that does not exist is a conflict too.
        """
        row = {
            "id": case.id,
            "identity_key": case.identity.key,
            "opened_at": to_micros(case.opened_at),
            "last_signal_at": to_micros(case.last_signal_at),
            "is_open": case.is_unfinished,
            "campaign_id": case.campaign_id,
            "body": msgspec.json.encode(case),
            # SQLite compares a column of numbers with text as numbers, and text that is none equals nothing.
            "etag": etag,
        }
        if etag is None:
            statement = """INSERT INTO cases
                (id, identity_key, opened_at, last_signal_at, is_open, campaign_id, etag, body)
                VALUES (:id, :identity_key, :opened_at, :last_signal_at, :is_open, :campaign_id, 1, :body)
                ON CONFLICT DO NOTHING RETURNING etag"""
        else:
            statement = """UPDATE cases SET identity_key = :identity_key, opened_at = :opened_at,
                last_signal_at = :last_signal_at, is_open = :is_open, campaign_id = :campaign_id,
                etag = etag + 1, body = :body
                WHERE id = :id AND etag = :etag RETURNING etag"""
        saved = await self._database.write(lambda connection: connection.execute(statement, row).fetchall())
        if not saved:
            raise ConflictError(f"case `{case.id}` was written by someone else first")
        return str(saved[0][0])

    async def cases(self) -> list[Case]:
        """Return all cases, latest signal first (ties by id)."""
        return await self._cases_where("true", ())

    async def open_cases(self) -> list[Case]:
        """Return the cases that are open or owed triage, latest signal first (ties by id)."""
        return await self._cases_where("is_open", ())

    async def latest_cases(self, most: int) -> list[Case]:
        """Return up to so many cases, latest signal first (ties by id)."""
        return await self._cases_where("true", (), most)

    async def campaign_members(self, case_id: str) -> list[Case]:
        """Return the cases that are part of a campaign, latest signal first (ties by id)."""
        return await self._cases_where("campaign_id = ? AND campaign_id <> ''", (case_id,))

    async def silent_cases(self, before: datetime) -> list[Case]:
        """Return the cases whose last signal was before a time, latest signal first (ties by id)."""
        return await self._cases_where("last_signal_at < ?", (to_micros(before),))

    async def mend_lists(self) -> int:
        """Return 0: indexes are never wrong."""
        return 0

    async def save_campaign(self, campaign: Campaign) -> None:
        """Store a campaign, replacing an earlier form of it."""
        await self._database.change(
            "INSERT OR REPLACE INTO campaigns (id, first_at, body) VALUES (?, ?, ?)",
            (campaign.id, to_micros(campaign.first_at), msgspec.json.encode(campaign)),
        )

    async def campaigns(self) -> list[Campaign]:
        """Return all campaigns, oldest first (ties by id)."""
        return await self._database.select("SELECT body FROM campaigns ORDER BY first_at, id", (), _campaign)

    async def _cases_where(self, condition: str, values: tuple[object, ...], most: int = -1) -> list[Case]:
        # Conditions come from this module alone.
        statement = f"SELECT body FROM cases WHERE {condition} ORDER BY last_signal_at DESC, id LIMIT ?"  # noqa: S608
        return await self._database.select(statement, (*values, most), _case)
