"""Paths, names, errors and shapes: what a tenant file says is what Graph's paths answer, over real HTTP."""

import json
from pathlib import Path

import pytest

from local.tenant import Tenant
from shared.errors import ConfigurationError
from tests.tenant.conftest import ADMINS, ALEX, APP, APP_ID, BO, CY, EVENTUAL, STAFF, Connect, document


@pytest.mark.parametrize("name", [ALEX, ALEX.upper(), "alex@woodgrove.example", "ALEX@woodgrove.example"])
async def test_a_user_answers_to_id_and_name_in_any_case(connect: Connect, name: str) -> None:
    """Object id and user principal name find the same user, whatever their case."""
    async with connect() as client:
        status, body = await client.get(f"users/{name}?$select=id")
    assert status == 200
    assert body["id"] == ALEX


async def test_a_guest_answers_to_its_encoded_name(connect: Connect) -> None:
    """The # of a guest's name travels percent-encoded."""
    async with connect() as client:
        status, body = await client.get("users/cy_fabrikam.example%23EXT%23@woodgrove.example")
    assert (status, body["id"]) == (200, CY)


async def test_a_user_comes_with_default_properties_only(connect: Connect) -> None:
    """Without $select Graph leaves out most of a user, and so does the stand-in."""
    async with connect() as client:
        _, body = await client.get(f"users/{ALEX}")
        _, selected = await client.get(f"users/{ALEX}?$select=accountEnabled")
    assert "accountEnabled" not in body
    assert {name for name in selected if not name.startswith("@")} == {"accountEnabled"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"users/{BO}/manager", 404),
        ("users/nobody", 404),
        ("users/nobody/authentication/methods", 404),
        ("identityProtection/riskyUsers/nobody", 404),
        (f"users/{BO}/authentication/methods", 200),
        (f"users/{BO}/mailFolders/inbox/messageRules", 200),
        ("security/alerts_v2", 200),
        (f"identityProtection/riskyUsers/{ALEX}/history", 200),
    ],
)
async def test_what_is_not_mentioned_is_missing_or_empty(connect: Connect, path: str, status: int) -> None:
    """An unknown object is 404; a collection that the file leaves out of a known object is empty."""
    async with connect() as client:
        got, body = await client.get(path)
    assert got == status
    assert body["error"]["code"] == "Request_ResourceNotFound" if status == 404 else body["value"] == []


async def test_an_empty_tenant_has_no_users_but_has_collections(connect: Connect) -> None:
    """With an empty file every documented collection is there and empty, and every object is 404."""
    async with connect({}) as client:
        assert (await client.get("users"))[1]["value"] == []
        assert (await client.get(f"users/{ALEX}"))[0] == 404


@pytest.mark.parametrize("path", ["user", "users/x/managers", "identityProtection", "beta", "users/x/$value"])
async def test_a_path_that_graph_has_not_is_refused_by_name(connect: Connect, path: str) -> None:
    """A typo in a path can not be read as "no such object": it is Graph's 400 with the segment that does not fit."""
    async with connect() as client:
        status, body = await client.get(path)
    assert (status, body["error"]["code"]) == (400, "BadRequest")
    assert body["error"]["message"].startswith("Resource not found for the segment '")


async def test_an_error_in_the_file_fails_its_path_and_what_falls_back_to_it(connect: Connect) -> None:
    """$error answers with its status and code, for the collection and for elements looked up in it."""
    source = {**document(), "identityProtection/riskyUsers": {"$error": {"status": 403, "code": "Forbidden"}}}
    async with connect(source) as client:
        status, body = await client.get("identityProtection/riskyUsers")
        element, _ = await client.get(f"identityProtection/riskyUsers/{ALEX}")
        other, _ = await client.get(f"users/{BO}/registeredDevices")
    assert (status, body["error"]["code"], element, other) == (403, "Forbidden", 403, 503)
    assert {"date", "request-id", "client-request-id"} == set(body["error"]["innerError"])


async def test_a_captured_answer_drops_in_unchanged(connect: Connect) -> None:
    """A whole response is a collection; its context and its stale nextLink are not served again."""
    async with connect() as client:
        _, body = await client.get("groups")
    assert [group["id"] for group in body["value"]] == [ADMINS, STAFF]
    assert "@odata.nextLink" not in body
    assert body["@odata.context"] == f"{client.server.url}/$metadata#groups"


async def test_mixed_lists_are_marked_with_types(connect: Connect) -> None:
    """Elements of directory object lists carry @odata.type, worked out from the file where it is left out."""
    async with connect() as client:
        _, groups = await client.get(f"users/{ALEX}/transitiveMemberOf")
        _, manager = await client.get(f"users/{ALEX}/manager")
        _, owners = await client.get(f"servicePrincipals(appId='{APP_ID}')/owners")
    assert {item["@odata.type"] for item in groups["value"]} == {"#microsoft.graph.group"}
    assert manager["@odata.type"] == owners["value"][0]["@odata.type"] == "#microsoft.graph.user"


async def test_alternate_keys_find_the_same_object(connect: Connect) -> None:
    """(appId='…') and the object id are two addresses of one service principal and of what hangs below it."""
    async with connect() as client:
        assert (await client.get(f"servicePrincipals(appId='{APP_ID}')"))[1]["id"] == APP
        assert (await client.get(f"servicePrincipals/{APP}/owners"))[1]["value"][0]["id"] == BO
        assert (await client.get("servicePrincipals(appId='none')"))[0] == 404


async def test_implied_collections_follow_from_what_the_file_says(connect: Connect) -> None:
    """Grants of a user, methods of one type and transitive groups agree with the collections they are part of."""
    async with connect() as client:
        _, grants = await client.get(f"users/{ALEX}/oauth2PermissionGrants")
        _, phones = await client.get(f"users/{ALEX}/authentication/phoneMethods")
        _, method = await client.get(f"users/{ALEX}/authentication/methods/w")
    assert [grant["id"] for grant in grants["value"]] == ["g1"]
    assert [phone["id"] for phone in phones["value"]] == ["p"]
    assert method["id"] == "w"


async def test_an_object_given_by_id_is_in_its_collection(connect: Connect) -> None:
    """users/{id} in the file makes that user show up in users as well."""
    async with connect({"users/zoe@x.example": {"id": "Z1", "userPrincipalName": "zoe@x.example"}}) as client:
        assert [user["id"] for user in (await client.get("users"))[1]["value"]] == ["Z1"]
        assert (await client.get("users/z1"))[0] == (await client.get("users/ZOE@x.example"))[0] == 200


async def test_group_checks_are_answered_and_other_writes_refused(connect: Connect) -> None:
    """The two member group actions only read; everything else that is not GET is refused and recorded."""
    async with connect() as client:
        _, checked = await client.post(f"users/{ALEX}/checkMemberGroups", {"groupIds": [ADMINS.upper(), "none"]})
        _, secure = await client.post(f"users/{ALEX}/getMemberGroups", {"securityEnabledOnly": True})
        too_many, _ = await client.post(f"users/{ALEX}/checkMemberGroups", {"groupIds": ["x"] * 21})
        assert client.server.writes == []
        written, body = await client.post(f"users/{ALEX}/revokeSignInSessions", {})
        async with client.session.patch(f"{client.server.url}/users/{ALEX}", json={"accountEnabled": False}) as patch:
            assert patch.status == 403
    assert checked["value"] == [ADMINS.upper()]
    assert secure["value"] == [ADMINS]
    assert (too_many, written, body["error"]["code"]) == (400, 403, "Authorization_RequestDenied")
    assert [(served.method, served.status) for served in client.server.writes] == [("POST", 403), ("PATCH", 403)]


async def test_a_request_without_a_token_is_refused(connect: Connect) -> None:
    """Without a bearer token every request, batches too, is 401 and leaves nothing but its record."""
    async with connect() as client:
        for header in ("", "Basic abc", "Bearer "):
            status, body = await client.get("users", {"Authorization": header})
            assert (status, body["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert [served.status for served in client.server.requests] == [401, 401, 401]


@pytest.mark.parametrize(
    "path", ["//[", "users('')", "users/%", "users/%00", "users(x='')", "%2F", "users/a%2Fb/manager", "?a"]
)
async def test_odd_addresses_are_answered_as_errors(connect: Connect, path: str) -> None:
    """No address makes the server fail: it is a 400 or a 404 in Graph's own form."""
    source = {"users": [{"displayName": "without id"}]}
    async with connect(source) as client:
        answer = client.server.stand_in.answer("GET", f"/v1.0/{path}", {"Authorization": "Bearer x"})
    assert answer.status in (400, 404)
    assert json.loads(answer.body)["error"]["code"]


async def test_counts_are_plain_text(connect: Connect) -> None:
    """/$count is text/plain, needs the header, and refuses a client that takes only JSON."""
    async with connect() as client:
        url = f"{client.server.url}/users/$count"
        async with client.session.get(url, headers=EVENTUAL) as response:
            assert (response.content_type, await response.text()) == ("text/plain", "3")
        assert (await client.get("users/$count"))[0] == 400
        assert (await client.get("users/$count", {**EVENTUAL, "Accept": "application/json"}))[0] == 415


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("users", {"id": "x"}),
        ("users/x", [{"id": "x"}]),
        ("users/x/manager", []),
        ("users", ["x"]),
        ("users", 3),
        ("users?$top=1", []),
        ("users/$count", []),
        ("users", {"$error": {"status": 200, "code": "OK"}}),
        ("users", {"$error": {"status": 403}}),
        ("users", {"$error": {"status": 403, "code": "x", "stats": 1}}),
    ],
)
def test_a_tenant_file_that_makes_no_sense_is_refused_by_path(path: str, value: object) -> None:
    """A wrong shape is an error at load that names the path, never a silent empty answer later."""
    with pytest.raises(ConfigurationError) as caught:
        Tenant.load({path: value})
    assert path.partition("?")[0] in str(caught.value)


def test_a_file_is_read_from_disk(tmp_path: Path) -> None:
    """Tenant.load takes a path, and says so when it cannot be read."""
    file = tmp_path / "tenant.json"
    file.write_text(json.dumps(document()))
    assert Tenant.load(file).answer("GET", "/v1.0/users").status == 200
    file.write_text("[1]")
    with pytest.raises(ConfigurationError):
        Tenant.load(file)
    with pytest.raises(ConfigurationError):
        Tenant.load(tmp_path / "none.json")
