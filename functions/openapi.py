"""Operations to an OpenAPI 3.0.1 document: schemas from the types themselves, brought down to what 3.0 can say."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from functions.http_answers import INTERNAL, PROBLEM_BASE, Problem
from functions.openapi_words import field_words
from functions.operations import TENANT, Gives, Operation, Parameter
from shared.errors import (
    AccessDeniedError,
    ConflictError,
    DependencyUnavailableError,
    InvalidRequestError,
    MalformedRecordError,
    NotFoundError,
    UnsupportedMediaTypeError,
)

REF = "#/components/schemas/{name}"
DESCRIPTION = (
    "Triage of risky identities, and prompts about the tenant. It only reads: actions are suggested with their exact"
    " request, and nothing is executed."
)
EXAMPLES_FILE = Path(__file__).with_name("openapi_examples.json")
"""Real answers by operation and status, shortened: ``python -m tests.ask.api_examples`` takes them anew."""
PROBLEMS: dict[int, tuple[str, str, str]] = {
    400: ("InvalidRequest", InvalidRequestError.hint, "No JSON, an unknown field or value, or something is missing."),
    404: ("NotFound", NotFoundError.hint, "It is not there, is forgotten, or is another caller's."),
    405: ("MethodNotAllowed", "This route takes GET.", "The route does not have this method."),
    409: ("Conflict", ConflictError.hint, "Somebody else's, or written from many sides at once."),
    413: ("PayloadTooLarge", "Send at most 32768 bytes.", "The body is too long; the detail says what fits."),
    415: ("UnsupportedMediaType", UnsupportedMediaTypeError.hint, "The body is not called what the route takes."),
    422: ("MalformedRecord", MalformedRecordError.hint, "What is parked can still not be read, and stays parked."),
    500: ("Internal", INTERNAL, "A setting is wrong (`Configuration`), or a fault of the app (`Internal`)."),
    502: ("AccessDenied", AccessDeniedError.hint, "Graph refuses what the route must read itself."),
    503: (
        "DependencyUnavailable",
        DependencyUnavailableError.hint,
        "The app's own state, or Graph where the route reads it, does not answer; try again.",
    ),
}
"""The last word of a problem's ``type``, a detail, and when it comes."""
ALWAYS = (405, 500, 503)
OF_A_TENANT = (400, 404)
"""Where the app serves several tenants: none is named, or not one of the caller's."""
KEYS: list[dict[str, list[str]]] = [{"functionKey": []}, {"entra": []}]


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the document, without ``servers``."""
    types = [kind for one in operations for kind in _types(one) if kind is not None]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template=REF)
    described = _described(components, field_words([*types, Problem]))
    by_type = {repr(kind): _down(schema) for kind, schema in zip([*types, Problem], schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(f"/api/{one.route}", {})[one.method.lower()] = _operation(one, by_type)
    return {
        "openapi": "3.0.1",
        "info": {"title": "entra-triage", "version": "0.1.0", "description": DESCRIPTION, "license": {"name": "MIT"}},
        "security": KEYS,
        "paths": paths,
        "components": {
            "schemas": {name: _down(schema) for name, schema in described.items()},
            "securitySchemes": {
                "functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "entra": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _described(components: dict[str, Any], words: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Return schemas whose properties say what they mean, where the type has words for it."""
    return {
        name: {**schema, "properties": _with_words(schema["properties"], words.get(name, {}))}
        if "properties" in schema
        else schema
        for name, schema in components.items()
    }


def _with_words(properties: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    return {
        name: {"description": words[name], **schema} if name in words else schema for name, schema in properties.items()
    }


def _types(one: Operation) -> list[Any]:
    return [one.takes, *(kind for gives in one.gives.values() for kind in (gives.body, gives.or_body))]


def _operation(one: Operation, by_type: dict[str, Any]) -> dict[str, Any]:
    examples = _examples().get(one.id, {})
    is_of_a_tenant = not (one.is_open or one.is_of_the_app)
    responses = {
        str(status): _response(gives, by_type, examples.get(str(status))) for status, gives in one.gives.items()
    }
    if not one.is_open:
        responses["401"] = {"description": "No key or token, or a wrong one. The host's own answer, without a body."}
    for status in sorted({*one.problems, *ALWAYS, *(OF_A_TENANT if is_of_a_tenant else ())}):
        responses[str(status)] = _problem(status, by_type)
    responses["405"]["headers"] = _headers({"Allow": "The methods that the route has."})
    made: dict[str, Any] = {
        "operationId": one.id,
        "summary": one.summary,
        "tags": [one.tag],
        "parameters": [
            _parameter(parameter) for parameter in (*one.parameters, *((TENANT,) if is_of_a_tenant else ()))
        ],
        "responses": responses,
    }
    if one.takes is not None:
        content: dict[str, Any] = {"schema": by_type[repr(one.takes)]}
        if one.example is not None:
            content["example"] = one.example
        made["requestBody"] = {"required": True, "content": {one.takes_as: content}}
    if one.is_open:
        made["security"] = []
    return made


@cache
def _examples() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = msgspec.json.decode(EXAMPLES_FILE.read_bytes())
    return found


def _problem(status: int, by_type: dict[str, Any]) -> dict[str, Any]:
    title, detail, description = PROBLEMS[status]
    example = Problem(type=PROBLEM_BASE + title, title=title, status=status, detail=detail)
    content = {"schema": by_type[repr(Problem)], "example": msgspec.to_builtins(example)}
    return {"description": description, "content": {"application/problem+json": content}}


def _response(gives: Gives, by_type: dict[str, Any], example: Any) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if gives.body is not None:
        schema = by_type[repr(gives.body)]
        if gives.or_body is not None:
            schema = {"anyOf": [schema, by_type[repr(gives.or_body)]]}
        content["application/json"] = {"schema": schema} | ({} if example is None else {"example": example})
    for media_type in gives.other:
        content[media_type] = {"schema": {"type": "string"}}
    made: dict[str, Any] = {"description": gives.description, "content": content}
    if gives.headers:
        made["headers"] = _headers(gives.headers)
    return made


def _headers(texts: dict[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in texts.items()}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    if parameter.pattern:
        schema["pattern"] = parameter.pattern
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path",
        "description": parameter.description,
        "schema": schema,
    }


def _down(schema: Any) -> Any:
    """Return a JSON Schema of 2020-12 as OpenAPI 3.0 has it: null as ``nullable``, no ``const``, no tuples by place."""
    if isinstance(schema, list | tuple):
        return [_down(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _down_keyword(name, value) for name, value in schema.items() if not _is_moot(name, value)}
    if "const" in made:
        made["enum"] = [made.pop("const")]
    if "prefixItems" in made:
        made["items"] = {"anyOf": made.pop("prefixItems")}
    if "enum" in made and all(isinstance(one, str) for one in made["enum"]):
        made["type"] = "string"
    if "anyOf" in made:
        made = _without_null(made)
    if "$ref" in made and len(made) > 1:  # beside $ref 3.0 reads nothing
        made["allOf"] = [{"$ref": made.pop("$ref")}]
    return made


def _down_keyword(name: str, value: Any) -> Any:
    if name == "properties":
        return {one: _down(schema) for one, schema in value.items()}
    return msgspec.to_builtins(value) if name in {"default", "enum"} else _down(value)


def _is_moot(name: str, value: Any) -> bool:
    """Say whether 3.0 has no word for it, or wants it left out: an empty list, a default of null."""
    return name == "propertyNames" or (name in {"required", "default"} and value in ([], None))


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a choice without 3.1's type ``null``: one of the others may be null instead."""
    choices = [one for one in schema["anyOf"] if one.get("type") != "null"]
    if len(choices) == len(schema["anyOf"]):
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    place = next((place for place, one in enumerate(choices) if "type" in one), None)
    if place is None:  # only references, which can't be made nullable where they are used
        return {**rest, "anyOf": [*choices, {"type": "object", "nullable": True, "enum": [None]}]}
    choices[place] = _nullable(choices[place])
    return {**choices[0], **rest} if len(choices) == 1 else {**rest, "anyOf": choices}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    made = {**schema, "nullable": True}
    return {**made, "enum": [*schema["enum"], None]} if "enum" in schema else made
