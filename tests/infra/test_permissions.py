"""The app's identity may read in Graph what the app's queries name, and nothing else."""

import ast
import re

from shared.ask.catalogue import skills
from tests.infra.bicep import ROOT, variable

MEND = (
    "add it to infra/bicep/entra/graph-permissions.bicep and to the table in docs/deployment.md, or take it away there"
)


def written(folder: str) -> set[str]:
    """Return every permission that a query in a folder names, written out or as a constant of its module."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        constants = {
            node.targets[0].id: node.value
            for node in nodes
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in nodes:
            if isinstance(node, ast.keyword) and node.arg == "permission":
                value = constants.get(node.value.id) if isinstance(node.value, ast.Name) else node.value
                if isinstance(value, ast.Constant):
                    found.add(value.value)
    return found


def named() -> set[str]:
    """Return every permission that a query or a skill names."""
    skilled = {permission for skill in skills().values() for permission in skill.permissions}
    return skilled | written("shared/graph") | written("shared/ask")


def granted() -> list[str]:
    """Return what Bicep grants."""
    return variable("entra/graph-permissions.bicep", "permissions")


def test_bicep_grants_what_the_queries_name() -> None:
    """No permission is missing, none is left over, none is there twice."""
    assert len(named()) > 10
    assert granted() == sorted(named()), MEND


def test_all_of_them_only_read() -> None:
    """No permission writes."""
    assert [
        one for one in granted() if not re.fullmatch(r"[A-Za-z]+\.Read(\.All|\.Directory|\.AuthenticationMethod)?", one)
    ] == []


def test_the_document_lists_the_same() -> None:
    """docs/deployment.md has a row for each."""
    document = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    table = document.split("## Permissions")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `([A-Za-z.]+)` \|", table, re.MULTILINE)) == granted(), MEND


def test_the_readme_names_what_triage_needs() -> None:
    """Each permission of a triage is in the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [one for one in sorted(written("shared/graph")) if f"`{one}`" not in readme] == []
