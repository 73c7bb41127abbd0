"""Pictures of pages, taken by a headless Chromium, and what says whether they are still true."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from local.chromium import OPTIONS, chromium
from local.tour.walk import Look, Shot, without_own
from shared.errors import ConfigurationError

WIDTH, HEIGHT = 1200, 800
TALLEST = 6000
_STYLES = ("/api/console/files/console.css",)


@asynccontextmanager
async def camera(folder: Path) -> AsyncIterator[Look]:
    """Hand out what takes a picture of each page into a folder. Raises ConfigurationError without a browser."""
    path = chromium()
    if path is None:
        raise ConfigurationError("no Chromium here", hint="`.venv/bin/python -m local.chromium` gets one.")
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=OPTIONS)
        page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")

        async def look(url: str, shot: Shot) -> None:
            await page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
            await page.goto(url + shot.path, wait_until="networkidle")
            target = folder / f"{shot.name}.png"
            if shot.part:
                # All of the page at once: its head, which stays in view, would lie over what is scrolled to.
                await page.set_viewport_size({"width": WIDTH, "height": TALLEST})
                await page.locator(shot.part).first.screenshot(path=target)
            else:
                await page.screenshot(path=target)

        yield look
        await browser.close()


async def digest(url: str, shot: Shot) -> str:
    """Return a digest of all that a page shows: its HTML and its style, without what differs from run to run."""
    async with aiohttp.ClientSession() as http:
        parts = []
        for path in (shot.path, *_STYLES):
            async with http.get(url + path, headers={"accept": "text/html"}) as answer:
                answer.raise_for_status()
                parts.append(without_own(await answer.text()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
