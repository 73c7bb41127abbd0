"""The commands and their options, with help that teaches: what each does, what comes out, and a line to copy."""

import argparse
import difflib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from local.hubs.options import add_hub_options, add_send_options
from local.storm.options import add_storm_options

RUN = ".venv/bin/python -m local"
_HELP = f"""\
first steps:
  {RUN} demo                        seven incidents, live; then open out/demo/reports/*.html
  {RUN} serve                       the same, kept running, with console and HTTP API
  {RUN} ask --tenant FILE           ask about a tenant file, line by line

exit codes: 0 done, 1 not finished or something is missing, 2 wrong input, 130 interrupted; `ask` has more.
Every command has its own help: {RUN} COMMAND --help
"""
_TENANT = "tests/scenarios/session_theft/tenant.json"
_EVENTS = "tests/scenarios/session_theft/events.json"
_CHOSEN = re.compile(r"invalid choice: '([^']*)'")


class _Parser(argparse.ArgumentParser):
    """A parser that names what was probably meant, and where the help is."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, then how to go on; exit code 2."""
        known = [name for action in self._actions for name in action.choices or ()]
        found = _CHOSEN.search(message)
        near = difflib.get_close_matches(found[1], known, n=1) if found else []
        meant = f"\nDid you mean `{near[0]}`?" if near else ""
        message = message.split(" (choose from", maxsplit=1)[0]
        self.exit(2, f"{message}{meant}\nSee {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    made = _Parser(
        prog="python -m local",
        description="entra-triage on your own machine: no Azure, no key.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")

    def add(name: str, does: str, example: str = "") -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=does,
            description=f"{does[0].upper()}{does[1:]}.",
            epilog=f"example:\n  {RUN} {name} {example}" if example else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    demo = add("demo", "the demo: seven incidents, live; reports under out/demo", "--out out/demo")
    demo.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR", help="emptied first")
    _add_serve(add("serve", "keep running, with the HTTP API on 127.0.0.1; state under .local/", "--port 7071"))
    _add_doctor(
        add("doctor", "what is granted, licensed and reached, and what reports will lack", f"--tenant {_TENANT}")
    )
    _add_erase(add("erase", "forget a person: all that local state holds of one identity", "--identity OBJECT_ID"))
    _add_ask(
        add(
            "ask",
            "one prompt about a tenant file; exit code by the type of the answer",
            f'--tenant {_TENANT} "Is karita@woodgrovebank.com enabled?"',
        )
    )
    _add_replay(
        add(
            "replay",
            "recorded events against a tenant file; same input, same bytes",
            f"--tenant {_TENANT} --events {_EVENTS} --explain",
        )
    )
    add_send_options(add("send", "recorded events to a real event hub, with azure-eventhub"))
    _add_evaluate(
        add(
            "evaluate",
            "how well a language model words reports, or the planner understands rated prompts",
            "--endpoint http://127.0.0.1:8080/v1 --model NAME --only session_theft",
        )
    )
    bench = add("bench", "the numbers beside the usual ways, measured in one run on this machine", "--only decode")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured there")
    bench.add_argument("--only", metavar="ROW", help="one row; default: all")
    add_storm_options(add("storm", "thousands of identities at risk at once, in simulated time", "--users 500"))
    add("actions", "print the catalogue of actions: the page docs/actions.md")
    add("permissions", "print what is lost without each permission: docs/permissions.md")
    add("skills", "print every skill with an answer about the demo: the page docs/skills.md")
    add("risk-types", "print the table of risk types: the page docs/risk-types.md")
    _add_plugin(add("plugin", "write the plugin for Security Copilot: manifests and OpenAPI"))
    tour = add("tour", "write docs/tour.md and its pictures, from the running app")
    tour.add_argument("--out", type=Path, default=Path("docs"), metavar="DIR", help="default: docs")
    policy = add("policy", "print the default policy, or check a policy file", "--check policy.toml")
    policy.add_argument("--check", type=Path, metavar="FILE", help="say whether this file is sound")
    package = add("package", "build what is deployed, as a folder and as a zip beside it")
    package.add_argument("--out", type=Path, default=Path("out/package"), metavar="DIR", help="default: out/package")
    return made


def _add_serve(serve: argparse.ArgumentParser) -> None:
    serve.add_argument(
        "--tenant",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="tenant file; without it, the demo's tenant. Several: one for each entry of TRIAGE_TENANTS_PATH",
    )
    serve.add_argument("--port", type=_port, default=7071, metavar="N", help="default: 7071; 0 takes a free one")
    serve.add_argument("--now", type=_moment, metavar="ISO", help="start the clock here")
    serve.add_argument("--storage", choices=["sqlite", "azurite"], default="sqlite", help="where state and queues are")
    add_hub_options(serve)


def _add_erase(erase: argparse.ArgumentParser) -> None:
    erase.add_argument("--identity", required=True, metavar="ID", help="object id")
    erase.add_argument("--name", nargs="+", default=(), metavar="NAME", help="further names; known ones are found")
    erase.add_argument("--tenant", metavar="ID", help="the tenant in which to erase, where there are several")
    erase.add_argument("--state", type=Path, metavar="FILE", help="state file; default: TRIAGE_STATE_PATH")
    erase.add_argument("--json", action="store_true", help="print what was done as JSON")


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.add_argument(
        "--tenant", type=Path, required=True, nargs="+", metavar="FILE", help="what Graph returns, by path"
    )
    replay.add_argument("--tenants", type=Path, metavar="FILE", help="file of tenants; --tenant has one for each entry")
    replay.add_argument(
        "--events", type=Path, required=True, nargs="+", metavar="FILE", help="what a hub would deliver"
    )
    replay.add_argument("--out", type=Path, default=Path("out/replay"), metavar="DIR", help="default: out/replay")
    replay.add_argument("--now", type=_moment, metavar="ISO", help="start the clock here; default: the latest event")
    replay.add_argument("--policy", type=Path, metavar="FILE", help="judge with this policy file")
    replay.add_argument("--explain", action="store_true", help="print why each verdict was given")
    replay.add_argument("--baseline", type=Path, metavar="DIR", help="an earlier run's output: print what moved")
    replay.add_argument("--json", action="store_true", help="print the answer as JSON")


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
    ask.add_argument("--tenant", type=Path, required=True, metavar="FILE", help="what Graph returns, by path")
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
    evaluate.add_argument("--endpoint", metavar="URL", help="OpenAI-compatible, usually ending in /v1")
    evaluate.add_argument("--model", metavar="NAME", help="as the endpoint calls it")
    evaluate.add_argument("--key-env", metavar="VAR", help="environment variable with the key; without it, no key")
    evaluate.add_argument("--scenarios", type=Path, default=Path("tests/scenarios"), metavar="DIR")
    evaluate.add_argument(
        "--feedback",
        type=Path,
        metavar="FILE",
        help="instead of scenarios: an export of feedback, for its shared cases",
    )
    evaluate.add_argument(
        "--prompts",
        type=Path,
        metavar="FILE",
        help="no model: plan the prompts of an export of feedback again; exit code 1 when one that was right is lost",
    )
    evaluate.add_argument("--only", nargs="+", default=(), metavar="NAME", help="these scenarios; default: all")
    evaluate.add_argument(
        "--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="for one summary; default 30"
    )
    evaluate.add_argument(
        "--out", type=Path, metavar="DIR", help="a file for each scenario; a second run goes on there"
    )
    evaluate.add_argument(
        "--json", action="store_true", help="print the totals as JSON; with --prompts, each prompt too"
    )


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


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"`{text}` is not a port from 0 to 65535")
    return int(text)
