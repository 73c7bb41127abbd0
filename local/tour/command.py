"""Make docs/tour.md and its pictures: ``python -m local tour``."""

import argparse
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from rich.console import Console

from local.tour.pictures import camera, digest
from local.tour.walk import PROMPT, Shot, Walked, show_console, walk

PAGE = Path("docs/tour.md")
PICTURES = Path("docs/pictures")
DIGESTS = "pages.json"
_HERE = Path(__file__).parent


async def tour(given: argparse.Namespace, console: Console) -> int:
    """Walk the incident before a browser, and write the page, the pictures and the digests of what they show."""
    out: Path = given.out
    pictures = out / PICTURES.relative_to("docs")
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.png"):
        old.unlink()
    digests: dict[str, str] = {}
    async with camera(pictures) as take:

        async def look(url: str, shot: Shot) -> None:
            await take(url, shot)
            digests[shot.name] = await digest(url, shot)
            console.print(f"{pictures / shot.name}.png", markup=False, highlight=False)

        await show_console(look)
        walked = await walk(look)
    (out / PAGE.name).write_text(page_of(walked), encoding="utf-8")
    (pictures / DIGESTS).write_bytes(msgspec.json.format(msgspec.json.encode(digests)) + b"\n")
    return 0


def page_of(walked: Walked) -> str:
    """Return docs/tour.md."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=False,  # noqa: S701 - Markdown of our own story
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["json"] = _as_json
    return made.get_template("tour.md.j2").render(walked=walked, prompt=PROMPT)


def _as_json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
