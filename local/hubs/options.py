"""What the command line says of event hubs: the options of ``send`` and ``serve``."""

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import InvalidRequestError

if TYPE_CHECKING:
    from local.hubs.consume import RealHubs

STORE_FOLDER = Path(".local/azurite")


def add_send_options(send: argparse.ArgumentParser) -> None:
    """Add the options of ``send``."""
    send.add_argument("--events", type=Path, required=True, nargs="+", metavar="FILE")
    _add_connection(send.add_mutually_exclusive_group(required=True), "--connection", _NAMESPACE)
    send.add_argument("--hub", metavar="NAME", help="the event hub; default: EntityPath of the connection string")


def add_hub_options(serve: argparse.ArgumentParser) -> None:
    """Add the options of ``serve`` that make it read real event hubs."""
    hubs = serve.add_argument_group("real event hubs")
    _add_connection(hubs.add_mutually_exclusive_group(), "--event-hub", f"read the event hubs of {_NAMESPACE}")
    hubs.add_argument("--risk-hub", default="risk-events", metavar="NAME", help="default: risk-events")
    hubs.add_argument("--sign-in-hub", default="sign-ins", metavar="NAME", help="default: sign-ins")
    hubs.add_argument(
        "--consumer-group", default="$Default", metavar="NAME", help="default: $Default; not that of a deployed app"
    )
    text = "https://ACCOUNT.blob.core.windows.net, with your own login; default: Azurite, under .local/azurite"
    _add_connection(hubs.add_mutually_exclusive_group(), "--checkpoints", text)


@asynccontextmanager
async def hubs_of(given: argparse.Namespace) -> "AsyncIterator[RealHubs | None]":
    """Hand out the hubs that ``serve`` is to read, None when it is to read none, and close them."""
    text = value_of(given.event_hub, given.event_hub_env)
    if text is None:
        yield None
        return
    from local.azurite import running_azurite
    from local.hubs.checkpoints import Checkpoints
    from local.hubs.connection import HubConnection
    from local.hubs.consume import RealHubs
    from local.system import RISK_HUB, SIGN_IN_HUB

    async with AsyncExitStack() as stack:
        connection = HubConnection(text)
        stack.push_async_callback(connection.close)
        store = value_of(given.checkpoints, given.checkpoints_env)
        if store is None:
            store = stack.enter_context(running_azurite(STORE_FOLDER)).account(0)
        names = {RISK_HUB: given.risk_hub, SIGN_IN_HUB: given.sign_in_hub}
        yield RealHubs(connection, Checkpoints(store), names, consumer_group=given.consumer_group)


def value_of(text: str | None, variable: str | None) -> str | None:
    """Return an option's value, or that of the environment variable that stands for it."""
    if variable is None:
        return text
    if not os.environ.get(variable):
        raise InvalidRequestError(f"the environment variable `{variable}` is not set", hint="Set it, or name another.")
    return os.environ[variable]


_NAMESPACE = "NAMESPACE.servicebus.windows.net, with your own login"


def _add_connection(group: "argparse._MutuallyExclusiveGroup", name: str, text: str) -> None:
    group.add_argument(name, metavar="TEXT", help=text)
    group.add_argument(f"{name}-env", metavar="VAR", help="environment variable that holds it, or a connection string")
