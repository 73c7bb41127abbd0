"""A browser that tells what it asked for, and refuses to leave loopback."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, sync_playwright

from local.chromium import OPTIONS, chromium

LOOPBACK = ("127.0.0.1", "localhost")
WCAG_AA = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@dataclass
class Seen:
    """A page, what it asked for outside, and what it complained about."""

    page: Page
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def visit(self, url: str) -> Page:
        """Go to an address and return the page when it has loaded."""
        self.page.goto(url, wait_until="load")
        return self.page

    def barriers(self) -> list[str]:
        """Return what axe finds against WCAG 2.2 AA: rule, and the elements."""
        found = Axe().run(self.page, options=WCAG_AA).response["violations"]
        return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one Chromium for a file of tests; without one skip, or fail where CI is set.

    Not for the session: the sync API keeps an event loop running, which async tests of other files would meet.
    """
    path = chromium()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium here; `make test` gets one")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield started
        started.close()


def watched(context: BrowserContext) -> Seen:
    """Return a page in a context, requests to anywhere but loopback refused and written down."""
    seen = Seen(context.new_page())

    def gate(route: Route) -> None:
        where = urlsplit(route.request.url)
        if where.scheme in ("http", "https", "ws", "wss") and where.hostname not in LOOPBACK:
            seen.outside.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            seen.complaints.append(message.text)

    context.route("**/*", gate)
    seen.page.on("console", hear)
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    return seen


@pytest.fixture(params=["light", "dark"])
def both_schemes(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Seen]:
    """Hand out a page in light and one in dark; both may ask nobody outside and complain of nothing."""
    with browser.new_context(color_scheme=request.param) as context:
        seen = watched(context)
        yield seen
        assert seen.outside == []
        assert seen.complaints == []


@pytest.fixture
def seen(browser: Browser) -> Iterator[Seen]:
    """Hand out a page; it may ask nobody outside and complain of nothing."""
    with browser.new_context() as context:
        made = watched(context)
        yield made
        assert made.outside == []
        assert made.complaints == []
