"""The app: the services of its tenant, or of each of its tenants, made once per process and event loop.

Each of several tenants has services for itself. What none of them owns is with ``App.own``: the queues that functions
listen to, and records that name no tenant of the file.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from shared.clients import Credentials, Services, developer_or_app, open_services, services_around
from shared.clock import Clock
from shared.settings import Settings
from shared.tenants.callers import Caller
from shared.tenants.credential import FederatedCredential, HomeCredential
from shared.tenants.file import Tenant, Tenants, read_tenants

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


class App(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a function is handed."""

    own: Services
    """With one tenant, all there is. With several, what belongs to none of them."""
    tenants: dict[str, Services] = {}
    """Of several, by id; empty: there is one tenant."""
    operators: tuple[Caller, ...] = ()
    """Who may see every tenant."""

    @property
    def all(self) -> tuple[Services, ...]:
        """Return the tenants' services, and the app's own."""
        return (*self.tenants.values(), self.own)

    async def close(self) -> None:
        """Close all of it, the app's own last: tenants' states lean on its."""
        for services in self.all:
            await services.close()


_apps: dict[int, App] = {}


async def current_app() -> App:
    """Return this event loop's app, making it at first use from the environment.

    SDK clients belong to one loop; the worker has one for its whole life.
    """
    loop = id(asyncio.get_running_loop())
    if loop not in _apps:
        _apps[loop] = await open_app(Settings.from_env())
    return _apps[loop]


def install(given: App | Services | None) -> None:
    """Have ``current_app`` return this on the running loop; None forgets it. For the local host and tests."""
    loop = id(asyncio.get_running_loop())
    _apps.pop(loop, None)
    if given is not None:
        _apps[loop] = given if isinstance(given, App) else App(own=given)


async def open_app(
    settings: Settings,
    tenants: Tenants | None = None,
    *,
    clock: Clock | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    credential: "AsyncTokenCredential | None" = None,
) -> App:
    """Make the services of the one tenant, or of each that the settings' file names. Raises ConfigurationError.

    ``tenants``: what the file says, where it was read already. ``credential``: the app's own, and every tenant's too.
    """
    if not settings.tenants_path:
        return App(own=await open_services(settings, clock=clock, sleep=sleep, credential=credential))
    tenants = tenants or read_tenants(settings)
    # Nothing of a tenant's is done with what belongs to none, so it has no destination, no policy and no model.
    bare = msgspec.structs.replace(
        settings, tenant_id="", destinations=(), policy_path="", model_provider="offline", poll_risk=False
    )
    identity = credential or developer_or_app()
    own = await open_services(bare, clock=clock, sleep=sleep, credential=identity)
    made: dict[str, Services] = {}
    for tenant in tenants.tenants:
        in_tenant = credential or _reader(tenant, identity)
        made[tenant.id] = _services(tenant, own, sleep, identity, in_tenant)
    return App(own=own, tenants=made, operators=tenants.operators)


def _services(
    tenant: Tenant,
    own: Services,
    sleep: Callable[[float], Awaitable[None]],
    identity: "AsyncTokenCredential",
    in_tenant: "AsyncTokenCredential",
) -> Services:
    """Return a tenant's services: everything but the clock and the app's identity is its own."""
    state = own.state.of_tenant(tenant.id)
    credentials = Credentials(
        graph=in_tenant,
        destinations=identity if tenant.destination_identity == "app" else in_tenant,
        model=identity,
    )
    services = services_around(state, tenant.settings, own.clock, sleep, credentials)
    closing = () if in_tenant is identity else (in_tenant.close,)
    closers = (*services.closers, *closing, state.close)
    return msgspec.structs.replace(services, name=tenant.name, callers=tenant.callers, closers=closers)


def _reader(tenant: Tenant, identity: "AsyncTokenCredential") -> "AsyncTokenCredential":
    """Return who reads a tenant's Graph: its registration, for which the app's identity vouches, or your own login."""
    if not tenant.client_id:
        return HomeCredential(identity, tenant.id)
    if os.environ.get("IDENTITY_ENDPOINT"):
        return FederatedCredential(identity, tenant_id=tenant.id, client_id=tenant.client_id)
    from azure.identity.aio import AzureCliCredential

    return AzureCliCredential(tenant_id=tenant.id)
