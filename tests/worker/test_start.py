"""Starting: apps that are refused, and why; settings; one app a process; host.json; routes."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.host.errors import HostError, UnsupportedBindingError
from local.host.event_log import EventLog
from local.host.host import Host
from local.host.host_json import read_host_json
from local.host.routes import Route, RouteTable
from shared.clock import system_clock
from shared.state.sqlite import SqliteState
from tests.worker.hosting import APPS, SETTINGS, stepped


async def refused(folder: Path, app: str) -> dict[str, Any]:
    """Try to start an app; return the error, and whether the settings were taken back."""
    try:
        async with stepped(folder, app=app, environ={"TEST_LEFT": "1"}):
            return {"error": None}
    except HostError as error:
        notes = "".join(getattr(error, "__notes__", []))
        kind = type(error).__name__
        return {
            "error": str(error),
            "kind": kind,
            "hint": error.hint,
            "notes": notes,
            "left": "TEST_LEFT" in os.environ,
        }


@pytest.mark.parametrize(
    ("app", "kind", "said"),
    [
        ("list_annotation", "AppRefusedError", "cannot load the on_events function: binding events has invalid"),
        ("import_failure", "AppRefusedError", "No module named 'module_that_is_not_there'"),
        ("no_functions", "AppRefusedError", "the app has no functions"),
        (
            "queue_output",
            "UnsupportedBindingError",
            "function `send` has bindings that the embedded host cannot do: queue",
        ),
        ("unknown_setting", "HostError", "function `on_message` names the setting `NOWHERE`, which is not set"),
        ("shared_group", "HostError", "functions `first` and `second` read event hub `h` with the same consumer group"),
        ("same_route", "HostError", "two functions answer GET on route `api/Cases/{case}`"),
        ("bad_schedule", "UnsupportedBindingError", "the schedule of function `on_timer` is wrong: not an NCRONTAB"),
    ],
)
def test_an_app_that_azure_or_this_host_cannot_run_is_refused(
    isolated: Callable[..., Any], app: str, kind: str, said: str
) -> None:
    """The error names the function and the cause, gives a hint, and leaves the environment as it was."""
    result = isolated(refused, app)
    assert said in result["error"]
    assert result["kind"] == kind
    assert result["hint"]
    assert not result["left"]


def test_the_stack_trace_of_a_refused_app_is_kept(isolated: Callable[..., Any]) -> None:
    """A developer finds the line that failed to import in the error's notes."""
    assert "import module_that_is_not_there" in isolated(refused, "import_failure")["notes"]


async def again_and_another(folder: Path) -> dict[str, Any]:
    """Start the same app twice, then a second app."""
    result: dict[str, Any] = {}
    async with stepped(folder) as stage:
        result["functions"] = stage.host.functions
        result["setting"] = os.environ["TEST_HUB"]
        try:
            stage.host.url  # noqa: B018 - it raises
        except HostError as error:
            result["url"] = str(error)
    result["setting after"] = os.environ.get("TEST_HUB")
    async with stepped(folder) as stage:
        await stage.state.send("work", b"{}")
        await stage.host.run_until_idle()
        result["second start"] = [one.ok for one in stage.invocations]
    try:
        async with stepped(folder, app="no_functions"):
            result["another"] = None
    except HostError as error:
        result["another"] = str(error)
    return result


def test_a_process_holds_one_app_which_may_start_again(isolated: Callable[..., Any]) -> None:
    """The same app can be stopped and started; another one is refused. Settings last from start to stop."""
    result = isolated(again_and_another)
    assert "on_events" in result["functions"]
    assert "at_start" not in result["functions"]
    assert result["setting"] == "risk-events"
    assert result["setting after"] is None
    assert result["url"] == "this host serves no HTTP"
    assert result["second start"] == [True]
    assert result["another"] == "this process already tried to load an app"


async def taken_port(folder: Path) -> str:
    """Start two hosts of one app on one port."""
    async with stepped(folder, port=0) as stage:
        log, state = EventLog.open(":memory:"), SqliteState.open(":memory:", clock=system_clock)
        port = int(stage.host.url.rpartition(":")[2])
        try:
            await Host.start(APPS / "triggers", state=state, event_log=log, environ=SETTINGS, mode="stepped", port=port)
        except HostError as error:
            return str(error).replace(str(port), "PORT")
        finally:
            await state.close()
            log.close()
    return ""


def test_a_port_that_is_taken_is_named(isolated: Callable[..., Any]) -> None:
    """A second server on the same port is an error that names the port."""
    assert isolated(taken_port) == "port PORT cannot be used: Address already in use"


def host_json(folder: Path, **document: Any) -> Path:
    """Write a host.json."""
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **document}))
    return folder / "host.json"


def test_host_json_has_azures_defaults(tmp_path: Path) -> None:
    """What host.json leaves out is as Azure documents it."""
    settings = read_host_json(host_json(tmp_path))
    assert settings.route_prefix == "api"
    assert settings.event_hubs.max_event_batch_size == 100
    assert settings.function_timeout_seconds == 1800
    queues = settings.queues
    assert (queues.batch_size, queues.new_batch_threshold, queues.max_dequeue_count) == (16, 8, 5)
    assert (queues.visibility_timeout_seconds, queues.max_polling_seconds) == (0, 60)
    assert queues.message_encoding == "base64"


def test_host_json_is_read(tmp_path: Path) -> None:
    """Settings reach the host; time spans may have days and fractions; -1 is no limit."""
    extensions = {
        "http": {"routePrefix": "/v1/"},
        "eventHubs": {"maxEventBatchSize": 7},
        "queues": {"batchSize": 8, "visibilityTimeout": "1.00:00:30", "maxPollingInterval": "00:00:00.5"},
    }
    settings = read_host_json(host_json(tmp_path, functionTimeout="-1", extensions=extensions, logging={"x": 1}))
    assert settings.route_prefix == "v1"
    assert settings.event_hubs.max_event_batch_size == 7
    assert settings.function_timeout_seconds is None
    assert settings.queues.new_batch_threshold == 4
    assert settings.queues.visibility_timeout_seconds == 86430
    assert settings.queues.max_polling_seconds == 0.5


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"version": "1.0"}, "version"),
        ({"functionTimeout": "soon"}, "functionTimeout"),
        ({"extensions": {"queues": {"batchSize": 33}}}, "batchSize"),
        ({"extensions": {"queues": {"maxDequeueCount": 0}}}, "maxDequeueCount"),
        ({"extensions": {"queues": {"newBatchThreshold": -1}}}, "newBatchThreshold"),
        ({"extensions": {"queues": {"messageEncoding": "utf7"}}}, "messageEncoding"),
        ({"extensions": {"queues": {"visibilityTimeout": 30}}}, "visibilityTimeout"),
        ({"extensions": {"eventHubs": {"maxEventBatchSize": 0}}}, "maxEventBatchSize"),
    ],
)
def test_a_wrong_setting_of_host_json_is_named(tmp_path: Path, document: dict[str, Any], said: str) -> None:
    """The error says which setting is wrong."""
    with pytest.raises(HostError, match=said):
        read_host_json(host_json(tmp_path, **document))


def test_a_missing_host_json_is_named(tmp_path: Path) -> None:
    """Without host.json Azure does not start either."""
    with pytest.raises(HostError, match=r"no host\.json"):
        read_host_json(tmp_path / "host.json")


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("cases/{id}", "/Cases/a%7Cb", {"id": "a|b"}),
        ("cases/{id}", "/cases", None),
        ("cases/{id}", "/cases/1/2", None),
        ("cases/{id?}", "/cases", {}),
        ("cases/{page=1}", "/cases", {"page": "1"}),
        ("cases/{page=1}", "/cases/2", {"page": "2"}),
        ("a/{n:int:min(3)}", "/a/2", None),
        ("a/{n:int:min(3)}", "/a/3", {"n": "3"}),
        ("a/{n:int}", "/a/99999999999", None),
        ("a/{n:int}", f"/a/{'9' * 6000}", None),
        ("a/{n:long}", "/a/99999999999", {"n": "99999999999"}),
        ("a/{n:range(1,5)?}", "/a", {}),
        ("a/{g:guid}", "/a/11111111-2222-3333-4444-555555555555", {"g": "11111111-2222-3333-4444-555555555555"}),
        ("a/{g:guid}", "/a/1", None),
        ("a/{b:bool}", "/a/True", {"b": "True"}),
        ("a/{w:alpha:length(2,3)}", "/a/abcd", None),
        ("a/{w:alpha:length(2,3)}", "/a/abc", {"w": "abc"}),
        ("a/{d:double}", "/a/-1.5e3", {"d": "-1.5e3"}),
        ("r/report-{id}.{ext}", "/r/report-7.json", {"id": "7", "ext": "json"}),
        ("f/{*rest}", "/f/a/b", {"rest": "a/b"}),
        ("f/{**rest}", "/f/", {}),
        ("", "/", {}),
    ],
)
def test_a_route_matches_as_in_azure(template: str, path: str, expected: dict[str, str] | None) -> None:
    """Parameters are decoded; constraints, defaults, optional parts and wildcards hold."""
    assert Route(template).match(path) == expected


@pytest.mark.parametrize(
    "template",
    ["a/{id:regex(x)}", "a/{id:weird}", "a/{id?}/b", "a/{*rest}/b", "a/x{*rest}", "a/{", "a//b", "a/{id:int(}"],
)
def test_a_route_that_cannot_be_done_is_refused(template: str) -> None:
    """A template the host does not understand stops the start, instead of never matching."""
    with pytest.raises(UnsupportedBindingError, match="route"):
        Route(template)


def test_the_more_exact_route_answers() -> None:
    """Whatever their order: a literal, then a constraint, then a parameter, then a wildcard."""
    templates = ["{*rest}", "{id}", "{id:int}", "latest"]
    table = RouteTable([(Route(template), ("GET",), template) for template in templates])
    found = [table.find("GET", path) for path in ("/latest", "/5", "/word", "/a/b")]
    assert [one[0] for one in found if one] == ["latest", "{id:int}", "{id}", "{*rest}"]
