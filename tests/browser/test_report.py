"""The report's page: readable by everybody, self-contained, and hostile names stay text."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from local.replay import replay
from local.scenario_folders import replay_folder
from local.tenant import Tenant
from tests.browser.conftest import Seen
from tests.browser.served import served
from tests.systems import KEY, TENANT, risk_body

SCENARIOS = Path(__file__).parents[1] / "scenarios"
SHOWN = ("session_theft", "gaps_all_denied", "remediated")
HOSTILE = '"><img src=x onerror="document.title=1"><script>document.title=2</script><a href=javascript:alert(1)>'


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the first report page of several scenarios, and of a user with a hostile name."""
    out = tmp_path_factory.mktemp("reports")
    anna = {**TENANT["users"][0], "displayName": HOSTILE, "jobTitle": HOSTILE}

    async def make() -> None:
        for name in SHOWN:
            await replay_folder(SCENARIOS / name, out / name)
        body = risk_body(
            1,
            userDisplayName=HOSTILE,
            additionalInfo=msgspec.json.encode([{"Key": "userAgent", "Value": HOSTILE}]).decode(),
        )
        await replay(Tenant.load({"users": [anna]}), [body], out / "hostile")

    # In a thread of its own, because a started browser keeps a loop in this one.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, make()).result()
    return {name: min((out / name / "reports").glob("*.html")) for name in (*SHOWN, "hostile")}


def test_barriers_are_seen(tmp_path: Path, seen: Seen) -> None:
    """A page that does bar people is found out: the look itself works."""
    bad = tmp_path / "bad.html"
    bad.write_text("<!doctype html><title>Bad</title><main><h1>Bad</h1><p style='color:#aaa'>pale</p></main>")
    seen.visit(bad.as_uri())
    assert {one.split(":")[0] for one in seen.barriers()} == {"color-contrast", "html-has-lang"}


@pytest.mark.parametrize("name", ["session_theft", "gaps_all_denied", "hostile"])
def test_nothing_bars_anybody_from_reading(pages: dict[str, Path], name: str, seen: Seen) -> None:
    """Axe finds nothing against WCAG AA; nothing outside is asked for, and a phone needs no scrolling sideways."""
    page = seen.visit(pages[name].as_uri())
    assert seen.barriers() == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_nothing_bars_anybody_in_light_or_dark(pages: dict[str, Path], both_schemes: Seen) -> None:
    """What has every drawing and every colour is readable in both schemes."""
    both_schemes.visit(pages["remediated"].as_uri())
    assert both_schemes.barriers() == []


def test_hostile_names_are_text(pages: dict[str, Path], seen: Seen) -> None:
    """A name that is markup is shown as it is written, and does nothing."""
    page = seen.visit(pages["hostile"].as_uri())
    assert "<img src=x" in page.inner_text("body")
    assert page.title() not in ("1", "2")
    assert page.locator("img, script, a[href^=javascript]").count() == 0


def test_no_script_is_needed(pages: dict[str, Path], seen: Seen) -> None:
    """The page holds no script, and each citation leads to its fact."""
    page = seen.visit(pages["session_theft"].as_uri())
    assert page.locator("script").count() == 0
    targets = page.evaluate("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
    assert len(set(targets)) > 10
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => '#' + one.id)")
    assert len(ids) == len(set(ids))
    assert set(targets) <= set(ids)


def test_feedback_needs_no_script(tmp_path: Path, seen: Seen) -> None:
    """A reader says on the page that the case was right; the page then says so, and the key is in no page of it."""
    with served(tmp_path) as app:
        app.happens(risk_body(1))
        (case,) = app.do(app.system.services.state.cases)
        page = seen.visit(f"{app.system.host.url}/api/cases/{case.id}/report?code={KEY}")
        page.get_by_label("Benign positive").check()
        page.get_by_label("Comment").fill("<b>VPN</b>\nof the office")
        page.get_by_label("evaluation case").check()
        page.get_by_role("button", name="Looks right").click()
        page.wait_for_url("**#feedback")
        assert page.get_by_role("status").inner_text().startswith("Said already: Looks right, Benign positive")
        assert page.get_by_label("Comment").input_value() == "<b>VPN</b>\nof the office"
        assert page.get_by_label("Benign positive").is_checked()
        assert page.get_by_label("evaluation case").is_checked()
        assert KEY not in page.content()
        assert seen.barriers() == []
