"""Sign-ins from one address to password sprays: many users failing inside a window, and who fell."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from shared.correlate.signals import WRONG_PASSWORD, signal
from shared.models.cases import Campaign, Signal
from shared.models.records import AnyRecord, Identity, SignIn
from shared.settings import Settings

PASSWORD_WAS_RIGHT = {0, 50074, 50076, 50079, 50072, 53003, 500121}
"""Result codes that Entra gives only after it has accepted the password (MFA asked, blocked by policy, …)."""
SPRAY_PAUSE = timedelta(hours=1)
"""Failures further apart than this are two sprays."""


def address_partition(tenant_id: str, address: str) -> str:
    """Return the evidence partition that holds the sign-ins from one address."""
    return f"{tenant_id}|ip|{address}"


def spray_from(records: Sequence[AnyRecord], settings: Settings) -> Campaign | None:
    """Return the latest spray in one address's sign-ins, or None when too few users failed inside the window."""
    sign_ins = sorted((r for r in records if isinstance(r, SignIn)), key=lambda r: (r.at, r.record_id))
    failures = [r for r in sign_ins if r.error_code == WRONG_PASSWORD]
    run = _latest_run(failures)
    if _most_users(run, timedelta(minutes=settings.signal_window_minutes)) < settings.spray_users:
        return None
    first, last = run[0].at, run[-1].at
    targeted = {r.user_id for r in run}
    fell = _fell(sign_ins, first, last + SPRAY_PAUSE)
    tenant, address = run[0].tenant_id, run[0].ip_address or ""
    digest = sha256(f"{tenant}|{address}|{first.isoformat()}".encode()).hexdigest()[:12]
    return Campaign(
        id=f"spray-{digest}",
        kind="password_spray",
        tenant_id=tenant,
        ip_address=address,
        first_at=first,
        last_at=last,
        targeted=tuple(sorted(targeted | {r.user_id for r in fell})),
        succeeded=tuple(sorted({r.user_id for r in fell})),
    )


def continued(campaign: Campaign, known: Sequence[Campaign]) -> Campaign:
    """Return the campaign under the id it already has: late failures move its beginning, and the id with it."""
    for earlier in known:
        same_source = (earlier.tenant_id, earlier.ip_address) == (campaign.tenant_id, campaign.ip_address)
        apart = earlier.first_at - campaign.last_at > SPRAY_PAUSE or campaign.first_at - earlier.last_at > SPRAY_PAUSE
        if same_source and not apart:
            return msgspec.structs.replace(campaign, id=earlier.id)
    return campaign


def spray_signals(records: Sequence[AnyRecord], campaign: Campaign) -> list[tuple[Identity, Signal]]:
    """Return, for each user whose password was right, the signal of the first such sign-in."""
    sign_ins = sorted((r for r in records if isinstance(r, SignIn)), key=lambda r: (r.at, r.record_id))
    first: dict[str, SignIn] = {}
    for record in _fell(sign_ins, campaign.first_at, campaign.last_at + SPRAY_PAUSE):
        first.setdefault(record.user_id, record)
    return [(record.identity, signal(record, "password_spray_success", record.at)) for record in first.values()]


def _fell(sign_ins: Sequence[SignIn], start: datetime, end: datetime) -> list[SignIn]:
    """Return accepted passwords during the spray.

    A shared egress has honest sign-ins too: users who came from this address before the spray do not count.
    """
    before = {r.user_id for r in sign_ins if r.at < start and r.error_code in PASSWORD_WAS_RIGHT}
    return [
        r
        for r in sign_ins
        if start <= r.at <= end
        and r.error_code in PASSWORD_WAS_RIGHT
        and r.is_interactive is not False
        and r.user_id not in before
    ]


def _latest_run(failures: Sequence[SignIn]) -> list[SignIn]:
    run: list[SignIn] = []
    for record in failures:
        if run and record.at - run[-1].at > SPRAY_PAUSE:
            run = []
        run.append(record)
    return run


def _most_users(run: Sequence[SignIn], window: timedelta) -> int:
    """Return the most distinct users that failed inside any window; one pass, however large the spray."""
    inside: Counter[str] = Counter()
    start = most = 0
    for record in run:
        inside[record.user_id] += 1
        while record.at - run[start].at > window:
            inside[run[start].user_id] -= 1
            if not inside[run[start].user_id]:
                del inside[run[start].user_id]
            start += 1
        most = max(most, len(inside))
    return most
