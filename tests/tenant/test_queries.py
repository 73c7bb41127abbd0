"""Query options: filters, search, order, selection, expansion, counts and pages, over real HTTP."""

from urllib.parse import quote

import pytest

from tests.tenant.conftest import ADMINS, ALEX, BO, CY, EVENTUAL, Connect

ADVANCED = "&$count=true"


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("users?$filter=accountEnabled eq false", [BO]),
        ("users?$filter=startsWith(displayName,'aLeX')", [ALEX]),
        ("users?$filter=displayName eq 'Bo O''Neil'", [BO]),
        (f"users?$filter=id in ('{CY}')", [CY]),
        (f"users?$filter=id in ('{CY}','{ALEX}')", [ALEX, CY]),
        ("users?$filter=createdDateTime ge 2026-01-01T08:00:00Z", [CY]),
        ("users?$filter=createdDateTime lt 2025-03-01T09:00:00%2B01:00", [ALEX]),
        ("users?$filter=userType eq 'Guest' or (accountEnabled eq false and userType eq 'Member')", [BO, CY]),
        ("users?$filter=department eq null", [ALEX, BO, CY]),
        (f"users?$filter=userType ne 'Guest'{ADVANCED}", [ALEX, BO]),
        (f"users?$filter=assignedLicenses/$count eq 0{ADVANCED}", [ALEX, BO, CY]),
        (f"groups?$filter=owners/$count eq 0 and isAssignableToRole eq true{ADVANCED}", [ADMINS]),
        (f"groups?$filter=owners/$count ne 0 and isAssignableToRole eq true{ADVANCED}", []),
        (f"users?$filter=not(startswith(displayName,'a')){ADVANCED}", [BO, CY]),
        (f"users?$filter=endswith(userPrincipalName,'#EXT#@woodgrove.example'){ADVANCED}".replace("#", "%23"), [CY]),
        ("users?$orderby=displayName desc", [CY, BO, ALEX]),
        (f"users?$filter=userType eq 'Member'&$orderby=createdDateTime desc{ADVANCED}", [BO, ALEX]),
        ('users?$search="displayName:neil"', [BO]),
        ('users?$search="displayName:alex" OR "userPrincipalName:bo"', [ALEX, BO]),
        ('users?$search="displayName:alex" AND "userPrincipalName:bo"', []),
        (f"groups?$filter=isAssignableToRole eq true{ADVANCED}", [ADMINS]),
        ("auditLogs/signIns?$filter=status/errorCode eq 0 and createdDateTime ge 2026-01-03T00:00:00Z", ["s6", "s4"]),
        ("auditLogs/signIns?$filter=riskEventTypes_v2/any(t: t eq 'unfamiliarFeatures')", ["s3"]),
        (f"auditLogs/directoryAudits?$filter=targetResources/any(t:t/id eq '{ALEX}')", ["a1"]),
        (f"auditLogs/directoryAudits?$filter=targetResources/any(t:t/id eq '{BO}')", []),
        (f"auditLogs/directoryAudits?$filter=initiatedBy/user/id eq '{BO.upper()}'", ["a1"]),
        (f"identityProtection/riskDetections?$filter=userId eq '{ALEX}'", ["d1"]),
        (f"users/{ALEX}/transitiveMemberOf/microsoft.graph.directoryRole?$count=true", []),
    ],
)
async def test_a_query_finds_what_it_describes(connect: Connect, path: str, ids: list[str]) -> None:
    """Filters, searches and orders choose the elements that their words describe, in that order."""
    async with connect() as client:
        status, body = await client.get(path.replace(" ", "%20"), EVENTUAL)
    assert status == 200, body
    assert [element["id"] for element in body["value"]] == ids


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("users?$filter=displayName eq", "Invalid filter clause"),
        ("users?$filter=", "Invalid filter clause"),
        ("users?$filter=displayname eq 'x'", "Could not find a property named 'displayname'"),
        ("users?$filter=createdDateTime ge '2026-01-01T00:00:00Z'", "Edm.DateTimeOffset"),
        ("users?$filter=length(displayName) eq 3", "Invalid filter clause"),
        ("users?$filter=round(displayName)", "is not supported"),
        ("users?$filter=contains(displayName,'a')", "contains"),
        ("users?$filter=userType ne 'Guest'", "ConsistencyLevel"),
        ("groups?$filter=owners/$count eq 0", "ConsistencyLevel"),
        (f"groups?$filter=keepers/$count eq 0{ADVANCED}", "Could not find a property named 'keepers'"),
        ("auditLogs/signIns?$filter=authenticationRequirement eq 'x'", "authenticationRequirement"),
        ("users?$filter=userType eq 'Guest'&$orderby=displayName", "ConsistencyLevel"),
        ("users?$count=true", "ConsistencyLevel"),
        ('users?$search="displayName:x"', "ConsistencyLevel"),
        (f"users/{ALEX}/transitiveMemberOf/microsoft.graph.group", "ConsistencyLevel"),
        (f"groups/{ADMINS}/members?$filter=displayName eq 'x'", "ConsistencyLevel"),
        ("users?$select=displayNam", "Could not find a property named 'displayNam'"),
        (f"users/{ALEX}?$select=displayNam", "Could not find a property named 'displayNam'"),
        ("users?$expand=manger", "Could not find a navigation property named 'manger'"),
        ("users?$expand=manager($top=1)", "only nested $select"),
        ("users?$top=0", "Invalid page size"),
        ("users?$top=1000", "Invalid page size"),
        ("users?$top=x", "$top"),
        ("users?$skip=1", "$skip"),
        ("users?$top=1&$top=2", "more than once"),
        ("users?$apply=groupby", "not supported"),
        ("users?$skiptoken=x", "Skip token"),
        ("users?$orderby=displayName sideways", "$orderby"),
        (f"users/{ALEX}?$top=1", "single resource"),
        ("users/alex@woodgrove.example?$select=signInActivity", "valid Guid"),
        (
            "users?$filter=signInActivity/lastSignInDateTime le 2026-01-01T00:00:00Z and userType eq 'x'",
            "signInActivity",
        ),
        ("identityProtection/riskyUsers?$top=501", "Invalid page size"),
        ("auditLogs/signIns?$filter=signInEventTypes/any(t:t eq 'nonInteractiveUser')", "signInEventTypes"),
        ('auditLogs/signIns?$search="userDisplayName:x"', "$search"),
        ("auditLogs/directoryAudits?$filter=category eq 'UserManagement'", "category"),
        (f"users?$filter=id in ({','.join(repr(str(n)) for n in range(16))})", "Max allowed: 15"),
    ],
)
async def test_what_graph_refuses_is_refused(connect: Connect, path: str, words: str) -> None:
    """What Graph does not support is 400 with the reason; nothing is ignored in silence."""
    async with connect() as client:
        status, body = await client.get(quote(path, safe="?&=$/(),'@%"))
    assert status == 400
    assert words in body["error"]["message"]


async def test_a_narrow_query_hides_nothing_from_a_wide_one(connect: Connect) -> None:
    """What two conditions leave is no index for one of them."""
    async with connect() as client:
        await client.get("users?$filter=displayName eq 'Bo O''Neil' and userType eq 'Guest'".replace(" ", "%20"))
        _, body = await client.get("users?$filter=userType eq 'Guest'".replace(" ", "%20"))
    assert [element["id"] for element in body["value"]] == [CY]


async def test_text_in_logs_matches_in_its_own_case(connect: Connect) -> None:
    """Sign-in logs keep user principal names in lower case, and filters there mind the case."""
    async with connect() as client:
        _, lower = await client.get("auditLogs/signIns?$filter=userPrincipalName eq 'alex@woodgrove.example'")
        _, upper = await client.get("auditLogs/signIns?$filter=userPrincipalName eq 'Alex@woodgrove.example'")
    assert (len(lower["value"]), len(upper["value"])) == (7, 0)


async def test_logs_come_newest_first(connect: Connect) -> None:
    """Without $orderby the newest log entry is the first."""
    async with connect() as client:
        _, body = await client.get("auditLogs/signIns?$top=2")
    assert [entry["id"] for entry in body["value"]] == ["s7", "s6"]


async def test_role_definitions_come_only_when_expanded(connect: Connect) -> None:
    """$expand=roleDefinition joins or takes the embedded one; without it neither is shown."""
    async with connect() as client:
        path = "roleManagement/directory/roleAssignments"
        _, plain = await client.get(path)
        _, joined = await client.get(f"{path}?$expand=roleDefinition($select=displayName),principal($select=id)")
    assert not any("roleDefinition" in item for item in plain["value"])
    assert [item["roleDefinition"] for item in joined["value"]] == [
        {"displayName": "Global Administrator"},
        {"displayName": "Z"},
    ]
    assert joined["value"][0]["principal"] == {"@odata.type": "#microsoft.graph.user", "id": ALEX}


async def test_navigations_expand_from_their_own_paths(connect: Connect) -> None:
    """$expand reads manager and members from where the file has them, and leaves out what is not there."""
    async with connect() as client:
        _, users = await client.get("users?$select=id&$expand=manager($select=displayName)")
        _, group = await client.get(f"groups/{ADMINS}?$select=displayName&$expand=members($select=id)")
    assert [user.get("manager", {}).get("displayName") for user in users["value"]] == ["Bo O'Neil", None, None]
    assert [member["id"] for member in group["members"]] == [ALEX]
    assert group["displayName"] == "Admins"


async def test_the_count_is_of_all_matches_and_on_the_first_page_only(connect: Connect) -> None:
    """@odata.count ignores paging; later pages do not repeat it."""
    async with connect() as client:
        _, first = await client.get("users?$count=true&$top=2&$filter=accountEnabled eq true", EVENTUAL)
        _, rest = await client.get("users?$count=true&$top=1", EVENTUAL)
        _, second = await client.get(rest["@odata.nextLink"], EVENTUAL)
    assert first["@odata.count"] == 2
    assert "@odata.nextLink" not in first
    assert rest["@odata.count"] == 3
    assert "@odata.count" not in second


async def test_next_links_keep_the_query_and_the_servers_address(connect: Connect) -> None:
    """A nextLink is absolute, at this server, with the filter unharmed even if it looks like a token."""
    async with connect({"users": [{"id": str(n), "displayName": "$skiptoken=1&x"} for n in range(3)]}) as client:
        path = f"users?$top=2&$filter=displayName eq '{quote('$skiptoken=1&x')}'"
        _, first = await client.get(path)
        link = first["@odata.nextLink"]
        _, second = await client.get(link)
    assert link.startswith(client.server.url + "/users?")
    assert [user["id"] for page in (first, second) for user in page["value"]] == ["0", "1", "2"]
    assert "@odata.nextLink" not in second
