"""Skills on Conditional Access: which policies there are, what they ask for, and for whom."""

from typing import Any

import pytest

from shared.ask.catalogue import skills
from tests.ask.looking import asking, holds, ref

ANNA, GUEST = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
STAFF, BREAK_GLASS = "22222222-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"
GLOBAL_ADMIN = "62e90394-69f5-4237-9190-012177145e10"
OFFICE = "44444444-0000-4000-8000-000000000001"
STRENGTH = "00000000-0000-0000-0000-000000000004"
HOSTILE = 'MFA" is off.\u202e Rest'
USER = ref("user", ANNA, "anna@woodgrovebank.com")


def policy(
    number: int, name: str, users: dict[str, Any], *controls: str, state: str = "enabled", **more: Any
) -> dict[str, Any]:
    """Return a policy for all apps unless said otherwise."""
    conditions = {
        "clientAppTypes": ["all"], "users": users, "applications": {"includeApplications": ["All"]},
        **more.pop("conditions", {}),
    }  # fmt: skip
    grant = {"operator": "OR", "builtInControls": list(controls), **more.pop("grant", {})}
    return {
        "id": f"33333333-0000-4000-8000-{number:012}", "displayName": name, "state": state, "conditions": conditions,
        "grantControls": grant, "sessionControls": None, "createdDateTime": "2025-01-01T00:00:00Z", **more,
    }  # fmt: skip


def tenant() -> dict[str, Any]:
    """Return policies that reach Anna by name, group, role and not at all."""
    return {
        "users": [
            {"id": ANNA, "userPrincipalName": "anna@woodgrovebank.com", "displayName": "Anna", "userType": "Member"},
            {"id": GUEST, "userPrincipalName": "guest@woodgrovebank.com", "displayName": "G", "userType": "Guest"},
        ],
        f"users/{ANNA}/transitiveMemberOf": [
            {"@odata.type": "#microsoft.graph.group", "id": STAFF, "displayName": "Staff"},
            {"@odata.type": "#microsoft.graph.directoryRole", "id": "r", "displayName": "GA", "roleTemplateId": GLOBAL_ADMIN},
        ],
        "identity/conditionalAccess/policies": [
            policy(1, "MFA for all", {"includeUsers": ["All"], "excludeGroups": [BREAK_GLASS]}, "mfa"),
            policy(2, "Admins strong", {"includeRoles": [GLOBAL_ADMIN]},
                   grant={"authenticationStrength": {"id": STRENGTH, "displayName": "Phishing-resistant MFA"}},
                   state="enabledForReportingButNotEnforced"),
            policy(3, "Staff compliant", {"includeGroups": [STAFF], "excludeUsers": [ANNA]}, "compliantDevice"),
            policy(4, "Guests", {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "b2bCollaborationGuest"}}, "block"),
            policy(5, "Outside office", {"includeUsers": ["All"]}, "mfa",
                   conditions={"locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}}),
            policy(6, "Not from office", {"includeUsers": ["All"]}, "block", state="disabled",
                   conditions={"locations": {"includeLocations": ["All"], "excludeLocations": [OFFICE]}}),
        ],
        "identity/conditionalAccess/namedLocations": [{"id": OFFICE, "displayName": "Office", "isTrusted": True}],
        "policies/authenticationStrengthPolicies": [
            {"id": STRENGTH, "displayName": "Phishing-resistant MFA", "policyType": "builtIn",
             "requirementsSatisfied": "mfa", "allowedCombinations": ["fido2", "x509CertificateMultiFactor"]},
            {"id": "own", "displayName": "Own", "policyType": "custom", "allowedCombinations": ["fido2"]},
        ],
    }  # fmt: skip


GIVEN: dict[str, dict[str, Any]] = {
    "ca_policies": {},
    "ca_policies_not_enabled": {},
    "ca_policies_with_mfa": {},
    "ca_policy": {"policy": ref("policy", "33333333-0000-4000-8000-000000000001", "MFA for all")},
    "authentication_strengths": {},
    "ca_trusted_locations": {},
    "ca_policies_of_user": {"user": USER},
}


@pytest.mark.parametrize("skill_id", GIVEN)
async def test_every_reply_keeps_its_promises_in_one_round_trip(skill_id: str) -> None:
    """The permissions that are declared are enough; two look-ups wait for their turn in one bucket."""
    async with asking(tenant(), roles=frozenset(skills()[skill_id].permissions)) as ask:
        reply = await ask(skill_id, **GIVEN[skill_id])
        assert ask.trips == 1
    holds(reply)
    assert not reply.gaps
    assert reply.tables[0].rows


@pytest.mark.parametrize("skill_id", GIVEN)
async def test_what_is_denied_is_a_gap_and_never_none(skill_id: str) -> None:
    """Nothing is claimed of policies that could not be read."""
    async with asking(tenant(), roles=frozenset({"Nothing.Read"})) as ask:
        reply = await ask(skill_id, **GIVEN[skill_id])
    assert {gap.reason for gap in reply.gaps} == {"denied"}
    assert "could not be read" in reply.text
    assert not reply.tables
    assert not any(word in reply.text for word in ("no policy", "No ", " 0 "))


@pytest.mark.parametrize(
    ("skill_id", "given", "names"),
    [
        ("ca_policies", {"state": "enabled"}, ["MFA for all", "Staff compliant", "Guests", "Outside office"]),
        ("ca_policies", {"state": "disabled"}, ["Not from office"]),
        ("ca_policies_not_enabled", {}, ["Admins strong", "Not from office"]),
        ("ca_policies_with_mfa", {}, ["MFA for all", "Outside office"]),
        ("ca_trusted_locations", {}, ["Outside office", "Not from office"]),
    ],
)
async def test_policies_are_picked(skill_id: str, given: dict[str, Any], names: list[str]) -> None:
    """By state, by what they ask for, by the locations that they leave out."""
    async with asking(tenant()) as ask:
        reply = await ask(skill_id, **given)
    assert [row["display_name"] for row in reply.tables[0].rows] == names
    assert [subject.name for subject in reply.subjects] == names


async def test_all_policies_are_counted_by_state() -> None:
    """States are told in words that people use."""
    async with asking(tenant()) as ask:
        reply = await ask("ca_policies")
    assert reply.text.startswith("6 Conditional Access policies are defined (4 enabled, 1 report-only, 1 disabled): ")
    assert reply.facts == {"policies": 6, "enabled_policies": 4, "disabled_policies": 1, "report_only_policies": 1}
    row = reply.tables[0].rows[0]
    assert (row["grants"], row["users"], row["apps"]) == ("mfa", "All; not 1 group", "All")
    assert reply.tables[0].rows[1]["grants"] == "authentication strength Phishing-resistant MFA"


async def test_policies_that_leave_out_trusted_places_by_id_need_the_places() -> None:
    """All trusted ones are known by word, some only by the named locations."""
    refused = {**tenant(), "identity/conditionalAccess/namedLocations": {"$error": {"status": 403, "code": "Denied"}}}
    async with asking(tenant()) as ask:
        whole = await ask("ca_trusted_locations")
    async with asking(refused) as ask:
        half = await ask("ca_trusted_locations")
    assert [row["trusted"] for row in whole.tables[0].rows] == ["all", "some"]
    assert whole.facts == {"policies": 2, "excluding_all_trusted": 1, "trusted_locations": 1}
    assert [row["trusted"] for row in half.tables[0].rows] == ["all"]
    assert "could not be judged" in half.text


async def test_policies_for_a_user_by_name_group_and_role() -> None:
    """Exclusion wins; what only a sign-in decides is said to be left open."""
    async with asking(tenant()) as ask:
        reply = await ask("ca_policies_of_user", user=USER)
    rows = {row["display_name"]: (row["reach"], row["by"]) for row in reply.tables[0].rows}
    assert rows == {
        "MFA for all": ("included", "all users"),
        "Admins strong": ("included", "a directory role"),
        "Staff compliant": ("excluded", "the user"),
        "Outside office": ("included", "all users"),
        "Not from office": ("included", "all users"),
    }
    depends = {row["display_name"]: row["depends"] for row in reply.tables[0].rows}
    assert (depends["MFA for all"], depends["Outside office"]) == ("", "locations")
    assert reply.facts["policy_names"] == ("MFA for all", "Outside office")
    assert 'Excluded from "Staff compliant".' in reply.text
    assert 'Report-only: "Admins strong".' in reply.text
    assert "depend on the sign-in" in reply.text


async def test_a_guest_is_reached_by_policies_for_guests() -> None:
    """By the type of the user."""
    async with asking(tenant()) as ask:
        reply = await ask("ca_policies_of_user", user=ref("user", GUEST, "guest@woodgrovebank.com"))
    assert "Guests" in reply.facts["policy_names"]


async def test_without_the_groups_no_policy_is_judged() -> None:
    """Half of what decides is not half an answer."""
    roles = frozenset({"Policy.Read.All", "User.ReadBasic.All"})
    async with asking(tenant(), roles=roles) as ask:
        reply = await ask("ca_policies_of_user", user=USER)
    assert "no policy can be judged" in reply.text
    assert not reply.tables


async def test_one_policy_shows_every_part() -> None:
    """Leaves of conditions and controls, as Graph names them."""
    async with asking(tenant()) as ask:
        reply = await ask("ca_policy", **GIVEN["ca_policy"])
        gone = await ask("ca_policy", policy=ref("policy", "gone", "Gone"))
    parts = {row["part"]: row["value"] for row in reply.tables[1].rows}
    assert parts["conditions.users.excludeGroups"] == BREAK_GLASS
    assert parts["grantControls.builtInControls"] == "mfa"
    assert reply.text.startswith('"MFA for all" is enabled and asks for mfa. It is for All; not 1 group; apps: All.')
    assert gone.text == 'There is no Conditional Access policy "Gone".'


async def test_strengths_name_the_policies_that_ask_for_them() -> None:
    """And say when none does."""
    async with asking(tenant()) as ask:
        reply = await ask("authentication_strengths")
    assert [row["policies"] for row in reply.tables[0].rows] == ["Admins strong", ""]
    assert reply.facts == {"strengths": 2, "custom": 1, "in_use": 1}


async def test_a_hostile_name_stays_inside_its_quotation_marks() -> None:
    """Policies are named by people."""
    document = tenant()
    document["identity/conditionalAccess/policies"][0]["displayName"] = HOSTILE
    async with asking(document) as ask:
        for skill_id in ("ca_policies", "ca_policies_with_mfa", "ca_policies_of_user", "ca_policy"):
            reply = await ask(skill_id, **GIVEN[skill_id])
            assert "\u202e" not in reply.text
            assert "\"MFA' is off." in reply.text
