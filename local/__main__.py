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


async def _run(given: argparse.Namespace) -> int:
    return await _COMMANDS[given.command](given)


# Each command imports what it needs, and only that.


async def _demo(given: argparse.Namespace) -> int:
    from local.demo import demo

    return await demo(given.out, console)


async def _send(given: argparse.Namespace) -> int:
    from local.hubs.send import send

    return await send(given, console)


async def _plugin(given: argparse.Namespace) -> int:
    from local.plugin import write_plugin

    return write_plugin(given, console)


async def _package(given: argparse.Namespace) -> int:
    from local.package import package

    return await package(given.out, console)


async def _evaluate(given: argparse.Namespace) -> int:
    from local.evaluate import evaluate

    return await evaluate(given, console)


async def _bench(given: argparse.Namespace) -> int:
    from local.bench.run import bench

    return await bench(console, json=given.json, only=given.only)


async def _storm(given: argparse.Namespace) -> int:
    from local.storm.command import storm

    return await storm(given, console)


async def _tour(given: argparse.Namespace) -> int:
    from local.tour.command import tour

    return await tour(given, console)


async def _erase(given: argparse.Namespace) -> int:
    from local.erase import erase_identity

    return await erase_identity(given, console)


async def _doctor(given: argparse.Namespace) -> int:
    from local.doctor import doctor

    return await doctor(given, console)


async def _ask(given: argparse.Namespace) -> int:
    from local.ask import ask

    return await ask(given, console)


async def _serve(given: argparse.Namespace) -> int:
    from local.serve import serve, storage_of
    from local.tenant import Tenant

    tenants = [Tenant.load(file) for file in given.tenant]
    async with hubs_of(given) as hubs:
        with storage_of(given.storage):
            return await serve(tenants, console, port=given.port, now=given.now, hubs=hubs)


async def _rehearse(given: argparse.Namespace) -> int:
    from local.rehearse import rehearse

    return await rehearse(given, console)


async def _policy(given: argparse.Namespace) -> int:
    return policy_file(given.check)


async def _actions_page(_given: argparse.Namespace) -> int:
    from local.actions_page import actions_page

    return _printed(actions_page())


async def _risk_types_page(_given: argparse.Namespace) -> int:
    from local.risk_types_page import risk_types_page

    return _printed(risk_types_page())


async def _permissions_page(_given: argparse.Namespace) -> int:
    from local.permissions_page import permissions_page

    return _printed(permissions_page())


async def _skills_page(_given: argparse.Namespace) -> int:
    from local.skills_page import skills_page

    return _printed(await skills_page())


def _printed(page: str) -> int:
    sys.stdout.write(page)
    return 0


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


_COMMANDS = {
    "actions": _actions_page,
    "ask": _ask,
    "bench": _bench,
    "demo": _demo,
    "doctor": _doctor,
    "erase": _erase,
    "evaluate": _evaluate,
    "package": _package,
    "permissions": _permissions_page,
    "plugin": _plugin,
    "policy": _policy,
    "replay": _rehearse,
    "risk-types": _risk_types_page,
    "send": _send,
    "serve": _serve,
    "skills": _skills_page,
    "storm": _storm,
    "tour": _tour,
}


if __name__ == "__main__":
    sys.exit(main())
