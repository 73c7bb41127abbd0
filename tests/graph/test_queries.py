"""The catalogue of queries: URLs as Graph documents them, and what each failure would mean."""

from datetime import UTC, datetime
from typing import Any

import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration

from shared.graph.client import make_graph
from shared.graph.queries import Query, any_of, url_of
from shared.graph.user_queries import UserQueries
from tests.graph.fake import Credential

USER = "11111111-aaaa-4aaa-8aaa-000000000001"
SINCE = datetime(2026, 8, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
async def queries() -> UserQueries:
    """The catalogue on builders that have never sent anything."""
    return UserQueries(make_graph(Credential(), "http://127.0.0.1:9/v1.0").api)


def every(q: UserQueries) -> list[Query]:
    """Return one of each query."""
    return [
        q.profile(USER), q.manager(USER), q.groups(USER), q.auth_methods(USER), q.devices(USER),
        q.role_assignments([USER]), q.role_eligibility(USER), q.role_activations(USER), q.consents(USER),
        q.app(USER), q.inbox_rules(USER), q.sign_ins(USER, SINCE), q.audits_about(USER, SINCE),
        q.audits_by(USER, SINCE), q.risk_detections(USER), q.risky_user(USER),
    ]  # fmt: skip


async def test_urls_are_relative_and_readable(queries: UserQueries) -> None:
    """Each URL is relative to the version root; its readable form is what goes into sources."""
    refs = {query.id: query.ref for query in every(queries)}
    assert refs["manager"] == f"/users/{USER}/manager?$select=id,displayName,userPrincipalName"
    assert refs["groups"] == (
        f"/users/{USER}/transitiveMemberOf?$select=id,displayName,isAssignableToRole,roleTemplateId&$top=999"
    )
    assert refs["role_assignments"] == (
        f"/roleManagement/directory/roleAssignments?$expand=roleDefinition&$filter=principalId eq '{USER}'"
    )
    assert refs["inbox_rules"] == f"/users/{USER}/mailFolders/inbox/messageRules"
    assert refs["sign_ins"] == (
        f"/auditLogs/signIns?$filter=userId eq '{USER}' and createdDateTime ge 2026-08-02T12:00:00Z&$top=200"
    )
    assert refs["audits_about"] == (
        "/auditLogs/directoryAudits?$filter=activityDateTime ge 2026-08-02T12:00:00Z and "
        f"targetResources/any(t:t/id eq '{USER}')&$top=100"
    )
    assert all(query.url.startswith("/") and " " not in query.url for query in every(queries))


async def test_urls_are_what_the_sdk_makes_of_them() -> None:
    """Whatever stands in them: several options or none, lists, numbers, flags, and names that want quoting."""
    api = make_graph(Credential(), "http://127.0.0.1:9/v1.0").api
    for id_ in (USER, "o'brien+søn@woodgrovebank.com", "a/b?c=d&e#f%24 ~{g}“h”"):
        for builder, options in (
            (api.users.by_user_id(id_), {"select": ["id", id_]}),
            (api.users.by_user_id(id_).manager, {}),
            (api.users.by_user_id(id_).mail_folders.by_mail_folder_id(id_).message_rules, {"top": 5, "select": [id_]}),
            (api.users, {"search": f'"displayName:{id_}"', "count": True, "orderby": ["displayName"], "top": 1}),
            (api.identity_protection.risk_detections, {"filter": any_of("userId", [USER, id_]), "skip": 0}),
        ):
            kind = type(builder)
            asked = RequestConfiguration[Any](
                query_parameters=getattr(kind, f"{kind.__name__}GetQueryParameters")(**options)
            )
            sdks = builder.to_get_request_information(asked).url
            assert url_of(builder, **options) == sdks.replace("%24", "$")


async def test_every_query_names_its_permission_and_its_facts(queries: UserQueries) -> None:
    """A failure of any query can be told: what is missing and what mends it."""
    for query in every(queries):
        assert query.kinds
        assert query.what
        assert query.permission.endswith((".All", ".Read", ".Directory"))
    buckets = {query.id: query.bucket for query in every(queries)}
    assert {name for name, bucket in buckets.items() if bucket == "identityProtection"} == {
        "risk_detections",
        "risky_user",
    }
    assert {name for name, bucket in buckets.items() if bucket == "reports"} == {
        "sign_ins", "audits_about", "audits_by", "auth_methods"
    }  # fmt: skip


async def test_an_id_cannot_leave_its_place(queries: UserQueries) -> None:
    """Quotes and slashes in an id neither end a filter nor add path segments."""
    hostile = "x' or '1' eq '1/../manager?$top=9"
    assert queries.consents(hostile).ref.endswith("principalId eq 'x'' or ''1'' eq ''1/../manager?$top=9'")
    assert queries.profile(hostile).url.startswith("/users/x%27%20or%20%271%27%20eq%20%271%2F..%2Fmanager%3F$top%3D9?")


async def test_several_principals_make_one_query_of_at_most_fifteen(queries: UserQueries) -> None:
    """Graph takes fifteen items in one list by default."""
    ids = [f"{USER[:-2]}{n:02}" for n in range(20)]
    ref = queries.role_assignments(ids, "group_roles").ref
    assert ref.count("11111111-") == 15
    assert "principalId in ('" in ref
