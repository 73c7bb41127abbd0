"""What permissions open: which wider ones are as good as a narrower one, and what a query lacks without them."""

from collections.abc import Iterable

from shared.graph.queries import Query

WIDER: dict[str, tuple[str, ...]] = {
    "Directory.Read.All": (
        "User.Read.All",
        "Group.Read.All",
        "GroupMember.Read.All",
        "Device.Read.All",
        "Application.Read.All",
    ),
    "Group.Read.All": ("GroupMember.Read.All",),
    "RoleManagement.Read.Directory": (
        "RoleEligibilitySchedule.Read.Directory",
        "RoleAssignmentSchedule.Read.Directory",
    ),
}
"""Wider permissions that also open what the narrower ones do, wherever those are asked for."""


def opened_by(roles: Iterable[str]) -> frozenset[str]:
    """Return every permission that a token's roles amount to; one that writes reads too."""
    given = set(roles)
    given |= {role.replace(".ReadWrite.", ".Read.") for role in given}
    return frozenset(given | {narrow for role in given for narrow in WIDER.get(role, ())})


def is_read(query: Query, opened: frozenset[str]) -> bool:
    """Say whether Graph answers a query for somebody with these permissions."""
    return not opened.isdisjoint((query.permission, *query.or_permissions))


def closed_parts(query: Query, opened: frozenset[str]) -> tuple[str, ...]:
    """Return the permissions without which parts of the query's answer are no more than type and id."""
    return tuple(permission for _, permission in query.parts if permission not in opened)


def only_reads(permission: str) -> bool:
    """Say whether a permission of Graph lets nobody change anything, by its name; one that does not say so does not."""
    operations = permission.split(".")[1:2]
    return bool(operations) and operations[0] in {"Read", "ReadBasic"}
