"""Domains of the tenant: which there are, how users of each sign in, and the DNS records that prove them."""

from collections.abc import Mapping
from typing import Any

from shared.ask.found import items, reply
from shared.ask.given import words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import is_cut, named, names
from shared.enrich.statement import counted
from shared.graph.queries import Query
from shared.hostile import quoted

PERMISSION = "Domain.Read.All"
DOMAIN = Input(name="domain", kind="text", description="Name of the domain, e.g. contoso.com.")
DOMAINS = (
    field("id", "Domain", "Name of the domain"),
    field("isVerified", "Verified", "Whether ownership is proven"),
    field("authenticationType", "Authentication", "Managed: Entra signs users in; Federated: another provider does"),
    field("isDefault", "Default", "Whether new users get it"),
    field("isInitial", "Initial", "Whether it is the onmicrosoft.com domain that the tenant began with"),
    field("isRoot", "Root", "Whether it is no subdomain of another verified one"),
    field("isAdminManaged", "Admin managed", "False: it was taken in by a self-service sign-up"),
    field("supportedServices", "Services", "What it is used for: Email, OfficeCommunicationsOnline, …"),
    field("passwordValidityPeriodInDays", "Password days", "Days until a password expires; 2147483647: never"),
    field("passwordNotificationWindowInDays", "Notice days", "Days before that users are told"),
)
RECORDS = (
    field("recordType", "Type", "Type of the DNS record"),
    field("label", "Label", "Name of the record"),
    field("value", "Value", "What the record must hold"),
    field("ttl", "TTL", "Seconds that it may be kept"),
    field("supportedService", "Service", "What the record is for"),
    field("isOptional", "Optional", "Whether it may be left out"),
)


@skill(
    id="domain_details",
    area="tenant",
    title="Details of a domain",
    description="One domain of the tenant: verified or not, managed or federated, default, services; not DNS records.",
    inputs=(DOMAIN,),
    permissions=(PERMISSION,),
    paths=("/domains/{id}",),
    examples=(
        "List details of {domain}.",
        "Tell me about the domain {domain}",
        "Is the domain {domain} federated?",
        "Is {domain} a verified domain?",
        "how do users of the domain {domain} sign in",
        "domain details for {domain}",
    ),
)
async def domain_details(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read ``/domains/{id}``."""
    name = _name(given)
    answers = await look.read(_query(look, "domain", look.api.domains.by_domain_id(name), f"the domain {name}"))
    found = items(answers, "domain")
    if not found:
        return _absent(answers, "domain", name)
    one = found[0]
    kind = "federated with another identity provider" if one.get("authenticationType") == "Federated" else "managed"
    verified = "verified" if one.get("isVerified") else "not verified"
    marks = [word for key, word in (("isDefault", "the default"), ("isInitial", "the initial domain")) if one.get(key)]
    return reply(
        answers,
        (f"{quoted(named(one, 'id'))} is {verified} and {kind}{', ' + ' and '.join(marks) if marks else ''}.",),
        tables=(table("Domain", DOMAINS, [one]),),
        facts={
            "is_verified": one.get("isVerified"),
            "authentication_type": one.get("authenticationType"),
            "is_default": one.get("isDefault"),
            "is_initial": one.get("isInitial"),
        },
        follow_ups=(f"Show me DNS verification records of {name}.", "What is my initial domain name?"),
    )


@skill(
    id="domain_dns_records",
    area="tenant",
    title="DNS records that verify a domain",
    description="DNS records that prove that a domain is the tenant's; not its other details.",
    inputs=(DOMAIN,),
    permissions=(PERMISSION,),
    paths=("/domains/{id}/verificationDnsRecords",),
    examples=(
        "Show me DNS verification records of {domain}.",
        "Which DNS record verifies {domain}?",
        "What TXT record does {domain} need?",
        "How do I verify the domain {domain}?",
        "verification records for {domain}",
    ),
)
async def domain_dns_records(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read ``/domains/{id}/verificationDnsRecords``."""
    name = _name(given)
    builder = look.api.domains.by_domain_id(name).verification_dns_records
    answers = await look.read(_query(look, "records", builder, f"DNS records that verify {name}"))
    found = items(answers, "records")
    if found is None:
        return _absent(answers, "records", name)
    rows = [{**one, "value": one.get("text") or one.get("mailExchange") or one.get("canonicalName")} for one in found]
    kinds = names(f"{one.get('recordType')} {one['value'] or ''}".strip() for one in rows)
    which = "this DNS record" if len(rows) == 1 else f"any of {len(rows)} DNS records"
    text = f"{quoted(name)} is verified by {which}: {kinds}."
    return reply(
        answers,
        (text if rows else f"Graph names no DNS record that verifies {quoted(name)}.",),
        tables=(table("DNS records", RECORDS, rows),),
        facts={
            "records": len(rows),
            "txt": next((row["value"] for row in rows if row.get("recordType") == "Txt"), None),
        },
        follow_ups=(f"List details of {name}.",),
    )


@skill(
    id="tenant_domains",
    area="tenant",
    title="Domains of the tenant",
    description="All domains of the tenant with the initial and the default one, federated and unverified ones named.",
    permissions=(PERMISSION,),
    paths=("/domains",),
    examples=(
        "What is my initial domain name?",
        "List all domains of my tenant",
        "Which domains are federated?",
        "What is our default domain?",
        "are there unverified domains",
        "how many domains do we have",
    ),
)
async def tenant_domains(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read ``/domains``."""
    answers = await look.read(_query(look, "domains", look.api.domains, "domains of the tenant", pages=2))
    found = items(answers, "domains")
    if found is None:
        return reply(answers, ())
    initial = next((named(one, "id") for one in found if one.get("isInitial")), None)
    default = next((named(one, "id") for one in found if one.get("isDefault")), None)
    federated = [named(one, "id") for one in found if one.get("authenticationType") == "Federated"]
    unverified = [named(one, "id") for one in found if one.get("isVerified") is False]
    return reply(
        answers,
        (
            f"The initial domain is {quoted(initial)}." if initial else "Graph names no initial domain.",
            f"The default is {quoted(default)}." if default else "",
            f"The tenant has {counted(len(found), 'domain')}.",
            f"Federated: {names(federated)}." if federated else "",
            f"Not verified: {names(unverified)}." if unverified else "",
        ),
        tables=(table("Domains", DOMAINS, found, complete=not is_cut(answers, "domains")),),
        facts={
            "initial_domain": initial,
            "default_domain": default,
            "domains": len(found),
            "federated_domains": tuple(federated),
        },
        follow_ups=tuple(f"List details of {name}." for name in [default or initial] if name),
    )


def _name(given: Mapping[str, InputValue]) -> str:
    return words(given, "domain").strip().strip(".?!'\"`").lower()


def _query(look: Look, query_id: str, builder: Any, what: str, pages: int = 1) -> Query:
    return look.query(query_id, builder, what=what, permission=PERMISSION, absence_is_fact=True, pages=pages)


def _absent(answers: Any, query_id: str, name: str) -> Reply:
    gone = f"The tenant has no domain {quoted(name)}." if answers.is_absent(query_id) else ""
    return reply(
        answers, (gone,), facts={"found": False} if gone else {}, follow_ups=("List all domains of my tenant",)
    )
