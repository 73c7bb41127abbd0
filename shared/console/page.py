"""What a page is: its template, what it shows, and a mark that tells whether it would look different now."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec

from shared.clock import iso, with_plain_times
from shared.deliver.render import points, visible_text
from shared.deliver.style import style

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent
FILES = FOLDER / "files"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
"""Media types of the files that pages load."""
ROOT = "/api/console"
_BACKTICKS = re.compile(r"`([A-Za-z0-9_.:/-]+)`")
_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")
_ERROR_CLASS = re.compile(r"^\w+Error: ")
_CASE_ID = re.compile(r"case-[0-9a-f]{12}")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of every page: files and requests of the app itself, nothing inline, nothing from outside."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page before it is made."""

    template: str
    mark: str
    """Changes whenever the page would look different; cheaper to have than the page."""
    content: Callable[[], Awaitable[dict[str, Any]]]


class Links(msgspec.Struct, frozen=True):
    """Addresses of the console's own pages, with the key that opened this one."""

    code: str = ""
    tenant: str = ""
    """Id of the tenant that the page is about, where the app serves several."""

    @property
    def kept(self) -> dict[str, str]:
        """Return what every address carries, for forms whose fields take the place of their address's query."""
        given = {"code": self.code, "tenant": self.tenant}
        return {name: value for name, value in given.items() if value}

    def to(self, *path: str, **query: object) -> str:
        """Return the address of a page below the console, e.g. ``to("cases", case_id, before=1)``."""
        return self._address("/".join([ROOT, *(quote(part, safe="") for part in path)]), query)

    def report(self, case_id: str, version: int | None = None) -> str:
        """Return the address of a report's page."""
        return self._address(f"/api/cases/{quote(case_id, safe='')}/report", {"version": version})

    def _address(self, path: str, query: dict[str, object]) -> str:
        given = {name: value for name, value in query.items() if value not in {None, ""}}
        words = urlencode({**given, **self.kept})
        return f"{path}?{words}" if words else path


def mark_of(*things: object) -> str:
    """Return a short digest of anything that msgspec can write as JSON."""
    return hashlib.sha256(msgspec.json.encode(things)).hexdigest()[:20]


def rendered(page: str, content: dict[str, Any]) -> str:
    """Return a page as HTML. Everything in the content is escaped, unseen characters are made visible."""
    return environment().get_template(page).render(content)


@cache
def appearance() -> str:
    """Return a digest of templates and files: pages look different when these change."""
    kept = sorted(path for path in (*FOLDER.rglob("*.j2"), *FILES.iterdir()) if path.is_file())
    return mark_of(style(), [(path.name, path.read_bytes()) for path in kept])


def file_of(name: str) -> tuple[bytes, str] | None:
    """Return a file that pages load, and its media type; None for a name that is none of ours.

    The console's style comes after the one that it shares with reports.
    """
    path = next((one for one in FILES.iterdir() if one.name == name and one.suffix in KINDS), None)
    if path is None:
        return None
    content = path.read_bytes()
    return (style().encode() + content if path.suffix == ".css" else content), KINDS[path.suffix]


def words(name: object) -> str:
    """Return ``needs_improvement`` or ``needsImprovement`` as ``needs improvement``."""
    return _CAPITAL.sub(lambda found: f" {found[0].lower()}", str(name or "").replace("_", " "))


def cause(reason: str) -> str:
    """Return why something is parked without the name of the error's class, which programs read."""
    return _ERROR_CLASS.sub("", reason)


def coded(text: str) -> str:
    """Return a text of ours as HTML in which names in backticks are code; everything else in it is escaped."""
    from markupsafe import Markup, escape

    parts = _BACKTICKS.split(visible_text(text))
    return Markup("").join(
        escape(part) if n % 2 == 0 else Markup("<code>{}</code>").format(part) for n, part in enumerate(parts)
    )


def clock_time(at: datetime | None) -> str:
    """Return ``2026-09-17 01:22``, which sorts and lines up; the column says UTC."""
    return iso(at)[:16].replace("T", " ") if at else ""


@cache
def environment() -> "Environment":
    """Return Jinja with everything escaped; loaded at the first page, not at a cold start."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: (
            visible_text(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
        ),
    )
    made.tests["case_id"] = lambda value: isinstance(value, str) and bool(_CASE_ID.fullmatch(value))
    made.filters.update(
        told=with_plain_times, points=points, cause=cause, coded=coded, iso=iso, words=words, at=clock_time
    )
    return made
