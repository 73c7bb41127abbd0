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
