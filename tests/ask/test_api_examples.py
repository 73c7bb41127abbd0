"""The API's document: an example of every body, of every answer in JSON and of every problem, each one true."""

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from openapi_schema_validator import OAS30Validator

from functions.openapi import EXAMPLES_FILE
from functions.serve_api_document import api_document
from shared import errors
from tests.ask.api_examples import as_file, taken

DOCUMENT: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(api_document()))
OPERATIONS = {one["operationId"]: one for methods in DOCUMENT["paths"].values() for one in methods.values()}


def bodies(operation: Any) -> Iterator[tuple[str, Any]]:
    """Yield where a body in JSON, or a form, stands, and its schema with its example."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield "request", content
    for status, response in operation["responses"].items():
        for kind, content in response.get("content", {}).items():
            if "json" in kind and "ndjson" not in kind:
                yield status, content


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_body_has_an_example_that_fits_its_schema(name: str) -> None:
    """Requests, answers and problems."""
    for where, content in bodies(OPERATIONS[name]):
        assert "example" in content, where
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        assert [error.message for error in OAS30Validator(schema).iter_errors(content["example"])] == [], where


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_how_it_is_refused(name: str) -> None:
    """Words for it, what goes wrong with each, and problems whose type is that of an error of ours."""
    operation = OPERATIONS[name]
    assert operation["summary"]
    statuses = set(operation["responses"])
    assert {"405", "500", "503"} <= statuses
    assert ("401" in statuses) is (operation.get("security") != [])
    assert ({"400", "413", "415"} <= statuses) is ("requestBody" in operation)
    for status, response in operation["responses"].items():
        assert len(response["description"]) > 4
        for content in response.get("content", {}).values() if int(status) > 400 else ():
            title = content["example"]["title"]
            assert content["example"]["status"] == int(status)
            assert title == "Internal" or getattr(errors, f"{title}Error").http_status == int(status)


def test_examples_are_what_is_answered() -> None:
    """``python -m tests.ask.api_examples`` takes them anew."""
    assert EXAMPLES_FILE.read_bytes() == as_file(asyncio.run(taken()))
