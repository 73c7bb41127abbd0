"""The catalogue against its page in the documentation, what it proposes, and the public description of Graph."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from local.actions_page import actions_page
from local.replay import read_bodies, replay
from local.tenant import Tenant
from shared.assess.choose import ENTRIES
from shared.assess.entry import OUTSIDE_GRAPH

ROOT = Path(__file__).parents[2]
DESCRIPTION = ROOT.parent / "shared" / "data" / "graph-openapi.yaml"
FORMS = {
    "remove_role_assignment": (
        "POST /roleManagement/directory/roleEligibilityScheduleRequests",
        "POST /roleManagement/directory/roleAssignmentScheduleRequests",
        "DELETE /groups/{id}/members/{id}/$ref",
    ),
    "require_mfa_reregistration": ("GET /users/{id}/authentication/methods",),
    "rotate_workload_credential": ("POST /servicePrincipals/{id}/addPassword",),
    "remove_workload_credential": (
        "POST /servicePrincipals/{id}/removePassword",
        "POST /{holder}/{id}/removeKey",
    ),
    "remove_app_role_assignment": ("DELETE /servicePrincipals/{id}/appRoleAssignments/{id}",),
}
"""Other forms of a request, besides the one that the catalogue names."""
NOT_DESCRIBED = {
    "block_source_ip",
    "check_deleted_account",
    "deactivate_role_activation",
    "delete_access_pass",
    "delete_federated_credential",
    "disable_device",
    "remove_app_credential",
    "remove_app_role_assignment",
    "remove_assigned_role",
    "remove_federated_credential",
    "remove_guest_from_group",
    "remove_role_assignment",
    "remove_workload_credential",
    "restore_policy",
    "review_sign_in_trust",
    "revoke_consent",
    "revoke_workload_grant",
    "rotate_device_secret",
    "rotate_workload_credential",
}
"""Actions whose path the public description, a selection of Graph, leaves out; checked in the reference by hand."""
SCENARIOS = ("session_theft", "admin_through_pim", "guest_taken", "deleted_user", "traveller", "passwordless_user")


def pattern(request: str) -> re.Pattern[str]:
    """Return what matches the requests of a template; ids are one segment, percent-encoded."""
    parts = re.split(r"\{\w+\}", request)
    return re.compile("[A-Za-z0-9_.~%-]+".join(re.escape(part) for part in parts) + r"(?:\?[!-~]+)?")


@cache
def described() -> dict[str, set[str]]:
    """Return the methods that the public description has for each path, with any id written ``{id}``."""
    if not DESCRIPTION.is_file():
        pytest.skip("the OpenAPI description of Graph is not beside the repository")
    yaml = pytest.importorskip("yaml", reason="reading the OpenAPI description needs PyYAML")
    document = yaml.load(DESCRIPTION.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    found: dict[str, set[str]] = {}
    for path, item in document["paths"].items():
        found.setdefault(re.sub(r"\{[^}]+\}", "{id}", path), set()).update(name.upper() for name in item)
    return found


def test_the_page_is_current() -> None:
    """After a change of the catalogue: .venv/bin/python -m local actions > docs/actions.md."""
    assert (ROOT / "docs" / "actions.md").read_text(encoding="utf-8") == actions_page()


def test_every_entry_names_its_request_or_is_done_elsewhere() -> None:
    """Nothing in between, and the page holds every id."""
    page = actions_page()
    for entry in ENTRIES:
        assert bool(entry.request) is (entry.permission != OUTSIDE_GRAPH), entry.id
        assert f"`{entry.id}`" in page


def test_every_request_is_one_that_graph_describes() -> None:
    """Path and method exist in the public description, but for the known few that it leaves out."""
    unknown = set()
    for entry in ENTRIES:
        if not entry.request:
            continue
        method, _, path = entry.request.partition(" ")
        path = path.replace("mailFolders/inbox", "mailFolders/{id}").replace("{kind}Methods", "phoneMethods")
        if method not in described().get(path, set()):
            unknown.add(entry.id)
    assert unknown == NOT_DESCRIBED


async def _actions(name: str, out: Path) -> list[dict[str, Any]]:
    folder = ROOT / "tests" / "scenarios" / name
    summary = await replay(Tenant.load(folder / "tenant.json"), read_bodies([folder / "events.json"]), out)
    reports = [msgspec.json.decode((out / row["report"]).read_bytes()) for row in summary["cases"]]
    return [action for report in reports for action in report["assessment"]["actions"]]


@pytest.mark.parametrize("name", SCENARIOS)
async def test_what_is_proposed_is_what_the_catalogue_names(name: str, tmp_path: Path) -> None:
    """Real requests fit their template, ids are one encoded segment, bodies are JSON."""
    known = {entry.id: entry for entry in ENTRIES}
    found = await _actions(name, tmp_path)
    assert found
    for action in found:
        entry = known[re.sub(r"_\d+$", "", action["id"])]
        if not entry.request:
            assert (action["method"], action["url"], action["body"]) == ("NONE", "", "")
            continue
        asked = f"{action['method']} {action['url']}"
        forms = (entry.request, *FORMS.get(entry.id, ()))
        assert any(pattern(form).fullmatch(asked) for form in forms), asked
        if action["body"]:
            json.loads(action["body"])
