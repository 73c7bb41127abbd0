"""Batches: judged item by item, answered out of order, refused as a whole only when they cannot be read."""

import base64

import pytest

from tests.tenant.conftest import ADMINS, ALEX, BO, EVENTUAL, Connect


def get(item_id: str, url: str, **more: object) -> dict[str, object]:
    """Return one GET of a batch."""
    return {"id": item_id, "method": "GET", "url": url, **more}


async def test_each_item_has_its_own_status_and_order_is_not_kept(connect: Connect) -> None:
    """Items answer in reverse, so that only ids can match them; JSON bodies stay JSON, counts become base64."""
    async with connect() as client:
        responses = await client.batch(
            get("1", f"/users/{ALEX}?$select=displayName"),
            get("2", f"users/{BO}/manager"),
            get("3", "/users?$filter=userType+eq+'Guest'%20and accountEnabled eq true"),
            get("4", "/users/$count", headers=EVENTUAL),
            {
                "id": "5",
                "method": "POST",
                "url": f"/users/{ALEX}/checkMemberGroups",
                "headers": {"Content-Type": "application/json"},
                "body": {"groupIds": [ADMINS]},
            },
        )
    assert [response["id"] for response in responses] == ["5", "4", "3", "2", "1"]
    assert [response["status"] for response in responses] == [200, 200, 200, 404, 200]
    by_id = {response["id"]: response for response in responses}
    assert by_id["1"]["body"]["displayName"] == "Alex Weber"
    assert by_id["2"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert len(by_id["3"]["body"]["value"]) == 1
    assert base64.b64decode(by_id["4"]["body"]) == b"3"
    assert by_id["5"]["body"]["value"] == [ADMINS]


async def test_next_links_inside_a_batch_are_absolute(connect: Connect) -> None:
    """A page inside a batch links to the server itself, and following the link works."""
    async with connect() as client:
        (response,) = await client.batch(get("1", "/users?$top=2"))
        status, body = await client.get(response["body"]["@odata.nextLink"])
    assert (status, len(body["value"])) == (200, 1)


async def test_items_wait_for_what_they_depend_on(connect: Connect) -> None:
    """A failed dependency fails its dependents with 424, through chains; others go on."""
    async with connect() as client:
        responses = await client.batch(
            get("c", "/users", dependsOn=["B"]),
            get("a", "/users/nobody"),
            get("b", "/users", dependsOn=["a"]),
            get("d", "/users", dependsOn=["e"]),
            get("e", "/groups"),
        )
    assert {response["id"]: response["status"] for response in responses} == {
        "a": 404, "b": 424, "c": 424, "d": 200, "e": 200
    }  # fmt: skip


@pytest.mark.parametrize(
    "item",
    [
        get("1", "https://graph.microsoft.com/v1.0/users"),
        get("1", "//graph.microsoft.com/v1.0/users"),
        get("1", "/v1.0/users"),
        get("1", "/$batch"),
        {"id": "1", "method": "POST", "url": f"/users/{ALEX}/checkMemberGroups", "body": {"groupIds": [ADMINS]}},
    ],
)
async def test_an_unusable_item_fails_alone(connect: Connect, item: dict[str, object]) -> None:
    """An absolute url, a version in the url, a nested batch or a body without a type is 400 for that item only."""
    async with connect() as client:
        responses = await client.batch(item, get("2", "/groups"))
    assert [(response["id"], response["status"]) for response in responses] == [("2", 200), ("1", 400)]


@pytest.mark.parametrize(
    "body",
    [
        {"requests": []},
        {"requests": [get(str(n), "/users") for n in range(21)]},
        {"requests": [get("a", "/users"), get("A", "/users")]},
        {"requests": [get("a", "/users", dependsOn=["z"])]},
        {"requests": [get("a", "/users", dependsOn=["b"]), get("b", "/users", dependsOn=["a"])]},
        {"requests": [get("a", "/users", depends_on=["b"])]},
        {"requests": [{"id": 1, "method": "GET", "url": "/users"}]},
        {},
        [],
    ],
)
async def test_an_unreadable_batch_fails_as_a_whole(connect: Connect, body: object) -> None:
    """Too many items, equal ids, unknown or circular dependencies and malformed items are 400 for the batch."""
    async with connect() as client:
        status, answer = await client.post("$batch", body)
    assert (status, answer["error"]["code"]) == (400, "BadRequest")


async def test_a_batch_of_twenty_is_one_round_trip_and_twenty_requests(connect: Connect) -> None:
    """The record holds the batch first, then its items; only the batch is a round trip."""
    async with connect() as client:
        await client.batch(*(get(str(n), "/users") for n in range(20)))
        server = client.server
    assert server.round_trips == 1
    assert [(served.path, served.in_batch) for served in server.requests] == [("$batch", False)] + [
        ("users", True)
    ] * 20
    assert server.stand_in.count("users") == 20


async def test_a_write_inside_a_batch_is_refused_and_recorded(connect: Connect) -> None:
    """Batching does not hide a write."""
    async with connect() as client:
        responses = await client.batch({"id": "1", "method": "DELETE", "url": f"/users/{ALEX}"})
    assert responses[0]["status"] == 403
    assert [(write.method, write.in_batch) for write in client.server.writes] == [("DELETE", True)]
