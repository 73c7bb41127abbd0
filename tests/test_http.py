"""The HTTP functions through the official worker: forms of a report, keys, and honest errors."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.systems import KEY, risk_body, stepped, take_in, triage_due


class Api:
    """Asks the running app."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def get(self, path: str, *, key: str = KEY, **headers: str) -> tuple[int, str, Any]:
        """Return status, media type and body (parsed when it is JSON)."""
        async with self._http.get(self._url + path, headers={"x-functions-key": key, **headers}) as answer:
            text = await answer.text()
            return (
                answer.status,
                answer.content_type,
                await answer.json(content_type=None) if "json" in answer.content_type else text,
            )

    async def post(self, path: str, body: bytes, *, key: str = KEY) -> tuple[int, str, Any]:
        """Return status, media type and parsed body of a POST."""
        async with self._http.post(
            self._url + path, data=body, headers={"x-functions-key": key, "content-type": "application/json"}
        ) as answer:
            return answer.status, answer.content_type, await answer.json(content_type=None)

    async def send_form(
        self, path: str, body: bytes, *, kind: str = "application/x-www-form-urlencoded"
    ) -> tuple[int, str]:
        """Return status and where the answer leads, which is not followed."""
        async with self._http.post(
            self._url + path,
            data=body,
            headers={"x-functions-key": KEY, "content-type": kind},
            allow_redirects=False,
        ) as answer:
            return answer.status, answer.headers.get("location", "")


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """Run the system with one triaged case and one dead letter."""
    async with stepped(tmp_path) as (system, _), aiohttp.ClientSession() as http:
        await take_in(system, risk_body(1), b"nonsense")
        await triage_due(system)
        yield Api(http, system.host.url)


async def test_health_needs_no_key_and_the_rest_does(api: Api) -> None:
    """Anyone may ask whether it lives; only key holders see cases."""
    assert (await api.get("/api/health", key=""))[2] == {"status": "ok", "records": 1}
    for path in ("/api/cases", "/api/cases/x", "/api/cases/x/report", "/api/parked"):
        assert (await api.get(path, key="wrong"))[0] == 401


async def test_cases_are_listed_and_narrowed(api: Api) -> None:
    """The list holds the case, with its signals, and narrows by status."""
    _, _, listed = await api.get("/api/cases")
    (case,) = listed["value"]
    assert case["status"] == "open"
    assert [s["reason"] for s in case["signals"]] == ["risky_detection"]
    assert (await api.get("/api/cases?status=closed"))[2] == {"value": []}
    status, _, one = await api.get(f"/api/cases/{case['id']}")
    assert (status, one["deliveries"][0]["status"]) == (200, "created")


async def test_a_report_comes_in_three_forms(api: Api) -> None:
    """``Accept`` chooses JSON, HTML or Markdown; a browser gets the page."""
    case_id = (await api.get("/api/cases"))[2]["value"][0]["id"]
    path = f"/api/cases/{case_id}/report"
    status, kind, report = await api.get(path)
    assert (status, kind, report["case_id"]) == (200, "application/json", case_id)
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    _, kind, page = await api.get(path, accept=browser)
    assert kind == "text/html"
    assert page.startswith("<!doctype html>")
    _, kind, text = await api.get(path, accept="text/markdown")
    assert kind == "text/markdown"
    assert text.startswith("# ")
    assert (await api.get(path + "?version=1"))[2]["version"] == 1


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/api/cases/case-none", 404, "NotFound"),
        ("/api/cases/case-none/report", 404, "NotFound"),
        ("/api/cases?status=odd", 400, "InvalidRequest"),
        ("/api/cases/case-none/report?version=x", 400, "InvalidRequest"),
    ],
)
async def test_errors_are_problems_with_a_hint(path: str, status: int, name: str, api: Api) -> None:
    """A wrong request gets RFC 9457 problem JSON with a stable type, and nothing of our insides."""
    found, kind, problem = await api.get(path)
    assert (found, kind) == (status, "application/problem+json")
    assert problem["type"] == f"urn:entra-triage:problem:{name}"
    assert problem["detail"]
    assert set(problem) == {"type", "title", "status", "detail"}


async def test_parked_messages_are_listed_without_their_content(api: Api) -> None:
    """A dead letter shows its reason and size; its bytes, which may name people, stay inside."""
    _, _, listed = await api.get("/api/parked")
    (letter,) = listed["value"]
    assert letter["kind"] == "record"
    assert letter["bytes"] == len(b"nonsense")
    assert "nonsense" not in str(letter)


async def test_feedback_is_taken_once_from_each_caller(api: Api) -> None:
    """The same caller's second opinion replaces the first; nobody's name or key comes back."""
    case_id = (await api.get("/api/cases"))[2]["value"][0]["id"]
    first = {"caseId": case_id, "rating": "needsImprovement", "comment": "<b>VPN</b>"}
    status, _, kept = await api.post("/api/feedback", msgspec.json.encode(first))
    assert (status, kept["comment"], kept["classification"]) == (201, "<b>VPN</b>", None)
    second = {**first, "rating": "looksRight", "classification": "benignPositive", "shareSample": True}
    assert (await api.post("/api/feedback", msgspec.json.encode(second)))[0] == 201
    (listed,) = (await api.get(f"/api/feedback?caseId={case_id}"))[2]["value"]
    assert (listed["rating"], listed["classification"], listed["shareSample"]) == ("looksRight", "benignPositive", True)
    assert "by" not in listed
    assert (await api.get("/api/feedback?caseId=other"))[2] == {"value": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"caseId":"x","rating":"great"}', 400),
        (b'{"caseId":"x","rating":"looksRight","extra":1}', 400),
        (b'{"caseId":"x","rating":"looksRight","comment":"' + b"y" * 501 + b'"}', 400),
        (b'{"caseId":"x","rating":"looksRight","comment":"' + b"y" * 17_000 + b'"}', 413),
        (b'{"caseId":"x","promptId":"x","rating":"looksRight"}', 400),
        (b'{"rating":"looksRight"}', 400),
        (b'{"promptId":"x","rating":"looksRight"}', 404),
        (b'{"caseId":"x","rating":"looksRight"}', 404),
    ],
)
async def test_what_is_no_feedback_is_refused_with_a_problem(api: Api, body: bytes, status: int) -> None:
    """Strict bodies, stable problems, nothing of the body in the answer."""
    answer = await api.post("/api/feedback", body)
    assert (answer[0], answer[1]) == (status, "application/problem+json")
    assert "yyy" not in str(answer[2])


FORM = "application/x-www-form-urlencoded"


async def test_the_form_of_a_report_is_taken_and_the_page_shows_it(api: Api) -> None:
    """A form sent to the page's own address is kept for its caller; the answer leads back to the page."""
    case_id = (await api.get("/api/cases"))[2]["value"][0]["id"]
    path = f"/api/cases/{case_id}/report"
    _, _, page = await api.get(path, accept="text/html")
    assert '<form method="post">' in page
    assert "Said already" not in page
    status, location = await api.send_form(
        path, b"rating=looksRight&classification=falsePositive&comment=%3Cb%3E&shareSample=true"
    )
    assert (status, location) == (303, "#feedback")
    _, _, page = await api.get(path, accept="text/html")
    assert "Said already: <b>Looks right</b>, False positive" in page
    assert "&lt;b&gt;" in page
    (kept,) = (await api.get(f"/api/feedback?caseId={case_id}"))[2]["value"]
    assert (kept["rating"], kept["comment"], kept["shareSample"]) == ("looksRight", "<b>", True)
    assert (await api.send_form(path, b"rating=needsImprovement&comment=" + b"a%0D%0A" * 250))[0] == 303
    (kept,) = (await api.get(f"/api/feedback?caseId={case_id}"))[2]["value"]
    assert (kept["rating"], kept["comment"], kept["classification"]) == ("needsImprovement", "\n".join("a" * 250), None)


NO_FORMS = (
    (b"", FORM, 400),
    (b"rating", FORM, 400),
    (b"rating=great", FORM, 400),
    (b"comment=x", FORM, 400),
    (b"rating=looksRight&extra=1", FORM, 400),
    (b"rating=looksRight&comment=%FF", FORM, 400),
    (b"&".join([b"rating=looksRight"] * 17), FORM, 400),
    (b"rating=looksRight&comment=" + b"y" * 501, FORM, 400),
    (b"rating=looksRight&comment=" + b"y" * 17_000, FORM, 413),
    (b'{"rating":"looksRight"}', "application/json", 415),
)


async def test_what_is_no_form_of_a_report_is_refused(api: Api) -> None:
    """A form is as strict as JSON: known fields, known words, bounded; nothing is kept."""
    case_id = (await api.get("/api/cases"))[2]["value"][0]["id"]
    statuses = [await api.send_form(f"/api/cases/{case_id}/report", body, kind=kind) for body, kind, _ in NO_FORMS]
    assert statuses == [(status, "") for _, _, status in NO_FORMS]
    assert (await api.send_form("/api/cases/case-none/report", b"rating=looksRight"))[0] == 404
    assert (await api.get("/api/feedback"))[2] == {"value": []}
