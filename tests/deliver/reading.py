"""Tickets as a person sees them: what a vendor's page makes of documents, cards and Markdown, as plain text."""

from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt


def document(node: dict[str, Any]) -> str:
    """Return an Atlassian document as Jira shows it."""
    match node["type"]:
        case "text":
            links = [mark["attrs"]["href"] for mark in node.get("marks", [])]
            return " ".join([node["text"], *(f"<{href}>" for href in links)])
        case "heading":
            return f"\n== {_inline(node)}"
        case "paragraph":
            return _inline(node)
        case "bulletList":
            return "\n".join(f"• {document(item)}" for item in node["content"])
        case "orderedList":
            return "\n".join(f"{number}. {document(item)}" for number, item in enumerate(node["content"], 1))
    return "\n".join(document(child) for child in node["content"])


def _inline(node: dict[str, Any]) -> str:
    return "".join(document(child) for child in node["content"])


def card(content: dict[str, Any]) -> str:
    """Return an adaptive card as Teams shows it."""
    lines = []
    for block in content["body"]:
        text = "".join(run["text"] for run in block["inlines"])
        is_bold = all(run.get("weight") == "Bolder" for run in block["inlines"])
        lines += [""] if block.get("separator") else []
        lines.append(f"== {text}" if is_bold else text)
    lines += [f"\n[{action['title']}] <{action['url']}>" for action in content.get("actions", [])]
    return "\n".join(lines)


def markdown(text: str) -> str:
    """Return Markdown as Sentinel, GitHub or a mail program shows it."""
    page = _Page()
    page.feed(MarkdownIt("gfm-like").render(text))
    return page.text()


class _Page(HTMLParser):
    """Collects text a block a line, lists with their marks, links with their addresses."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = [""]
        self._lists: list[int | None] = []
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"ul", "ol"}:
            self._lists.append(int(dict(attrs).get("start") or 1) if tag == "ol" else None)
        elif tag == "li":
            number = self._lists[-1]
            self._lists[-1] = None if number is None else number + 1
            self._lines.append("   " * (len(self._lists) - 1) + ("• " if number is None else f"{number}. "))
        elif tag in {"h1", "h2", "h3"}:
            self._lines += ["", "== "]
        elif tag == "p" and not self._lists:
            self._lines.append("")
        elif tag == "a":
            self._link = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self._lists.pop()
        elif tag == "a":
            self._lines[-1] += f" <{self._link}>"

    def handle_data(self, data: str) -> None:
        self._lines[-1] += " ".join(data.split("\n")) if data.strip() else ""

    def text(self) -> str:
        """Return all of it."""
        return "\n".join(line.rstrip() for line in self._lines).strip()
