"""The catalogue of actions as a page of the documentation, so that people can read it without the code."""

from shared.assess.choose import ENTRIES
from shared.assess.entry import OUTSIDE_GRAPH, Entry

HEAD = """# Actions

Made from the catalogue in `shared/assess/actions/`; do not edit it by hand, but make it again:

```sh
.venv/bin/python -m local actions > docs/actions.md
```

Every action is a suggestion: nothing here is executed. A report gives each one with the real ids, why it fits this
person, and what must be checked first. Where a precondition does not hold, the report says so; what is done already is
listed with when and by whom.
"""
_PHASES = {
    "contain": "Contain: stop what is going on",
    "evict": "Evict: take back what was left behind",
    "recover": "Recover: give the account back",
    "learn": "Learn: ask, tell Entra, look further",
}


def actions_page() -> str:
    """Return the page as Markdown, the same bytes for the same catalogue."""
    parts = [HEAD]
    for phase, title in _PHASES.items():
        parts.append(f"## {title}\n")
        parts += [_section(entry) for entry in ENTRIES if entry.phase == phase]
    return "\n".join(parts).rstrip("\n") + "\n"


def _section(entry: Entry) -> str:
    outside = entry.permission == OUTSIDE_GRAPH
    lines = [
        f"### {entry.title}\n",
        f"- id: `{entry.id}`",
        "- done outside Microsoft Graph" if outside else f"- request: `{entry.request}`",
        *([] if outside else [f"- least permission: `{entry.permission}`"]),
        f"- least role: {entry.role}",
        f"- touches: {entry.blast_radius}",
        f"- undo: {entry.reversal}" if entry.reversible else f"- cannot be undone: {entry.reversal}",
        *([f"- after: {', '.join(f'`{name}`' for name in entry.after)}"] if entry.after else []),
        *(f"- does not fix: {limit}" for limit in entry.does_not_fix),
    ]
    return "\n".join(lines) + "\n"
