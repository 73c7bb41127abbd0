"""Whatever stands in the fields that attackers fill: the judgement stands, and no page and no ticket is theirs."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from shared.deliver.render import as_html, as_markdown
from shared.hostile import is_unseen
from shared.models.reports import Report
from tests.hostile.corpus import TEXTS
from tests.hostile.world import NAMED, judged

RUNS = range(0, len(TEXTS), 6)
"""Some of the runs; ``python -m tests.hostile`` makes them all."""
MARKDOWN = MarkdownIt("commonmark", {"linkify": True, "html": True}).enable(["linkify", "table", "strikethrough"])


class Elements(HTMLParser):
    """What a browser would make of a page: element and attribute names, and where links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write down one element."""
        self.names |= {tag, *(f"{tag} {name}" for name, _ in attrs)}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "action")}

    def handle_comment(self, data: str) -> None:
        """A comment can hide what follows."""
        self.names.add("comment")


def decided(report: Report) -> tuple[object, ...]:
    """Return what the rules made of it, but for findings that words alone may add."""
    found = report.assessment
    return (
        found.verdict,
        found.severity,
        found.confidence,
        [one.id for one in found.findings if one.id not in NAMED],
        [(action.id, action.when) for action in found.actions],
        sorted({gap.reason for gap in report.dossier.gaps}),
    )


def wrongs(report: Report, plain: Report) -> list[str]:
    """Return what hostile words achieved, against the same case with harmless ones."""
    page, markdown = as_html(report), as_markdown(report)
    allowed, shown = Elements(as_html(plain)), Elements(page)
    tokens = {token.type for block in MARKDOWN.parse(markdown) for token in (block, *(block.children or ()))}
    known = {token.type for block in MARKDOWN.parse(as_markdown(plain)) for token in (block, *(block.children or ()))}
    hidden = {hex(ord(char)) for char in page + markdown if is_unseen(char) and char not in "\n\t"}
    return [
        *(f"decided otherwise: {a} / {b}" for a, b in zip(decided(report), decided(plain), strict=True) if a != b),
        *(f"element in the page: {name}" for name in sorted(shown.names - allowed.names)),
        *(f"link in the page: {link}" for link in shown.links if not link.startswith("#")),
        *(f"in Markdown: {kind}" for kind in sorted(tokens - known)),
        *(f"unseen character: {one}" for one in sorted(hidden)),
        *(["the page is more than three times as long"] if len(page) > 3 * len(as_html(plain)) else []),
    ]


@pytest.fixture(scope="module")
def plain_reports() -> dict[str, Report]:
    """Keep the harmless report, made once."""
    return {}


@pytest.mark.parametrize("run", RUNS)
async def test_hostile_words_achieve_nothing(run: int, tmp_path: Path, plain_reports: dict[str, Report]) -> None:
    """Verdict, severity, findings and actions are those of harmless words; page and Markdown hold none of theirs."""
    if not plain_reports:
        plain_reports["plain"] = await judged(tmp_path / "plain", None)
    report = await judged(tmp_path / "hostile", run)
    assert wrongs(report, plain_reports["plain"]) == []


async def test_the_comparison_would_notice(tmp_path: Path) -> None:
    """A page that did hold an attacker's markup would be found out."""
    plain = await judged(tmp_path, None)
    page = as_html(plain).replace("</main>", "<img src=https://evil.example></main>")
    assert {"img", "img src"} <= Elements(page).names - Elements(as_html(plain)).names
    assert re.search("Plain userDisplayName|Plain displayName", page)
