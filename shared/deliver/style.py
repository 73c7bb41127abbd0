"""The style that pages share, and the Content-Security-Policy under which a page has that style and nothing else."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Literal

PAGES = Path(__file__).parent / "pages"


@cache
def style(*names: str) -> str:
    """Return the style that all pages share, then the named files beside it: the content of one ``<style>``."""
    return "".join((PAGES / name).read_text(encoding="utf-8") for name in ("style.css", *names))


def source_of(text: str) -> str:
    """Return the source expression that allows exactly this style or script: ``'sha256-…'``."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page_policy(css: str, *, forms: Literal["'none'", "'self'"] = "'none'") -> str:
    """Return the policy of a page without script and without requests: this style, and forms to nobody or to us.

    A page may carry it in a ``<meta>``, so that a saved copy is as safe.
    """
    return f"default-src 'none'; style-src {source_of(css)}; base-uri 'none'; form-action {forms}"
