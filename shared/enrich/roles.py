"""Directory roles the user holds, may activate, or has through groups, and how much each can do."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from shared.clock import iso
from shared.enrich.groups import Membership, role_assignable
from shared.enrich.statement import article, fact, graph
from shared.enrich.view import View
from shared.graph.answers import Answers
from shared.hostile import quoted
from shared.models.dossier import Fact, Source

TIERS: dict[str, int] = {
    "62e90394-69f5-4237-9190-012177145e10": 0,  # Global Administrator
    "e8611ab8-c189-46e8-94e1-60213ab1f814": 0,  # Privileged Role Administrator
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": 0,  # Privileged Authentication Administrator
    "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8": 0,  # Partner Tier2 Support
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": 0,  # Application Administrator
    "158c047a-c907-4556-b7ef-446551a6b5f7": 0,  # Cloud Application Administrator
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": 0,  # Hybrid Identity Administrator
    "d29b2b05-8046-44ba-8758-1e26182fcf32": 0,  # Directory Synchronization Accounts
    "a92aed5d-d78a-4d16-b381-09adb37eb3b0": 0,  # On Premises Directory Sync Account
    "8329153b-31d0-4727-b945-745eb3bc5f31": 0,  # Domain Name Administrator
    "be2f45a1-457d-42af-a067-6ec1fa63bc45": 0,  # External Identity Provider Administrator
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": 1,  # Conditional Access Administrator
    "194ae4cb-b126-40b2-bd5b-6091b380977d": 1,  # Security Administrator
    "c4e39bd9-1100-46d3-8c65-fb160da0071f": 1,  # Authentication Administrator
    "0526716b-113d-4c15-b2c8-68e3c22b9f80": 1,  # Authentication Policy Administrator
    "fe930be7-5e62-47db-91af-98c3a49a38b1": 1,  # User Administrator
    "29232cdf-9323-42fd-ade2-1d097af3e4de": 1,  # Exchange Administrator
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": 1,  # SharePoint Administrator
    "3a2c62db-5318-420d-8d74-23affee5d9d5": 1,  # Intune Administrator
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": 1,  # Helpdesk Administrator
    "966707d0-3269-4727-9be2-8c3a10f19b9d": 1,  # Password Administrator
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": 1,  # Groups Administrator
    "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e": 1,  # Identity Governance Administrator
    "7698a772-787b-4ac8-901f-60d6b08affd2": 1,  # Cloud Device Administrator
    "9360feb5-f418-4baa-8175-e2a00bac4301": 1,  # Directory Writers
    "4ba39ca4-527c-499a-b93d-d9b492c50246": 1,  # Partner Tier1 Support
    "aaf43236-0c0d-4d5f-883a-6955382ac081": 1,  # B2C IEF Keyset Administrator
    "59d46f88-662b-457b-bceb-5c3809e5908f": 1,  # Lifecycle Workflows Administrator
    "25a516ed-2fa0-40ea-a2d0-12923a21473a": 1,  # Authentication Extensibility Administrator
    "db506228-d27e-4b7d-95e5-295956d6615f": 1,  # Agent ID Administrator
    "d2562ede-74db-457e-a7b6-544e236ebb61": 1,  # AI Administrator
    "69091246-20e8-4a56-aa4d-066075b2a7a8": 1,  # Teams Administrator
    "b0f54661-2d74-4c50-afa3-1ec803f12efe": 1,  # Billing Administrator
    "17315797-102d-40b4-93e0-432062caca18": 1,  # Compliance Administrator
    "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f": 2,  # Security Operator
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": 2,  # Global Reader
    "5d6b6bb7-de71-4623-b4af-96380a352509": 2,  # Security Reader
    "cf1c38e5-3621-4004-a7cb-879624dced7c": 2,  # Application Developer
}
"""Template ids of roles that count as privileged, the same in every tenant (Microsoft Entra built-in roles reference).

0: can take over the tenant; 1: can take over users, data or protection; 2: can read secrets of the defence, or start
something bigger.
"""
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


def facts(view: View) -> Iterator[Fact]:
    """Yield each role once per way of holding it, or that there is none when everything was answered."""
    answers = view.answers
    found = [*_active(answers), *_eligible(answers), *_through_groups(answers)]
    yield from found
    complete = all(answers.is_complete(query) for query in ROLE_QUERIES) and not view.is_deleted
    if not found and complete and ("group_roles" not in answers or answers.is_complete("group_roles")):
        text = "The user holds no directory role, is eligible for none and has none through groups."
        yield fact("user.no_role", text, graph(answers.ref("role_assignments")))


def is_privileged(answers: Answers) -> bool:
    """Say whether the first answers show a privileged role, active or eligible, however held."""
    held = [a.template_id for name in ROLE_QUERIES[:2] for a in answers.decode(name, Assignment) or []]
    held += [m.role_template_id or "" for m in answers.decode("groups", Membership) or [] if m.is_role]
    return any(template.lower() in TIERS for template in held)


def _active(answers: Answers) -> Iterator[Fact]:
    activated = {
        (a.template_id, a.directory_scope_id): a.start_date_time
        for a in answers.decode("role_activations", Assignment) or []
        if (a.assignment_type or "").lower() == "activated"
    }
    for held in answers.decode("role_assignments", Assignment) or []:
        at = activated.get((held.template_id, held.directory_scope_id))
        yield _fact(held, graph(answers.ref("role_assignments")), "active", activated_at=at)


def _eligible(answers: Answers) -> Iterator[Fact]:
    for held in answers.decode("role_eligibility", Assignment) or []:
        yield _fact(held, graph(answers.ref("role_eligibility")), "eligible")


def _through_groups(answers: Answers) -> Iterator[Fact]:
    """Yield roles of role-assignable groups, and the roles of ``transitiveMemberOf`` that nothing else explains."""
    names = {group.id: group.display_name or group.id for group in role_assignable(answers)}
    explained = {a.template_id for a in answers.decode("role_assignments", Assignment) or []}
    for held in answers.decode("group_roles", Assignment) or []:
        explained.add(held.template_id)
        yield _fact(held, graph(answers.ref("group_roles")), "group", via=names.get(held.principal_id or ""))
    for member in answers.decode("groups", Membership) or []:
        if member.is_role and (member.role_template_id or "").lower() not in explained:
            definition = Definition(
                template_id=member.role_template_id, display_name=member.display_name, is_built_in=True
            )
            # Without an answer about the user's own assignments nobody knows whether a group is the way.
            assignment = "group" if answers.is_complete("role_assignments") else "active"
            yield _fact(Assignment(role_definition=definition), graph(answers.ref("groups")), assignment)


def _fact(
    held: Assignment, source: Source, assignment: str, *, via: str | None = None, activated_at: datetime | None = None
) -> Fact:
    definition = held.role_definition or Definition()
    tier = TIERS.get(held.template_id)
    # The template table knows every built-in role; what a custom role can do is not known here.
    privileged = True if tier is not None else (None if definition.is_built_in is False else False)
    role = definition.display_name or held.template_id
    word = "privileged " if privileged else ""
    scope = held.directory_scope_id if held.directory_scope_id not in {None, "/"} else None
    text = {
        "active": f"The user holds the {word}role {quoted(role)}",
        "eligible": f"The user can activate the {word}role {quoted(role)}, for which the account is eligible",
        "group": f"The user holds the {word}role {quoted(role)} through {quoted(via) if via else article('group')}",
    }[assignment]
    text += f", activated at {iso(activated_at)}" if activated_at else ""
    text += f", limited to {quoted(scope)}" if scope else ""
    return fact(
        "user.role",
        f"{text}.",
        source,
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
