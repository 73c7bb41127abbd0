"""docs/tour.md and its pictures show what the app answers now."""

from pathlib import Path

import msgspec

from local.tour.command import DIGESTS, PAGE, PICTURES, page_of
from local.tour.pictures import digest
from local.tour.walk import Shot, show_console, walk

ROOT = Path(__file__).parent.parent
AGAIN = "made of other pages than there are now: `.venv/bin/python -m local tour`, and look at the pictures"


async def test_the_tour_is_what_happens() -> None:
    """The page is the same to the byte, and every picture was taken of pages that still look so."""
    digests: dict[str, str] = {}

    async def look(url: str, shot: Shot) -> None:
        digests[shot.name] = await digest(url, shot)

    await show_console(look)
    walked = await walk(look)
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page_of(walked), AGAIN
    assert msgspec.json.decode((ROOT / PICTURES / DIGESTS).read_bytes()) == digests, AGAIN
    assert {path.stem for path in (ROOT / PICTURES).glob("*.png")} == set(digests)
