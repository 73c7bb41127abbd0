"""The HTTP trigger: routes, keys, limits, and what the app and its caller see of each other."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.worker.hosting import SETTINGS, live, stepped


async def exchange(folder: Path, requests: list[dict[str, Any]], settings: dict[str, str]) -> list[dict[str, Any]]:
    """Send requests, one after another, to a live host; return what came back."""
    answers = []
    async with (
        live(folder, port=0, environ=SETTINGS | settings) as stage,
        aiohttp.ClientSession(stage.host.url, cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        for request in requests:
            body = bytes.fromhex(request.pop("hex")) if "hex" in request else None
            method, path = request.pop("method", "GET"), request.pop("path")
            async with session.request(method, path, data=body, **request) as response:
                answers.append(
                    {
                        "status": response.status,
                        "headers": {name.lower(): value for name, value in response.headers.items()},
                        "cookies": response.headers.getall("Set-Cookie", []),
                        "body": (await response.read()).decode("latin-1"),
                    }
                )
        if settings.get("TEST_REPORT"):
            answers.append({"watched": [(one.function, one.ok, one.error_type) for one in stage.invocations]})
    return answers


def ask(isolated: Callable[..., Any], *requests: dict[str, Any], **settings: str) -> list[dict[str, Any]]:
    """Run ``exchange`` with requests and app settings."""
    answers: list[dict[str, Any]] = isolated(exchange, requests, settings)
    return answers


def test_the_app_sees_the_request_as_it_was_sent(isolated: Callable[..., Any]) -> None:
    """Method, URL, route, query, headers, trace parent and raw body reach the function."""
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    answer, plain = ask(
        isolated,
        {
            "method": "POST",
            "path": "/api/echo/7/a%20b?q=1&q=2&code=x",
            "hex": "00ff7b",
            "headers": {"x-custom": "Käse", "traceparent": parent},
        },
        {"path": "/API/Echo/-7"},
    )
    assert answer["status"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    seen = json.loads(answer["body"])
    assert seen["method"] == "POST"
    assert seen["url"].startswith("http://127.0.0.1:")
    assert seen["url"].endswith("?q=1&q=2&code=x")
    assert seen["route"] == {"id": "7", "part": "a b"}
    assert seen["query"] == {"q": "1,2", "code": "x"}
    assert seen["header"] == "Käse"
    assert seen["body"] == "00ff7b"
    assert seen["trace"] == parent
    assert json.loads(plain["body"])["route"] == {"id": "-7"}


def test_routes_are_chosen_as_in_azure(isolated: Callable[..., Any]) -> None:
    """A literal beats a parameter, a constraint must hold, a wildcard takes the rest, a wrong method is not found."""
    answers = ask(
        isolated,
        {"path": "/api/echo/latest"},
        {"path": "/api/echo/word"},
        {"path": "/api/files/a/b%2Fc/d"},
        {"path": "/api/files"},
        {"path": "/api/echo/1", "method": "DELETE"},
        {"path": "/echo/1"},
        {"path": "/api/cookies", "method": "PUT"},
    )
    assert [answer["status"] for answer in answers] == [200, 404, 200, 200, 404, 404, 418]
    assert answers[0]["body"] == "latest"
    assert answers[2]["body"] == '{"path": "a/b%2Fc/d"}'
    assert answers[3]["body"] == "{}"


def test_keys_open_what_their_level_says(isolated: Callable[..., Any]) -> None:
    """A function key opens function routes, the master key all, by header or query; anything else is 401."""
    answers = ask(
        isolated,
        {"path": "/api/guarded"},
        {"path": "/api/guarded?code=wrong"},
        {"path": "/api/guarded?code="},
        {"path": "/api/guarded", "headers": {"x-functions-key": "function-key"}},
        {"path": "/api/guarded?code=second-key"},
        {"path": "/api/guarded?code=master-key"},
        {"path": "/api/guarded?code=function-key", "headers": {"x-functions-key": "wrong"}},
        {"path": "/api/guarded/admin?code=function-key"},
        {"path": "/api/guarded/admin", "headers": {"x-functions-key": "master-key"}},
        TEST_REPORT="1",
    )
    assert [answer["status"] for answer in answers[:-1]] == [401, 401, 401, 200, 200, 200, 401, 401, 200]
    assert answers[0]["body"] == ""
    assert len(answers[-1]["watched"]) == 4


def test_a_failure_answers_500_and_says_nothing(isolated: Callable[..., Any]) -> None:
    """An exception, a cancellation, a time-out or a header that cannot be sent give an empty 500; the server goes on."""
    answers = ask(
        isolated,
        {"path": "/api/boom"},
        {"path": "/api/cancelled"},
        {"path": "/api/slow/9"},
        {"path": "/api/split"},
        {"path": "/api/text"},
        TEST_REPORT="1",
    )
    assert [answer["status"] for answer in answers[:-1]] == [500, 500, 500, 500, 200]
    assert [answer["body"] for answer in answers[:-1]] == ["", "", "", "", "words"]
    assert not answers[3]["cookies"]
    assert answers[-1]["watched"] == [
        ["boom", False, "ValueError"],
        ["cancelled", False, "CancelledError"],
        ["slow", False, "FunctionTimeoutError"],
        ["split", True, None],
        ["text", True, None],
    ]


def test_status_headers_cookies_and_bytes_come_back(isolated: Callable[..., Any]) -> None:
    """The function's status, headers, several cookies with their attributes and raw body reach the caller."""
    (answer,) = ask(isolated, {"path": "/api/cookies"})
    assert answer["status"] == 418
    assert answer["headers"]["x-kind"] == "teapot"
    assert answer["headers"]["content-type"] == "image/png"
    assert answer["body"].encode("latin-1") == b"\x00\xff"
    first, second = answer["cookies"]
    assert set(first.split("; ")) == {
        "a=1",
        "Path=/api",
        "Max-Age=60",
        "Secure",
        "HttpOnly",
        "SameSite=Strict",
        "expires=Wed, 12 Jan 2028 13:55:08 GMT",
    }
    assert second == "b=2; Path=/"


def test_a_body_over_the_limit_is_refused(isolated: Callable[..., Any]) -> None:
    """A body above FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is 413 and never reaches the function."""
    fits, too_large, report = ask(
        isolated,
        {"method": "POST", "path": "/api/echo/1", "hex": "00" * 100},
        {"method": "POST", "path": "/api/echo/1", "hex": "00" * 101},
        FUNCTIONS_REQUEST_BODY_SIZE_LIMIT="100",
        TEST_REPORT="1",
    )
    assert (fits["status"], too_large["status"]) == (200, 413)
    assert len(report["watched"]) == 1


def test_a_disabled_function_is_not_found(isolated: Callable[..., Any]) -> None:
    """``AzureWebJobs.<name>.Disabled`` takes one function away and leaves the others."""
    gone, still = ask(
        isolated, {"path": "/api/text"}, {"path": "/api/echo/latest"}, **{"AzureWebJobs.text.Disabled": "True"}
    )
    assert (gone["status"], still["status"]) == (404, 200)


def test_only_names_of_this_machine_are_answered(isolated: Callable[..., Any]) -> None:
    """A request under another host name, as after DNS rebinding, gets nothing."""
    foreign, local = ask(
        isolated,
        {"path": "/api/text", "headers": {"Host": "evil.example:7071"}},
        {"path": "/api/text", "headers": {"Host": "localhost"}},
    )
    assert (foreign["status"], foreign["body"]) == (421, "")
    assert local["status"] == 200


async def pages_and_stop(folder: Path) -> dict[str, Any]:
    """Serve a page of the caller's own, and stop while a request is being answered."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="console")

    async with (
        stepped(folder, port=0, pages=[web.get("/", page)]) as stage,
        aiohttp.ClientSession(stage.host.url) as session,
    ):
        async with session.get("/") as response:
            console = await response.text()

        async def slow() -> str:
            async with session.get("/api/slow/1") as response:
                return await response.text()

        answering = asyncio.create_task(slow())
        await stage.until(lambda: stage.noted("slow"))
        await stage.host.stop()
        return {"console": console, "slow": await answering}


def test_stopping_lets_a_request_finish(isolated: Callable[..., Any]) -> None:
    """Pages of the caller's own are served beside the app's, and a stop waits for the answer under way."""
    assert isolated(pages_and_stop) == {"console": "console", "slow": "slept"}
