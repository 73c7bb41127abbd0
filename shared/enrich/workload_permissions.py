"""What a service principal may do: application permissions by name and rank, and delegated permissions."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from shared.clock import iso
from shared.enrich.consents import Grant
from shared.enrich.statement import fact, graph, listed
from shared.enrich.view import View
from shared.graph.answers import Answers
from shared.hostile import quoted
from shared.models.dossier import Fact
from shared.privileges import permission, permission_tier

MOST_RESOURCES = 5
"""Resources whose permissions are given their names; the second batch shall stay one batch."""
MOST_PERMISSIONS = 25


class Assignment(msgspec.Struct, rename="camel"):
    """One ``appRoleAssignment``."""

    id: str | None = None
    app_role_id: str | None = None
    resource_id: str | None = None
    resource_display_name: str | None = None
    created_date_time: datetime | None = None


class AppRole(msgspec.Struct, rename="camel"):
    """One application permission that a resource offers."""

    id: str | None = None
    value: str | None = None


class Resource(msgspec.Struct, rename="camel"):
    """The service principal of a resource."""

    id: str
    app_roles: list[AppRole] | None = None


def facts(view: View) -> Iterator[Fact]:
    """Yield the application permissions, the most powerful first, or that there is none; then delegated ones."""
    answers = view.answers
    assignments = answers.decode("app_roles", Assignment)
    if assignments is not None:
        if not assignments and answers.is_complete("app_roles") and not view.is_deleted:
            text = "The service principal holds no application permission."
            yield fact("workload.no_app_role", text, graph(answers.ref("app_roles")))
        found = [_app_role(assignment, answers) for assignment in assignments]
        yield from sorted(found, key=lambda it: (it.text_of("tier") or "9", it.text))[:MOST_PERMISSIONS]
    for grant in answers.decode("grants", Grant) or []:
        tiers = [tier for scope in grant.scopes if (tier := permission_tier(scope)) is not None]
        whose = "for all users" if grant.consent_type == "AllPrincipals" else "for one user"
        scopes = listed((quoted(scope) for scope in grant.scopes), longest=6) or "no permissions"
        yield fact(
            "workload.grant",
            f"The application may use {scopes} {whose}.",
            graph(answers.ref("grants")),
            scopes=grant.scopes,
            consent_type=grant.consent_type,
            tier=min(tiers, default=None),
            id=grant.id,
        )


def resources(answers: Answers) -> list[str]:
    """Return the ids of the resources whose permissions are held, in order of first appearance."""
    held = (item.resource_id for item in answers.decode("app_roles", Assignment) or [] if item.resource_id)
    return list(dict.fromkeys(held))[:MOST_RESOURCES]


def _app_role(held: Assignment, answers: Answers) -> Fact:
    offered = answers.decode(f"resource:{held.resource_id}", Resource) or []
    values = {role.id: role.value for resource in offered for role in resource.app_roles or []}
    value = values.get(held.app_role_id)
    rank = permission(value) if value else None
    named = quoted(value) if value else f"with the id {held.app_role_id}"
    text = f"The service principal holds the application permission {named}"
    text += f" of {quoted(held.resource_display_name)}" if held.resource_display_name else ""
    text += f", which {rank.why}" if rank else ""
    text += f", since {iso(held.created_date_time)}" if held.created_date_time else ""
    return fact(
        "workload.app_role",
        f"{text}.",
        graph(answers.ref("app_roles")),
        at=held.created_date_time,
        permission=value or held.app_role_id,
        resource=held.resource_display_name,
        resource_id=held.resource_id,
        tier=rank.tier if rank else None,
        reach=rank.why if rank else None,
        id=held.id,
        created_at=held.created_date_time,
    )
