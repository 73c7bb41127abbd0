"""A campaign as an analyst sees it: in the list, on its own page, in its report, on a phone and on a wide screen."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import expect

from local.replay import latest_moment, read_bodies
from tests.browser.conftest import Seen
from tests.browser.served import Served, served
from tests.systems import KEY

SCENARIO = Path(__file__).parents[1] / "scenarios" / "campaign_phishing_kit"
FELL = ("adaeze.abara@woodgrovebank.com", "aino.dlamini@woodgrovebank.com")
FOLDED = "elif.varga@woodgrovebank.com"
WIDTHS = (390, 768, 1280)
SIDEWAYS = """() => [...document.querySelectorAll("main *")]
    .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === "auto")
    .map(one => one.outerHTML.slice(0, 80))"""
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the day on which a phishing kit tried twelve and got in at two."""
    tenant = msgspec.json.decode((SCENARIO / "tenant.json").read_bytes())
    bodies = read_bodies([SCENARIO / "events.json"])
    with served(tmp_path_factory.mktemp("campaign"), tenant, latest_moment(bodies)) as made:
        made.happens(*bodies)
        yield made


def campaign_of(app: Served) -> str:
    """Return the id of the campaign's case."""
    return next(case.id for case in app.do(app.system.services.state.cases) if case.identity.kind == "campaign")


def test_nothing_bars_anybody_and_no_page_scrolls_sideways(app: Served, both_schemes: Seen) -> None:
    """On a phone, a tablet and a wide screen, light and dark; the table of tickets neither."""
    case = campaign_of(app)
    for path in ("/api/console", f"/api/console/cases/{case}", f"/api/cases/{case}/report"):
        page = both_schemes.visit(f"{app.system.host.url}{path}?code={KEY}")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert both_schemes.barriers() == [], path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            assert page.evaluate(SIDEWAYS) == [], (path, width)


def test_the_list_shows_the_campaign_instead_of_its_members(app: Served, seen: Seen) -> None:
    """The campaign and who fell are cases to work on; the others are one click or one search away."""
    page = seen.visit(app.first)
    expect(page.locator(".case")).to_have_count(3)
    expect(page.locator(".strip")).to_contain_text("1 campaign with 10 more open")
    expect(page.locator(".case").first).to_contain_text("12 users were hit alike; 2 are compromised.")
    page.get_by_role("link", name="All its open cases").click()
    expect(page.locator(".case")).to_have_count(12)
    page.get_by_role("link", name="Clear").click()
    expect(page.locator(".case")).to_have_count(3)
    page.wait_for_load_state()
    page.get_by_label("Search").fill(FOLDED)
    expect(page.locator(".case")).to_have_count(1)


def test_its_page_leads_to_those_who_fell_and_back(app: Served, seen: Seen) -> None:
    """Members by name, each with a link to its case, and from there one to the campaign."""
    page = seen.visit(f"{app.console}/cases/{campaign_of(app)}?code={KEY}")
    for name in FELL:
        expect(page.get_by_role("link", name=name)).to_be_visible()
    expect(page.get_by_role("link", name=FOLDED)).not_to_be_visible()
    page.get_by_text("Not known to be compromised: 10").click()
    expect(page.get_by_role("link", name=FOLDED)).to_be_visible()
    last = app.do(app.system.services.state.campaigns)[0].last_at
    expect(page.locator(".pairs")).to_contain_text(f"{last:%Y-%m-%d %H:%M} (of any member)")
    page.get_by_role("link", name=FELL[0]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FELL[0])
    page.locator(".pairs").get_by_role("link", name="Many identities hit from AS64511").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Many identities hit from AS64511")


def test_its_report_says_who_fell_first(app: Served, seen: Seen) -> None:
    """Numbers and names at the top, members in a list of their own, no time as programs write it."""
    page = seen.visit(f"{app.system.host.url}/api/cases/{campaign_of(app)}/report?code={KEY}")
    card = page.locator(".who").inner_text()
    assert all(words in card for words in ("12 users", *FELL, "10 suspicious", "17 September 2026, 13:30 to 14:14 UTC"))
    rows = page.locator("#members > table tbody tr")
    expect(rows).to_have_count(len(FELL))
    expect(page.locator("#members details tbody tr")).to_have_count(10)
    page.evaluate("document.querySelectorAll('pre').forEach(one => one.remove())")
    assert not ISO.findall(page.inner_text("body"))
