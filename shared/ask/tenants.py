"""Whose an application is: this tenant's, Microsoft's, or another's."""

from shared.ask.look import Look
from shared.ask.skill import Input
from shared.enrich.consents import MICROSOFT_TENANTS
from shared.graph.answers import Answers
from shared.graph.queries import Query

MICROSOFT = tuple(sorted(MICROSOFT_TENANTS))
KEEP_SECONDS = 3600
OWNER = Input(
    name="owner_tenant",
    kind="choice",
    description="Only apps of this tenant (own), of other tenants (third_party) or of Microsoft, or any.",
    required=False,
    choices=("any", "own", "third_party", "microsoft"),
    words={
        "own": ("our own", "my own", "own", "in-house", "internal"),
        "third_party": ("third-party", "third party", "external", "foreign", "other tenants", "vendor"),
        "microsoft": ("microsoft's own", "microsoft's", "by microsoft", "first-party", "first party"),
    },
    default="any",
)


async def own_tenant(look: Look, *queries: Query) -> tuple[Answers, str]:
    """Return the answers to queries, and the tenant's own id: from settings, else asked for in the same round trip.

    The id is empty when neither says it; the answers then hold the gap.
    """
    known = look.settings.tenant_id.lower()
    if known:
        return await look.read(*queries), known
    answers = await look.read(*queries, organization(look))
    found = answers.decode("organization", dict[str, object]) or []
    return answers, str(found[0].get("id", "")).lower() if found else ""


def organization(look: Look) -> Query:
    """Return the query for the tenant itself."""
    return look.query(
        "organization",
        look.api.organization,
        what="the tenant's own id",
        permission="Organization.Read.All",
        keep_seconds=KEEP_SECONDS,
        select=["id", "displayName"],
    )


def whose(owner: object, tenant: str) -> str:
    """Return whose an application is, by the tenant that owns it, in words that follow "of"."""
    owner = str(owner or "").lower()
    if not owner:
        return "a tenant that Graph does not tell"
    if owner in MICROSOFT:
        return "Microsoft"
    return ("this tenant" if owner == tenant else "another tenant") if tenant else "a tenant that is not known"


def is_of(owner: object, wanted: str, tenant: str) -> bool:
    """Say whether an application belongs to whom ``OWNER`` asks for, by the tenant that owns it."""
    kinds = {"own": "this tenant", "third_party": "another tenant", "microsoft": "Microsoft"}
    return wanted not in kinds or whose(owner, tenant) == kinds[wanted]
