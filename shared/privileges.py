"""How much a directory role or an application permission can do: the maintained ranking of privileges.toml."""

from pathlib import Path

import msgspec


class RolePrivilege(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A built-in directory role that counts as privileged. ``tier`` 0 is the most powerful."""

    tier: int
    name: str


class PermissionPrivilege(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An application permission that counts as privileged, and what it lets its holder do."""

    tier: int
    why: str


class _Ranking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    roles: dict[str, RolePrivilege]
    permissions: dict[str, PermissionPrivilege]


_RANKING = msgspec.toml.decode(Path(__file__).with_name("privileges.toml").read_bytes(), type=_Ranking)
_PERMISSIONS = {value.lower(): ranked for value, ranked in _RANKING.permissions.items()}
_BY_NAME = {ranked.name.lower(): ranked for ranked in _RANKING.roles.values()}


def role_tier(template_id: str) -> int | None:
    """Return the tier of a role by its template id, the same in every tenant; None when it is not privileged."""
    ranked = _RANKING.roles.get(template_id.lower())
    return ranked.tier if ranked else None


def role_tier_by_name(name: str) -> int | None:
    """Return the tier of a built-in role by its English name: some audit records carry nothing else."""
    ranked = _BY_NAME.get(name.strip().lower())
    return ranked.tier if ranked else None


def permission(value: str) -> PermissionPrivilege | None:
    """Return the rank of a permission such as ``Mail.Read``; None when it is not privileged."""
    return _PERMISSIONS.get(value.strip().lower())


def permission_tier(value: str) -> int | None:
    """Return the tier of a permission; None when it is not privileged."""
    ranked = permission(value)
    return ranked.tier if ranked else None


def ranked_roles() -> dict[str, RolePrivilege]:
    """Return the privileged built-in roles by template id."""
    return _RANKING.roles
