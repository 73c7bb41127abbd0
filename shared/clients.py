"""The outside world of one tenant: credential, Graph, model, state, destinations. ``app.py`` keeps it.

SDKs are imported here, inside functions: a cold start pays only for what the first invocation uses.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import aiohttp
import msgspec

from shared.assess import check_weights
from shared.chat import Prices
from shared.clock import Clock, clock_from, system_clock
from shared.deliver.addresses import guarded_connector
from shared.deliver.destination import Closes, Destination, destinations_of
from shared.errors import ConfigurationError
from shared.graph.client import make_graph
from shared.graph.reader import GraphReader
from shared.settings import Settings
from shared.state.interface import State
from shared.tenants.callers import Caller
from shared.write.model import ModelWriter

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from openai import AsyncOpenAI

COGNITIVE_SERVICES_SCOPE = "https://cognitiveservices.azure.com/.default"


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a stage is handed. Made by ``open_services``, ended by ``close``."""

    settings: Settings
    clock: Clock
    state: State
    graph: GraphReader
    model: ModelWriter | None
    destinations: tuple[Destination, ...]
    closers: tuple[Callable[[], Awaitable[None]], ...]
    name: str = ""
    """Of this tenant, of several, in the file of tenants."""
    callers: tuple[Caller, ...] = ()
    """Who may see this tenant, of several; none: whoever names it."""

    @property
    def tenant_id(self) -> str:
        """Return which of several tenants this is; empty where there is one alone, and for what is nobody's."""
        return self.settings.tenant_id if self.settings.tenants_path else ""

    async def close(self) -> None:
        """Close connections and files, the state last."""
        for close in self.closers:
            await close()


async def open_services(
    settings: Settings,
    *,
    clock: Clock | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    credential: "AsyncTokenCredential | None" = None,
) -> Services:
    """Make everything the settings ask for. Nothing is contacted before it is used. Raises ConfigurationError."""
    clock = clock or (clock_from(settings.now) if settings.now else system_clock)
    credential = credential or developer_or_app()
    state = _state(settings, clock, credential)
    services = services_around(state, settings, clock, sleep, Credentials(credential, credential, credential))
    return msgspec.structs.replace(services, closers=(*services.closers, credential.close, state.close))


class Credentials(msgspec.Struct, frozen=True):
    """Who signs in where."""

    graph: "AsyncTokenCredential"
    destinations: "AsyncTokenCredential"
    model: "AsyncTokenCredential"


def services_around(
    state: State,
    settings: Settings,
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]],
    credentials: Credentials,
) -> Services:
    """Make services that close neither the state nor the credentials. Raises ConfigurationError."""
    check_weights(settings.policy)
    http = aiohttp.ClientSession(connector=guarded_connector(settings.private_hosts), trust_env=True)
    graph = make_graph(credentials.graph, settings.graph_url)
    model_client = _model_client(settings, credentials.model)
    try:
        destinations = destinations_of(settings, state, http, credentials.destinations)
    except ConfigurationError:
        http.detach()  # nothing went through it, so nothing has to be waited for
        raise
    closers = [graph.close, http.close]
    closers[:0] = [destination.close for destination in destinations if isinstance(destination, Closes)]
    if model_client is not None:
        closers.insert(0, model_client.close)
    return Services(
        settings=settings,
        clock=clock,
        state=state,
        graph=GraphReader(graph, state, clock=clock, sleep=sleep, settings=settings),
        model=_writer(model_client, settings) if model_client else None,
        destinations=destinations,
        closers=tuple(closers),
    )


def _writer(client: "AsyncOpenAI", settings: Settings) -> ModelWriter:
    prices = Prices(input=settings.model_input_price, output=settings.model_output_price)
    return ModelWriter(client, settings.model, settings.model_timeout_seconds, prices)


def _state(settings: Settings, clock: Clock, credential: "AsyncTokenCredential") -> State:
    """Return where state is kept. Raises ConfigurationError when Azure Storage is asked for and not said where."""
    if settings.state_store == "sqlite":
        from shared.state.sqlite import SqliteState

        return SqliteState.open(settings.state_path, clock=clock)
    from shared.state.azure import AzureState, StorageConnection

    return AzureState.open(StorageConnection.from_env(os.environ), clock=clock, credential=credential)


def developer_or_app() -> "AsyncTokenCredential":
    """Return the app's managed identity in Azure, the developer's own login elsewhere."""
    from azure.identity.aio import AzureCliCredential, ManagedIdentityCredential

    if os.environ.get("IDENTITY_ENDPOINT"):
        return ManagedIdentityCredential(client_id=os.environ.get("AZURE_CLIENT_ID"))
    return AzureCliCredential()


def _model_client(settings: Settings, credential: "AsyncTokenCredential") -> "AsyncOpenAI | None":
    """Return the OpenAI client, its own retries off: ``write`` owns them."""
    if settings.model_provider == "offline":
        return None
    if settings.model_provider == "azure":
        from azure.identity.aio import get_bearer_token_provider
        from openai import AsyncAzureOpenAI

        return AsyncAzureOpenAI(
            azure_endpoint=settings.model_url,
            azure_ad_token_provider=get_bearer_token_provider(credential, COGNITIVE_SERVICES_SCOPE),
            api_version="2024-10-21",
            max_retries=0,
        )
    from openai import AsyncOpenAI

    return AsyncOpenAI(base_url=settings.model_url, api_key=settings.model_api_key or "none", max_retries=0)
