"""Changes to data: weights moved, rows of tables taken out."""

import re
from collections.abc import Iterator

from tests.mutation.mutant import ROOT, Mutant, splice

WEIGHTS = "shared/assess/weights.toml"
TABLES = ("shared/activities.toml", "shared/assess/reasons.toml", "shared/privileges.toml", "shared/risk_types.toml")
_LINE = re.compile(r"^(?P<id>\w+) = \{(?P<values>[^}]*)\}", re.MULTILINE)
_NUMBER = re.compile(r"(?P<key>\w+) = (?P<number>-?\d+)")
_HEADING = re.compile(r"^\[{1,2}[^\]\n]+\]{1,2}.*$", re.MULTILINE)
_NAME = re.compile(r'^(?:id|name|activity) = "([^"]+)"', re.MULTILINE)


def weights() -> Iterator[Mutant]:
    """Yield each number of the weights, a fifth higher, a fifth lower, and zero."""
    text = (ROOT / WEIGHTS).read_text(encoding="utf-8")
    for line in _LINE.finditer(text):
        for found in _NUMBER.finditer(text, line.start("values"), line.end("values")):
            number = int(found["number"])
            step = max(2, round(abs(number) / 5))
            for other in dict.fromkeys((number + step, number - step, 0)):
                if other != number:
                    yield Mutant(
                        kind="weight",
                        path=WEIGHTS,
                        place=f"{line['id']}.{found['key']}",
                        change=f"{number} -> {other}",
                        text=splice(text, *found.span("number"), str(other)),
                    )


def rows() -> Iterator[Mutant]:
    """Yield each table without one of its rows."""
    for path in TABLES:
        text = (ROOT / path).read_text(encoding="utf-8")
        starts = [heading.start() for heading in _HEADING.finditer(text)]
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
            block = text[start:end]
            name = _NAME.search(block)
            place = name[1] if name else block.split("\n", 1)[0].strip("[]")
            yield Mutant(kind="row", path=path, place=place, change="taken out", text=splice(text, start, end, ""))
