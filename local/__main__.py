"""The command line: demo, serve, doctor, erase, ask, replay, send, storm, bench, package, makers of pages and files."""

import argparse
import asyncio
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from local.hubs.options import add_hub_options, add_send_options, hubs_of
from local.storm.options import add_storm_options
from shared.errors import TriageError

console = Console()
_PAGES = {"actions", "permissions", "risk-types", "skills"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 not finished, 2 wrong input."""
    given = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(given))
    except TriageError as error:
        Console(stderr=True).print(f"{error}\n{error.hint}", markup=False, highlight=False)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local", description="entra-triage on your own machine: no Azure, no key."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="the demo: seven incidents, live; reports under out/demo")
    demo.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR")
    serve = commands.add_parser("serve", help="keep running, with the HTTP API on 127.0.0.1; state under .local/")
    serve.add_argument(
        "--tenant",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="tenant file; without it, the demo's tenant. Several: one for each entry of TRIAGE_TENANTS_PATH",
    )
    serve.add_argument("--port", type=int, default=7071)
    serve.add_argument("--now", type=_moment, metavar="ISO", help="start the clock here")
    serve.add_argument("--storage", choices=["sqlite", "azurite"], default="sqlite", help="where state and queues are")
    add_hub_options(serve)
    _add_doctor(commands.add_parser("doctor", help="what is granted, licensed and reached, and what reports will lack"))
    erase = commands.add_parser("erase", help="forget a person: all that local state holds of one identity")
    erase.add_argument("--identity", required=True, metavar="ID", help="object id")
    erase.add_argument("--name", nargs="+", default=(), metavar="NAME", help="further names; known ones are found")
    erase.add_argument("--tenant", metavar="ID", help="the tenant in which to erase, where there are several")
    erase.add_argument("--state", type=Path, metavar="FILE", help="state file; default: TRIAGE_STATE_PATH")
    erase.add_argument("--json", action="store_true", help="print what was done as JSON")
    _add_ask(commands.add_parser("ask", help="one prompt about a tenant file; exit code by the type of the answer"))
    replay = commands.add_parser("replay", help="recorded events against a tenant file; same input, same bytes")
    replay.add_argument("--tenant", type=Path, required=True, nargs="+", metavar="FILE")
    replay.add_argument("--tenants", type=Path, metavar="FILE", help="file of tenants; --tenant has one for each entry")
    replay.add_argument("--events", type=Path, required=True, nargs="+", metavar="FILE")
    replay.add_argument("--out", type=Path, default=Path("out/replay"), metavar="DIR")
    replay.add_argument("--now", type=_moment, metavar="ISO", help="start the clock here; default: the latest event")
    replay.add_argument("--policy", type=Path, metavar="FILE", help="judge with this policy file")
    replay.add_argument("--explain", action="store_true", help="print why each verdict was given")
    replay.add_argument("--baseline", type=Path, metavar="DIR", help="an earlier run's output: print what moved")
    replay.add_argument("--json", action="store_true", help="print the answer as JSON")
    add_send_options(commands.add_parser("send", help="recorded events to a real event hub, with azure-eventhub"))
    _add_evaluate(commands.add_parser("evaluate", help="how well a language model words the reports of scenarios"))
    bench = commands.add_parser("bench", help="the numbers beside the usual ways, measured in one run on this machine")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured there")
    bench.add_argument("--only", metavar="ROW", help="one row; default: all")
    add_storm_options(commands.add_parser("storm", help="thousands of identities at risk at once, in simulated time"))
    commands.add_parser("actions", help="print the catalogue of actions: the page docs/actions.md")
    commands.add_parser("permissions", help="print what is lost without each permission: docs/permissions.md")
    commands.add_parser("skills", help="print every skill with an answer about the demo: the page docs/skills.md")
    commands.add_parser("risk-types", help="print the table of risk types: the page docs/risk-types.md")
    _add_plugin(commands.add_parser("plugin", help="write the plugin for Security Copilot: manifests and OpenAPI"))
    tour = commands.add_parser("tour", help="write docs/tour.md and its pictures, from the running app")
    tour.add_argument("--out", type=Path, default=Path("docs"), metavar="DIR")
    policy = commands.add_parser("policy", help="print the default policy, or check a policy file")
    policy.add_argument("--check", type=Path, metavar="FILE")
    package = commands.add_parser("package", help="build what is deployed, as a folder and as a zip beside it")
    package.add_argument("--out", type=Path, default=Path("out/package"), metavar="DIR")
    return parser


def _add_plugin(plugin: argparse.ArgumentParser) -> None:
    plugin.add_argument("--out", type=Path, default=Path("out/plugin"), metavar="DIR")
    plugin.add_argument("--url", default="https://triage.example.com", help="where Security Copilot reaches the API")
    plugin.add_argument(
        "--document-url",
        default="https://files.example.com/openapi.json",
        metavar="URL",
        help="where you host openapi.json; Security Copilot reads it without signing in",
    )
    plugin.add_argument("--tenant-id", default="TENANT_ID", metavar="ID")
    plugin.add_argument("--api-client-id", default="API_CLIENT_ID", metavar="ID", help="the API's registration")


def _add_doctor(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument("--tenant", type=Path, metavar="FILE", help="examine a stand-in tenant; default: the real one")
    doctor.add_argument("--without", nargs="+", default=(), metavar="PERMISSION", help="not granted in the stand-in")
    doctor.add_argument(
        "--without-licence",
        nargs="+",
        default=(),
        choices=("P1", "P2", "WorkloadIdentities"),
        metavar="LICENCE",
        help="P1, P2 or WorkloadIdentities: not there in the stand-in",
    )
    doctor.add_argument("--only", metavar="ID", help="one tenant of the file that TRIAGE_TENANTS_PATH names")
    doctor.add_argument("--principal", metavar="ID", help="object id of the app's identity, to read its grants")
    doctor.add_argument("--json", action="store_true", help="print the examination as JSON")


def _add_ask(ask: argparse.ArgumentParser) -> None:
    ask.add_argument("--tenant", type=Path, required=True, metavar="FILE")
    ask.add_argument(
        "--session", type=_name, metavar="ID", help="a name of yours; the next call with it knows this one"
    )
    ask.add_argument("--subject", metavar="ID", help='what "this user" means: object id, user principal name or name')
    ask.add_argument("--now", type=_moment, metavar="ISO", help="start the clock here")
    ask.add_argument("--json", action="store_true", help="print the body of the HTTP answer")
    ask.add_argument("prompt", nargs="?", help="without one, prompts are read line by line, in one session")


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,48}", text, re.ASCII):
        raise argparse.ArgumentTypeError("a session is named with at most 48 letters, digits and `-_.`")
    return text


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("--endpoint", required=True, metavar="URL", help="OpenAI-compatible, usually ending in /v1")
    evaluate.add_argument("--model", required=True, metavar="NAME")
    evaluate.add_argument("--key-env", metavar="VAR", help="environment variable with the key; without it, no key")
    evaluate.add_argument("--scenarios", type=Path, default=Path("tests/scenarios"), metavar="DIR")
    evaluate.add_argument(
        "--feedback",
        type=Path,
        metavar="FILE",
        help="instead of scenarios: an export of feedback, for its shared cases",
    )
    evaluate.add_argument("--only", nargs="+", default=(), metavar="NAME", help="these scenarios; default: all")
    evaluate.add_argument(
        "--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="for one summary; default 30"
    )
    evaluate.add_argument(
        "--out", type=Path, metavar="DIR", help="a file for each scenario; a second run goes on there"
    )
    evaluate.add_argument("--json", action="store_true", help="print the totals as JSON")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of seconds above 0")
    return seconds


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not an ISO time such as 2026-01-31T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
