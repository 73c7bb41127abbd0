"""The table of risk types as a page of the documentation: what each means and how to look into it."""

from shared.risk_types import LICENCES, TYPES, Kind, RiskType

HEAD = """# Risk types

Made from `shared/risk_types.toml`; do not edit it by hand, but make it again:

```sh
.venv/bin/python -m local risk-types > docs/risk-types.md
```

Every `riskEventType` of Microsoft Entra ID Protection that is documented or seen in tenants, by the kind of identity
it is about. A type that is not here is shown by its own name and weighed as unknown, never as nothing. In a report,
*moment* and *address* are those of the detection.
"""
_TITLES: dict[Kind, str] = {"user": "Users", "servicePrincipal": "Workload identities", "agent": "Agents"}
_TIMINGS = {"realtime": "real time", "nearRealtime": "near real time", "offline": "offline"}
_LEVELS = {"signIn": "sign-in", "user": "user", "servicePrincipal": "service principal", "agent": "agent"}


def risk_types_page() -> str:
    """Return the page as Markdown, the same bytes for the same table."""
    parts = [HEAD]
    for kind, title in _TITLES.items():
        rows = [row for row in TYPES if kind in row.applies_to]
        parts.append(f"## {title}\n")
        parts += [_section(row) for row in rows]
    return "\n".join(parts).rstrip("\n") + "\n"


def _section(row: RiskType) -> str:
    checks = [check.replace("{moment}", "*moment*").replace("{address}", "*address*") for check in row.checks]
    lines = [
        f"### {row.name}: `{row.id}`\n",
        f"{row.meaning[:1].upper()}{row.meaning[1:]}\n",
        f"- timing: {_listed(row.timing, _TIMINGS)}; level of: {_listed(row.level_of, _LEVELS)}",
        f"- shown by name with: {LICENCES[row.licence]}",
        *([f"- what it hides is shown with: {LICENCES[row.shown_with]}"] if row.shown_with else []),
        *([f"- MITRE ATT&CK: {', '.join(row.techniques)}"] if row.techniques else []),
        f"- finding: `{row.finding}`",
        *([f"- may be benign: {row.benign}"] if row.benign else []),
        *([f"- shares the row of: `{row.alias_of}`"] if row.alias_of else []),
        "- check next:",
        *(f"  {number}. {check}" for number, check in enumerate(checks, 1)),
    ]
    return "\n".join(lines) + "\n"


def _listed(keys: tuple[str, ...], names: dict[str, str]) -> str:
    return " or ".join(names[key] for key in keys) or "not stated by Microsoft"
