"""Directory roles the user holds, may activate, or has through groups, and how much each can do."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from shared.clock import iso
from shared.enrich.groups import Membership, role_assignable
from shared.enrich.statement import article, fact, graph
from shared.enrich.view import View
from shared.graph.answers import Answers
from shared.hostile import quoted
from shared.models.dossier import Fact, Source
from shared.privileges import role_tier

ROLE_QUERIES = ("role_assignments", "role_eligibility", "groups")
"""What must be answered before "no roles" can be said."""


class Definition(msgspec.Struct, rename="camel"):
    """The expanded ``roleDefinition``."""

    id: str | None = None
    template_id: str | None = None
    display_name: str | None = None
    is_built_in: bool | None = None


class Assignment(msgspec.Struct, rename="camel"):
    """An assignment, eligibility or scheduled assignment of a role."""

    principal_id: str | None = None
    role_definition_id: str | None = None
    role_definition: Definition | None = None
    directory_scope_id: str | None = None
    assignment_type: str | None = None
    start_date_time: datetime | None = None

    @property
    def template_id(self) -> str:
        """Return the id of the role's template: for built-in roles the definition has the same."""
        definition = self.role_definition or Definition()
        return (definition.template_id or definition.id or self.role_definition_id or "").lower()


class _Held(NamedTuple):
    """One way of holding a role, and where that was read."""

    held: Assignment
    source: Source
    assignment: str
    via: str | None = None
    activated_at: datetime | None = None


def facts(view: View) -> Iterator[Fact]:
    """Yield each role once per way of holding it, or that there is none when everything was answered."""
    answers = view.answers
    held = [*_active(answers), *_eligible(answers), *_through_groups(answers)]
    found = [_fact(item, view.who) for item in held]
    yield from found
    complete = all(answers.is_complete(query) for query in ROLE_QUERIES) and not view.is_deleted
    if not found and complete and ("group_roles" not in answers or answers.is_complete("group_roles")):
        text = f"The {view.who} holds no directory role, is eligible for none and has none through groups."
        yield fact("user.no_role", text, graph(answers.ref("role_assignments")))


def is_privileged(answers: Answers) -> bool:
    """Say whether the first answers show a privileged role, active or eligible, however held."""
    held = [a.template_id for name in ROLE_QUERIES[:2] for a in answers.decode(name, Assignment) or []]
    held += [m.role_template_id or "" for m in answers.decode("groups", Membership) or [] if m.is_role]
    return any(role_tier(template) is not None for template in held)


def _active(answers: Answers) -> Iterator["_Held"]:
    activated = {
        (a.template_id, a.directory_scope_id): a.start_date_time
        for a in answers.decode("role_activations", Assignment) or []
        if (a.assignment_type or "").lower() == "activated"
    }
    for held in answers.decode("role_assignments", Assignment) or []:
        at = activated.get((held.template_id, held.directory_scope_id))
        yield _Held(held, graph(answers.ref("role_assignments")), "active", activated_at=at)


def _eligible(answers: Answers) -> Iterator["_Held"]:
    for held in answers.decode("role_eligibility", Assignment) or []:
        yield _Held(held, graph(answers.ref("role_eligibility")), "eligible")


def _through_groups(answers: Answers) -> Iterator["_Held"]:
    """Yield roles of role-assignable groups, and the roles of ``transitiveMemberOf`` that nothing else explains."""
    names = {group.id: group.display_name or group.id for group in role_assignable(answers)}
    explained = {a.template_id for a in answers.decode("role_assignments", Assignment) or []}
    for held in answers.decode("group_roles", Assignment) or []:
        explained.add(held.template_id)
        yield _Held(held, graph(answers.ref("group_roles")), "group", via=names.get(held.principal_id or ""))
    for member in answers.decode("groups", Membership) or []:
        if member.is_role and (member.role_template_id or "").lower() not in explained:
            definition = Definition(
                template_id=member.role_template_id, display_name=member.display_name, is_built_in=True
            )
            # Without an answer about the user's own assignments nobody knows whether a group is the way.
            assignment = "group" if answers.is_complete("role_assignments") else "active"
            yield _Held(Assignment(role_definition=definition), graph(answers.ref("groups")), assignment)


def _fact(item: _Held, who: str) -> Fact:
    held, assignment, via, activated_at = item.held, item.assignment, item.via, item.activated_at
    definition = held.role_definition or Definition()
    tier = role_tier(held.template_id)
    # The template table knows every built-in role; what a custom role can do is not known here.
    privileged = True if tier is not None else (None if definition.is_built_in is False else False)
    role = definition.display_name or held.template_id
    word = "privileged " if privileged else ""
    scope = held.directory_scope_id if held.directory_scope_id not in {None, "/"} else None
    text = {
        "active": f"The {who} holds the {word}role {quoted(role)}",
        "eligible": f"The {who} can activate the {word}role {quoted(role)}, for which the account is eligible",
        "group": f"The {who} holds the {word}role {quoted(role)} through {quoted(via) if via else article('group')}",
    }[assignment]
    text += f", activated at {iso(activated_at)}" if activated_at else ""
    text += f", limited to {quoted(scope)}" if scope else ""
    return fact(
        "user.role",
        f"{text}.",
        item.source,
        at=activated_at,
        role=role,
        template_id=held.template_id,
        assignment=assignment,
        via=via,
        privileged=privileged,
        tier=tier,
        scope=scope,
        activated_at=activated_at,
    )
