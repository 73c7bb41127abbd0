"""Pages: hostile text from the evidence shows as text."""

from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from shared.deliver.render import as_html, as_markdown, markdown_text
from shared.deliver.ticket import ticket_of
from shared.models.assessment import Done
from tests.reports import report

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[click](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "# heading",
    "`code`",
    "@everyone",
    "https://evil.example/path",
    "www.evil.example",
    "mallory@evil.example",
    "- item",
    "1. item",
    "a | b\n--- | ---",
    "***",
    "&lt;b&gt;",
    "a\u202etxt.exe",
    "zero\u200bwidth",
    "arabic\u061cletter mark",
    "line\u2028separator",
    "soft\u00adhyphen",
    "tag\U000e0041character",
]


class Elements(HTMLParser):
    """Collects element names and every address that an attribute names."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect one element."""
        self.names.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "action"}]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_adds_no_element_and_no_address(name: str) -> None:
    """The page of a hostile name has the elements and addresses of a plain name's page."""
    plain, hostile = Elements(), Elements()
    plain.feed(as_html(report()))
    hostile.feed(as_html(report(name=name)))
    assert hostile.names == plain.names
    assert hostile.addresses == plain.addresses
    assert "script" not in hostile.names


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_no_markdown(name: str) -> None:
    """Rendered as GitHub's Markdown, links found in plain text included, a hostile name adds no element."""
    markdown = MarkdownIt("gfm-like")
    plain, hostile = Elements(), Elements()
    plain.feed(markdown.render(as_markdown(report(name="anna"))))
    hostile.feed(markdown.render(as_markdown(report(name=name))))
    assert hostile.names == plain.names
    assert hostile.addresses == plain.addresses
    assert not set("\u202e\u200b\u061c\u2028\u00ad\U000e0041") & set(
        as_markdown(report(name=name)) + as_html(report(name=name))
    )


@given(st.text(max_size=80))
def test_markdown_text_is_one_line_without_live_markup(text: str) -> None:
    """Every character that starts markup is escaped, whatever the text."""
    shown = markdown_text(text)
    assert "\n" not in shown
    assert "\r" not in shown
    for position, character in enumerate(shown):
        if character in "`*_[]()<>#|~@!":
            assert position > 0
            assert shown[position - 1] == "\\"


def test_the_page_allows_no_script_and_no_request() -> None:
    """The policy is in the page itself, so that a saved copy is as safe."""
    page = as_html(report())
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "http://" not in page


def test_what_is_done_and_what_comes_first_is_on_every_page() -> None:
    """Page, Markdown and ticket name the deed, its time, its doer and its facts, escaped; and the order of steps."""
    made = report()
    done = Done(
        id="disable_account",
        title="Disable the account",
        text="The account is already disabled.",
        at=made.opened_at,
        by='the administrator "<b>Ada</b>"',
        facts=("F1",),
    )
    (first,) = made.assessment.actions
    second = msgspec.structs.replace(first, id="reset", title="Reset", after=(first.id,), phase="evict")
    step = msgspec.structs.replace(made.summary.steps[0], action_id="reset")
    made = msgspec.structs.replace(
        made,
        assessment=msgspec.structs.replace(made.assessment, actions=(first, second), done=(done,)),
        summary=msgspec.structs.replace(made.summary, steps=(*made.summary.steps, step)),
    )
    ticket = ticket_of(made, ticket=None, public_url="")
    page, text = as_html(made), as_markdown(made)
    for shown in (page, text):
        assert "The account is already disabled." in shown
        assert "<b>Ada" not in shown
        assert "evict, after Revoke sessions" in shown
    assert [item["id"] for item in ticket["done"]] == ["disable_account"]
    assert [item["after"] for item in ticket["actions"]] == [(), ("revoke_sessions",)]


def test_what_to_check_next_is_on_page_markdown_and_ticket() -> None:
    """The runbook reaches people and playbooks, with the facts that it is for."""
    made = report()
    text = made.summary.checks[0].text
    assert "Check next" in as_html(made)
    assert text in as_html(made)
    assert "Check next:" in as_markdown(made)
    assert ticket_of(made, ticket=None, public_url="")["checks"] == [{"text": text, "facts": ["F1"]}]
    bare = msgspec.structs.replace(made, summary=msgspec.structs.replace(made.summary, checks=()))
    assert "Check next" not in as_html(bare) + as_markdown(bare)
