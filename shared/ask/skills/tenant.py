"""The tenant: its name and id, whom it names as contacts, and whether users may make new tenants."""

from collections.abc import Mapping

from shared.ask.found import items, reply
from shared.ask.look import Look
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import named, names
from shared.graph.queries import Query
from shared.hostile import quoted

PERMISSION = "Organization.Read.All"
PATH = "/organization"
TENANT = (
    field("displayName", "Name", "Display name of the tenant"),
    field("id", "Tenant id", "Id of the tenant"),
    field("initial", "Initial domain", "The onmicrosoft.com domain that the tenant began with"),
    field("default", "Default domain", "Domain that new users get"),
    field("tenantType", "Type", "AAD: workforce; AAD B2C, CIAM: customers"),
    field("countryLetterCode", "Country", "Country of the organization, two letters"),
    field("createdDateTime", "Created", "When the tenant was made, UTC"),
    field("onPremisesSyncEnabled", "Synchronised", "Whether it is synchronised with on-premises Active Directory"),
    field("onPremisesLastSyncDateTime", "Last synchronised", "When it was synchronised last, UTC"),
)
CONTACTS = (
    field("kind", "Contact", "What the address is for"),
    field("address", "Address", "E-mail address or number, as the organization gave it"),
)
_KINDS = {
    "technicalNotificationMails": "technical",
    "securityComplianceNotificationMails": "security compliance",
    "securityComplianceNotificationPhones": "security compliance, by phone",
    "marketingNotificationEmails": "marketing",
}
_PROPERTIES = [
    *("id", "displayName", "verifiedDomains", "tenantType", "countryLetterCode", "createdDateTime"),
    *("onPremisesSyncEnabled", "onPremisesLastSyncDateTime", "privacyProfile", *_KINDS),
]


@skill(
    id="tenant_details",
    area="tenant",
    title="The tenant",
    description="Display name, id, initial and default domain and age of the tenant; not its contacts or licences.",
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "What is my tenant's display name?",
        "What is my tenant ID?",
        "Which tenant is this?",
        "Tell me about my tenant",
        "when was our tenant created",
        "is my tenant synchronised with on premises",
    ),
)
async def tenant_details(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read ``/organization``."""
    answers = await look.read(_organization(look))
    found = items(answers, "organization")
    if not found:
        return reply(answers, ("Graph returned no organization.",) if found is not None else ())
    one = found[0]
    domains = one.get("verifiedDomains") or []
    one["initial"] = next((named(d, "name") for d in domains if d.get("isInitial")), None)
    one["default"] = next((named(d, "name") for d in domains if d.get("isDefault")), None)
    return reply(
        answers,
        (f"The tenant is {quoted(named(one))}, with the id {one.get('id')}.",),
        tables=(table("Tenant", TENANT, [one]),),
        facts={"display_name": one.get("displayName"), "tenant_id": one.get("id"), "initial_domain": one["initial"]},
        follow_ups=("What is my initial domain name?", "What are all the active licenses assigned to my tenant?"),
    )


@skill(
    id="tenant_contacts",
    area="tenant",
    title="Contacts of the tenant",
    description="Technical, security compliance, privacy and marketing contacts that the tenant names.",
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "Who is the technical contact for my tenant?",
        "Who is the security compliance contact for my tenant?",
        "Which contacts does my tenant have?",
        "Where does Microsoft send security notifications?",
        "privacy contact of our tenant",
        "is a security contact set for the tenant",
    ),
)
async def tenant_contacts(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read the addresses that ``/organization`` names."""
    answers = await look.read(_organization(look))
    found = items(answers, "organization")
    if not found:
        return reply(answers, ("Graph returned no organization.",) if found is not None else ())
    privacy = found[0].get("privacyProfile") or {}
    given = {kind: list(found[0].get(name) or []) for name, kind in _KINDS.items()}
    given["privacy"] = [privacy["contactEmail"]] if privacy.get("contactEmail") else []
    rows = [{"kind": kind, "address": address} for kind, many in given.items() for address in many]
    said = [
        f"The {kind} contact is {names(given[kind])}." if given[kind] else f"No {kind} contact is set."
        for kind in ("technical", "security compliance")
    ]
    return reply(
        answers,
        said,
        tables=(table("Contacts", CONTACTS, rows),),
        facts={
            "technical_contacts": tuple(given["technical"]),
            "security_contacts": tuple(given["security compliance"]),
            "privacy_contact": privacy.get("contactEmail"),
        },
        follow_ups=("What is my tenant ID?",),
    )


@skill(
    id="tenant_creation",
    area="tenant",
    title="Whether users may create tenants",
    description="What the authorization policy lets ordinary users do: create tenants, apps and groups, invite guests.",
    permissions=("Policy.Read.All",),
    paths=("/policies/authorizationPolicy",),
    examples=(
        "Can users in my tenant create new tenants?",
        "May users register applications?",
        "Who can invite guests?",
        "What may ordinary users do in my tenant?",
        "are users allowed to create security groups",
        "default permissions of users",
    ),
)
async def tenant_creation(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read ``/policies/authorizationPolicy``."""
    answers = await look.read(
        look.query(
            "policy",
            look.api.policies.authorization_policy,
            what="what users may do by default",
            permission="Policy.Read.All",
        )
    )
    found = items(answers, "policy")
    if not found:
        return reply(answers, ())
    may = found[0].get("defaultUserRolePermissions") or {}
    rows = [{"what": text, "allowed": may.get(name)} for name, text in _MAY.items()]
    rows.append({"what": "invite guests", "allowed": found[0].get("allowInvitesFrom")})
    tenants = may.get("allowedToCreateTenants")
    said = "Users may create new tenants." if tenants else "Users may not create new tenants; a Tenant Creator may."
    return reply(
        answers,
        ("Graph does not tell whether users may create new tenants." if tenants is None else said,),
        tables=(table("Default permissions of users", _DEFAULTS, rows),),
        facts={
            "allowed_to_create_tenants": tenants,
            "allowed_to_create_apps": may.get("allowedToCreateApps"),
            "allowed_to_create_security_groups": may.get("allowedToCreateSecurityGroups"),
            "allow_invites_from": found[0].get("allowInvitesFrom"),
        },
        follow_ups=("List CA policies.", "How many apps are there in my tenant?"),
    )


_MAY = {
    "allowedToCreateTenants": "create tenants",
    "allowedToCreateApps": "register applications",
    "allowedToCreateSecurityGroups": "create security groups",
    "allowedToReadOtherUsers": "read other users",
    "allowedToReadBitlockerKeysForOwnedDevice": "read BitLocker keys of their own devices",
}
_DEFAULTS = (
    field("what", "Users may", "What an ordinary user may do"),
    field("allowed", "Allowed", "true or false; for guests who may invite them; empty where Graph says nothing"),
)


def _organization(look: Look) -> Query:
    return look.query(
        "organization", look.api.organization, what="the tenant itself", permission=PERMISSION, select=_PROPERTIES
    )
