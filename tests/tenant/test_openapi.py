"""The public description of Graph against the stand-in: same paths, same shapes, same page sizes."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from local.tenant import Tenant
from local.tenant.properties import PROPERTIES
from local.tenant.routes import read_route
from tests.tenant.conftest import document

DESCRIPTION = Path(__file__).parents[3] / "shared" / "data" / "graph-openapi.yaml"
if not DESCRIPTION.is_file():
    pytest.skip("the OpenAPI description of Graph is not beside the repository", allow_module_level=True)
yaml = pytest.importorskip("yaml", reason="reading the OpenAPI description needs PyYAML")
jsonschema = pytest.importorskip("jsonschema", reason="checking against the OpenAPI description needs jsonschema")


@cache
def description() -> dict[str, Any]:
    """Return the decoded description."""
    return yaml.load(DESCRIPTION.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def operations(method: str) -> list[tuple[str, dict[str, Any]]]:
    """Return path and operation of each path that has the method."""
    return [(path, item[method]) for path, item in description()["paths"].items() if method in item]


def concrete(path: str, item_id: str = "x") -> str:
    """Return a path with an id in each of its places."""
    return re.sub(r"\{[^}]+\}", item_id, path)


def test_every_described_path_is_known() -> None:
    """Each GET of the description leads to a resource of the catalogue."""
    assert [path for path, _ in operations("get") if read_route(concrete(path)).resource is None] == []


def test_page_sizes_agree() -> None:
    """The largest $top of each described collection is the catalogue's, where one is described."""
    wrong = {}
    for path, operation in operations("get"):
        route = read_route(concrete(path))
        described = operation.get("x-graph-limits", {}).get("top")
        if described and route.part == "all" and route.resource and route.resource.top != described:
            wrong[path] = (route.resource.top, described)
    assert wrong == {}


def widened(name: str) -> set[str]:
    """Return a permission and those that plainly contain it: Read for ReadBasic, Read as part of ReadWrite."""
    read = name.replace(".ReadWrite.", ".Read.")
    return {read, read.replace(".ReadBasic.", ".Read."), read.replace("GroupMember.ReadBasic.", "Group.Read.")}


def test_permissions_agree() -> None:
    """Whatever the catalogue accepts for a described path, the description lists, or lists a part of."""
    unknown = {}
    for path, operation in operations("get"):
        route = read_route(concrete(path))
        listed = operation.get("x-application-permissions")
        if listed and route.resource and route.part == "all":
            names = set().union(*(widened(name) for name in (*listed["least"], *listed["higher"])))
            unknown[path] = {need for need in route.resource.needs if not widened(need) & names}
    # Live tenants were seen to answer with the service principal permission; the list names only the other one.
    assert {path: extra for path, extra in unknown.items() if extra} == {
        "/identityProtection/servicePrincipalRiskDetections": {"IdentityRiskyServicePrincipal.Read.All"}
    }


def test_filterable_properties_agree() -> None:
    """Every path documented as filterable is accepted, and enforced lists hold nothing else."""
    for path, operation in operations("get"):
        route = read_route(concrete(path))
        listed = next((p["x-filterable"] for p in operation["parameters"] if "x-filterable" in p), None)
        if listed and route.resource and route.resource.filterable:
            assert set(route.resource.filterable) - {"id"} == set(listed) - {"id"}, path


def test_property_names_agree() -> None:
    """The names that a query may use are the ones that the description selects from."""
    for path, operation in operations("get"):
        route = read_route(concrete(path))
        select = next(
            (p["schema"]["items"].get("enum") for p in operation["parameters"] if p["name"] == "$select"), None
        )
        known = PROPERTIES.get(route.cast or (route.resource.type if route.resource else ""))
        if select and known:
            assert set(select) <= known | {"id"}, path


@pytest.mark.parametrize("source", ["small", "empty"])
def test_answers_have_the_described_shape(source: str) -> None:
    """The answer of each described GET is valid for its status under the description's strict schema."""
    held = document() if source == "small" else {}
    ids = [element["id"] for value in held.values() if isinstance(value, list) for element in value][:3] or ["x"]
    tenant = Tenant.load(held)
    checked = 0
    for path, operation in operations("get"):
        for item_id in ids:
            answer = tenant.answer("GET", concrete(path, item_id), {"ConsistencyLevel": "eventual"})
            if not answer.is_json:
                continue
            body = msgspec.json.decode(answer.body)
            schema = {"$ref": "#/components/schemas/error"}
            if answer.status == 200:
                schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            validator = jsonschema.Draft202012Validator({**schema, "components": description()["components"]})
            errors = [error.message for error in validator.iter_errors(body)]
            assert not errors, (path, errors[:2])
            checked += answer.status == 200
    assert checked > 20
