"""The command line: demo, serve, doctor, erase, ask, replay, send, storm, bench, package, makers of pages and files."""

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console

from local.command_line import parser
from local.hubs.options import hubs_of
from shared.errors import TriageError

console = Console()
_PAGES = {"actions", "permissions", "risk-types", "skills"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 not finished, 2 wrong input."""
    given = parser().parse_args(arguments)
    try:
        return asyncio.run(_run(given))
    except TriageError as error:
        Console(stderr=True).print(f"{error}\n{error.hint}", markup=False, highlight=False, soft_wrap=True)
        return 1 if error.is_transient else 2
    except KeyboardInterrupt:
        return 130


async def _run(given: argparse.Namespace) -> int:  # noqa: C901, PLR0911, PLR0912 - one branch and one return a command
    """Import what the command needs, and only that."""
    if given.command == "demo":
        from local.demo import demo

        return await demo(given.out, console)
    if given.command == "send":
        from local.hubs.send import send

        return await send(given, console)
    from local.tenant import Tenant

    if given.command in _PAGES:
        sys.stdout.write(await _page(given.command))
        return 0
    if given.command == "plugin":
        from local.plugin import write_plugin

        return write_plugin(given, console)
    if given.command == "policy":
        return policy_file(given.check)
    if given.command == "package":
        from local.package import package

        return await package(given.out, console)
    if given.command == "evaluate":
        from local.evaluate import evaluate

        return await evaluate(given, console)
    if given.command == "bench":
        from local.bench.run import bench

        return await bench(console, json=given.json, only=given.only)
    if given.command == "storm":
        from local.storm.command import storm

        return await storm(given, console)
    if given.command == "tour":
        from local.tour.command import tour

        return await tour(given, console)
    if given.command == "erase":
        from local.erase import erase_identity

        return await erase_identity(given, console)
    if given.command == "doctor":
        from local.doctor import doctor

        return await doctor(given, console)
    if given.command == "ask":
        from local.ask import ask

        return await ask(given, console)
    if given.command == "serve":
        from local.serve import serve, storage_of

        tenants = [Tenant.load(file) for file in given.tenant]
        async with hubs_of(given) as hubs:
            with storage_of(given.storage):
                return await serve(tenants, console, port=given.port, now=given.now, hubs=hubs)
    from local.rehearse import rehearse

    return await rehearse(given, console)


async def _page(command: str) -> str:
    """Return a page that is made from code."""
    if command == "actions":
        from local.actions_page import actions_page

        return actions_page()
    if command == "risk-types":
        from local.risk_types_page import risk_types_page

        return risk_types_page()
    if command == "permissions":
        from local.permissions_page import permissions_page

        return permissions_page()
    from local.skills_page import skills_page

    return await skills_page()


def policy_file(path: Path | None) -> int:
    """Print the default policy, or say that a file is sound. Raises ConfigurationError when it is not."""
    from shared import policy
    from shared.assess import check_weights

    if path is None:
        sys.stdout.write(Path(policy.__file__).with_name("policy.toml").read_text(encoding="utf-8"))
        return 0
    found = policy.read_policy(str(path))
    check_weights(found)
    console.print(f"{path} is sound; fingerprint {found.fingerprint}", markup=False, highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
