"""Documents say what the code says."""

import argparse
import ast
import itertools
import re
from pathlib import Path

import msgspec
import pytest

from local.command_line import parser
from local.tenant import Tenant
from shared.models.cases import SignalReason
from shared.settings import Settings
from tests.test_scenarios import outcome, reports_of

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def settings_table() -> list[str]:
    """Return the rows of the settings table as they must be: variable, default, the docstring under the field."""
    source = ast.parse((ROOT / "shared/settings.py").read_text(encoding="utf-8"))
    body = next(node for node in source.body if isinstance(node, ast.ClassDef)).body
    said = {
        field.target.id: " ".join(text.value.value.split())
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr)
    }
    rows = []
    for field in msgspec.structs.fields(Settings):
        default = ", ".join(field.default) if isinstance(field.default, tuple) else str(field.default)
        shown = "" if field.default in ("", None, ()) else f"`{default}`"
        rows.append(f"| `TRIAGE_{field.name.upper()}` | {shown} | {said[field.name].replace('``', '`')} |")
    return rows


def test_every_setting_is_in_the_table_with_its_default() -> None:
    """A setting can't be added, changed or removed without its line in docs/architecture.md."""
    lines = ARCHITECTURE.splitlines()
    assert [line for line in lines if line.startswith("| `TRIAGE_")] == settings_table()


def test_every_number_of_host_json_is_explained() -> None:
    """Each leaf of host.json has a row with its name and why."""
    table = ARCHITECTURE.split("## host.json, number by number")[1]
    named = {row.split("`")[1].split(".")[-1] for row in table.splitlines() if row.startswith("| `")}

    def leaves(node: object, name: str) -> list[str]:
        if isinstance(node, dict):
            return [leaf for key, value in node.items() for leaf in leaves(value, key)]
        return [name]

    host = msgspec.json.decode((ROOT / "host.json").read_bytes())
    assert set(leaves(host, "")) - named == {"id", "Azure.Core"}
    assert "`logging.logLevel.Azure.Core`" in table


def test_every_dependency_says_why_it_is_here() -> None:
    """docs/dependencies.md has one reason for each direct dependency, and none for what is gone."""
    document = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8").split("## From npm")[0]
    listed = {
        name.strip()
        for row in document.splitlines()
        if row.startswith("| ") and not row.startswith("| package")
        for name in row.split("|")[1].split(",")
    }
    wanted = {
        line.strip()
        for file in ("requirements.in", "requirements-dev.in")
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "-r"))
    }
    fetched_by_uv = {"checkov", "cyclonedx-bom", "pip-audit"}
    assert listed - {"uv"} == wanted | fetched_by_uv


def test_the_lock_of_npm_names_no_registry() -> None:
    """Like the requirements it installs from wherever the reader's tools look, with hashes."""
    lock = msgspec.json.decode((ROOT / "package-lock.json").read_bytes())
    packages = [package for name, package in lock["packages"].items() if name]
    assert [package for package in packages if "resolved" in package or "integrity" not in package] == []
    assert lock["packages"]["node_modules/azurite"]["version"] == lock["packages"][""]["devDependencies"]["azurite"]


def test_pinned_requirements_hold_names_versions_and_hashes() -> None:
    """Nothing in them names an index, a host or a path: they install from wherever the reader's tools look."""
    pinned = re.compile(r"(#.*|[\w.\[\]-]+==\S+( ; .*)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|    #.*|)")
    for file in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if not pinned.fullmatch(line)] == []
        assert not any("://" in line for line in lines)


def test_the_tenant_file_in_the_documents_is_one() -> None:
    """The example answers as it says: the user by name, the denied log with 403, the user not mentioned with 404."""
    text = (ROOT / "docs/local.md").read_text(encoding="utf-8")
    example = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0]
    tenant = Tenant.load(msgspec.json.decode(example))
    statuses = [
        tenant.answer("GET", f"/v1.0{path}").status
        for path in ("/users/anna.lind@woodgrovebank.com", "/auditLogs/signIns", "/users/nobody@woodgrovebank.com")
    ]
    assert statuses == [200, 403, 404]


def test_the_commands_in_the_documents_are_those_of_the_command_line() -> None:
    """docs/local.md lists each command with exactly its options."""
    text = (ROOT / "docs/local.md").read_text(encoding="utf-8")
    listed = {
        row.split("-m local ")[1].split()[0].strip("`"): set(re.findall(r"--[a-z-]+", row.split("`")[1]))
        for row in text.splitlines()
        if row.startswith("| `.venv/bin/python -m local ")
    }
    commands = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
    options = {
        name: {o for action in parser._actions for o in action.option_strings if o.startswith("--")} - {"--help"}
        for name, parser in commands.items()
    }
    assert listed == options


@pytest.mark.parametrize("name", re.findall(r"^### `(\w+)`", (ROOT / "docs/report.md").read_text(), re.MULTILINE))
async def test_headlines_of_the_guide_to_reports_come_out(name: str, tmp_path: Path) -> None:
    """The scenarios shown in docs/report.md have the verdicts that it quotes."""
    _, summary = await outcome(ROOT / "tests/scenarios" / name, tmp_path)
    (report,) = reports_of(summary, tmp_path).values()
    assert f"* Verdict: {report['summary']['headline']['text']}\n" in (ROOT / "docs/report.md").read_text()


def test_every_reason_for_a_case_is_explained() -> None:
    """A signal reason can't be added without its line in docs/architecture.md."""
    assert [reason for reason in SignalReason.__value__.__args__ if f"`{reason}`" not in ARCHITECTURE] == []


def test_the_threat_model_names_tests_that_exist() -> None:
    """Each line of docs/security.md is held by a test, and that test is there."""
    document = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = [row.split("|") for row in document.splitlines() if row.startswith("| ") and "tests/" in row]
    named = [name for row in rows for name in re.findall(r"`(tests/[^`]+)`", row[3])]
    assert len(rows) > 20
    assert all("`tests/" in row[3] for row in rows)
    for name in named:
        path, _, test = name.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert f"def {test}(" in text if test else "def test_" in text, name
