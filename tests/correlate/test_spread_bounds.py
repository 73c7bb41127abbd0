"""What a batch may read where a million people share a browser, and what is found all the same."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import chain

import pytest

from shared.correlate.correlate import correlate
from shared.correlate.spread import MOST_ADDRESSES, MOST_OF_DAY, MOST_USERS, spread_sprays
from shared.models.records import AnyRecord, SignIn
from shared.patterns.spread import is_try, signatures
from shared.settings import Settings
from shared.state.interface import State
from shared.state.sqlite import SqliteState
from tests.correlate.test_spread import SETTINGS, hit, tried
from tests.records import minutes

NOW = minutes(600)


def morning(people: int) -> list[SignIn]:
    """Return people who mistype at home and get in a minute later; they got in there yesterday too."""
    found = []
    for number in range(people):
        home = {
            "user": f"kin-{number}",
            "ip_address": f"198.{number // 250}.{number % 250}.9",
            "autonomous_system_number": 64500,
        }
        at = number * 60 / people
        for when, code in ((at - 1440, 0), (at, 50126), (at + 1, 0)):
            found.append(tried(number, at=when, error_code=code, **home))
    return found


def spray(addresses: int) -> list[SignIn]:
    """Return as many tries within an hour, each at another user from another address."""
    return [
        tried(n, user=f"user-{n}", ip_address=f"203.{n // 250}.{n % 250}.9", at=n * 60 / addresses)
        for n in range(addresses)
    ]


async def stored(records: Sequence[SignIn], state: State) -> None:
    """Let sign-ins come in batches of a thousand."""
    for start in range(0, len(records), 1000):
        await correlate(records[start : start + 1000], state, SETTINGS, NOW)


async def test_a_batch_reads_no_more_than_it_may(state: SqliteState, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,200 mistype within an hour with the browser of everybody; nobody attacks, and no campaign is made."""
    everybody = morning(1200)
    await stored(everybody, state)
    assert await state.campaigns() == []
    read, rows = state.records_of, 0

    async def counting(since: dict[str, object], *, most: int | None = None) -> dict[str, list[AnyRecord]]:
        nonlocal rows
        found = await read(since, most=most)  # type: ignore[arg-type]
        rows += len(list(chain.from_iterable(found.values())))
        return found

    monkeypatch.setattr(state, "records_of", counting)
    mistyped = [one for one in everybody if is_try(one)][600]
    assert await spread_sprays([mistyped], state, SETTINGS) == []
    of_address = of_user = 3
    assert rows <= 2 * (2 * MOST_OF_DAY + MOST_ADDRESSES * of_address + MOST_USERS * of_user)


async def test_a_spray_from_more_addresses_than_are_looked_at_is_told_whole(state: SqliteState) -> None:
    """Nobody is at home at any of those that are, so the others count too."""
    await stored([*spray(1200), hit(user="fallen", ip_address="192.0.2.7")], state)
    (campaign,) = await state.campaigns()
    assert (campaign.addresses, campaign.succeeded) == (1200, ("fallen",))


async def test_a_spray_is_found_among_as_many_who_mistype(state: SqliteState) -> None:
    """Same browser, same application; those who mistyped are no targets of it."""
    await stored(sorted([*morning(300), *spray(300)], key=lambda one: one.at), state)
    (campaign,) = await state.campaigns()
    assert len(campaign.targeted) > 50
    assert not [user for user in campaign.targeted if user.startswith("kin-")]


async def test_tries_of_an_older_version_are_still_told(state: SqliteState) -> None:
    """They lay in one partition whatever the day: a report on a case of then looks there too."""
    tries = [tried(number) for number in range(25)]
    old = [(f"{one.tenant_id}|tries|{signature}", one) for one in tries for signature in signatures(one)]
    await state.add_records([*old, (hit().identity.key, hit())])
    assert await spread_sprays([hit()], state, Settings()) == []
    found = await spread_sprays([hit()], state, Settings(), undated=True)
    assert [len(one.failures) for one in found] == [25, 25]


async def test_midnight_parts_no_spray(state: SqliteState) -> None:
    """Tries before and after it are of two days and of one spray; so is the password that is right after it."""
    midnight = (NOW.replace(hour=0, minute=0) - minutes(0)) / timedelta(minutes=1)
    records = [tried(number, at=midnight - 30 + 2 * number) for number in range(25)]
    await stored([*records[:13], hit(at=midnight + 25), *records[13:]], state)
    (campaign,) = await state.campaigns()
    assert (len(campaign.targeted), campaign.succeeded) == (26, ("user-77",))
