"""Directory changes that matter to an intruder or to the repair, made by the user or to the user."""

from collections.abc import Iterator
from datetime import timedelta

from shared.activities import folded, kind_of
from shared.changes import Detail, detail_of
from shared.clock import iso
from shared.enrich.statement import Given, counted, fact, listed
from shared.enrich.view import View
from shared.grave import affects_target, grave_changes
from shared.grave_rules import Grave
from shared.hostile import quoted
from shared.models.dossier import Fact
from shared.models.records import DirectoryAudit, Target

MOST_AUDITS = 40
BEFORE_RISK = timedelta(days=7)
"""Detections of leaked passwords come days after the leak, so the look back is longer than the signals'."""
DETAILS = (
    "role.displayname",
    "consentaction.permissions",
    "delegatedpermissiongrant.scope",
    "approle.value",
    "group.displayname",
    "accountenabled",
)
"""Changed properties that say what an activity was about, the most telling first."""
MAKERS = {"app": ", made by an app", "user": ", made by another user"}


def facts(view: View) -> Iterator[Fact]:
    """Yield the newest sensitive changes since a week before the risk, and the count of what was left out."""
    start = view.risk_began - BEFORE_RISK
    found = [audit for audit in view.audits if audit.at >= start and is_sensitive(audit)]
    graves = {
        audit.record_id: grave
        for audit, grave in grave_changes(view.audits, view.settings.policy)
        if _concerns(audit, grave, view)
    }
    # A grave change is never the one that is left out.
    found.sort(key=lambda audit: (audit.record_id in graves, audit.at, audit.record_id))
    yield from (_audit(audit, graves.get(audit.record_id), view) for audit in found[-MOST_AUDITS:])
    if left := found[:-MOST_AUDITS]:
        text = f"{counted(len(left), 'older sensitive change')} in the directory are not listed here."
        yield fact("audit.omitted", text, view.source(left[0]), count=len(left))


def is_sensitive(audit: DirectoryAudit) -> bool:
    """Say whether a change can help an intruder to stay, or the defenders to repair."""
    kind = kind_of(audit.activity)
    changed = {folded(change.name) for target in audit.targets for change in target.changes}
    if kind == "user_updated":
        return "usertype" in changed or any("strongauthentication" in name for name in changed)
    if kind == "app_updated":
        return bool(detail_of(audit).issuer)
    return kind is not None


def _concerns(audit: DirectoryAudit, grave: Grave, view: View) -> bool:
    """Say whether a grave change is held against this identity: made by it, or to its own way of signing in."""
    if affects_target(grave):
        return any(target.id == view.user_id for target in audit.targets)
    return audit.initiator_id == view.user_id


def _audit(audit: DirectoryAudit, grave: Grave | None, view: View) -> Fact:
    target = _target(audit, view.user_id)
    name = target.user_principal_name or target.display_name or target.id
    who = _initiated_by(audit, view.user_id)
    detail, known = _detail(audit), detail_of(audit)
    text = f"The audit log holds {quoted(audit.activity)} at {iso(audit.at)}"
    text += f", made by the {view.who}" if who == "self" else MAKERS.get(who or "", "")
    text += f" {quoted(audit.initiator_name)}" if audit.initiator_name and who in {"app", "user"} else ""
    text += f" from {audit.ip_address}" if audit.ip_address else ""
    text += f", on {quoted(name)}" if name else ""
    text += f": {quoted(detail)}" if detail else ""
    text += _narrowed(known)
    text += "; it failed" if audit.succeeded is False else ""
    return fact(
        "audit",
        f"{text}.",
        view.source(audit),
        at=audit.at,
        activity=audit.activity,
        category=audit.audit_category,
        succeeded=audit.succeeded,
        initiated_by=who,
        initiator=audit.initiator_name,
        ip_address=audit.ip_address,
        target=name,
        target_type=target.type,
        target_id=target.id,
        detail=detail,
        change=kind_of(audit.activity),
        grave=grave,
        **_typed(known),
    )


def _narrowed(known: Detail) -> str:
    """Return what a policy leaves out from now on, in words; its ids are in the values."""
    text = f"; it has a new exception for {listed(known.left_out_kinds)}" if known.left_out_kinds else ""
    return f"{text}; it no longer covers all that it covered" if known.covers_less else text


def _typed(known: Detail) -> dict[str, Given]:
    """Return what rules ask of a change, beside the words that people read."""
    return {
        "role": known.role,
        "role_template": known.role_template,
        "role_tier": known.role_tier,
        "app_role": known.app_role,
        "scopes": known.scopes,
        "for_everybody": known.for_everybody,
        "issuer": known.issuer,
        "protection": known.protection,
        "method": known.method,
        "grantee": known.grantee,
        "grantee_id": known.grantee_id,
        "credential_ids": known.credential_ids,
        "credential_type": known.credential_type,
        "asked_before": known.asked_before,
        "asked_operator": known.asked_operator,
        "left_out": known.left_out,
        "left_out_kinds": known.left_out_kinds,
        "covers_less": known.covers_less or None,
        "covered_before": known.covered_before,
    }


def _initiated_by(audit: DirectoryAudit, user_id: str) -> str | None:
    return "self" if audit.initiator_id == user_id else audit.initiator_kind


def _target(audit: DirectoryAudit, user_id: str) -> Target:
    """Return what was changed: the first target other than the user, else the user."""
    named = [t for t in audit.targets if t.id or t.display_name or t.user_principal_name]
    others = [t for t in named if t.id != user_id]
    # A role is what was given; who got it comes before, when somebody is named at all.
    others.sort(key=lambda t: (t.type or "").lower() in {"role", "directoryrole"})
    return next(iter([*others, *named]), Target())


def _detail(audit: DirectoryAudit) -> str | None:
    changes = {
        change.name.lower(): value
        for target in reversed(audit.targets)
        for change in target.changes
        if (value := change.new or change.old)
    }
    return next((changes[name] for name in DETAILS if name in changes), None) or audit.result_reason
