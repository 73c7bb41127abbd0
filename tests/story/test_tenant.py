"""The story's tenant: Graph's own shapes, ids that agree with each other, and answers over the stand-in's paths."""

import json
from collections import Counter
from typing import Any

import pytest

from local import story
from local.story import guest, leaked_credentials, mfa_fatigue, session_theft
from local.tenant import Tenant
from local.tenant.properties import PROPERTIES
from local.tenant.routes import read_route
from tests.story.streamed import TENANT

STAND_IN = Tenant(TENANT)


def get(path: str, *, advanced: bool = False) -> dict[str, Any]:
    """Return what the stand-in Graph answers."""
    answer = STAND_IN.answer("GET", path, {"ConsistencyLevel": "eventual"} if advanced else {})
    return dict(json.loads(answer.body))


def elements() -> list[tuple[str, dict[str, Any]]]:
    """Return every resource of the tenant in v1.0 with Graph's name of its type."""
    found = []
    for path, value in TENANT.items():
        if path.startswith("beta/"):
            continue
        resource = read_route(path).resource
        for item in value if isinstance(value, list) else [value]:
            kind = str(item.get("@odata.type", "")).rpartition(".")[2] or (resource.type if resource else "")
            if "$error" not in item:
                found.append((kind, item))
    return found


def test_the_tenant_is_json() -> None:
    """Written and read again it is the same: no tuples, dates or other things that JSON does not know."""
    assert json.loads(json.dumps(TENANT)) == TENANT


def test_resources_have_only_properties_that_graph_knows() -> None:
    """A property that Graph v1.0 does not have would teach the code a world that does not exist."""
    expanded = {"roleDefinition", "principal", "@odata.type"}
    odd = {
        (kind, name)
        for kind, item in elements()
        if kind in PROPERTIES
        for name in item
        if name not in PROPERTIES[kind] | expanded
    }
    assert odd == set()
    assert {"user", "group", "device", "signIn", "directoryAudit", "riskDetection", "messageRule"} <= {
        k for k, _ in elements()
    }


def test_ids_are_unique_in_a_collection() -> None:
    """No two elements of one collection share an id."""
    counts = Counter((path, item["id"]) for path, value in TENANT.items() if isinstance(value, list) for item in value)
    assert len(counts) > 2000
    assert [key for key, count in counts.items() if count > 1] == []


def test_names_are_unique() -> None:
    """No two users share a UPN, and about 200 work here."""
    names = {user["userPrincipalName"].lower() for user in TENANT["users"]}
    assert len(names) == len(TENANT["users"])
    assert 190 <= len(names) <= 210


def test_times_lie_before_now() -> None:
    """What Graph tells of happened before the story's present; only what was activated for hours ends after it."""
    now = story.NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    future = {
        (kind, name, value)
        for kind, item in elements()
        for name, value in item.items()
        if name.endswith("DateTime") and name != "endDateTime" and isinstance(value, str) and value > now
    }
    assert future == set()


def test_members_know_their_groups() -> None:
    """A group's members are the users whose transitiveMemberOf lists it."""
    for group in TENANT["groups"]:
        everything = TENANT[f"groups/{group['id']}/members"]
        members = {item["id"] for item in everything if item["@odata.type"] == "#microsoft.graph.user"}
        listed = {
            path.split("/")[1]
            for path, value in TENANT.items()
            if path.endswith("/transitiveMemberOf") and any(item["id"] == group["id"] for item in value)
        }
        assert members == listed
        assert members


def test_the_sign_in_log_reaches_back_25_days() -> None:
    """Karita has weeks of ordinary sign-ins before the theft, all from Finland."""
    sign_ins = get(f"auditLogs/signIns?$filter=userId eq '{session_theft.PERSON.id}'&$top=200")["value"]
    before = [item for item in sign_ins if item["createdDateTime"] < "2026-09-16"]
    assert min(item["createdDateTime"] for item in before) < "2026-08-25"
    assert len(before) >= 15
    assert {item["location"]["countryOrRegion"] for item in before} == {"FI"}
    assert {item["location"]["countryOrRegion"] for item in sign_ins} == {"FI", "NL"}, (
        "v1.0 lists interactive ones only"
    )


def test_karita_answers_to_her_name() -> None:
    """The name of the published prompts leads to a user with the intruder's phone, rule and consent."""
    base = "users/karita@woodgrovebank.com"
    methods = get(f"{base}/authentication/methods")["value"]
    assert max(item["createdDateTime"] for item in methods) == "2026-09-16T08:04:51Z"
    assert [rule["displayName"] for rule in get(f"{base}/mailFolders/inbox/messageRules")["value"]] == [
        "Team newsletters",
        "..",
    ]
    assert "Mail.ReadWrite" in get(f"{base}/oauth2PermissionGrants")["value"][0]["scope"]
    assert get(f"{base}/manager")["displayName"] == "Asha Brunelle"


def test_the_administrator_holds_roles_three_ways() -> None:
    """Priya is Global Administrator, may become another one, and has a role through a group."""
    who = f"$filter=principalId eq '{mfa_fatigue.PERSON.id}'&$expand=roleDefinition"
    held = get(f"roleManagement/directory/roleAssignments?{who}")["value"]
    eligible = get(f"roleManagement/directory/roleEligibilityScheduleInstances?{who}")["value"]
    through = get(f"users/{mfa_fatigue.PERSON.id}/transitiveMemberOf")["value"]
    assert [item["roleDefinition"]["displayName"] for item in held] == ["Global Administrator"]
    assert [item["roleDefinition"]["displayName"] for item in eligible] == ["Privileged Role Administrator"]
    roles = {item["displayName"] for item in through if item["@odata.type"].endswith("directoryRole")}
    assert roles == {"Global Administrator", "Cloud Application Administrator"}


def test_synced_users_and_guests_say_so() -> None:
    """Where an account lives decides what can be done about it."""
    select = "?$select=onPremisesSyncEnabled,userType"
    assert get(f"users/{leaked_credentials.PERSON.id}{select}")["onPremisesSyncEnabled"] is True
    assert get(f"users/{guest.PERSON.id}{select}")["userType"] == "Guest"
    assert STAND_IN.answer("GET", f"users/{guest.PERSON.id}/mailFolders/inbox/messageRules").status == 404


@pytest.mark.parametrize("name", ["Finance Department", "Treasury Payment Approvers"])
def test_groups_are_found_by_name(name: str) -> None:
    """Groups of the published prompts exist and have owners."""
    group = get(f"groups?$filter=displayName eq '{name}'")["value"][0]
    assert get(f"groups/{group['id']}/owners")["value"]
