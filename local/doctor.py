"""The ``doctor`` command: what this installation may read and reach, what its reports will lack, and what mends it."""

import argparse
import logging
import os
import re
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.host.errors import HostError
from local.host.host_json import read_host_json
from local.host.worker import Worker
from local.system import APP_FOLDER, ENVIRONMENT, UNLIMITED
from local.tenant import StandInCredential, Tenant, TenantServer, rules_from
from shared.app import App, open_app
from shared.clients import Services
from shared.doctor import Check, Examination, examine
from shared.doctor.commands import ALL_PERMISSIONS
from shared.doctor.lacks import needed
from shared.errors import ConfigurationError, InvalidRequestError, TriageError
from shared.graph.client import make_graph
from shared.pipeline import QUEUE_RETRY_SECONDS
from shared.settings import Settings
from shared.state.sqlite import MEMORY

COLOURS = {"ok": "green", "limited": "yellow", "failed": "bold red", "skipped": "dim"}
CONSENT = (
    "In a customer's tenant permissions come by consent: add them to the registration, then open "
    "https://login.microsoftonline.com/{tenant}/adminconsent?client_id=CLIENT_ID"
)
LICENCES = ("P1", "P2", "WorkloadIdentities")
_VARIABLE = re.compile(r"%([^%]+)%")


async def doctor(given: argparse.Namespace, console: Console) -> int:
    """Examine and print; return 0 when everything that triage needs is there, else 1."""
    logging.getLogger("azure.identity").setLevel(logging.ERROR)  # the check of the token says the same, once
    async with AsyncExitStack() as stack:
        try:
            app = await _app(given, stack)
            examined = _chosen(app, given)
        except InvalidRequestError:
            raise
        except TriageError as error:
            checks = (Check(name="settings", state="failed", detail=str(error), mend=error.hint),)
            nothing = Examination(
                checks=checks, permissions=(), licences={}, lacks=(), findings=(), skills=(), unneeded=()
            )
            return _tell({"": nothing}, given, console)
        stack.push_async_callback(app.close)
        environment = {**os.environ, **ENVIRONMENT} if given.tenant else dict(os.environ)
        more = [Check(name="settings", state="ok", detail="read and sound"), _host_json()]
        more += [await _connections(environment, local=bool(given.tenant))]
        found = {
            name: await examine(services, principal=given.principal or "", more=more)
            for name, services in examined.items()
        }
    return _tell(found, given, console)


def _chosen(app: App, given: argparse.Namespace) -> dict[str, Services]:
    """Return what is examined by tenant: the one there is, all of several, or the one that is named."""
    if not app.tenants:
        return {"": app.own}
    if given.only and given.only.lower() not in app.tenants:
        raise ConfigurationError("--only names no tenant of the file", hint=f"There are: {', '.join(app.tenants)}.")
    if given.principal and not given.only:
        raise ConfigurationError("--principal is of one tenant", hint="Name that with --only.")
    chosen = (given.only or "").lower()
    return {name: services for name, services in app.tenants.items() if chosen in {"", name}}


def _tell(found: dict[str, Examination], given: argparse.Namespace, console: Console) -> int:
    """Print what was found, by tenant where there are several; return the exit code."""
    is_sound = all(one.is_sound for one in found.values())
    if given.json:
        each = {name: {"sound": one.is_sound, **msgspec.to_builtins(one)} for name, one in found.items()}
        told = each.get("", {"sound": is_sound, "tenants": each})
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n")
        return 0 if is_sound else 1
    for name, one in found.items():
        if name:
            console.rule(f"tenant {name}")
        show(one, console, by_consent=bool(name))
        if name:
            console.print(CONSENT.format(tenant=name), soft_wrap=True, markup=False, highlight=False)
    return 0 if is_sound else 1


async def _app(given: argparse.Namespace, stack: AsyncExitStack) -> App:
    """Return what the environment says, or the same around a stand-in tenant. Raises TriageError."""
    settings = Settings.from_env(os.environ)
    if given.tenant is None:
        if given.without or given.without_licence:
            raise InvalidRequestError(
                "--without and --without-licence need --tenant", hint="A real tenant is examined as it is."
            )
        return await open_app(settings)
    roles = stand_in_roles(given.without)
    lost = frozenset(given.without_licence)
    licences = frozenset(LICENCES) - lost - ({"P2"} if "P1" in lost else set())
    rules = rules_from({"roles": roles, "licences": licences if lost else None})
    server = await stack.enter_async_context(TenantServer(Tenant.load(given.tenant), rules))
    settings = msgspec.structs.replace(
        settings, graph_url=server.url, state_path=MEMORY, graph_share=UNLIMITED, tenants_path=""
    )
    return await open_app(settings, credential=StandInCredential(roles))


def stand_in_roles(without: Iterable[str]) -> frozenset[str]:
    """Return every permission that the app can use, but those. Raises InvalidRequestError for one that it can't."""
    every = needed(make_graph(StandInCredential(), Settings().graph_url).api)
    if unknown := sorted(set(without) - every):
        raise InvalidRequestError(f"nothing needs `{unknown[0]}`", hint=f"Known: {', '.join(sorted(every))}.")
    return every - set(without)


def _host_json() -> Check:
    """Read host.json as the host does, and hold it to what the app relies on."""
    try:
        host = read_host_json(APP_FOLDER / "host.json")
    except HostError as error:
        return Check(name="host.json", state="failed", detail=str(error), mend="docs/architecture.md explains each.")
    wrong = []
    if host.queues.visibility_timeout_seconds != QUEUE_RETRY_SECONDS:
        wrong.append(f"queues.visibilityTimeout is not {QUEUE_RETRY_SECONDS} seconds")
    if host.queues.message_encoding != "base64":
        wrong.append("queues.messageEncoding is not base64")
    if host.route_prefix != "api":
        wrong.append("http.routePrefix is not api")
    if wrong:
        return Check(
            name="host.json", state="failed", detail="; ".join(wrong), mend="Take host.json as it was shipped."
        )
    return Check(name="host.json", state="ok", detail="readable, with the values that the app relies on")


async def _connections(environment: dict[str, str], *, local: bool) -> Check:
    """Hold the settings that the triggers name to what is set. The local host needs no connections."""
    wanted: set[str] = set()
    worker = await Worker.start(APP_FOLDER)
    await worker.close()
    for binding in (binding for function in worker.functions.values() for binding in function.bindings):
        wanted.update(_VARIABLE.findall(" ".join(str(value) for value in binding.values())))
        if not local and (connection := binding.get("connection")):
            wanted.add(str(connection))
    missing = sorted(name for name in wanted if not _is_set(name, environment))
    if not missing:
        return Check(name="bindings", state="ok", detail=f"{len(wanted)} settings that triggers name are set")
    return Check(
        name="bindings",
        state="failed" if environment.get("WEBSITE_SITE_NAME") else "skipped",
        detail=f"not set here: {', '.join(missing)}",
        mend="infra/bicep/app-settings.bicep sets them in Azure; az functionapp config appsettings list shows them.",
    )


def _is_set(name: str, environment: dict[str, str]) -> bool:
    """A connection is one variable, or several that begin with its name and two underscores."""
    return any(key == name or key.startswith(f"{name}__") for key, value in environment.items() if value)


def show(found: Examination, console: Console, *, by_consent: bool = False) -> None:
    """Print for a person: what was looked at, then what follows, and what to do about it last.

    ``by_consent``: the tenant is a customer's, where no command of ours grants anything.
    """
    table = _table("Looked at", "check", "state", "found")
    for check in found.checks:
        table.add_row(check.name, Text(check.state, style=COLOURS[check.state]), Text(check.detail))
    console.print(table)
    for follows in (_lacks(found), _findings(found), _skills(found), _unneeded(found)):
        if follows.rows:
            console.print(follows)
    for line in _mends(found, by_consent=by_consent):
        console.print(Text(line), soft_wrap=True)
    sound = "Everything that triage needs is there." if found.is_sound else "Something that triage needs is missing."
    console.print(Text(sound, style="green" if found.is_sound else "bold red"))


def _lacks(found: Examination) -> Table:
    table = _table("Reports will lack", "about", "what", "how much", "mended by")
    for lack in found.lacks:
        table.add_row(lack.area, lack.what, lack.extent, " and ".join(lack.needs))
    return table


def _findings(found: Examination) -> Table:
    table = _table("Findings that see less", "finding", "still fires", "without")
    for one in sorted(found.findings, key=lambda one: not one.cannot_fire):
        table.add_row(one.id, "no" if one.cannot_fire else "on the rest", ", ".join(one.missing))
    return table


def _skills(found: Examination) -> Table:
    table = _table("Prompts without a whole answer", "skill", "why")
    for skill in found.skills:
        table.add_row(skill.id, Text("\n".join(skill.why)))
    return table


def _unneeded(found: Examination) -> Table:
    table = _table("Granted and not needed", "permission", "it")
    for extra in found.unneeded:
        warning = Text("CAN CHANGE THE TENANT: take it away", style="bold red") if extra.changes else Text("only reads")
        table.add_row(extra.name, warning)
    return table


def _mends(found: Examination, *, by_consent: bool) -> Iterable[str]:
    for check in found.checks:
        if check.mend and check.state != "ok" and not (by_consent and check.name in {"token", "permissions"}):
            yield f"{check.name}: {check.mend}"
    if by_consent:
        return
    if any(check.name == "token" and check.state == "failed" for check in found.checks):
        yield f"permissions: what is granted is not known. To grant all of them: {ALL_PERMISSIONS}"
        return
    for one in found.permissions:
        if not one.granted:
            yield f"grant {one.name}: {one.command}"
    for extra in found.unneeded:
        yield f"take away {extra.name}: {extra.command}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
