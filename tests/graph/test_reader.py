"""The reader against a Graph on loopback, through the SDK's real adapter and HTTP client."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from aiohttp import web
from azure.core.exceptions import ClientAuthenticationError

from shared.graph.answers import Answers
from shared.graph.budgets import ARRIVAL_SECONDS
from shared.graph.queries import Query
from tests.graph.conftest import NOW, Bench
from tests.graph.fake import FakeGraph, error, ok

USER = "11111111-aaaa-4aaa-8aaa-000000000001"


async def read(bench: Bench, *queries: Query) -> Answers:
    """Read queries with the bench's own deadline."""
    return await bench.reader.read(queries, bench.reader.deadline())


class Named(msgspec.Struct):
    """Anything with an id."""

    id: str


async def test_one_round_trip_answers_all_in_any_order(bench: Bench, fake: FakeGraph) -> None:
    """Items are matched by id although Graph answers in reverse order, in one POST with our token."""
    fake.rules = {
        f"/users/{USER}?": ok({"id": USER}),
        f"/users/{USER}/manager": ok({"id": "boss"}),
        "/oauth2PermissionGrants": ok([{"id": "g1"}, {"id": "g2"}]),
    }
    q = bench.reader.user_queries
    answers = await read(bench, q.profile(USER), q.manager(USER), q.consents(USER))
    assert [i.id for i in answers.decode("profile", Named) or []] == [USER]
    assert [i.id for i in answers.decode("manager", Named) or []] == ["boss"]
    assert [i.id for i in answers.decode("consents", Named) or []] == ["g1", "g2"]
    assert answers.round_trips == len(fake.batches) == 1
    assert answers.gaps() == []
    assert fake.tokens == ["Bearer secret-token"]
    assert bench.credential.scopes == [("https://graph.microsoft.com/.default",)]


async def test_404_is_a_fact_where_absence_answers_the_question(bench: Bench, fake: FakeGraph) -> None:
    """No manager is data; a log that is not there is a failure."""
    fake.rules = {
        f"/users/{USER}/manager": error(404, "Request_ResourceNotFound"),
        "/auditLogs/signIns": error(404, "NotFound"),
    }
    q = bench.reader.user_queries
    answers = await read(bench, q.manager(USER), q.sign_ins(USER, NOW))
    assert answers.is_absent("manager")
    assert [(gap.reason, gap.detail) for gap in answers.gaps()] == [("failed", "404 NotFound")]


@pytest.mark.parametrize(
    ("reply", "reason", "detail", "mend"),
    [
        (error(403, "Authorization_RequestDenied"), "denied", "403 Authorization_RequestDenied", "RoleEligibilitySchedule.Read.Directory"),
        (error(401, "InvalidAuthenticationToken"), "denied", "401 InvalidAuthenticationToken", "RoleEligibilitySchedule.Read.Directory"),
        (error(400, "AadPremiumLicenseRequired"), "unlicensed", "400 AadPremiumLicenseRequired", "Microsoft Entra ID P2"),
        (error(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"), "unlicensed", "403 Authentication_RequestFromNonPremiumTenantOrB2CTenant", "P2"),
        (error(403, "Forbidden", "The tenant needs a premium license."), "unlicensed", "403 Forbidden", "P2"),
        (error(400, "BadRequest", "Could not find a property"), "failed", "400 BadRequest", "asks again"),
        (error(418, "<b>Teapot</b> of Karita"), "failed", "418 bTeapotbofKarita", "asks again"),
    ],
)  # fmt: skip
async def test_a_refusal_becomes_a_gap_that_says_what_mends_it(
    bench: Bench, fake: FakeGraph, reply: dict[str, object], reason: str, detail: str, mend: str
) -> None:
    """Status and code decide between denied, unlicensed and failed, and nothing is asked again."""
    fake.rules = {"/roleManagement": reply}
    answers = await read(bench, bench.reader.user_queries.role_eligibility(USER))
    (gap,) = answers.gaps()
    assert (gap.reason, gap.detail) == (reason, detail)
    assert mend in gap.mend
    assert gap.kinds == ("user.role", "user.no_role")
    assert gap.source.ref.startswith("/roleManagement/directory/roleEligibilityScheduleInstances?")
    assert len(fake.batches) == 1


async def test_retry_after_of_an_item_is_honoured(bench: Bench, fake: FakeGraph) -> None:
    """Only the refused item is asked again, after the seconds that Graph names."""
    fake.rules = {f"/users/{USER}/manager": [error(429, "TooManyRequests", Retry_After="4"), ok({"id": "boss"})]}
    q = bench.reader.user_queries
    answers = await read(bench, q.profile(USER), q.manager(USER))
    assert bench.slept == [4.0]
    assert [len(batch) for batch in fake.batches] == [2, 1]
    assert answers.gaps() == []
    assert answers.round_trips == 2


async def test_a_retry_after_beyond_the_deadline_is_a_gap_at_once(bench: Bench, fake: FakeGraph) -> None:
    """A long wait is not waited for, and does not keep another service's item from its own retry."""
    fake.rules = {
        f"/users/{USER}/manager": error(429, "TooManyRequests", Retry_After="150"),
        f"/users/{USER}/mailFolders": [error(503, "ServiceUnavailable"), ok([])],
    }
    q = bench.reader.user_queries
    answers = await read(bench, q.manager(USER), q.inbox_rules(USER))
    assert bench.slept == [0.5]
    assert [(gap.what, gap.reason, gap.detail) for gap in answers.gaps()] == [
        ("the user's manager", "throttled", "429 TooManyRequests")
    ]
    assert answers.decode("inbox_rules", Named) == []


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (error(500, "InternalServerError"), "500 InternalServerError"),
        (error(504), "504"),
        (error(424, "FailedDependency"), "424 FailedDependency"),
        ({"drop": True}, "no answer in the batch"),
        ({"status": "soon"}, "no answer in the batch"),
    ],
)
async def test_transient_failures_are_asked_three_times_then_failed(
    bench: Bench, fake: FakeGraph, reply: dict[str, object], detail: str
) -> None:
    """5xx, failed dependencies and items that Graph leaves out or garbles are retried with growing pauses."""
    fake.rules = {"/oauth2PermissionGrants": reply}
    answers = await read(bench, bench.reader.user_queries.consents(USER))
    assert bench.slept == [0.5, 1.0]
    assert [(gap.reason, gap.detail) for gap in answers.gaps()] == [("failed", detail)]


@pytest.mark.parametrize("body", ["text", None, 7, {"value": 3}, ["x"]])
async def test_a_malformed_body_is_a_gap(bench: Bench, fake: FakeGraph, body: object) -> None:
    """A 200 that does not hold an object or a collection fails this item alone."""
    fake.rules = {"/oauth2PermissionGrants": {"status": 200, "body": body}, f"/users/{USER}?": ok({"id": USER})}
    q = bench.reader.user_queries
    answers = await read(bench, q.consents(USER), q.profile(USER))
    assert [(gap.reason, gap.detail) for gap in answers.gaps()] == [("failed", "200 malformed")]
    assert answers.decode("profile", Named) is not None


async def test_an_item_of_the_wrong_type_makes_its_answer_a_gap(bench: Bench, fake: FakeGraph) -> None:
    """Part of an answer never passes for the whole."""
    fake.rules = {"/oauth2PermissionGrants": ok([{"id": "g1"}, {"id": 7}])}
    answers = await read(bench, bench.reader.user_queries.consents(USER))
    assert answers.decode("consents", Named) is None
    assert [(gap.reason, gap.detail) for gap in answers.gaps()] == [("failed", "200 malformed")]


async def test_pages_are_followed_inside_batches_up_to_the_cap(bench: Bench, fake: FakeGraph) -> None:
    """Next links become relative items of the next batch; what lies beyond the cap is a gap."""

    def page(url: str) -> dict[str, object]:
        number = int(url.rsplit("skiptoken=", 1)[1]) if "skiptoken=" in url else 1
        link = f"{fake.url}/users/{USER}/transitiveMemberOf?$skiptoken={number + 1}"
        return {"status": 200, "body": {"value": [{"id": f"g{number}"}], "@odata.nextLink": link}}

    fake.rules = {f"/users/{USER}/transitiveMemberOf": page}
    answers = await read(bench, bench.reader.user_queries.groups(USER))
    assert [i.id for i in answers.decode("groups", Named) or []] == ["g1", "g2", "g3"]
    assert fake.asked[1:] == [f"/users/{USER}/transitiveMemberOf?$skiptoken={n}" for n in (2, 3)]
    (gap,) = answers.gaps()
    assert (gap.reason, gap.detail) == ("not_asked", "read the first 3, there are more")
    assert not answers.is_complete("groups")


async def test_pages_share_the_round_trip_of_what_the_first_answers_revealed(bench: Bench, fake: FakeGraph) -> None:
    """A second batch holds both the next page and the queries that ``then`` names."""
    link = f"{fake.url}/users/{USER}/transitiveMemberOf?$skiptoken=2"
    fake.rules = {
        f"/users/{USER}/transitiveMemberOf": [
            {"status": 200, "body": {"value": [{"id": "g1"}], "@odata.nextLink": link}},
            ok([{"id": "g2"}]),
        ]
    }
    q = bench.reader.user_queries
    answers = await bench.reader.read([q.groups(USER)], bench.reader.deadline(), then=lambda _: [q.manager(USER)])
    assert answers.round_trips == 2
    assert len(fake.batches[1]) == 2
    assert [i.id for i in answers.decode("groups", Named) or []] == ["g1", "g2"]
    assert answers.is_complete("groups")


async def test_a_page_that_fails_keeps_the_earlier_ones_and_says_so(bench: Bench, fake: FakeGraph) -> None:
    """What was read stays, with a gap for the rest."""
    link = f"{fake.url}/users/{USER}/transitiveMemberOf?$skiptoken=2"
    fake.rules = {
        f"/users/{USER}/transitiveMemberOf": [
            {"status": 200, "body": {"value": [{"id": "g1"}], "@odata.nextLink": link}},
            error(403, "Authorization_RequestDenied"),
        ]
    }
    answers = await read(bench, bench.reader.user_queries.groups(USER))
    assert [i.id for i in answers.decode("groups", Named) or []] == ["g1"]
    assert [gap.reason for gap in answers.gaps()] == ["denied"]


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.2:{port}/v1.0/users?x=1",
        "http://127.0.0.1:{port}/beta/users?x=1",
        "http://127.0.0.1:{port}@evil.example/v1.0/users",
        "http://127.0.0.1:{port}.evil.example/v1.0/users",
        "//evil.example/v1.0/users",
        "https://evil.example/v1.0/users",
    ],
)
async def test_a_next_link_elsewhere_is_never_followed(bench: Bench, fake: FakeGraph, link: str) -> None:
    """Another host, port or version gets no request and so no token; the gap says why."""
    link = link.format(port=fake.url.split(":")[2].split("/")[0])
    fake.rules = {f"/users/{USER}/transitiveMemberOf": {"status": 200, "body": {"value": [], "@odata.nextLink": link}}}
    answers = await read(bench, bench.reader.user_queries.groups(USER))
    assert len(fake.batches) == 1
    assert len(bench.credential.scopes) == 1
    assert [gap.detail for gap in answers.gaps()] == ["the next page is at another host or version"]


async def test_a_redirect_is_not_followed(bench: Bench, fake: FakeGraph) -> None:
    """A redirected batch is an unreadable answer: nothing is sent to where it points."""
    seen: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response()

    fake.whole = [lambda _: web.Response(status=307, headers={"Location": f"{fake.url}/elsewhere"})] * 3
    answers = await read(bench, bench.reader.user_queries.profile(USER))
    assert seen == []
    assert [gap.detail for gap in answers.gaps()] == ["malformed"]


async def test_a_hanging_graph_ends_at_the_deadline(bench: Bench, fake: FakeGraph) -> None:
    """A batch without an answer becomes a gap for every item, not an exception."""

    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    fake.whole = [hang] * 3
    q = bench.reader.user_queries
    deadline = bench.clock() + timedelta(seconds=0.2)
    answers = await bench.reader.read([q.profile(USER), q.manager(USER)], deadline)
    assert [(gap.reason, gap.detail) for gap in answers.gaps()] == [("failed", "timeout")] * 2


async def test_a_cut_connection_is_retried_and_then_a_gap(bench: Bench, fake: FakeGraph) -> None:
    """A reset costs one more try; a second reading works, a third reset does not stop triage."""

    def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    query = bench.reader.user_queries.profile(USER)
    fake.rules = {f"/users/{USER}": ok({"id": USER})}
    fake.whole = [cut]
    assert (await read(bench, query)).gaps() == []
    fake.whole = [cut, cut, cut]
    (gap,) = (await read(bench, query)).gaps()
    assert gap.reason == "failed"


@pytest.mark.parametrize(
    ("status", "reason", "tries"), [(401, "denied", 1), (403, "denied", 1), (400, "failed", 1), (503, "failed", 3), (429, "throttled", 3)]
)  # fmt: skip
async def test_a_refused_batch_is_a_gap_for_every_item(
    bench: Bench, fake: FakeGraph, status: int, reason: str, tries: int
) -> None:
    """The POST's own status counts for all its items; only what may pass is tried again."""
    fake.whole = [lambda _: web.Response(status=status, headers={"Retry-After": "2"})] * 3
    q = bench.reader.user_queries
    answers = await read(bench, q.profile(USER), q.manager(USER))
    assert [(gap.reason, gap.detail) for gap in answers.gaps()] == [(reason, str(status))] * 2
    assert len(fake.batches) == tries
    assert bench.slept == [2.0] * (tries - 1)


async def test_a_claims_challenge_is_answered_by_the_sdk(bench: Bench, fake: FakeGraph) -> None:
    """Continuous access evaluation asks for a fresh token once; the read then succeeds."""
    header = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="'}
    fake.rules = {f"/users/{USER}": ok({"id": USER})}
    fake.whole = [lambda _: web.Response(status=401, headers=header)]
    answers = await read(bench, bench.reader.user_queries.profile(USER))
    assert answers.gaps() == []
    assert len(bench.credential.scopes) == 2


async def test_no_token_is_a_gap(bench: Bench, fake: FakeGraph) -> None:
    """A credential that fails denies everything and stops nothing."""

    async def get_token(*_: str, **__: object) -> None:
        raise ClientAuthenticationError("no")

    bench.credential.get_token = get_token  # type: ignore[method-assign, assignment]
    (gap,) = (await read(bench, bench.reader.user_queries.profile(USER))).gaps()
    assert (gap.reason, gap.detail) == ("denied", "no_token")
    assert fake.batches == []


async def test_more_than_twenty_queries_take_two_batches(bench: Bench, fake: FakeGraph) -> None:
    """A batch never holds more than Graph takes."""
    queries = [bench.reader.user_queries.app(f"{USER[:-2]}{n:02}") for n in range(23)]
    answers = await read(bench, *queries)
    assert [len(batch) for batch in fake.batches] == [20, 3]
    assert len(answers) == 23


async def test_a_spent_budget_is_not_asked(bench: Bench, fake: FakeGraph) -> None:
    """The first queries of a bucket go first; those that do not fit are not sent and say so.

    The fifth of five is kept for what is urgent.
    """
    q = bench.reader.user_queries
    queries = [q.auth_methods(USER), q.sign_ins(USER, NOW), q.audits_about(USER, NOW), q.audits_by(USER, NOW)]
    assert (await read(bench, *queries)).gaps() == []
    answers = await read(bench, *queries, q.profile(USER))
    assert [len(batch) for batch in fake.batches] == [4, 1]
    assert [(gap.what, gap.reason) for gap in answers.gaps()] == [
        ("authentication methods", "not_asked"),
        ("sign-in history", "not_asked"),
        ("directory changes to the user", "not_asked"),
        ("directory changes made by the user", "not_asked"),
    ]
    assert {gap.mend for gap in answers.gaps()} == {"Nothing to mend: the next update of this case asks again."}
    urgent = await read(bench, replace(q.auth_methods(USER), turn="urgent"))
    assert urgent.gaps() == []
    assert bench.slept == []


async def test_identity_protection_is_asked_once_a_second(bench: Bench, fake: FakeGraph) -> None:
    """A second query in the same second is not sent; with patience it waits its turn."""
    q = bench.reader.user_queries
    answers = await read(bench, q.risky_user(USER), q.risk_detections(USER))
    assert [gap.what for gap in answers.gaps()] == ["risk detections"]
    assert len(fake.asked) == 1
    answers = await read(bench, replace(q.risk_detections(USER), patience_seconds=1.5))
    assert answers.gaps() == []
    assert bench.slept == pytest.approx([1 + ARRIVAL_SECONDS])


async def test_waiting_leaves_time_to_ask(bench: Bench, fake: FakeGraph) -> None:
    """A turn that comes as late as the deadline is not waited for, so the other queries still get their answers."""
    q = bench.reader.user_queries
    for _ in range(5):
        assert await bench.budgets.take_budget("reports", 1, 5, 10) == 0
    answers = await read(bench, q.profile(USER), replace(q.auth_methods(USER), patience_seconds=60))
    assert bench.slept == []
    assert [(gap.what, gap.reason) for gap in answers.gaps()] == [("authentication methods", "not_asked")]


async def test_a_retry_takes_budget_too(bench: Bench, fake: FakeGraph) -> None:
    """Refused calls count against Graph's quota, so a retry that does not fit stays a gap."""
    fake.rules = {"/identityProtection": error(500, "Oops")}
    answers = await read(bench, bench.reader.user_queries.risk_detections(USER))
    assert len(fake.batches) == 1
    assert bench.slept == [0.5]
    assert [gap.detail for gap in answers.gaps()] == ["500 Oops"]


async def test_identity_protection_without_retry_after_waits_a_second(bench: Bench, fake: FakeGraph) -> None:
    """Graph names no wait in this bucket; its documented interval is used."""
    fake.rules = {"/identityProtection": [error(429, "TooManyRequests"), ok([])]}
    answers = await read(bench, bench.reader.user_queries.risk_detections(USER))
    assert bench.slept == pytest.approx([1 + ARRIVAL_SECONDS])
    assert answers.gaps() == []


async def test_a_deadline_in_the_past_asks_nothing(bench: Bench, fake: FakeGraph) -> None:
    """Every query gets its gap when there is no time at all."""
    answers = await bench.reader.read([bench.reader.user_queries.profile(USER)], NOW - timedelta(seconds=1))
    assert fake.batches == []
    assert [(gap.reason, gap.detail) for gap in answers.gaps()] == [("failed", "no time was left")]
