"""The connection to Graph: what it loads, whom it trusts, when it is made."""

import subprocess
import sys

import httpx
import pytest
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation

from shared.errors import ConfigurationError
from shared.graph.client import make_graph
from tests.graph.fake import Credential

LOADED = """
import asyncio, sys
from datetime import UTC, datetime
from shared.clock import ManualClock
from shared.graph.client import make_graph
from shared.graph.reader import GraphReader
from shared.settings import Settings
from tests.graph.fake import Budgets, Credential, FakeGraph, running

async def main():
    async with running(FakeGraph()) as fake:
        graph = make_graph(Credential(), fake.url)
        assert "msgraph" not in sys.modules, "making the connection loads the SDK"
        clock = ManualClock(datetime(2026, 9, 1, tzinfo=UTC))
        reader = GraphReader(graph, Budgets(clock), clock=clock, settings=Settings())
        q, user, since = reader.user_queries, "11111111-aaaa-4aaa-8aaa-000000000001", clock()
        queries = [
            q.profile(user), q.manager(user), q.groups(user), q.auth_methods(user), q.devices(user),
            q.role_assignments([user]), q.role_eligibility(user), q.role_activations(user), q.consents(user),
            q.app(user), q.inbox_rules(user), q.sign_ins(user, since), q.audits_about(user, since),
            q.audits_by(user, since), q.risk_detections(user), q.risky_user(user),
        ]
        answers = await reader.read(queries, reader.deadline())
        assert answers.round_trips == 1
        await graph.close()
    print(sum(name.startswith("msgraph.generated.models") for name in sys.modules), "msgraph" in sys.modules)

asyncio.run(main())
"""


def test_the_sdk_models_are_never_loaded() -> None:
    """A whole read loads the SDK's builders and none of its 1,300 models; making the connection loads nothing."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["0", "True"], "")


@pytest.mark.parametrize("url", ["http://graph.microsoft.com/v1.0", "graph.microsoft.com/v1.0", "", "file:///etc"])
def test_a_base_url_without_tls_is_refused(url: str) -> None:
    """Tokens travel over TLS, or on loopback to a stand-in."""
    with pytest.raises(ConfigurationError, match="TRIAGE_GRAPH_URL"):
        make_graph(Credential(), url)


async def test_another_host_gets_no_token() -> None:
    """Even a request that names another host itself is sent without a token, and none is fetched for it."""
    credential = Credential()
    graph = make_graph(credential, "https://graph.microsoft.us/v1.0")
    info = RequestInformation()
    info.http_method, info.url = Method.GET, "https://evil.example/v1.0/users"
    await graph.adapter._authentication_provider.authenticate_request(info, {})
    assert "authorization" not in info.headers.get_all()
    assert credential.scopes == []
    info.url = "https://graph.microsoft.us/v1.0/users"
    await graph.adapter._authentication_provider.authenticate_request(info, {})
    assert credential.scopes == [("https://graph.microsoft.us/.default",)]
    await graph.close()


async def test_closing_ends_the_connections() -> None:
    """After close no request goes out; closing before first use is no error."""
    graph = make_graph(Credential(), "http://127.0.0.1:9/v1.0")
    await graph.close()
    client: httpx.AsyncClient = graph.adapter._http_client
    await graph.close()
    assert client.is_closed
