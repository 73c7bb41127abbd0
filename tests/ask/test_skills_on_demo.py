"""Skills on the demo's tenant: what a newcomer sees must not be empty."""

from typing import Any

import pytest

from local import story
from local.story.everyday import PILOTS
from local.story.moments import guid
from local.story.people import ASHA, TENANT_ID
from local.story.portal_apps import BUILD, HR
from shared.ask.skill import TimeRange
from tests.ask.looking import asking, holds, ref

MONTH = TimeRange(since="2026-08-18T15:00:00Z", until="2026-09-17T15:00:00Z", words="the past 30 days")
APP = ref("service_principal", BUILD.id, BUILD.name)
USER = ref("user", ASHA.id, ASHA.upn)
ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "risky_apps": ({}, '2 apps are at risk or confirmed compromised (2 high): "Woodgrove Build Agent" and "Contoso Expenses".'),
    "risky_app": ({"app": APP}, "is at risk, with risk level high"),
    "app_details": ({"apps": APP}, "is an application of this tenant"),
    "service_principal_owners": ({"apps": APP}, 'is owned by "Blake Martin"'),
    "external_apps": ({}, "3 apps are from outside the tenant"),
    "app_counts": ({}, "3 application registrations"),
    "app_permissions": ({"apps": APP}, "2 permissions"),
    "app_high_privileges": ({"apps": APP}, '"RoleManagement.ReadWrite.Directory" gives itself any directory role.'),
    "unused_apps": ({}, '1 app is unused for 90 days, of 3 that were read: "Woodgrove Statement Archive".'),
    "expiring_credentials": ({}, f'1 credential of 1 app expires within 30 days, the first at 2026-10-01T00:00:00Z: "{HR.name}"'),
    "user_audit_logs": ({"user": USER, "time_range": MONTH}, "made 5 changes in the past 30 days"),
    "audit_logs": ({"time_range": MONTH, "category": "Policy"}, "11 changes are in the audit log of category Policy"),
    "audit_logs_of_event": ({"event_type": "add group", "time_range": MONTH}, "3 records of"),
    "password_resets": ({"time_range": MONTH}, "password reset"),
    "deleted_groups": ({"time_range": MONTH}, '1 group was deleted in the past 30 days: "Summer party 2026".'),
    "groups_created_by": ({"users": USER, "time_range": MONTH}, '"Treasury reporting"'),
    "group_membership_changes": (
        {"group": ref("group", guid("group", PILOTS), PILOTS), "time_range": MONTH},
        'was added to "Identity pilots" as member at ',
    ),
    "enterprise_apps": ({"account": "disabled"}, 'Found 1 disabled enterprise app in the tenant: "Fabrikam Signatures".'),
    "app_registrations": ({}, "Found 3 app registrations in the tenant: "),
    "apps_added": ({"time_range": MONTH}, '2 apps were added in the past 30 days: "Contoso Expenses" and "Fabrikam Signatures".'),
    "privileged_apps": ({}, "4 apps hold 4 highly privileged permissions: "),
    "terms_of_use": ({"time_range": MONTH}, "8 users accepted and 1 user declined terms of use in the past 30 days: "),
    "groups_of_type": ({"assignable": "assignable"}, "Found 2 groups to which directory roles can be assigned"),
    "conditional_access_changes": ({"time_range": MONTH}, "2 Conditional Access policy changes"),
    "ca_policies": ({}, "4 Conditional Access policies are defined (3 enabled, 1 report-only)"),
    "ca_policies_not_enabled": ({}, '"Administrators use phishing-resistant MFA"'),
    "ca_policies_with_mfa": ({}, "2 Conditional Access policies are enabled and ask for multifactor authentication"),
    "ca_policies_of_user": ({"user": USER}, '3 enabled Conditional Access policies are for "asha.brunelle@woodgrovebank.com"'),
    "authentication_strengths": ({}, "3 authentication strengths are defined"),
    "tenant_details": ({}, f'The tenant is "Woodgrove Bank", with the id {TENANT_ID}.'),
    "tenant_contacts": ({}, 'The security compliance contact is "security@woodgrovebank.com".'),
    "tenant_creation": ({}, "Users may not create new tenants"),
    "tenant_licences": ({}, '1 active licence: "SPE_E5"'),
    "premium_licences": ({}, "240 with P2 (228 assigned)"),
    "premium_usage": ({}, "entitled to 0 P1 and 240 P2 licences"),
    "tenant_domains": ({}, 'The initial domain is "woodgrovebank.onmicrosoft.com".'),
    "domain_details": ({"domain": "woodgrovebank.com"}, "is verified and managed, the default"),
    "domain_dns_records": ({"domain": "woodgrovebank.com"}, "MS=ms48213377"),
}  # fmt: skip


@pytest.mark.parametrize("skill_id", ASKED)
async def test_the_demo_has_an_answer(skill_id: str) -> None:
    """With rows, without gaps, and with these words in it."""
    given, words = ASKED[skill_id]
    async with asking(story.tenant(), now=story.NOW, tenant_id=TENANT_ID) as ask:
        reply = await ask(skill_id, **given)
    holds(reply)
    assert words in reply.text
    assert not reply.gaps
    assert any(one.rows for one in reply.tables)
