"""What a directory change is about, as typed values read from its audit record.

Credential values are never among them: ingest has dropped them.
"""

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from shared.access_policies import Narrowed, asked_by, decoded, demands, narrowed
from shared.activities import folded, kind_of
from shared.models.records import Change, DirectoryAudit
from shared.privileges import role_tier, role_tier_by_name

_SCOPES = re.compile(r"Scopes?\s*:\s*([^,\]]*)", re.IGNORECASE)


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """What a change is about. Empty texts: the record does not say."""

    role: str = ""
    role_template: str = ""
    role_tier: int | None = None
    app_role: str = ""
    scopes: tuple[str, ...] = ()
    for_everybody: bool | None = None
    """True for an administrator's consent."""
    issuer: str = ""
    protection: Literal["removed", "narrowed", "added", "kept", ""] = ""
    """What became of the demand for MFA, or of the policy that makes it."""
    left_out: tuple[str, ...] = ()
    """Object ids, or Graph's words, of whom and what a policy leaves out and did not before."""
    left_out_kinds: tuple[str, ...] = ()
    covers_less: bool = False
    """A policy no longer names something that it was meant for."""
    covered_before: tuple[str, ...] = ()
    """The changed conditions of a policy as they were; see shared/access_policies.py."""
    user_type: str = ""
    """The new ``userType`` where it changed."""
    method: str = ""
    """The authentication method that a registration names."""
    grantee: str = ""
    """The application that was given an application permission; the target is the one that offers it."""
    grantee_id: str = ""
    """Object id of its service principal."""
    credential_ids: tuple[str, ...] = ()
    """Ids of the credentials that were added."""
    credential_type: str = ""
    """Type of the last one: ``Password`` is a secret, all others are certificates."""
    credentials: Literal["added", "removed", ""] = ""
    asked_before: tuple[str, ...] = ()
    """Built-in grant controls that a policy had before, where it asked for nothing else."""
    asked_operator: str = ""
    """``AND`` or ``OR``, between them."""
    from_outside: bool | None = None
    """True when an invited guest and the inviter have different mail domains; None when either is unknown."""


def detail_of(audit: DirectoryAudit) -> Detail:
    """Return what an audit record says about its change."""
    changes = {folded(change.name): change for target in audit.targets for change in target.changes}
    role, template = _role(audit, changes)
    tier = role_tier(template) if template else None
    added, credential_type, credentials = _credentials(changes)
    old = next((policy for change in changes.values() if (policy := decoded(change.old))), {})
    operator, asked = asked_by(old)
    protection, narrower = _protection(audit, changes)
    return Detail(
        role=role,
        role_template=template,
        role_tier=role_tier_by_name(role) if tier is None and role else tier,
        app_role=_new(changes, "approlevalue"),
        scopes=_scopes(changes),
        for_everybody=_flag(_new(changes, "consentcontextisadminconsent")),
        issuer=_issuer(changes),
        protection=protection,
        left_out=narrower.left_out,
        left_out_kinds=narrower.kinds,
        covers_less=narrower.covers_less,
        covered_before=narrower.before,
        user_type=_new(changes, "usertype") if _differs(changes, "usertype") else "",
        method=(audit.result_reason or "") if "securityinfo" in folded(audit.activity) else "",
        grantee=_new(changes, "serviceprincipaldisplayname"),
        grantee_id=_new(changes, "serviceprincipalobjectid"),
        credential_ids=added,
        credential_type=credential_type,
        credentials=credentials,
        asked_before=asked,
        asked_operator=operator,
        from_outside=_from_outside(audit),
    )


def _role(audit: DirectoryAudit, changes: dict[str, Change]) -> tuple[str, str]:
    """Return name and template id of the role: as changed properties, or as a target of the type Role."""
    name, template = _new(changes, "roledisplayname"), _new(changes, "roletemplateid")
    for target in audit.targets:
        if (target.type or "").lower() in {"role", "directoryrole"}:
            name, template = name or target.display_name or "", template or target.id or ""
    return name, template.lower()


def _scopes(changes: dict[str, Change]) -> tuple[str, ...]:
    """Return the delegated permissions of a consent; its text lists what was there before ``=>`` what is there now."""
    text = _new(changes, "delegatedpermissiongrantscope") or _new(changes, "consentactionpermissions")
    now = text.rpartition("=>")[2]
    named = " ".join(_SCOPES.findall(now)) or (now if "[" not in now else "")
    return tuple(dict.fromkeys(named.split()))


def _issuer(changes: dict[str, Change]) -> str:
    """Return the issuer that a change of federated credentials brings; empty when it brings none."""
    change = changes.get("federatedidentitycredentials") or changes.get("federatedidentitycredential")
    if change is None:
        return _new(changes, "issuer")
    before, now = _issuers(change.old), _issuers(change.new)
    return next((issuer for issuer in now if issuer not in before), "")


def _issuers(text: str | None) -> list[str]:
    return re.findall(r"https://[^\s\"',\]}]+", text or "")


def _protection(
    audit: DirectoryAudit, changes: dict[str, Change]
) -> tuple[Literal["removed", "narrowed", "added", "kept", ""], Narrowed]:
    """Return what a policy's change does to the demand for MFA, as far as old and new state are on record."""
    if kind_of(audit.activity) == "mfa_disabled":
        return "removed", Narrowed()
    if kind_of(audit.activity) == "protection_changed":
        return _discovery(changes.values()), Narrowed()
    for change in changes.values():
        old, new = decoded(change.old), decoded(change.new)
        if old is None or new is None:
            continue
        was, now = demands(old), demands(new)
        if was and now and (narrower := narrowed(old, new)):
            return "narrowed", narrower
        return "removed" if was and not now else "added" if now and not was else "kept", Narrowed()
    return "", Narrowed()


def _discovery(changes: Iterable[Change]) -> Literal["removed", "kept", ""]:
    """A new OIDC discovery address lets another provider say who signs in; a disabled security default asks nobody."""
    for change in changes:
        old, new = change.old or "", change.new or ""
        if "discoveryurl" in folded(old + new) and _urls(new) - _urls(old):
            return "removed"
        if folded(change.name) in {"isenabled", "securitydefaultsenabled"} and _flag(new) is False:
            return "removed"
    return "kept"


def _urls(text: str) -> set[str]:
    return set(re.findall(r"https?://[^\s\"',\]}\\]+", text))


def _credentials(changes: dict[str, Change]) -> tuple[tuple[str, ...], str, Literal["added", "removed", ""]]:
    """Return ids of added credentials, the type of the last, and whether there are more or fewer than before."""
    change = changes.get("keydescription")
    if change is None or not (change.old or change.new):
        return (), "", ""
    before, now = _keys(change.old), _keys(change.new)
    added = [key for key in now if key not in before]
    return tuple(added), now[added[-1]] if added else "", "added" if added else "removed"


def _keys(text: str | None) -> dict[str, str]:
    parts = (part.partition(" ") for part in (text or "").split(", ") if part)
    return {key: kind for key, _, kind in parts}


def _from_outside(audit: DirectoryAudit) -> bool | None:
    """Compare the mail domains of who invites and who is invited; a guest's own name holds the address before #EXT#."""
    guest = next((t.user_principal_name for t in audit.targets if "#ext#" in (t.user_principal_name or "").lower()), "")
    home = (guest or "").lower().partition("#ext#")[0].rpartition("_")[2]
    domain = (audit.invited or "").lower().rpartition("@")[2] or home
    own = (audit.initiator_name or "").lower().rpartition("@")[2]
    return domain != own and not domain.endswith("." + own) if domain and own else None


def _new(changes: dict[str, Change], name: str) -> str:
    change = changes.get(name)
    return (change.new or change.old or "") if change else ""


def _differs(changes: dict[str, Change], name: str) -> bool:
    change = changes.get(name)
    return change is not None and bool(change.new) and change.old != change.new


def _flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.strip().lower())
