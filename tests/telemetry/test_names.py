"""The lists of names: what the code says, what docs/telemetry.md says, what the workbook asks for."""

import ast
from pathlib import Path

from shared.telemetry_names import ATTRIBUTES, EVERYWHERE, INSTRUMENTS, SPANS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/telemetry.md").read_text(encoding="utf-8")
CALLS = {"span", "count", "measure"}


def calls() -> list[tuple[str, str, set[str]]]:
    """Return the calls of shared/ with a constant name: function, name, and the attributes that are named there."""
    found = []
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "shared").rglob("*.py"))
    for text in texts:
        for node in ast.walk(ast.parse(text)) if "from shared.telemetry import" in text else ():
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS
            if called and node.args and isinstance(node.args[0], ast.Constant):
                names = {keyword.arg for keyword in node.keywords if keyword.arg} - {"parent"}
                found.append((node.func.id, str(node.args[0].value), names))
    return found


def test_calls_use_what_is_listed_and_all_of_it() -> None:
    """Each span and instrument of a call is in its list, with the attributes it may have; each of the lists is used."""
    allowed = {"span": {name: one.attributes for name, one in SPANS.items()}}
    for function, kind in (("count", "counter"), ("measure", "histogram")):
        allowed[function] = {name: one.attributes for name, one in INSTRUMENTS.items() if one.kind == kind}
    used = calls()
    assert [call for call in used if not call[2] <= set(allowed[call[0]].get(call[1], ()))] == []
    for function, names in allowed.items():
        assert {name for called, name, _ in used if called == function} == set(names)


def test_each_attribute_is_used() -> None:
    """The list of attributes has none that no span and no instrument has, but for those that all may have."""
    used = {name for one in (*SPANS.values(), *INSTRUMENTS.values()) for name in one.attributes}
    assert set(ATTRIBUTES) == used | {"error", *EVERYWHERE}


def test_the_page_lists_each_name() -> None:
    """docs/telemetry.md has a row for each span, instrument and attribute, in the words of the code, and no other."""
    rows = [f"| `{name}` | {one.kind} | {one.what} | {_outside(one.attributes)} |" for name, one in SPANS.items()]
    rows += [
        f"| `{one.name}` | {one.kind} | `{one.unit}` | {one.what} | {_outside(one.attributes)} |"
        for one in INSTRUMENTS.values()
    ]
    rows += [f"| `{outside}` | {what} |" for outside, what in ATTRIBUTES.values()]
    listed = [line for line in PAGE.split("## Where it goes")[0].splitlines() if line.startswith("| `")]
    assert sorted(listed) == sorted(rows)


def _outside(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{ATTRIBUTES[name][0]}`" for name in names)
