"""The app's identity may read in Graph what the app's queries name, and nothing else."""

import re

from local.tenant import StandInCredential
from shared.doctor.lacks import declared, needed
from shared.graph.client import make_graph
from shared.settings import Settings
from tests.infra.bicep import ROOT, variable

MEND = (
    "add it to infra/bicep/entra/graph-permissions.bicep and to the table in docs/deployment.md, or take it away there"
)


API = make_graph(StandInCredential(), Settings().graph_url).api


def granted() -> list[str]:
    """Return what Bicep grants."""
    return variable("entra/graph-permissions.bicep", "permissions")


def test_bicep_grants_what_the_queries_name() -> None:
    """No permission is missing, none is left over, none is there twice."""
    assert len(needed(API)) > 10
    assert granted() == sorted(needed(API)), MEND


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


TRIAGE = {
    name for _, query in declared(API) for name in (query.permission, *(permission for _, permission in query.parts))
}


def test_the_readme_names_what_triage_needs() -> None:
    """Each permission of a triage is in the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [one for one in sorted(TRIAGE) if f"`{one}`" not in readme] == []
