"""Answer ``checkMemberGroups`` and ``getMemberGroups``: the two POSTs that triage may send, because they only read."""

import msgspec

from local.tenant.answers import bad_request
from local.tenant.routes import Element, Route
from local.tenant.store import Store

_MOST_GROUPS = 20


class _Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group_ids: list[str] = msgspec.field(name="groupIds")


class _Get(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    security_enabled_only: bool = msgspec.field(name="securityEnabledOnly")


def answer_memberships(store: Store, route: Route, body: bytes) -> dict[str, object]:
    """Return ``{"value": [group ids]}``, transitively. Raises GraphError 400 for a body that is not the action's."""
    key = store.canonical(route.segments)
    held = store.elements((*key[:-1], "transitivememberof")) or []
    groups = [element for element in held if element.get("@odata.type") == "#microsoft.graph.group"]
    try:
        if key[-1] == "checkmembergroups":
            return _value(_checked(groups, msgspec.json.decode(body, type=_Check)))
        return _value(_got(store, groups, msgspec.json.decode(body, type=_Get)))
    except msgspec.DecodeError as error:
        raise bad_request("The request body is not valid for this action.") from error


def _checked(groups: list[Element], body: _Check) -> list[str]:
    if not 1 <= len(body.group_ids) <= _MOST_GROUPS:
        raise bad_request(f"'groupIds' must hold 1 to {_MOST_GROUPS} ids.")
    held = {str(group.get("id", "")).lower() for group in groups}
    return [group_id for group_id in body.group_ids if group_id.lower() in held]


def _got(store: Store, groups: list[Element], body: _Get) -> list[str]:
    ids = [str(group.get("id", "")) for group in groups]
    return [group_id for group_id in ids if not body.security_enabled_only or _is_secure(store, group_id)]


def _is_secure(store: Store, group_id: str) -> bool:
    """Say whether a group is security enabled; one that the file does not describe is."""
    group = store.directory_object(group_id) or {}
    return group.get("securityEnabled", True) is True


def _value(ids: list[str]) -> dict[str, object]:
    return {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection(Edm.String)", "value": ids}
