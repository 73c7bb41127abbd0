"""The plugin for Security Copilot is made of the API's own document, and keeps to what Security Copilot takes."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from functions.serve_api_document import api_document
from local.__main__ import main
from local.plugin import SKILLS
from shared.ask.catalogue import skills
from shared.ask.plan import Plan
from shared.ask.request import PromptRequest
from shared.ask.rules import RulesPlanner
from tests.ask.test_understanding import SESSIONS
from tests.infra.bicep import ROOT

FOLDER = ROOT / "infra/plugin"
MANIFESTS = ("function-key.json", "entra.json")
PAGE = (ROOT / "docs/playbooks.md").read_text(encoding="utf-8")
FIELDS_OF_AUTHORIZATION = {
    "APIKey": {"Type", "Key", "Location", "AuthScheme"},
    "OAuthClientCredentialsFlow": {"Type", "TokenEndpoint", "Scopes", "AuthorizationContentType"},
}
"""What learn.microsoft.com/copilot/security/plugin-api lists, without what is typed in at set-up: Value, ClientId, ClientSecret."""


def read(name: str) -> Any:
    """Return a committed file of the plugin."""
    return msgspec.json.decode((FOLDER / name).read_bytes())


def operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return method, path and operation by operationId."""
    return {
        operation["operationId"]: (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def refs(node: object) -> set[str]:
    """Return every type that a part of a document refers to."""
    return set(re.findall(r"#/components/schemas/(\w+)", msgspec.json.encode(node).decode()))


def test_the_committed_files_are_what_the_command_makes(tmp_path: Path) -> None:
    """A change of the API can't leave the plugin behind."""
    assert main(["plugin", "--out", str(tmp_path)]) == 0
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert made == committed, "run: .venv/bin/python -m local plugin --out infra/plugin"


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests_are_within_the_limits(name: str) -> None:
    """Two keys at the top, names and descriptions of the allowed length, one way to sign in with its fields."""
    made = read(name)
    assert list(made) == ["Descriptor", "SkillGroups"]
    descriptor = made["Descriptor"]
    assert re.fullmatch(r"[^/\\?#]{1,100}", descriptor["Name"])
    assert 0 < len(descriptor["DisplayName"]) <= 40
    assert 0 < len(descriptor["Description"]) <= 16_000
    authorization = descriptor["Authorization"]
    assert [kind.lower() for kind in descriptor["SupportedAuthTypes"]] == [authorization["Type"].lower()]
    assert set(authorization) == FIELDS_OF_AUTHORIZATION[authorization["Type"]]
    (group,) = made["SkillGroups"]
    assert group["Format"] == "API"
    assert group["Settings"]["OpenApiSpecUrl"].startswith("https://")
    assert "secret" not in (FOLDER / name).read_text(encoding="utf-8").lower()


def test_the_key_goes_where_the_api_looks_for_it() -> None:
    """The manifest's header is that of the document's own scheme."""
    scheme = api_document()["components"]["securitySchemes"]["functionKey"]
    authorization = read("function-key.json")["Descriptor"]["Authorization"]
    assert (authorization["Location"].lower(), authorization["Key"]) == (scheme["in"], scheme["name"])


def test_the_document_is_valid_and_whole() -> None:
    """OpenAPI 3.0.1; each type that is referred to is there, and no other."""
    document = read("openapi.json")
    OpenAPIV30SpecValidator(document).validate()
    assert document["openapi"] == "3.0.1"
    assert refs(document["paths"]) | refs(document["components"]) == set(document["components"]["schemas"])
    assert [server["url"][:8] for server in document["servers"]] == ["https://"]


def test_every_skill_is_an_operation_of_the_app() -> None:
    """Same method, path, answers and types; nothing beyond what the app takes; GET and POST alone."""
    whole, made = msgspec.json.decode(msgspec.json.encode(api_document())), read("openapi.json")
    theirs, ours = operations(whole), operations(made)
    assert set(ours) == set(SKILLS)
    for name, (method, path, operation) in ours.items():
        their_method, their_path, their_operation = theirs[name]
        assert (method, path) == (their_method, their_path)
        assert method in {"get", "post"}
        assert all(one in their_operation["parameters"] for one in operation["parameters"])
        required = [one for one in their_operation["parameters"] if one["required"]]
        assert all(one in operation["parameters"] for one in required)
        for status, response in operation["responses"].items():
            if status[0] == "2":
                their_response = their_operation["responses"][status]
                for content in their_response["content"].values():
                    content.pop("example", None)
                assert response == their_response
        assert ("requestBody" in operation) == ("requestBody" in their_operation)
    for name, schema in made["components"]["schemas"].items():
        assert schema == whole["components"]["schemas"][name]


def test_what_changes_state_is_no_skill() -> None:
    """A model in a chat gives no feedback, replays nothing, adds no promptbooks; triage is all that it may start."""
    writing = {name for name, (method, _, _) in operations(api_document()).items() if method == "post"}
    assert set(SKILLS) & writing == {"answer_prompt", "triage_identity"}


@pytest.mark.parametrize("name", SKILLS)
def test_a_skill_says_when_to_use_it(name: str) -> None:
    """A name without odd characters, a description, and examples in the form that Security Copilot reads."""
    _, _, operation = operations(read("openapi.json"))[name]
    assert re.fullmatch(r"\w{1,100}", name)
    assert operation["description"].startswith(SKILLS[name].description)
    lines = operation["description"].splitlines()[1:]
    assert lines
    assert all(re.fullmatch(r"#ExamplePrompts \S.+", line) for line in lines)
    assert len(operation["description"]) < 2000


@pytest.mark.parametrize("prompt", SKILLS["answer_prompt"].examples)
async def test_example_prompts_are_understood(prompt: str) -> None:
    """What the plugin offers as an example has an answer without a model."""
    assert isinstance(await RulesPlanner(skills()).plan(prompt, SESSIONS[""]), Plan)


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "Is karita@woodgrovebank.com risky?"},
        {"prompt": "Is this user risky?", "sessionId": "session-1", "subject": "karita@woodgrovebank.com"},
    ],
)
def test_a_body_that_the_plugin_sends_is_one_that_the_app_takes(body: dict[str, str]) -> None:
    """The narrowed body is the app's with fewer fields."""
    _, _, operation = operations(read("openapi.json"))["answer_prompt"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert OAS30Validator(schema).is_valid(body)
    assert msgspec.convert(body, PromptRequest).prompt == body["prompt"]
    assert not OAS30Validator(schema).is_valid({**body, "skill": "user_risk"})
    assert not OAS30Validator(schema).is_valid({})


def test_addresses_and_ids_of_a_tenant_are_filled_in(tmp_path: Path) -> None:
    """The command of the document, with what azd keeps: no placeholder is left."""
    (command,) = re.findall(r"^(\.venv/bin/python -m local plugin(?:.*\\\n)*.*)$", PAGE, re.MULTILINE)
    values = {
        "PLUGIN_URL": "https://gateway.contoso.com",
        "DOCUMENT_URL": "https://stcontoso.blob.core.windows.net/plugin/openapi.json",
        "AZURE_TENANT_ID": "7a1f0c1e-4a53-4c4c-9f65-0b8f5f6b9d10",
        "API_CLIENT_ID": "0d3f2c61-4b7a-4e0d-9c35-5a1b7e3f9d20",
    }
    words = [
        re.sub(r"\$(\w+)", lambda found: values[found[1]], word) for word in shlex.split(command.replace("\\\n", " "))
    ]
    words[words.index("--out") + 1] = str(tmp_path)
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert all(value in "".join(written.values()) for value in values.values())
    assert not re.search(r"(triage|files)\.example\.com|[A-Z]_ID\b", "".join(written.values()))
