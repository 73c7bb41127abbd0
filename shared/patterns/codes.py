"""Result codes of sign-ins that the patterns rest on, and the order in which sign-ins are read."""

from collections.abc import Iterable

from shared.models.records import AnyRecord, SignIn

MFA_DENIED = 500121
WRONG_PASSWORD = 50126
LOCKED = 50053
DISABLED = 50057
TRIED_CODES = frozenset({WRONG_PASSWORD, DISABLED})
"""Results without which an address shows nothing: somebody tried what did not work."""
PASSWORD_WAS_RIGHT = frozenset({0, 50055, 50072, 50074, 50076, 50079, 53003, MFA_DENIED})
"""Result codes that Entra gives only after it has accepted the password: expired, MFA asked for, blocked by policy …"""


def sign_ins_of(records: Iterable[AnyRecord]) -> list[SignIn]:
    """Return the sign-ins among records, oldest first (ties by id)."""
    return sorted((r for r in records if isinstance(r, SignIn)), key=lambda r: (r.at, r.record_id))
