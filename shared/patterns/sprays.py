"""Password sprays from one address: one rule for what opens a case and for what it tells."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from shared.models.records import AnyRecord, SignIn
from shared.patterns.codes import PASSWORD_WAS_RIGHT, WRONG_PASSWORD, sign_ins_of
from shared.settings import Settings

SPRAY_PAUSE = timedelta(hours=1)
"""Failures further apart than this are two sprays."""


class Spray(msgspec.Struct, frozen=True, kw_only=True):
    """A run of wrong passwords for many users, from one address or from many, and who fell."""

    failures: tuple[SignIn, ...]
    accepted: tuple[SignIn, ...]
    """Sign-ins during the spray whose password was right. Colleagues who came from there before do not count."""

    @property
    def first_at(self) -> datetime:
        """Return the time of the first failure."""
        return self.failures[0].at

    @property
    def last_at(self) -> datetime:
        """Return the time of the last failure."""
        return self.failures[-1].at

    @property
    def addresses(self) -> frozenset[str]:
        """Return the addresses that the wrong passwords came from."""
        return frozenset(record.ip_address for record in self.failures if record.ip_address)

    @property
    def fell(self) -> frozenset[str]:
        """Return the object ids of the users whose password was right."""
        return frozenset(record.user_id for record in self.accepted)

    @property
    def targeted(self) -> frozenset[str]:
        """Return the object ids of all users that were tried."""
        return frozenset(record.user_id for record in self.failures) | self.fell


def latest_spray(records: Iterable[AnyRecord], settings: Settings) -> Spray | None:
    """Return the latest spray among the sign-ins from one address; None when too few users failed in any window.

    Colleagues who mistype at their office are no victims: whoever got the password right from there on an earlier day
    is at home. Nor is a network one that the tenant trusts.
    """
    sign_ins = [
        r for r in sign_ins_of(records) if not r.trusted_network and not settings.policy.is_trusted(r.ip_address)
    ]
    home: dict[str, date] = {}
    for record in sign_ins:
        if record.error_code in PASSWORD_WAS_RIGHT:
            home.setdefault(record.user_id, record.at.date())
    wrong = (r for r in sign_ins if r.error_code == WRONG_PASSWORD)
    run = latest_run([r for r in wrong if home.get(r.user_id, r.at.date()) >= r.at.date()])
    if (
        most_users(run, timedelta(minutes=settings.policy.thresholds.signal_window_minutes))
        < settings.policy.thresholds.spray_users
    ):
        return None
    first, last = run[0].at, run[-1].at
    before = {r.user_id for r in sign_ins if r.at < first and r.error_code in PASSWORD_WAS_RIGHT}
    accepted = (
        r
        for r in sign_ins
        if first <= r.at <= last + SPRAY_PAUSE
        and r.error_code in PASSWORD_WAS_RIGHT
        and r.is_interactive is not False
        and r.user_id not in before
    )
    return Spray(failures=tuple(run), accepted=tuple(accepted))


def latest_run(failures: Sequence[SignIn]) -> list[SignIn]:
    """Return the last failures that no long pause parts, oldest first."""
    run: list[SignIn] = []
    for record in failures:
        if run and record.at - run[-1].at > SPRAY_PAUSE:
            run = []
        run.append(record)
    return run


def most_users(run: Sequence[SignIn], window: timedelta) -> int:
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
