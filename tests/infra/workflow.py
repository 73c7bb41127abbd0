"""Runs a Logic Apps workflow for tests: the actions and functions that our playbooks use, and no other.

HTTP calls go where a test sends them; connectors are written down. What a workflow uses beyond this is a KeyError.
"""

import html
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from openapi_schema_validator import OAS30Validator

from tests.infra.expressions import Expressions

type Call = dict[str, Any]
type Http = Callable[[Call], Awaitable[tuple[int, Any]]]


class Workflow:
    """One run: ``results`` has status, body and outputs of each action, ``sent`` what went to connectors."""

    def __init__(self, definition: dict[str, Any], http: Http, trigger: Any = None, **parameters: str) -> None:
        self.definition, self.http, self.trigger, self.parameters = definition, http, trigger, parameters
        self.connectors: dict[str, Any] = {}
        self.results: dict[str, dict[str, Any]] = {}
        self.variables: dict[str, Any] = {}
        self.items: dict[str, Any] = {}
        self.item: Any = None
        self.sent: list[Call] = []
        self.calls: list[Call] = []
        expressions = Expressions(self._own())
        self.value, self.missing = expressions.value, expressions.missing

    async def run(self) -> str:
        """Run all actions and return how it ended."""
        return await self._actions(self.definition["actions"])

    async def _actions(self, actions: dict[str, Any]) -> str:
        for name in in_order(actions):
            after = actions[name]["runAfter"]
            due = all(self.results[one]["status"] in states for one, states in after.items())
            self.results[name] = {"status": "Skipped", "body": None, "outputs": None}
            if due:
                self.results[name] |= await self._act(name, actions[name])
        named = {one for action in actions.values() for one in action["runAfter"]}
        for leaf in set(actions) - named:
            before = [self.results[one]["status"] for one in actions[leaf]["runAfter"]]
            status = self.results[leaf]["status"]
            if status == "Failed" or (status == "Skipped" and set(before) - {"Succeeded"}):
                return "Failed"
        return "Succeeded"

    async def _act(self, name: str, action: dict[str, Any]) -> dict[str, Any]:
        kind, inputs = action["type"], action.get("inputs")
        if kind in {"Scope", "If"}:
            chosen = action
            if kind == "If" and not self._holds(action["expression"]["and"]):
                chosen = action["else"]
            return {"status": await self._actions(chosen["actions"])}
        if kind == "Foreach":
            ended = []
            for item in self.value(action["foreach"]):
                self.items[name] = item
                self.results = {one: done for one, done in self.results.items() if one not in within(action["actions"])}
                ended.append(await self._actions(action["actions"]))
            return {"status": "Failed" if "Failed" in ended else "Succeeded"}
        if kind == "Until":
            for _ in range(action["limit"]["count"]):
                # What fails in an iteration that is not the last one is forgotten.
                ended = await self._actions(action["actions"])
                if self.value(action["expression"]):
                    return {"status": ended}
            return {"status": "Failed" if action["operationOptions"] == "FailWhenLimitsReached" else ended}
        return await self._step(kind, inputs)

    async def _step(self, kind: str, inputs: Any) -> dict[str, Any]:
        if kind == "Http":
            call = self.value(inputs)
            self.calls.append(call)
            status, body = await self.http(call)
            ended = "Succeeded" if status < 400 else "Failed"
            return {"status": ended, "body": body, "outputs": {"statusCode": status, "body": body}}
        if kind in {"ApiConnection", "ApiConnectionWebhook"}:
            call = self.value(inputs)
            self.sent.append(call)
            body = self.connectors.get(call["path"], {})
            if body in (None, "TimedOut"):
                return {"status": body or "Failed"}
            return {"status": "Succeeded", "body": body}
        if kind == "Compose":
            try:
                return {"status": "Succeeded", "outputs": self.value(inputs)}
            except ValueError:  # what is no base64 or JSON fails the action, not the run
                return {"status": "Failed"}
        return {"status": "Succeeded", **self._made(kind, inputs)}

    def _made(self, kind: str, inputs: Any) -> dict[str, Any]:
        if kind == "InitializeVariable":
            self.variables |= {one["name"]: one["value"] for one in inputs["variables"]}
        elif kind == "SetVariable":
            self.variables[inputs["name"]] = self.value(inputs["value"])
        elif kind == "Select":
            made = []
            for item in self.value(inputs["from"]):
                self.item = item
                made.append(self.value(inputs["select"]))
            return {"body": made}
        elif kind == "Table":
            rows = self.value(inputs["from"])
            return {"body": "".join(f"<tr>{html.escape(str(list(row.values())))}</tr>" for row in rows)}
        else:
            assert kind == "Wait", kind
        return {}

    def _holds(self, tests: list[dict[str, list[Any]]]) -> bool:
        compare = {
            "greater": lambda a, b: a > b,
            "greaterOrEquals": lambda a, b: a >= b,
            "equals": lambda a, b: a == b,
        }
        return all(compare[how](*self.value(sides)) for test in tests for how, sides in test.items())

    def _own(self) -> dict[str, Callable[..., Any]]:
        """Return the functions that look at this run."""
        return {
            "body": lambda action: self.results.get(action, {}).get("body"),
            "outputs": lambda action: self.results.get(action, {}).get("outputs"),
            "parameters": lambda one: self.parameters[one] if one != "$connections" else Connections(),
            "variables": lambda one: self.variables[one],
            "items": lambda loop: self.items[loop],
            "item": lambda: self.item,
            "triggerBody": lambda: self.trigger,
        }


class Connections(dict[str, Any]):
    """Every connection by its name."""

    def __contains__(self, name: object) -> bool:
        """Say that it is there."""
        return True

    def __missing__(self, name: str) -> Any:
        """Return a connection of that name."""
        return {"connectionId": name}


def in_order(actions: dict[str, Any]) -> list[str]:
    """Return names so that each comes after what it runs after. Fails on a circle or a name that is no neighbour."""
    ordered: list[str] = []
    while left := [name for name in actions if name not in ordered]:
        ready = [name for name in left if set(actions[name]["runAfter"]) <= set(ordered)]
        assert ready, f"these wait for each other or for nobody: {left}"
        ordered += ready
    return ordered


def within(actions: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return all actions, inner ones too, by name."""
    found: dict[str, dict[str, Any]] = {}
    for name, action in actions.items():
        found[name] = action
        found |= within(action.get("actions", {})) | within(action.get("else", {}).get("actions", {}))
    return found


def check_against(document: dict[str, Any], method: str, path: str, body: Any, headers: Iterable[str] = ()) -> None:
    """Fail where a call is not one that the OpenAPI document has, headers of its own included."""
    for template, methods in document["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in methods:
            operation = methods[method.lower()]
            break
    else:
        raise AssertionError(f"no operation {method} {path}")
    known = {one["name"].lower() for one in operation.get("parameters", ()) if one["in"] == "header"}
    assert {name for name in headers if name.startswith("x-")} - {"x-functions-key"} <= known
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        OAS30Validator({**schema, "components": document["components"]}).validate(body)
    else:
        assert body is None
