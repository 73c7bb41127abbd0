"""Playbooks: both parsers and a scanner take them, their calls are the API's, and they run against the served app."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pycep
import pytest

from functions.serve_api_document import api_document
from tests.ask.door import TENANT, Door, door, failing
from tests.infra.bicep import ROOT
from tests.infra.test_parses import has_error
from tests.infra.workflow import Workflow, check_against, in_order, within
from tests.systems import ANNA, KEY, triage_due
from tests.tenants.two import A

FOLDER = ROOT / "infra/playbooks"
NAMES = ("risky-user-card", "risky-user-digest", "sentinel-incident")
DOCUMENT = msgspec.json.decode(msgspec.json.encode(api_document()))
PAGE = (ROOT / "docs/playbooks.md").read_text(encoding="utf-8")
AUTHENTICATION = '"authentication": {"type": "ManagedServiceIdentity", "audience": "API_CLIENT_ID"},'
TENANT_HEADER = '"x-triage-tenant": "TENANT_ID",'
VAULT = "https://kv.example/secrets/playbooks"
GRAPH = "https://graph.microsoft.com/"
NOBODY = "99999999-aaaa-4bbb-8ccc-000000000009"
RISKY = {
    "id": ANNA,
    "userDisplayName": "Anna Lind",
    "userPrincipalName": "<b>anna.lind@woodgrovebank.com",
    "riskLevel": "high",
    "riskState": "atRisk",
    "riskDetail": "none",
    "riskLastUpdatedDateTime": "2026-03-10T11:00:00Z",
    "isDeleted": False,
    "isProcessing": False,
}


def definition(name: str, tenant_id: str = "") -> dict[str, Any]:
    """Return a workflow as Bicep deploys it for one of several tenants, or without one."""
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    return msgspec.json.decode(text.replace("TENANT_ID", tenant_id) if tenant_id else text.replace(TENANT_HEADER, ""))


def actions(name: str) -> dict[str, dict[str, Any]]:
    """Return all actions of a workflow."""
    return within(definition(name)["actions"])


def workflow(
    name: str, opened: Door, trigger: Any = None, *, vault: int = 200, graph: int = 204, is_triaged: bool = True
) -> Workflow:
    """Return a workflow whose calls go to the served app, each held against the document; vault and Graph stand in."""

    async def http(call: dict[str, Any]) -> tuple[int, Any]:
        if call["uri"] == VAULT:
            assert call["authentication"] == {"type": "ManagedServiceIdentity", "audience": "https://vault.azure.net"}
            return vault, {"value": KEY}
        if call["uri"].startswith(GRAPH):
            return graph, None
        _, _, path, query, _ = urlsplit(call["uri"])
        check_against(DOCUMENT, call["method"], path, call.get("body"), call["headers"])
        while is_triaged and call["method"] == "GET" and await triage_due(opened.system):
            pass
        headers = {name.replace("-", "_"): value for name, value in call["headers"].items()}
        key = headers.pop("x_functions_key")
        status, body, _ = await opened.send(call["method"], f"{path}?{query}", call.get("body"), key=key, **headers)
        return status, body

    ids = {"teamId": "team", "channelId": "channel", "publicUrl": "https://people.example"}
    return Workflow(definition(name), http, trigger, appUrl=opened.system.host.url, keySecretUri=VAULT, **ids)


INCIDENT = {"object": {"id": "/incidents/1", "properties": {"relatedEntities": []}}}


async def incident(opened: Door, *accounts: Any, vault: int = 200) -> Workflow:
    """Run the playbook of incidents on accounts."""
    run = workflow("sentinel-incident", opened, INCIDENT, vault=vault)
    run.connectors["/entities/account"] = {"Accounts": list(accounts)}
    await run.run()
    return run


def messages(run: Workflow) -> list[str]:
    """Return the text of comments and posts."""
    bodies = [one["body"] for one in run.sent if isinstance(one["body"], dict)]
    return [body.get("message") or body.get("messageBody") for body in bodies if {"message", "messageBody"} & set(body)]


async def test_an_incident_gets_the_report_and_its_severity(tmp_path: Path) -> None:
    """The account is triaged by the app, the report waited for, written as text that can't be markup, and graded."""
    async with door(tmp_path) as opened:
        run = await incident(opened, {"AadUserId": ANNA})
        case = run.results["Start"]["body"]["caseId"]
        report = await opened.get(f"/api/cases/{case}/report")
    (message,) = messages(run)
    assert f"verdict {report['assessment']['verdict']}, severity {report['assessment']['severity']}" in message
    assert f"case {case} version 1" in message
    assert not re.search(r"<(?!/?(p|pre)>)", message)
    (graded,) = [one for one in run.sent if one["method"] == "put"]
    assert graded["body"] == {
        "incidentArmId": "/incidents/1",
        "severity": report["assessment"]["severity"].capitalize(),
    }
    ways_to_name_an_account = {"UPN", "Name", "UPNSuffix"}
    assert set(run.missing) == ways_to_name_an_account, "a field that the workflow reads is not in what was answered"
    assert KEY not in str(run.sent)


async def test_one_account_that_fails_does_not_hide_another(tmp_path: Path) -> None:
    """Nobody of that id: a comment says so; the other account has its report and sets the severity."""
    async with door(tmp_path) as opened:
        run = await incident(opened, {"AadUserId": NOBODY}, {"UPN": "anna.lind@woodgrovebank.com"})
    failed, done = messages(run)
    assert "Start of triage answered 404" in failed
    assert "verdict" in done
    assert [one["path"] for one in run.sent if one["method"] == "put"] == ["/Incidents"]


async def test_a_report_that_never_comes_is_said(tmp_path: Path) -> None:
    """Triage takes the account and is never run: forty looks, then a comment with both answers, and no severity."""
    async with door(tmp_path) as opened:
        run = workflow("sentinel-incident", opened, INCIDENT, is_triaged=False)
        run.connectors["/entities/account"] = {"Accounts": [{"AadUserId": ANNA}]}
        await run.run()
    (message,) = messages(run)
    assert "Start of triage answered 202, the report 202" in message
    looks = [call for call in run.calls if "/report" in call["uri"]]
    assert [call["headers"]["accept"] for call in looks] == ["application/json"] * 40
    assert [one for one in run.sent if one["method"] == "put"] == []


async def test_an_incident_without_a_key_says_so(tmp_path: Path) -> None:
    """The vault refuses: one comment, no call to the app, no severity."""
    async with door(tmp_path) as opened:
        run = await incident(opened, {"AadUserId": ANNA}, vault=403)
    (message,) = messages(run)
    assert "function key" in message
    assert len(run.calls) == 1
    assert [one for one in run.sent if one["method"] == "put"] == []


async def test_the_digest_lists_risky_users(tmp_path: Path) -> None:
    """A row for each user with the fields that the answer has; hostile names can't act as markup."""
    async with door(tmp_path, tenant={**TENANT, "identityProtection/riskyUsers": [RISKY]}) as opened:
        run = workflow("risky-user-digest", opened)
        assert await run.run() == "Succeeded"
    (message,) = messages(run)
    assert "worst first: 1." in message
    assert "'high', 'atRisk'" in message.replace("&#x27;", "'")
    assert ANNA in message
    assert "Not read: nothing" in message
    assert "<b>" not in message
    assert run.missing == []
    assert KEY not in str(run.sent)


async def test_the_digest_says_what_is_missing(tmp_path: Path) -> None:
    """No permission: no empty table, but the permission's name."""
    denied = failing("identityProtection/riskyUsers", 403, "Authorization_RequestDenied")
    async with door(tmp_path, tenant=denied) as opened:
        run = workflow("risky-user-digest", opened)
        await run.run()
    (message,) = messages(run)
    assert "answered needAdditionalClaims" in message
    assert "IdentityRiskyUser.Read.All" in message


async def test_the_digest_says_that_it_failed(tmp_path: Path) -> None:
    """The vault refuses: one post that says that nothing was asked."""
    async with door(tmp_path) as opened:
        run = workflow("risky-user-digest", opened, vault=403)
        await run.run()
    assert ["could not be asked" in one for one in messages(run)] == [True]


@pytest.mark.parametrize("name", NAMES)
def test_both_parsers_take_the_file(name: str) -> None:
    """Neither finds an error, and each parameter is used; the workflow's parameters are all handed over."""
    text = (FOLDER / f"{name}.bicep").read_text(encoding="utf-8")
    tree = pycep.BicepParser().parse(text=text)
    assert not has_error(text)
    for symbol in [*tree["parameters"], *tree["variables"]]:
        assert len(re.findall(rf"\b{symbol}\b", text)) > 1, symbol
    handed = tree["resources"]["playbook"]["config"]["properties"]["parameters"]
    assert {one.strip("'") for one in handed} == set(definition(name)["parameters"])
    assert not re.search(r"(?i)listkeys|@secure|password", text)


@pytest.mark.parametrize("name", NAMES)
def test_the_graph_of_actions_is_sound(name: str) -> None:
    """No circle, no name that is not there, and what follows a failure is written down."""
    every = actions(name)
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    in_order(definition(name)["actions"])
    for action in every.values():
        in_order(action.get("actions", {}))
    assert set(re.findall(r"(?:body|outputs)\('(\w+)'\)", text)) <= set(every)
    assert set(re.findall(r"items\('(\w+)'\)", text)) <= set(every)
    assert set(re.findall(r"parameters\('([\w$]+)'\)", text)) == set(definition(name)["parameters"])
    scopes = {one for one, action in every.items() if action["type"] == "Scope"}
    caught = {one for action in every.values() for one, states in action["runAfter"].items() if "Failed" in states}
    assert scopes <= caught
    assert all(action["limit"].keys() == {"count", "timeout"} for action in every.values() if action["type"] == "Until")


@pytest.mark.parametrize("name", NAMES)
def test_calls_are_secured(name: str) -> None:
    """The key is in no run's history, 202 is not followed by the engine; only the card calls more than app and vault."""
    asked_of_entra = []
    for action in actions(name).values():
        if action["type"] != "Http":
            continue
        if action["inputs"]["uri"].startswith(GRAPH):
            asked_of_entra.append(name)
            continue
        secured = action["runtimeConfiguration"]["secureData"]["properties"]
        if action["inputs"]["uri"] == "@parameters('keySecretUri')":
            assert secured == ["inputs", "outputs"]
            continue
        assert "inputs" in secured
        assert action["operationOptions"] == "DisableAsyncPattern"
        assert action["inputs"]["uri"].startswith("@{parameters('appUrl')}")
        assert action["inputs"]["authentication"] == {"type": "ManagedServiceIdentity", "audience": "API_CLIENT_ID"}
    assert asked_of_entra == (["risky-user-card"] if name == "risky-user-card" else [])


@pytest.mark.parametrize("name", NAMES)
def test_without_entra_in_front_no_token_is_asked_for(name: str) -> None:
    """The text that Bicep cuts out is there once for each call to the app, and what is left is a workflow."""
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert f"var authentication = '{AUTHENTICATION}'" in (FOLDER / f"{name}.bicep").read_text(encoding="utf-8")
    uris = [one["inputs"]["uri"] for one in actions(name).values() if one["type"] == "Http"]
    to_the_app = [uri for uri in uris if uri.startswith("@{parameters('appUrl')}")]
    assert text.count(AUTHENTICATION) == len(to_the_app)
    left = within(msgspec.json.decode(text.replace(AUTHENTICATION, ""))["actions"])
    with_token = [one for one in left.values() if one["type"] == "Http" and "authentication" in one["inputs"]]
    assert len(with_token) == len(uris) - len(to_the_app)


@pytest.mark.parametrize("name", NAMES)
def test_every_call_to_the_app_may_name_a_tenant(name: str) -> None:
    """The header that Bicep fills or cuts out is there once for each call to the app, and in no other."""
    bicep = (FOLDER / f"{name}.bicep").read_text(encoding="utf-8")
    assert f"var tenantHeader = '{TENANT_HEADER}'" in bicep
    assert (
        "empty(triageTenantId) ? replace(text, tenantHeader, '') : replace(text, 'TENANT_ID', triageTenantId)" in bicep
    )
    for tenant_id, named in (("", None), (A, A)):
        calls = [
            one["inputs"] for one in within(definition(name, tenant_id)["actions"]).values() if one["type"] == "Http"
        ]
        to_the_app = [call for call in calls if call["uri"].startswith("@{parameters('appUrl')}")]
        assert {call["headers"].get("x-triage-tenant") for call in to_the_app} == {named}
        assert not [call for call in calls if call not in to_the_app and "x-triage-tenant" in call.get("headers", {})]


def test_the_page_deploys_each_with_the_parameters_it_has() -> None:
    """docs/playbooks.md has a command for each file that gives every parameter without a default, and no other."""
    commands = re.findall(r"az deployment group create (?:.*\\\n)*.*", PAGE)
    files = [re.findall(r"-f (\S+)", command)[0] for command in commands]
    assert sorted(files) == sorted(f"infra/playbooks/{name}.bicep" for name in NAMES)
    for command, file in zip(commands, files, strict=True):
        declared = pycep.BicepParser().parse(text=(ROOT / file).read_text(encoding="utf-8"))["parameters"]
        given = set(re.findall(r"(\w+)=", command))
        assert given <= set(declared)
        assert {one for one, what in declared.items() if what["default"] is None} <= given
