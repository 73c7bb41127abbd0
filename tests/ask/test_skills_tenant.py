"""Skills on the tenant, its licences and its domains."""

from typing import Any

import pytest

from shared.ask.catalogue import skills
from tests.ask.looking import TENANT_ID, asking, holds

HOSTILE = 'Woodgrove" is yours\u202e now'


def tenant() -> dict[str, Any]:
    """Return a tenant with contacts, three licences, three domains."""
    return {
        "organization": [
            {
                "id": TENANT_ID, "displayName": "Woodgrove Bank", "countryLetterCode": "NL", "tenantType": "AAD",
                "verifiedDomains": [
                    {"name": "woodgrovebank.onmicrosoft.com", "isInitial": True, "isDefault": False},
                    {"name": "woodgrovebank.com", "isInitial": False, "isDefault": True},
                ],
                "technicalNotificationMails": ["it@woodgrovebank.com", "noc@woodgrovebank.com"],
                "securityComplianceNotificationMails": [], "securityComplianceNotificationPhones": [],
                "marketingNotificationEmails": [], "privacyProfile": {"contactEmail": "dpo@woodgrovebank.com"},
            }
        ],
        "policies/authorizationPolicy": {
            "id": "authorizationPolicy", "allowInvitesFrom": "adminsAndGuestInviters",
            "defaultUserRolePermissions": {"allowedToCreateTenants": False, "allowedToCreateApps": True},
        },
        "subscribedSkus": [
            _sku("SPE_E5", "Enabled", 10, 10, "AAD_PREMIUM", "AAD_PREMIUM_P2"),
            _sku("EMS", "Enabled", 20, 5, "AAD_PREMIUM"),
            _sku("OLD", "Suspended", 0, 3, "AAD_PREMIUM_P2"),
        ],
        "domains": [
            _domain("woodgrovebank.onmicrosoft.com", isInitial=True),
            _domain("woodgrovebank.com", isDefault=True),
            _domain("partner.example", authenticationType="Federated", isVerified=False),
        ],
        "domains/woodgrovebank.com/verificationDnsRecords": [
            {"@odata.type": "#microsoft.graph.domainDnsTxtRecord", "id": "1", "recordType": "Txt", "ttl": 3600,
             "label": "woodgrovebank.com", "text": "MS=ms123", "isOptional": False, "supportedService": "null"},
        ],
        "reports/azureADPremiumLicenseInsight": {
            "id": "1", "entitledP1LicenseCount": 20, "entitledP2LicenseCount": 10,
            "p1FeatureUtilizations": {"conditionalAccess": {"userCount": 25}},
            "p2FeatureUtilizations": {"riskBasedConditionalAccess": {"userCount": 12}},
        },
    }  # fmt: skip


def _sku(name: str, status: str, bought: int, used: int, *plans: str) -> dict[str, Any]:
    return {
        "id": name, "skuId": f"id-{name}", "skuPartNumber": name, "capabilityStatus": status, "consumedUnits": used,
        "prepaidUnits": {"enabled": bought}, "appliesTo": "User",
        "servicePlans": [{"servicePlanName": plan, "provisioningStatus": "Success"} for plan in plans],
    }  # fmt: skip


def _domain(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "isVerified": True, "authenticationType": "Managed", "isDefault": False, "isInitial": False,
        "isRoot": True, "isAdminManaged": True, "supportedServices": ["Email"], **more,
    }  # fmt: skip


GIVEN: dict[str, dict[str, Any]] = {
    "tenant_details": {},
    "tenant_contacts": {},
    "tenant_creation": {},
    "tenant_licences": {},
    "premium_licences": {},
    "premium_usage": {},
    "domain_details": {"domain": "Woodgrovebank.com."},
    "domain_dns_records": {"domain": "woodgrovebank.com"},
    "tenant_domains": {},
}
SAID = {
    "tenant_details": f'The tenant is "Woodgrove Bank", with the id {TENANT_ID}.',
    "tenant_contacts": (
        'The technical contact is "it@woodgrovebank.com" and "noc@woodgrovebank.com". '
        "No security compliance contact is set."
    ),
    "tenant_creation": "Users may not create new tenants; a Tenant Creator may.",
    "tenant_licences": (
        'The tenant has 2 active licences: "SPE_E5" and "EMS". No unit is left of "SPE_E5". '
        "1 licence is not active any more."
    ),
    "premium_licences": (
        'The tenant has 20 with P1 (5 assigned) and 10 with P2 (10 assigned) by "SPE_E5" and "EMS". '
        "Whoever has P2 has what P1 gives too."
    ),
    "premium_usage": (
        "The tenant is entitled to 20 P1 and 10 P2 licences. Conditional Access: 25 users and Risk-based Conditional "
        'Access: 12 users. More users than licences: "Risk-based Conditional Access". The report is in beta.'
    ),
    "domain_details": '"woodgrovebank.com" is verified and managed, the default.',
    "domain_dns_records": '"woodgrovebank.com" is verified by this DNS record: "Txt MS=ms123".',
    "tenant_domains": (
        'The initial domain is "woodgrovebank.onmicrosoft.com". The default is "woodgrovebank.com". '
        'The tenant has 3 domains. Federated: "partner.example". Not verified: "partner.example".'
    ),
}


@pytest.mark.parametrize("skill_id", GIVEN)
async def test_the_answer_is_made_from_what_graph_says(skill_id: str) -> None:
    """One round trip, the permissions that are declared, and exactly these words."""
    async with asking(tenant(), roles=frozenset(skills()[skill_id].permissions)) as ask:
        reply = await ask(skill_id, **GIVEN[skill_id])
        assert ask.trips == 1
    holds(reply)
    assert reply.text == SAID[skill_id]
    assert not reply.gaps
    assert reply.tables


@pytest.mark.parametrize("skill_id", GIVEN)
async def test_what_is_denied_is_a_gap_and_never_none(skill_id: str) -> None:
    """Nothing is claimed of what could not be read."""
    async with asking(tenant(), roles=frozenset({"Nothing.Read"})) as ask:
        reply = await ask(skill_id, **GIVEN[skill_id])
    assert [gap.reason for gap in reply.gaps] == ["denied"]
    assert "could not be read" in reply.text
    assert f"Grant the app `{skills()[skill_id].permissions[0]}`" in reply.text
    assert not reply.tables
    assert not any(word in reply.text for word in ("no ", "No ", " 0 "))


async def test_fields_for_playbooks() -> None:
    """What a playbook would otherwise cut out of prose is a field."""
    async with asking(tenant()) as ask:
        facts = {skill_id: (await ask(skill_id, **given)).facts for skill_id, given in GIVEN.items()}
    assert facts["tenant_details"]["initial_domain"] == "woodgrovebank.onmicrosoft.com"
    assert facts["tenant_contacts"]["privacy_contact"] == "dpo@woodgrovebank.com"
    assert facts["tenant_creation"]["allowed_to_create_tenants"] is False
    assert facts["premium_licences"] == {"p1_licences": 20, "p1_assigned": 5, "p2_licences": 10, "p2_assigned": 10}
    assert facts["premium_usage"]["over_used"] == ("Risk-based Conditional Access",)
    assert facts["domain_dns_records"]["txt"] == "MS=ms123"
    assert facts["domain_details"]["authentication_type"] == "Managed"


async def test_a_domain_of_somebody_else_is_said_to_be_no_domain_of_ours() -> None:
    """404 is an answer, for the domain and for its records."""
    async with asking(tenant()) as ask:
        for skill_id in ("domain_details", "domain_dns_records"):
            reply = await ask(skill_id, domain="contoso.com")
            assert reply.text == 'The tenant has no domain "contoso.com".'
            assert not reply.gaps


async def test_usage_wants_a_licence() -> None:
    """Without P1 the report does not exist, and the answer says which licence would change that."""
    async with asking(tenant(), licences=frozenset()) as ask:
        reply = await ask("premium_usage")
    assert reply.gaps[0].reason == "unlicensed"


async def test_a_tenant_without_premium_is_told_so() -> None:
    """None is said where everything was read."""
    async with asking({**tenant(), "subscribedSkus": [_sku("FREE", "Enabled", 1, 1)]}) as ask:
        reply = await ask("premium_licences")
    assert reply.text == "The tenant has no Entra ID P1 or P2."
    assert reply.facts["p2_licences"] == 0


async def test_a_hostile_name_stays_inside_its_quotation_marks() -> None:
    """The tenant's own name is text that somebody typed."""
    document = tenant()
    document["organization"][0]["displayName"] = HOSTILE
    async with asking(document) as ask:
        reply = await ask("tenant_details")
    assert "\u202e" not in reply.text
    assert "\"Woodgrove' is yours" in reply.text
