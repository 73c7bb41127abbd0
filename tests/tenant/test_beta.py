"""What only beta has is served below ``/beta`` and nowhere else, alone and in a batch."""

from tests.tenant.conftest import BEARER, Connect, document

ACTIVITIES = {"reports/servicePrincipalSignInActivities": [{"id": "1", "appId": "a"}, {"id": "2", "appId": "b"}]}


async def test_a_beta_path_is_served_by_beta_only(connect: Connect) -> None:
    """v1.0 does not know the segment; beta also has what v1.0 has."""
    async with connect(document() | ACTIVITIES) as client:
        answer = client.server.stand_in.answer
        path = "reports/servicePrincipalSignInActivities"
        assert answer("GET", f"/beta/{path}", BEARER).status == 200
        assert answer("GET", f"/v1.0/{path}", BEARER).status == 400
        assert answer("GET", "/beta/groups", BEARER).status == 200


async def test_pages_of_beta_link_to_beta(connect: Connect) -> None:
    """A next link stays in the version of its request, in batches too."""
    async with connect(document() | ACTIVITIES) as client:
        base = client.server.url.replace("v1.0", "beta")
        body = b'{"requests":[{"id":"1","method":"GET","url":"/reports/servicePrincipalSignInActivities?$top=1"}]}'
        answer = client.server.stand_in.answer("POST", "/beta/$batch", BEARER, body, base_url=client.server.url)
    assert f'"@odata.nextLink":"{base}/reports/servicePrincipalSignInActivities'.encode() in answer.body


async def test_beta_may_say_more_than_v1(connect: Connect) -> None:
    """A path of the file that begins with ``beta/`` is what beta answers; its own filters work there and nowhere else."""
    log = [{"id": "s1", "createdDateTime": "2026-01-03T08:00:00Z"}]
    more = [{**log[0], "authenticationRequirement": "singleFactorAuthentication"}]
    async with connect({"auditLogs/signIns": log, "beta/auditLogs/signIns": more}) as client:
        answer = client.server.stand_in.answer
        path = "auditLogs/signIns?$filter=authenticationRequirement%20eq%20'singleFactorAuthentication'"
        assert b"singleFactorAuthentication" in answer("GET", f"/beta/{path}", BEARER).body
        assert answer("GET", f"/v1.0/{path}", BEARER).status == 400
        assert b"authenticationRequirement" not in answer("GET", "/v1.0/auditLogs/signIns", BEARER).body


async def test_reports_follow_from_managers(connect: Connect) -> None:
    """Direct ones in v1.0, those of all levels in beta; a circle of managers ends."""
    people = [{"id": name, "displayName": name, "userPrincipalName": f"{name}@x"} for name in ("a", "b", "c")]
    managers = {"users/b/manager": {"id": "a"}, "users/c/manager": {"id": "b"}, "users/a/manager": {"id": "c"}}
    async with connect({"users": people, **managers}) as client:
        answer = client.server.stand_in.answer
        direct = answer("GET", "/v1.0/users/a/directReports", BEARER).body
        assert b'"id":"b"' in direct
        assert b'"id":"c"' not in direct
        every = answer("GET", "/beta/users/a/transitiveReports", BEARER).body
        assert all(f'"id":"{name}"'.encode() in every for name in ("b", "c"))
