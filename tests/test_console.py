"""The console through the official worker: pages and forms as a browser without script gets and sends them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from functions.http_answers import FORM
from functions.serve_console import PAGES
from shared.console.page import FILES, POLICY
from shared.errors import DependencyError
from shared.models.cases import Campaign, TriageRequest
from shared.models.reports import Delivery
from shared.parking import parked_request
from tests.ask.door import ANNA_UPN, OTHER_KEY, SETTINGS, TENANT, TWIN, Door, door, failing
from tests.systems import ANNA, KEY, NOW, TENANT_ID, risk_body, take_in, triage_due

HOSTILE = '"><img src=x onerror=alert(1)>\u202eevil'
SHOWN = "&#34;&gt;&lt;img src=x onerror=alert(1)&gt;\N{REPLACEMENT CHARACTER}evil"
PATHS = ("", "/prompts", "/stuck", "/statistics", "/health")


class Pages:
    """Opens pages and sends forms."""

    def __init__(self, api: Door, case_id: str) -> None:
        self.api = api
        self.case_id = case_id

    async def get(self, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
        """Return status, page and headers."""
        return await self.api.send("GET", f"/api/console{path}", **headers)

    async def page(self, path: str) -> str:
        """Return a page that opens."""
        status, page, _ = await self.get(path)
        assert status == 200, page
        return page

    async def post(self, path: str, form: dict[str, str], *, key: str = KEY, **headers: str) -> tuple[int, str]:
        """Return status and page after what a form leads to."""
        headers.setdefault("content_type", FORM)
        status, page, _ = await self.api.send(
            "POST", f"/api/console{path}", key=key, data=urlencode(form).encode(), **headers
        )
        return status, page


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    """Run the system with one triaged case and one dead letter."""
    async with door(tmp_path) as api:
        await take_in(api.system, risk_body(1), b"nonsense")
        await triage_due(api.system)
        (case,) = (await api.get("/api/cases"))["value"]
        yield Pages(api, case["id"])


async def test_each_page_asks_nobody_outside_and_keeps_its_key(pages: Pages) -> None:
    """A strict policy, nothing cached, no inline script or style; links carry the key that opened the page."""
    for path in (*PATHS, f"/cases/{pages.case_id}"):
        status, page, headers = await pages.get(f"{path}?code={KEY}")
        assert status == 200
        assert headers["content-security-policy"] == POLICY
        assert "unsafe" not in POLICY
        assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert not any(inline in page for inline in ("<style", " style=", " onclick", "<script>", "javascript:"))
        own = [part.split('"')[0] for part in page.split('href="')[1:]]
        keyed = [link for link in own if link.startswith("/api/") and "/files/" not in link]
        assert len(keyed) >= 5
        assert all(f"code={KEY}" in unescape(link) for link in keyed)


async def test_an_unchanged_page_is_not_made_again(pages: Pages) -> None:
    """304 for the page's own mark, until something that it shows is new."""
    for path in ("", "/stuck", "/statistics", f"/cases/{pages.case_id}"):
        etag = (await pages.get(path))[2]["etag"]
        status, body, headers = await pages.get(path, if_none_match=f"W/{etag}")
        assert (status, body, headers["etag"]) == (304, "", etag)
    etag = (await pages.get(""))[2]["etag"]
    await take_in(pages.api.system, risk_body(2, riskEventType="leakedCredentials"))
    assert (await pages.get("", if_none_match=etag))[0] == 200


async def test_files_are_open_and_nothing_else_is(pages: Pages) -> None:
    """Style and script need no key and say when they are the same; no other file comes that way."""
    for file in FILES.iterdir():
        status, _, headers = await pages.api.send("GET", f"/api/console/files/{file.name}", key="")
        assert status == 200
        assert headers["content-type"].split(";")[0] in {"text/css", "text/javascript", "image/svg+xml"}
        again = await pages.api.send("GET", f"/api/console/files/{file.name}", key="", if_none_match=headers["etag"])
        assert again[0] == 304
    for name in ("page.py", "..%2Fpage.py", "cases.html.j2"):
        assert (await pages.api.send("GET", f"/api/console/files/{name}", key=""))[0] == 404
    for page in PAGES:
        if not page.is_open:
            assert (await pages.api.send(page.methods[0], f"/api/{page.route}", key="wrong"))[0] == 401


async def test_the_document_leaves_pages_out(pages: Pages) -> None:
    """No program reads them; a method that a page does not have is refused like any other."""
    document = await pages.api.get("/api/openapi.json")
    assert not any("console" in path for path in document["paths"])
    for page in PAGES:
        status, body, headers = await pages.api.send("DELETE", f"/api/{page.route}")
        assert (status, body["title"], headers["allow"]) == (405, "MethodNotAllowed", ", ".join(page.methods))


async def test_cases_are_found_and_narrowed(pages: Pages) -> None:
    """By part of a name, by verdict, status and who looks; what fits nothing says so, and a wrong choice why."""
    row = f'id="{pages.case_id}"'
    for query in (
        "",
        "?q=ANNA",
        "?q=lind+anna",
        f"?q={pages.case_id}",
        f"?q={ANNA}",
        "?status=all",
        "?kind=user",
        "?looked=no",
    ):
        assert row in await pages.page(query), query
    for query in ("?q=nobody", "?status=closed", "?verdict=benign", "?kind=servicePrincipal", "?looked=yes"):
        page = await pages.page(query)
        assert row not in page, query
        assert "No case fits." in page
    status, page, _ = await pages.get("?severity=odd")
    assert (status, "Invalid enum value" in page) == (400, True)


async def test_an_empty_console_says_what_it_waits_for(tmp_path: Path) -> None:
    """Before the first event there is nothing to show, and each page says so."""
    async with door(tmp_path) as api:
        empty = Pages(api, "")
        assert "No case yet." in await empty.page("")
        assert "Nothing to count yet." in await empty.page("/statistics")
        assert (await empty.page("/stuck")).count('class="empty"') == 3
        for path in ("/cases/case-000000000000", "/prompts?session=none"):
            status, page, headers = await empty.get(path)
            assert (status, headers["content-security-policy"]) == (404, POLICY)
            assert 'id="problem"' in page


async def test_somebody_looks_at_a_case(pages: Pages) -> None:
    """One name a case; a later version is said to be news; it can be let go."""
    path = f"/cases/{pages.case_id}"
    assert (await pages.post(f"{path}/acknowledgement", {"name": " "}))[0] == 400
    status, page = await pages.post(f"{path}/acknowledgement", {"name": HOSTILE})
    assert (status, SHOWN.replace("&#34;", "&#39;") in page) == (200, True)
    await pages.post(f"{path}/acknowledgement", {"name": "Mia"})
    assert "Mia looks at it" in await pages.page("?looked=yes")
    await take_in(pages.api.system, risk_body(2, riskEventType="leakedCredentials"))
    pages.api.clock.advance(120)
    await triage_due(pages.api.system)
    assert "(saw version 1)" in await pages.page("")
    assert "version 2 is news" in await pages.page(path)
    await pages.post(f"{path}/acknowledgement", {"release": "1"})
    assert "Nobody looks at it" in await pages.page("")


async def test_entras_name_is_the_one_that_counts(tmp_path: Path) -> None:
    """With Easy Auth nobody looks at a case under another's name; without it the header is nobody's word."""
    kim = {"x_ms_client_principal_name": "kim@woodgrovebank.com"}
    for easy_auth, said in ((True, "kim@woodgrovebank.com</b> since"), (False, "Mia</b> since")):
        settings = msgspec.structs.replace(SETTINGS, easy_auth=easy_auth)
        async with door(tmp_path / str(easy_auth), settings=settings) as api:
            await take_in(api.system, risk_body(1))
            case_id = (await api.get("/api/cases"))["value"][0]["id"]
            status, page = await Pages(api, case_id).post(f"/cases/{case_id}/acknowledgement", {"name": "Mia"}, **kim)
            assert (status, said in page) == (200, True)


async def test_versions_say_what_changed(pages: Pages) -> None:
    """Each version with its news; any two can be compared; a version that is none is an error that says so."""
    path = f"/cases/{pages.case_id}"
    await take_in(pages.api.system, risk_body(2, riskEventType="leakedCredentials"))
    pages.api.clock.advance(120)
    await triage_due(pages.api.system)
    page = await pages.page(path)
    assert "The first report." in page
    assert "New signal: risky detection." in page
    compared = await pages.page(f"{path}?before=1&after=2")
    assert "From version 1 to version 2" in compared
    assert "<ins>Identity Protection reported leakedCredentials" in compared
    assert "<h4>Score, " in compared
    assert "<del>" not in await pages.page(f"{path}?before=1&after=1")
    assert (await pages.get(f"{path}?before=1&after=9"))[0] == 404
    assert (await pages.get(f"{path}?before=x&after=2"))[0] == 400


async def test_feedback_is_taken_as_the_api_takes_it(pages: Pages) -> None:
    """Of a case and of an answer; a form without a rating is refused and changes nothing."""
    given = {"caseId": pages.case_id, "rating": "looksRight", "classification": "", "comment": HOSTILE}
    status, page = await pages.post("/feedback", {**given, "shareSample": "true"})
    assert (status, "Feedback is kept." in page, SHOWN in page) == (200, True, True)
    (kept,) = (await pages.api.get("/api/feedback"))["value"]
    assert (kept["rating"], kept["classification"], kept["shareSample"]) == ("looksRight", None, True)
    assert (await pages.post("/feedback", {"caseId": pages.case_id}))[0] == 400
    assert (await pages.post("/feedback", {"caseId": "case-none", "rating": "looksRight"}))[0] == 404


async def test_a_form_of_another_site_is_refused(pages: Pages) -> None:
    """Whatever a browser carries along; so is what is no form, or too long a one."""
    form = {"caseId": pages.case_id, "rating": "inappropriate"}
    for site in ("cross-site", "same-site"):
        assert (await pages.post("/feedback", form, sec_fetch_site=site))[0] == 400
    assert (await pages.post("/feedback", form, content_type="application/json"))[0] == 415
    assert (await pages.post("/feedback", {**form, "comment": "x" * 40_000}))[0] == 413
    assert (await pages.api.get("/api/feedback"))["value"] == []
    assert (await pages.post("/feedback", form, sec_fetch_site="same-origin"))[0] == 200


async def test_a_conversation_is_its_callers(pages: Pages) -> None:
    """Prompt, answer, table, sources, follow-ups; "/" names a capability; another key sees nothing of it."""
    status, page = await pages.post("/prompts", {"prompt": f"Is the account enabled of {ANNA_UPN}?"})
    assert status == 200
    assert "enabled" in page
    assert "https://graph.microsoft.com/v1.0/users/" in page
    session = page.split('name="session" value="')[1].split('"')[0]
    _, page = await pages.post("/prompts", {"prompt": "/open_cases", "session": session})
    assert page.count('<article class="turn"') == 2
    assert f'<td><a href="/api/console/cases/{pages.case_id}' in page
    assert 'name="prompt" value="Why was the verdict on ' in page
    prompt_id = page.split('name="promptId" value="')[1].split('"')[0]
    rated = {"promptId": prompt_id, "rating": "needsImprovement", "session": session}
    assert "Feedback: needs improvement" in (await pages.post("/feedback", rated))[1]
    assert (await pages.post("/feedback", rated, key=OTHER_KEY))[0] == 404
    assert (await pages.api.send("GET", f"/api/console/prompts?session={session}", key=OTHER_KEY))[0] == 404
    assert (await pages.post("/prompts", {"prompt": "x" * 4001}))[0] == 400


async def test_one_of_several_is_chosen_by_a_chip(pages: Pages) -> None:
    """Two of the same name are asked back; the button of the second answers about the second."""
    _, page = await pages.post("/prompts", {"prompt": "Is the account of Bo Berg enabled?"})
    assert "Needs a choice" in page
    session = page.split('name="session" value="')[1].split('"')[0]
    chosen = page.split(' class="chip">bo.berg2@woodgrovebank.com')[0].rsplit('value="', 1)[1].strip('"')
    _, page = await pages.post("/prompts", {"prompt": chosen, "session": session})
    assert TWIN in page.rsplit('<article class="turn"', 1)[1]


async def test_what_was_not_read_is_said_once(tmp_path: Path) -> None:
    """With the permission that mends it, as code; in the words of the answer or below them, never in both."""
    async with door(
        tmp_path, tenant=failing("identityProtection/riskyUsers", 403, "Authorization_RequestDenied")
    ) as api:
        _, page = await Pages(api, "").post("/prompts", {"prompt": "Show me all risky users"})
    assert "Not permitted" in page
    assert page.count("Grant the app <code>IdentityRiskyUser.Read.All</code>") == 1
    assert "`" not in page


async def test_hostile_names_are_text(tmp_path: Path) -> None:
    """What a user, an address or a prompt is called adds no element to any page, and turns nothing round."""
    anna = {**TENANT["users"][0], "displayName": HOSTILE}
    async with door(tmp_path, tenant={**TENANT, "users": [anna]}) as api:
        await take_in(api.system, risk_body(1, userDisplayName=HOSTILE, userPrincipalName=HOSTILE))
        await triage_due(api.system)
        hostile = Pages(api, (await api.get("/api/cases"))["value"][0]["id"])
        await api.system.services.state.save_campaign(
            Campaign(
                id="campaign-1",
                kind="password_spray",
                tenant_id=TENANT_ID,
                ip_address=HOSTILE,
                first_at=NOW,
                last_at=NOW,
                targeted=(ANNA,),
                succeeded=(ANNA,),
            )
        )
        _, answered = await hostile.post("/prompts", {"prompt": f"/open_cases {HOSTILE}"})
        for page in (answered, await hostile.page(""), await hostile.page(f"/cases/{hostile.case_id}")):
            assert "<img" not in page
            assert "\u202e" not in page
        assert SHOWN in await hostile.page("")


async def test_what_is_stuck_is_replayed(pages: Pages) -> None:
    """A failed request goes back to work; a record that still can't be read stays, and the page says so."""
    state = pages.api.system.services.state
    failed = parked_request(msgspec.json.encode(TriageRequest(case_id=pages.case_id)), NOW)
    await state.park(failed)
    assert "failed for good" in await pages.page(f"/cases/{pages.case_id}")
    page = await pages.page("/stuck")
    assert f'action="/api/console/stuck/{failed.id}/replay?code={KEY}"' in page
    status, page = await pages.post(f"/stuck/{failed.id}/replay", {})
    assert (status, f"Put back to work: {failed.id}" in page) == (200, True)
    (letter,) = await state.parked()
    status, page = await pages.post(f"/stuck/{letter.id}/replay", {})
    assert (status, 'id="problem"' in page) == (422, True)
    assert await state.parked() == [letter]
    assert "nonsense" not in page


async def test_what_did_not_arrive_is_told_with_what_to_do(pages: Pages) -> None:
    """A delivery that is tried again, and one that failed, on the case and among what is stuck."""
    kept: dict[str, Any] = {"case_id": pages.case_id, "version": 1, "at": NOW}
    failed = Delivery(destination="jira", status="failed", detail="DeliveryDenied 401", hint="Mend the token.", **kept)
    for one in (failed, Delivery(destination="teams", status="pending", detail="DeliveryUnavailable 503", **kept)):
        await pages.api.system.services.state.save_delivery(one)
    await take_in(pages.api.system, risk_body(2, riskEventType="leakedCredentials"))
    etag = (await pages.get("/stuck"))[2]["etag"]
    await pages.api.system.services.state.save_delivery(msgspec.structs.replace(failed, detail="DeliveryRejected 400"))
    assert (await pages.get("/stuck", if_none_match=etag))[0] == 200, "while triage is owed, a delivery is news"
    for path in ("/stuck", f"/cases/{pages.case_id}"):
        page = await pages.page(path)
        assert all(word in page for word in ("Mend the token.", "jira", "teams", "the queue tries again by itself"))


async def test_statistics_count_what_is_kept(pages: Pages) -> None:
    """Median time from event to ticket, verdicts and opinions, as numbers and in the plots' tables."""
    await pages.post("/feedback", {"caseId": pages.case_id, "rating": "looksRight", "classification": "truePositive"})
    page = await pages.page("/statistics")
    assert "<b>30 min 0 s</b>" in page
    assert '<td>30 minutes to 2 hours</td><td class="number">1</td>' in page
    assert '<td>True positive</td><td class="number">1</td>' in page
    assert "<b>1 of 1</b>" in page


async def test_health_shows_the_budgets_and_what_waits(pages: Pages) -> None:
    """The unit that a triage took of each limit, cases that wait, queues, and the set-up without a secret."""
    page = await pages.page("/health")
    assert "identityProtection, triage" in page
    assert "1 of 48 in 60 s" in page
    assert "nothing is owed" in page
    await take_in(pages.api.system, risk_body(2, riskEventType="leakedCredentials"))
    page = await pages.page("/health")
    assert "nothing is owed" not in page
    assert '<td>triage-requests</td><td class="number">1</td>' in page


async def test_a_failure_is_a_page_without_our_insides(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """What state says of itself stays in the log; a person is told what to do."""

    async def broken() -> None:
        raise DependencyError("row 7 of table secret", hint="Ask whoever runs the app.")

    async def bug() -> None:
        raise KeyError("secret")

    for failure, status in ((broken, 502), (bug, 500)):
        monkeypatch.setattr(pages.api.system.services.state, "open_cases", failure)
        found, page, _ = await pages.get("")
        assert found == status
        assert "secret" not in page
        assert 'id="problem"' in page


async def test_who_looks_is_erased_with_the_person(pages: Pages) -> None:
    """The line that names an analyst goes with the case."""
    state = pages.api.system.services.state
    await pages.post(f"/cases/{pages.case_id}/acknowledgement", {"name": "Mia"})
    assert len(await state.documents("acknowledgement")) == 1
    await state.erase([pages.case_id], [ANNA], [])
    assert await state.documents("acknowledgement") == []


async def test_a_first_delivery_keeps_its_time(pages: Pages) -> None:
    """Time to ticket counts from it, however often the ticket is updated."""
    state = pages.api.system.services.state
    (first,) = await state.deliveries(pages.case_id)
    assert first.first_at == first.at
    pages.api.clock.advance(60)
    await take_in(pages.api.system, risk_body(2, riskEventType="leakedCredentials"))
    pages.api.clock.advance(120)
    await triage_due(pages.api.system)
    (second,) = await state.deliveries(pages.case_id)
    assert second.first_at == first.at <= second.at - timedelta(minutes=3)
