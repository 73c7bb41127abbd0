"""What the report of one case reads of what others did from the same address."""

from collections.abc import Sequence

from shared.correlate.case_records import case_records
from shared.correlate.correlate import correlate
from shared.models.cases import Case
from shared.models.records import AnyRecord
from shared.settings import Settings
from shared.state.sqlite import SqliteState
from tests.records import detection, minutes, sign_in

SETTINGS = Settings()
ADDRESS = "203.0.113.66"
NOW = minutes(60)


async def users_read(records: Sequence[AnyRecord], state: SqliteState) -> set[str]:
    """Return whose records the report on Pat reads once some have come."""
    cases = await correlate(records, state, SETTINGS, NOW)
    pats: Case = next(case for case in cases if case.identity.id == "pat")
    return {record.identity.id for record in await case_records(pats, state, SETTINGS) if record.identity}


async def test_who_is_hit_from_the_same_address_is_not_read_beside_a_case(state: SqliteState) -> None:
    """A kit that gets in with no wrong password hits thousands, and each of them has a report."""
    others = [sign_in(n, minutes(n / 10), user=f"user-{n}", ip_address=ADDRESS, error_code=53003) for n in range(100)]
    hit = detection(1, minutes(8), user="pat", ip_address=ADDRESS)
    assert await users_read([*others, hit], state) == {"pat"}


async def test_a_spray_from_its_address_is_read_beside_a_case(state: SqliteState) -> None:
    """Whom else it tried is what the report says of it."""
    others = [sign_in(n, minutes(n / 10), user=f"user-{n}", ip_address=ADDRESS, error_code=50126) for n in range(100)]
    tried = sign_in("pat", minutes(7), user="pat", ip_address=ADDRESS, error_code=50126)
    hit = detection(1, minutes(8), user="pat", ip_address=ADDRESS)
    assert len(await users_read([*others, tried, hit], state)) == 101
