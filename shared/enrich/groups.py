"""Which groups the user is in, and which of them matter to an intruder."""

import re
from collections.abc import Iterator

import msgspec

from shared.enrich.statement import counted, fact, graph
from shared.enrich.view import View
from shared.graph.answers import Answers
from shared.hostile import quoted
from shared.models.dossier import Fact
from shared.policy import Policy

MOST_GROUPS = 20
SENSITIVE_NAME = re.compile(
    r"\b(?:admin(?:s|istrators?)?|privileged|tier ?-?[01]|break ?-?glass|emergency access|executives?|board|vip"
    r"|finance|payroll|treasury|security operations|soc|domain controllers?|global reader)\b",
    re.IGNORECASE,
)
"""Words in the names of groups that tend to open money, secrets or administration."""


class Membership(msgspec.Struct, rename="camel"):
    """One element of ``transitiveMemberOf``: a group, directory role or administrative unit."""

    id: str
    odata_type: str | None = msgspec.field(name="@odata.type", default=None)
    display_name: str | None = None
    is_assignable_to_role: bool | None = None
    role_template_id: str | None = None

    @property
    def is_group(self) -> bool:
        """Say whether it is a group."""
        return (self.odata_type or "").lower().endswith(".group") or not (self.odata_type or self.is_role)

    @property
    def is_role(self) -> bool:
        """Say whether it is a directory role."""
        return (self.odata_type or "").lower().endswith(".directoryrole") or self.role_template_id is not None


def facts(view: View) -> Iterator[Fact]:
    """Yield the number of groups and each sensitive one."""
    memberships = view.answers.decode("groups", Membership)
    if memberships is None:
        return
    groups = [item for item in memberships if item.is_group]
    source = graph(view.answers.ref("groups"))
    if view.answers.is_complete("groups"):
        text = f"The user is in {counted(len(groups), 'group')}, nested ones included."
        yield fact("user.groups", text, source, count=len(groups))
    sensitive = [group for group in groups if _is_sensitive(group, view.settings.policy)]
    for group in sorted(sensitive, key=_importance)[:MOST_GROUPS]:
        role = ", to which directory roles can be assigned" if group.is_assignable_to_role else ""
        name = quoted(group.display_name) if group.display_name else f"with the id {group.id}"
        yield fact(
            "user.group",
            f"The user is in the sensitive group {name}{role}.",
            source,
            name=group.display_name,
            id=group.id,
            role_assignable=bool(group.is_assignable_to_role),
            named=view.settings.policy.is_sensitive_group(group.id, group.display_name),
            helpdesk=view.settings.policy.is_helpdesk_group(group.id, group.display_name),
        )


def role_assignable(answers: Answers) -> list[Membership]:
    """Return the user's groups to which roles can be assigned, by id."""
    memberships = answers.decode("groups", Membership) or []
    return sorted((m for m in memberships if m.is_group and m.is_assignable_to_role), key=lambda m: m.id)


def _is_sensitive(group: Membership, policy: Policy) -> bool:
    name = re.sub(r"[_.]", " ", group.display_name or "")
    listed = policy.is_sensitive_group(group.id, group.display_name) or policy.is_helpdesk_group(
        group.id, group.display_name
    )
    return bool(group.is_assignable_to_role) or listed or bool(SENSITIVE_NAME.search(name))


def _importance(group: Membership) -> tuple[bool, str, str]:
    return not group.is_assignable_to_role, (group.display_name or "").lower(), group.id
