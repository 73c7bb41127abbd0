"""Entries of the audit log that say who did something to one object."""

from datetime import timedelta

from shared.ask.found import Item
from shared.ask.look import Look
from shared.clock import iso
from shared.graph.queries import Query
from shared.hostile import quoted

KEPT = timedelta(days=30)
"""How far the audit log reaches back at most; 7 days in a tenant without P1."""


def audit_entries(look: Look, condition: str, what: str) -> Query:
    """Return the query ``audits`` for the latest entries of 30 days that fit a condition."""
    return look.query(
        "audits",
        look.api.audit_logs.directory_audits,
        what=what,
        permission="AuditLog.Read.All",
        bucket="reports",
        filter=f"activityDateTime ge {iso(look.now - KEPT)} and {condition}",
        top=100,
    )


def maker(audit: Item) -> str:
    """Return who did something, quoted, from an entry of the audit log."""
    by = audit.get("initiatedBy") or {}
    user, app = by.get("user") or {}, by.get("app") or {}
    name = user.get("userPrincipalName") or user.get("displayName") or app.get("displayName")
    return quoted(str(name)) if name else "somebody that the entry does not name"
