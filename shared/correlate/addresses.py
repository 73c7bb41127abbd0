"""What is read of an address: everything where few come from, else what failed there and whom it failed for."""

from datetime import datetime

from shared.correlate.sprays import address_partition, tried_partition
from shared.models.records import AnyRecord, SignIn
from shared.patterns.addresses import is_of_many
from shared.patterns.codes import sign_ins_of
from shared.state.interface import State

SAMPLE = 200
"""Sign-ins that are read first: of an office's hundred thousand they show already that it is one."""
MOST_FAILED = 500
"""The latest failures at a busy address whose users are looked at."""


async def seen_from(tenant_id: str, address: str, since: datetime, state: State) -> list[AnyRecord]:
    """Return the sign-ins from an address that decide what was tried there, and by whom.

    Hundreds of thousands come from an office, a carrier or a proxy. Of those: what failed, what else came from there
    for the same users, and enough of the others to see that it is such a place.
    """
    whole = address_partition(tenant_id, address)
    seen = (await state.records_of({whole: since}, most=SAMPLE))[whole]
    if len(seen) < SAMPLE:
        return seen
    if not is_of_many(seen):
        return await state.records(whole, since)
    failed = sign_ins_of(await state.records(tried_partition(tenant_id, address), since))
    users = await state.records_of({record.identity.key: since for record in failed[-MOST_FAILED:]})
    theirs = [r for own in users.values() for r in own if isinstance(r, SignIn) and r.ip_address == address]
    return list({record.key: record for record in (*seen, *failed, *theirs)}.values())
