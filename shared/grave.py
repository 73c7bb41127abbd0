"""Which directory changes are grave: they open a case although nobody is at risk in Entra.

A grave change hands out the tenant, or takes a protection away. The case is about whoever made it.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from shared.activities import folded, kind_of
from shared.grave_rules import Grave, grave_of
from shared.models.records import AnyRecord, DirectoryAudit
from shared.patterns.bursts import completes_burst
from shared.policy import Policy

QUICK_RESET = timedelta(minutes=2)
QUICK_DELETION = timedelta(hours=1)
SERIES = 4
"""Service principals made by the same hands inside SERIES_WINDOW that no deployment needs."""
SERIES_WINDOW = timedelta(minutes=10)
HABITS: dict[Grave, str] = {
    "application_credential_added": "app_credential_added",
    "device_secret_read": "device_secret_read",
    "guest_invited": "guest_invited",
}
"""Changes that are somebody's daily work once they were made on an earlier day, and the kind that shows it."""
PAIRS = frozenset({"account_enabled", "password_reset", "account_created", "account_deleted", "app_created"})
"""Kinds that are grave only together with another of the same hands."""


def may_be_grave(audit: DirectoryAudit, policy: Policy) -> bool:
    """Say without the other records whether a change is worth a closer look, alone or together with others."""
    return audit.succeeded is not False and (kind_of(audit.activity) in PAIRS or grave_of(audit, policy) is not None)


def grave_changes(records: Iterable[AnyRecord], policy: Policy) -> list[tuple[DirectoryAudit, Grave]]:
    """Return the grave changes among the records of one identity, oldest first, each once.

    Some are grave only together: enabled and reset at once, made and deleted at once. Others only for those who have
    not done them on an earlier day: the help desk reads device secrets daily, and a project lead invites guests.
    """
    audits = sorted(
        {r.record_id: r for r in records if isinstance(r, DirectoryAudit) and r.succeeded is not False}.values(),
        key=lambda r: (r.at, r.record_id),
    )
    found = [(audit, grave) for audit in audits if (grave := grave_of(audit, policy))]
    found += _in_pairs(audits, "account_enabled", "password_reset", QUICK_RESET, "account_enabled_and_reset")
    found += _in_pairs(audits, "account_created", "account_deleted", QUICK_DELETION, "account_made_and_deleted")
    found += _series(audits)
    return [pair for pair in sorted(found, key=lambda it: (it[0].at, it[0].record_id)) if not _is_habit(pair, audits)]


def affects_target(grave: Grave) -> bool:
    """Say whether the case is about the account that was changed and not about who changed it."""
    return grave == "access_pass_out_of_hours"


def _in_pairs(
    audits: Sequence[DirectoryAudit], first: str, second: str, within: timedelta, grave: Grave
) -> list[tuple[DirectoryAudit, Grave]]:
    """Return the second change of each pair that the same hands made to the same account in a short time."""
    earlier = [audit for audit in audits if kind_of(audit.activity) == first]
    return [
        (audit, grave)
        for audit in audits
        if kind_of(audit.activity) == second
        and any(
            one.initiator_id == audit.initiator_id
            and abs(audit.at - one.at) <= within
            and _user_targets(one) & _user_targets(audit)
            for one in earlier
        )
    ]


def _series(audits: Sequence[DirectoryAudit]) -> list[tuple[DirectoryAudit, Grave]]:
    """Return the change that completes a series of new service principals by the same initiator."""
    makers: dict[str, list[DirectoryAudit]] = {}
    for audit in audits:
        if kind_of(audit.activity) == "app_created" and "serviceprincipal" in folded(audit.activity):
            makers.setdefault(audit.initiator_id or "", []).append(audit)
    full = (completes_burst(made, SERIES, SERIES_WINDOW) for made in makers.values())
    return [(audit, "service_principals_in_series") for audit in full if audit]


def _is_habit(found: tuple[DirectoryAudit, Grave], audits: Sequence[DirectoryAudit]) -> bool:
    audit, grave = found
    return grave in HABITS and any(
        kind_of(other.activity) == HABITS[grave]
        and other.initiator_id == audit.initiator_id
        and other.at.date() < audit.at.date()
        for other in audits
    )


def _user_targets(audit: DirectoryAudit) -> set[str]:
    return {target.id for target in audit.targets if target.id and (target.type or "user").lower() == "user"}
