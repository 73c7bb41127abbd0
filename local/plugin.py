"""The plugin for Security Copilot: a manifest for each way to sign in, and the OpenAPI document of its skills.

Forms and limits are those of Microsoft's pages "API plugins" and "Create your own custom plugins" (read 2026-11):
OpenAPI 3.0 or 3.0.1, GET and POST, a skill for each ``operationId``, chosen by its description and example prompts.
"""

import argparse
from typing import Any

import msgspec
from rich.console import Console

from functions.serve_api_document import api_document

NAME = "entra-triage"
DESCRIPTION = (
    "Risky identities of Microsoft Entra ID, already triaged: a case for each affected user, guest, service principal"
    " or managed identity, with verdict, severity, findings, suggested actions and the evidence for each. Also answers"
    " questions about users, groups, apps, devices, roles, sign-ins, audit logs and Conditional Access policies of the"
    " tenant. It only reads Entra: it never resets, blocks, dismisses or changes anything there. What it could not read"
    " stands in gaps or missing; never take that for none."
)
REF = "#/components/schemas/"


class SkillText(msgspec.Struct, frozen=True, kw_only=True):
    """What Security Copilot chooses a skill by."""

    description: str
    examples: tuple[str, ...]
    keeps: tuple[str, ...] = ()
    """Fields of the body that a prompt can fill, the first of them required; empty: the body as it is."""


SKILLS = {
    "answer_prompt": SkillText(
        description="Answers one question about the tenant in everyday English, from Microsoft Graph, with sources."
        " Use it for whatever no other skill of this plugin does. Send the user's own words, with the full user"
        " principal name, object id or display name. When result.type is needInput, ask the user to choose among"
        " data.prompts.",
        examples=(
            "Is karita@woodgrovebank.com risky? Why?",
            "What are the authentication methods that are registered for karita@woodgrovebank.com if any?",
            "Show me failed sign-ins for karita@woodgrovebank.com for the past 7 days",
            "List all users currently flagged as risky.",
        ),
        keeps=("prompt", "sessionId", "subject"),
    ),
    "list_capabilities": SkillText(
        description="Lists every question that can be answered, with example prompts, the permissions it needs and"
        " whether it is usable now. Use it when the user asks what entra-triage can do or why it does not answer.",
        examples=("What can entra-triage answer?", "Which skills of entra-triage lack a permission?"),
    ),
    "triage_identity": SkillText(
        description="Starts the triage of one user or one service principal now and returns the id of its case. Nothing"
        " in Entra changes. The report follows within a minute or so: read it with get_report.",
        examples=("Triage karita@woodgrovebank.com now with entra-triage",),
    ),
    "list_cases": SkillText(
        description="Lists the cases of affected identities, latest signal first; with status open, only those that"
        " still need somebody. Gives ids of cases for get_case and get_report.",
        examples=("Which identity cases are open in entra-triage?",),
    ),
    "get_case": SkillText(
        description="Returns one case by its id: its signals, its state and where its ticket went.",
        examples=("Was the ticket of case-0123456789ab delivered?",),
    ),
    "get_report": SkillText(
        description="Returns the triage report of one case by its id: verdict, severity, confidence, findings with"
        " evidence, suggested actions with their exact requests, what speaks for the user, and gaps. 202 while the"
        " report that was asked for is being made: ask again.",
        examples=(
            "Show me the triage report of case-0123456789ab",
            "What should be done about case-0123456789ab, and why?",
        ),
    ),
}


def write_plugin(given: argparse.Namespace, console: Console) -> int:
    """Write the files of the plugin into a folder and return the exit code."""
    files = {
        "openapi.json": plugin_document(given.url),
        "function-key.json": manifest(given.document_url, key_authorization()),
        "entra.json": manifest(given.document_url, entra_authorization(given.tenant_id, given.api_client_id)),
    }
    given.out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (given.out / name).write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
        console.print(str(given.out / name), markup=False, highlight=False)
    return 0


def manifest(document_url: str, authorization: dict[str, str]) -> dict[str, Any]:
    """Return a manifest; only how it signs in differs."""
    kind = "ApiKey" if authorization["Type"] == "APIKey" else authorization["Type"]
    return {
        "Descriptor": {
            "Name": NAME,
            "DisplayName": NAME,
            "Description": DESCRIPTION,
            "DescriptionDisplay": "Risky identities, triaged, and questions about the tenant. It only reads Entra.",
            "SupportedAuthTypes": [kind],
            "Authorization": authorization,
        },
        "SkillGroups": [{"Format": "API", "Settings": {"OpenApiSpecUrl": document_url}}],
    }


def key_authorization() -> dict[str, str]:
    """Return how a function key is sent; the key itself is typed in when the plugin is set up."""
    return {"Type": "APIKey", "Key": "x-functions-key", "Location": "Header", "AuthScheme": ""}


def entra_authorization(tenant_id: str, api_client_id: str) -> dict[str, str]:
    """Return how a token is had: an application of its own with the role *Call the API*.

    Not AADDelegated: the API exposes no scope for Security Copilot's own application to act under. Client id and secret
    are typed in when the plugin is set up.
    """
    return {
        "Type": "OAuthClientCredentialsFlow",
        "TokenEndpoint": f"https://login.microsoftonline.com/{tenant_id}/oauth2/v2.0/token",
        "Scopes": f"{api_client_id}/.default",
        "AuthorizationContentType": "application/x-www-form-urlencoded",
    }


def plugin_document(url: str) -> dict[str, Any]:
    """Return the part of the API's document that becomes skills, with the types that it needs and no other."""
    whole = api_document()
    paths: dict[str, dict[str, Any]] = {}
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            if text := SKILLS.get(operation["operationId"]):
                paths.setdefault(path, {})[method] = _skill(operation, text, whole)
    needed = _reached(paths, whole["components"]["schemas"])
    schemas = {name: schema for name, schema in whole["components"]["schemas"].items() if name in needed}
    info = {**whole["info"], "description": DESCRIPTION}
    components = {**whole["components"], "schemas": schemas}
    return {**whole, "info": info, "servers": [{"url": url}], "paths": paths, "components": components}


def _skill(operation: dict[str, Any], text: SkillText, whole: dict[str, Any]) -> dict[str, Any]:
    examples = [f"#ExamplePrompts {example}" for example in text.examples]
    made = {
        **operation,
        "description": "\n".join([text.description, *examples]),
        # Without `Prefer` nothing is answered later, so there is nothing to poll.
        "parameters": [one for one in operation["parameters"] if one["in"] != "header"],
        "responses": {
            status: _answer(response) if status[0] == "2" else {"description": response["description"]}
            for status, response in operation["responses"].items()
            if status != "202" or "200" not in operation["responses"]
        },
    }
    if text.keeps:
        content = operation["requestBody"]["content"]["application/json"]
        schema = whole["components"]["schemas"][content["schema"]["$ref"].removeprefix(REF)]
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {**content, "schema": _narrowed(schema, text.keeps)}},
        }
    return made


def _answer(response: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without its example, which no skill is chosen by."""
    content = {kind: {"schema": one["schema"]} for kind, one in response["content"].items()}
    return {**response, "content": content}


def _narrowed(schema: dict[str, Any], keeps: tuple[str, ...]) -> dict[str, Any]:
    """Return an object of these fields alone, each as plain text where it may be that."""
    properties = {name: _plain(schema["properties"][name]) for name in keeps}
    return {"type": "object", "properties": properties, "required": [keeps[0]], "additionalProperties": False}


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    texts = [choice for choice in field.get("anyOf", []) if choice.get("type") == "string"]
    rest = {name: value for name, value in field.items() if name not in {"anyOf", "default"}}
    return {**texts[0], **rest} if texts else rest


def _reached(node: object, schemas: dict[str, Any]) -> set[str]:
    """Return the names of all types that are referred to, also by one another."""
    found: set[str] = set()
    ahead = [node]
    while ahead:
        one = ahead.pop()
        if isinstance(one, dict):
            ahead.extend(one.values())
            name = str(one.get("$ref", "")).removeprefix(REF)
            if name in schemas and name not in found:
                found.add(name)
                ahead.append(schemas[name])
        elif isinstance(one, list):
            ahead.extend(one)
    return found
