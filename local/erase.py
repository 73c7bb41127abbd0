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


async def erase_identity(given: argparse.Namespace, console: Console) -> int:
    """Erase and print what went. Raises InvalidRequestError where there is no state file, else as ``erase`` does."""
    settings = Settings.from_env(os.environ)
    path = given.state or Path(settings.state_path)
    if not path.is_file():
        raise InvalidRequestError(f"there is no state file `{path}`", hint="Give it with --state.")
    # Nothing is asked of Graph, so no login is needed.
    services = await open_services(
        msgspec.structs.replace(settings, state_path=str(path)), credential=StandInCredential()
    )
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
