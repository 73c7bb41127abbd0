"""The ``erase`` command: forget a person in local state, and say which tickets elsewhere still hold them."""

import argparse
import os
import sys
from pathlib import Path

import msgspec
from rich.console import Console

from local.tenant import StandInCredential
from shared.clients import open_services
from shared.erasure import ErasureRequest, erase
from shared.errors import InvalidRequestError
from shared.settings import Settings
from shared.state.sqlite import tenant_file


async def erase_identity(given: argparse.Namespace, console: Console) -> int:
    """Erase and print what went. Raises InvalidRequestError where there is no state file, else as ``erase`` does."""
    settings = Settings.from_env(os.environ)
    path = given.state or Path(settings.state_path)
    kept = Path(tenant_file(str(path), given.tenant.lower())) if given.tenant else path
    if not kept.is_file():
        raise InvalidRequestError(
            f"there is no state file `{kept}`", hint="Give it with --state, its tenant with --tenant."
        )
    if not given.tenant and list(path.parent.glob(f"{path.stem}-*{path.suffix}")):
        raise InvalidRequestError("there are several tenants", hint="Name the one to erase in with --tenant.")
    # Nothing is asked of Graph, so no login is needed.
    services = await open_services(
        msgspec.structs.replace(settings, state_path=str(path)), credential=StandInCredential()
    )
    if given.tenant:
        state = services.state.of_tenant(given.tenant.lower())
        services = msgspec.structs.replace(services, state=state, closers=(state.close, *services.closers))
    try:
        done = await erase(ErasureRequest(id=given.identity, names=tuple(given.name)), services)
    finally:
        await services.close()
    if given.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(done), indent=2).decode() + "\n")
        return 0
    for what, count in done.removed.items():
        console.print(f"{what}: {count}", markup=False, highlight=False)
    for ticket in done.tickets:
        console.print(f"still elsewhere: {ticket.destination} {ticket.ticket}", markup=False, highlight=False)
    console.print(f"Done; the tombstone is {done.id}.", markup=False, highlight=False)
    return 0
