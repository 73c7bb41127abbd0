"""The console as an analyst uses it: by mouse, by keyboard, live, without a request beyond loopback."""

import re
from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from shared.models.cases import TriageRequest
from shared.parking import parked_request
from tests.ask.door import ANNA_UPN
from tests.browser.conftest import Seen
from tests.browser.served import HOSTILE, Served, served
from tests.systems import ANNA, KEY, NOW, risk_body

BO = "11111111-aaaa-4bbb-8ccc-000000000002"
PAGES = ("", "/prompts", "/stuck", "/statistics", "/health")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve two cases, one of a user with a hostile name, and a dead letter."""
    with served(tmp_path_factory.mktemp("console")) as made:
        made.happens(
            risk_body(1, userDisplayName=HOSTILE, userPrincipalName=HOSTILE),
            risk_body(2, userId=BO, userPrincipalName="bo.berg@woodgrovebank.com", riskEventType="leakedCredentials"),
            b"nonsense",
        )
        yield made


def case_id_of(app: Served, identity: str) -> str:
    """Return the case of an identity."""
    cases = app.do(app.system.services.state.cases)
    return next(case.id for case in cases if case.identity.id == identity)


def test_nothing_bars_anybody(app: Served, both_schemes: Seen) -> None:
    """Axe finds nothing against WCAG AA: on any page at 360 px, which nothing is wider than; on some dark and wide."""
    is_dark = both_schemes.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    width = 1280 if is_dark else 360
    both_schemes.page.set_viewport_size({"width": width, "height": 800})
    case = f"/cases/{case_id_of(app, ANNA)}"
    for path in ("", case) if is_dark else (*PAGES, case, "/cases/case-000000000000"):
        page = both_schemes.visit(f"{app.console}{path}?code={KEY}")
        assert both_schemes.barriers() == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    # The browser itself complains of the page that is not there.
    assert [text for text in both_schemes.complaints if "404" in text] == both_schemes.complaints
    both_schemes.complaints.clear()


def test_hostile_names_are_text(app: Served, seen: Seen) -> None:
    """Markup is shown as it is written, what turns text round is made visible, and nothing of it acts."""
    for path in ("", f"/cases/{case_id_of(app, ANNA)}", f"/prompts?prompt={HOSTILE[:40]}"):
        page = seen.visit(f"{app.console}{path}{'&' if '?' in path else '?'}code={KEY}")
        assert page.locator("img").count() == 0
        assert page.title() not in ("1", "2")
    text = seen.visit(app.first).inner_text("main")
    assert "<script>document.title=2</script>\N{REPLACEMENT CHARACTER}gnp.exe" in text


def test_a_report_is_read_from_its_case(app: Served, seen: Seen) -> None:
    """From the list to the case to the report, each by its link."""
    page = seen.visit(app.first)
    page.get_by_role("link", name="bo.berg@woodgrovebank.com").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("bo.berg@woodgrovebank.com")
    page.get_by_role("link", name="Read the report").click()
    expect(page.get_by_role("heading", name="Evidence and sources")).to_be_visible()


def test_cases_are_filtered_while_one_types(app: Served, seen: Seen) -> None:
    """The list narrows in place, the address follows, and what fits nothing says so."""
    page = seen.visit(app.first)
    expect(page.locator(".case")).to_have_count(2)
    page.get_by_label("Search").press_sequentially("berg")
    expect(page.locator(".case")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=berg"))
    page.get_by_label("Status").select_option("closed")
    expect(page.locator("main")).to_contain_text("No case fits.")
    assert page.reload()
    expect(page.get_by_label("Search")).to_have_value("berg")


def test_a_prompt_is_asked_by_keyboard_alone(app: Served, seen: Seen) -> None:
    """A slash lists capabilities, arrows and Enter choose, the answer has its table, a chip asks on, feedback is kept."""
    page = seen.visit(f"{app.console}/prompts?code={KEY}")
    box = page.get_by_role("combobox", name="Your question")
    box.focus()
    page.keyboard.type("/open_c")
    expect(page.get_by_role("option", selected=True)).to_contain_text("/open_cases")
    assert seen.barriers() == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("/open_cases ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="/open_cases")).to_be_focused()
    expect(page.get_by_role("columnheader", name="Verdict")).to_be_visible()
    page.get_by_role("button", name="Why was the verdict").first.press("Enter")
    turns = page.locator(".turn")
    expect(turns).to_have_count(2)
    assert seen.barriers() == []
    answer = turns.nth(1)
    answer.get_by_text("Was this right?").press("Enter")
    answer.get_by_label("Needs improvement").press("Space")
    answer.get_by_label("Comment").fill("It is <b>VPN</b>")
    answer.get_by_role("button", name="Send feedback").press("Enter")
    expect(turns.nth(1).locator("summary", has_text="needs improvement")).to_be_visible()
    (kept,) = app.do(app.system.services.state.feedback)
    assert (kept.rating, kept.comment) == ("needsImprovement", "It is <b>VPN</b>")


def test_a_case_renews_itself_and_loses_nothing_that_was_typed(app: Served, seen: Seen) -> None:
    """While nobody reloads: the new version appears, the focus and the comment stay; paused, nothing moves."""
    page = seen.page
    page.clock.install()
    path = f"/cases/{case_id_of(app, ANNA)}"
    seen.visit(f"{app.console}{path}?code={KEY}")
    before = page.locator(".versions > li").count()
    page.get_by_label("Comment").fill("half a sen")
    asked: list[int] = []
    page.on("response", lambda response: asked.append(response.status) if path in response.url else None)
    with page.expect_response(re.compile(path)):
        page.clock.run_for(5500)
    assert asked == [304], "a poll that finds nothing new brings nothing"
    app.happens(risk_body(3, riskEventType="maliciousIPAddress", userDisplayName=HOSTILE, userPrincipalName=HOSTILE))
    page.clock.run_for(5500)
    expect(page.locator(".versions > li")).to_have_count(before + 1)
    expect(page.get_by_role("status")).to_contain_text("Updated")
    expect(page.get_by_label("Comment")).to_have_value("half a sen")
    expect(page.get_by_label("Comment")).to_be_focused()
    page.get_by_role("button", name="I look at it").focus()
    app.happens(risk_body(4, riskEventType="leakedCredentials", userDisplayName=HOSTILE, userPrincipalName=HOSTILE))
    page.clock.run_for(5500)
    expect(page.locator(".versions > li")).to_have_count(before + 2)
    expect(page.get_by_role("button", name="I look at it")).to_be_focused()
    page.get_by_role("button", name="Pause updates").click()
    asked.clear()
    page.clock.run_for(60_000)
    assert asked == []


def test_it_says_when_it_is_not_up_to_date(app: Served, seen: Seen) -> None:
    """An app that cannot be reached, then can again: both are said, what is shown stays, forms keep what was typed."""
    page = seen.page
    page.clock.install()
    seen.visit(f"{app.console}/cases/{case_id_of(app, ANNA)}?code={KEY}")
    page.context.set_offline(True)
    page.clock.run_for(5500)
    expect(page.get_by_role("status")).to_contain_text("Not up to date. The app cannot be reached.")
    page.get_by_label("Your name").fill("Mia")
    page.get_by_role("button", name="I look at it").click()
    expect(page.get_by_role("alert").first).to_contain_text("Nothing was lost")
    page.context.set_offline(False)
    page.clock.run_for(11_000)
    expect(page.get_by_role("status")).to_contain_text("Connected again.")
    page.get_by_role("button", name="I look at it").click()
    expect(page.locator("main")).to_contain_text("Mia since")
    assert all("ERR_INTERNET_DISCONNECTED" in text for text in seen.complaints)
    seen.complaints.clear()


def test_a_parked_message_is_replayed(app: Served, seen: Seen) -> None:
    """It goes back to work; a dead letter that still can't be read says why, beside its button."""
    state = app.system.services.state
    parked = parked_request(msgspec.json.encode(TriageRequest(case_id=case_id_of(app, ANNA))), NOW)
    app.do(lambda: state.park(parked))
    page = seen.visit(f"{app.console}/stuck?code={KEY}")
    page.get_by_role("button", name=f"Replay {parked.id}").click()
    expect(page.locator("main")).to_contain_text(f"Put back to work: {parked.id}")
    page.get_by_role("button", name="Replay record-").click()
    expect(page.get_by_role("alert")).to_contain_text("Look at the parked bytes")
    assert [one.kind for one in app.do(state.parked)] == ["record"]
    assert all("422" in text for text in seen.complaints)
    seen.complaints.clear()


def test_all_of_it_works_without_script(app: Served, browser: Browser) -> None:
    """Filter, prompt, acknowledgement: forms and links alone."""
    with browser.new_context(java_script_enabled=False) as context:
        page: Page = context.new_page()
        page.goto(app.first)
        page.get_by_label("Search").fill("berg")
        page.get_by_role("button", name="Filter").click()
        expect(page.locator(".case")).to_have_count(1)
        page.locator(".case .name").click()
        page.get_by_label("Your name").fill("Noor")
        page.get_by_role("button", name="I look at it").click()
        expect(page.locator("main")).to_contain_text("Noor since")
        page.get_by_role("link", name="Ask", exact=True).click()
        page.get_by_label("Your question").fill(f"Is the account of {ANNA_UPN} enabled?")
        page.get_by_role("main").get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator(".turn")).to_have_count(1)
