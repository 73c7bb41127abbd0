"""What the sign-ins of all users from one address show: who guessed a password there, and who tries the disabled."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from shared.models.records import AnyRecord, SignIn
from shared.patterns.codes import DISABLED, WRONG_PASSWORD, sign_ins_of

AROUND = timedelta(hours=24)
"""How far from a try at a disabled account another account's success still belongs to the same hands."""
MOST_AT_HOME = 3
"""More users than this let in from one address make it an office or a carrier, where a leaver's phone still tries."""


def guessed_from(records: Iterable[AnyRecord], guesses: int) -> set[str]:
    """Return the users whose password was wrong so often from this address that a right one would be a guess."""
    wrong = Counter(record.user_id for record in sign_ins_of(records) if record.error_code == WRONG_PASSWORD)
    return {user for user, count in wrong.items() if count >= guesses}


def is_of_many(records: Iterable[AnyRecord]) -> bool:
    """Say whether more users were let in from an address than live under one roof: an office, or a carrier."""
    return len({record.user_id for record in sign_ins_of(records) if record.succeeded}) > MOST_AT_HOME


def beside_disabled(records: Iterable[AnyRecord]) -> list[SignIn]:
    """Return the first success of each user who came from an address that tried a disabled account, oldest first.

    None for users who had come from there on an earlier day, nor when many come from there.
    """
    sign_ins = sign_ins_of(records)
    tries = [record for record in sign_ins if record.error_code == DISABLED]
    let_in = [record for record in sign_ins if record.succeeded]
    if not tries or is_of_many(sign_ins):
        return []
    first: dict[str, SignIn] = {}
    for record in let_in:
        first.setdefault(record.user_id, record)
    return [
        record
        for record in first.values()
        if any(other.user_id != record.user_id and abs(record.at - other.at) <= AROUND for other in tries)
    ]
