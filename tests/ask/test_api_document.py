"""The document that describes the API, held to the routes and to what they answer."""

from typing import Any

import msgspec
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from functions.refuse_methods import METHODS
from functions.serve_api_document import api_document
from functions.serve_console import PAGES
from tests.ask.door import (
    ANNA_UPN,
    BOOK,
    Door,
)
from tests.systems import risk_body, take_in, triage_due

ENABLED = f"Is the account enabled of {ANNA_UPN}?"


def routes(api: Door, *, refused: bool = False) -> list[tuple[str, str]]:
    """Return method and path of every HTTP trigger that the official worker found: those that answer, or that refuse."""
    functions = api.system.host._worker.functions.values()
    bindings = [
        binding for one in functions if one.name.startswith("refuse_on_") is refused for binding in one.bindings
    ]
    triggers = [binding for binding in bindings if binding["type"] == "httpTrigger"]
    return [(method.lower(), f"/api/{one['route']}") for one in triggers for method in one["methods"]]


async def test_each_route_takes_a_method_or_refuses_it(api: Door) -> None:
    """No method of a route is left to the host, and none is both taken and refused."""
    every = [*routes(api), *routes(api, refused=True)]
    known = [*api_document()["paths"], *(f"/api/{page.route}" for page in PAGES)]
    assert sorted(every) == sorted((method.lower(), path) for path in known for method in METHODS)
    asked: dict[str, set[str]] = {}
    for function in api.system.host._worker.functions.values():
        for binding in function.bindings:
            if binding["type"] == "httpTrigger":
                asked.setdefault(binding["route"], set()).add(str(binding["authLevel"]).lower())
    assert {level for levels in asked.values() for level in levels} == {"anonymous", "function", "admin"}
    assert all(len(levels) == 1 for levels in asked.values()), "a wrong method asks for the same key as a right one"


async def test_the_document_has_every_route_and_is_openapi(api: Door) -> None:
    """No route is missing, none is made up, and a maintained validator finds nothing to object to."""
    document = api_document()
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    pages = {(method.lower(), f"/api/{page.route}") for page in PAGES for method in page.methods}
    assert sorted(described | pages) == sorted(routes(api)), "what is for people is left out, and nothing else"
    assert len(described) > 15
    served = {**document, "servers": [{"url": "/"}]}
    plain = msgspec.json.decode(msgspec.json.encode(served))
    assert [str(error) for error in OpenAPIV30SpecValidator(plain).iter_errors()] == []
    assert plain["openapi"] == "3.0.1"
    text = msgspec.json.encode(served).decode()
    assert '"const"' not in text
    assert '"prefixItems"' not in text
    assert '{"type":"null"}' not in text
    data = plain["components"]["schemas"]["Data"]["properties"]
    assert data["candidates"]["description"] == "For ``needInput``: the things that may be meant."
    said = [one for schema in plain["components"]["schemas"].values() for one in schema.get("properties", {}).values()]
    assert sum("description" in one for one in said) > 100


def checker(document: Any, schema: Any) -> OAS30Validator:
    """Return a validator of values against a schema of the document."""
    return OAS30Validator({**schema, "components": document["components"]})


async def test_what_is_served_fits_the_document(api: Door) -> None:
    """Real answers of every GET and of each POST's own example are what the document says."""
    document = await api.get("/api/openapi.json")
    await take_in(api.system, risk_body(1))
    await triage_due(api.system)
    (case,) = (await api.get("/api/cases"))["value"]
    asked = await api.ask(ENABLED)
    await api.send("POST", "/api/promptbooks", BOOK)
    _, run, _ = await api.send("POST", "/api/promptbooks/who-is-it/runs", {"inputs": {"upn": ANNA_UPN}})
    named = {"case_id": case["id"], "prompt_id": asked["promptId"], "name": "who-is-it", "run_id": run["runId"]}
    checked = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            example = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            if example is not None:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                assert list(checker(document, schema).iter_errors(example)) == []
            if path.startswith(("/api/parked/", "/api/erasures")):  # the latter needs another key
                continue
            status, body, _ = await api.send(method.upper(), path.format(**named), example)
            response = operation["responses"][str(status)]
            kind = "application/json" if status < 300 else "application/problem+json"
            errors = checker(document, response["content"][kind]["schema"]).iter_errors(body)
            assert [error.message for error in errors] == [], (method, path)
            checked += 1
    assert checked > 15
