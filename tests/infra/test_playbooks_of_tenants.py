"""A playbook of one of several tenants: it names the tenant, and is told of nobody else's users."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.infra.test_playbooks import DOCUMENT, INCIDENT, RISKY, VAULT, definition, messages
from tests.infra.workflow import Workflow, check_against
from tests.systems import ANNA, KEY
from tests.tenants.test_work import FILE
from tests.tenants.two import NAME, A, B, Two, graph, two, user


async def ran(name: str, app: Two, tenant: str, trigger: Any = None) -> Workflow:
    """Run a playbook with a key that opens every tenant, as it is deployed for this one; empty: for none."""

    async def http(call: dict[str, Any]) -> tuple[int, Any]:
        if call["uri"] == VAULT:
            return 200, {"value": KEY}
        _, _, path, query, _ = urlsplit(call["uri"])
        check_against(DOCUMENT, call["method"], path, call.get("body"), call["headers"])
        headers = {name: text for name, text in call["headers"].items() if name != "x-functions-key"}
        status, body, _ = await app.ask(call["method"], f"{path}?{query}", given=call.get("body"), **headers)
        while await app.system.host.step_queues():
            pass
        return status, body

    given = {"teamId": "team", "channelId": "channel", "publicUrl": "https://people.example"}
    run = Workflow(definition(name, tenant), http, trigger, appUrl=app.system.host.url, keySecretUri=VAULT, **given)
    run.connectors["/entities/account"] = {"Accounts": [{"AadUserId": ANNA}]}
    await run.run()
    return run


@pytest.mark.parametrize("tenant", [A, B])
async def test_an_incident_is_triaged_in_the_tenant_that_is_named(tmp_path: Path, tenant: str) -> None:
    """One object id, two people: the report is about the one of this tenant, and no case opens in the other."""
    async with two(tmp_path, FILE, graph(A), graph(B)) as app:
        run = await ran("sentinel-incident", app, tenant, INCIDENT)
        cases = {one: await app.system.app.tenants[one].state.cases() for one in (A, B)}
    (message,) = messages(run)
    assert NAME[tenant] in message
    assert NAME[B if tenant == A else A] not in message
    assert {one: len(found) for one, found in cases.items()} == {A: int(tenant == A), B: int(tenant == B)}


async def test_the_digest_is_of_the_tenant_that_is_named(tmp_path: Path) -> None:
    """The risky users of its own Graph."""
    risky = {one: {**RISKY, "userPrincipalName": user(one, ANNA)["userPrincipalName"]} for one in (A, B)}
    graphs = [graph(one, **{"identityProtection/riskyUsers": [risky[one]]}) for one in (A, B)]
    async with two(tmp_path, FILE, *graphs) as app:
        (message,) = messages(await ran("risky-user-digest", app, B))
    assert risky[B]["userPrincipalName"] in message
    assert risky[A]["userPrincipalName"] not in message


async def test_without_a_tenant_a_key_of_all_is_told_to_name_one(tmp_path: Path) -> None:
    """The comment has the status; nothing is triaged anywhere."""
    async with two(tmp_path, FILE, graph(A), graph(B)) as app:
        run = await ran("sentinel-incident", app, "", INCIDENT)
        assert [one for tenant in (A, B) for one in await app.system.app.tenants[tenant].state.cases()] == []
    (message,) = messages(run)
    assert "Start of triage answered 400" in message
