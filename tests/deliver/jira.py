"""A Jira Cloud site: issues, search, comments and transitions of one project, as its documentation says."""

import base64
import re
from typing import Any

import msgspec
from aiohttp import web

from tests.deliver.vendor import BODY, Ticket, Vendor

CATEGORIES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
NODES = {"doc", "heading", "paragraph", "bulletList", "orderedList", "listItem", "text"}


class Jira(Vendor):
    """One site with one user and one project, SEC."""

    def __init__(self) -> None:
        super().__init__()
        self.issues: dict[str, dict[str, Any]] = {}
        self.screens = {"summary", "description", "labels", "priority", "project", "issuetype"}
        self.ways = {"11": "To Do", "21": "In Progress", "31": "Done"}
        self.way_fields: dict[str, Any] = {}
        self.empty_pages = 0
        self.lacking: set[str] = set()
        """Rights that the user does not have in the project."""
        self.authorization = "Basic " + base64.b64encode(b"triage@bank.example:s3cret-0123456789abcdef").decode()

    def routes(self) -> list[web.RouteDef]:
        """Return the operations that are used."""
        api = "/rest/api/3"
        return [
            web.post(f"{api}/search/jql", self._search),
            web.post(f"{api}/issue", self._create),
            web.get(f"{api}/mypermissions", self._rights),
            web.get(api + "/issue/{key}", self._get),
            web.put(api + "/issue/{key}", self._edit),
            web.get(api + "/issue/{key}/comment", self._comments),
            web.post(api + "/issue/{key}/comment", self._comment),
            web.get(api + "/issue/{key}/transitions", self._transitions),
            web.post(api + "/issue/{key}/transitions", self._move),
        ]

    def tickets(self) -> list[Ticket]:
        """Return all issues."""
        return [
            Ticket(
                id=key,
                title=issue["fields"]["summary"],
                text=words(issue["fields"]["description"]),
                comments=[words(comment) for comment in issue["comments"]],
                done=issue["status"] == "Done",
            )
            for key, issue in self.issues.items()
        ]

    def settle(self, ticket: str, *, done: bool) -> None:
        """Move it on the board."""
        self.issues[ticket]["status"] = "Done" if done else "In Progress"

    def delete(self, ticket: str) -> None:
        """Delete."""
        del self.issues[ticket]

    def _refused(self, request: web.Request) -> web.Response | None:
        if request.headers.get("authorization") != self.authorization:
            return web.json_response({"errorMessages": ["Client must be authenticated"], "errors": {}}, status=401)
        if "key" in request.match_info and request.match_info["key"] not in self.issues:
            return web.json_response({"errorMessages": ["Issue does not exist"], "errors": {}}, status=404)
        return None

    def _invalid(self, fields: dict[str, Any]) -> web.Response | None:
        errors = {name: "cannot be set" for name in fields if name not in self.screens}
        if len(fields["summary"]) > 255 or "\n" in fields["summary"]:
            errors["summary"] = "Summary must be less than 255 characters and on one line."
        if len(msgspec.json.encode(fields["description"])) > 4 * 32_767 or not valid(fields["description"]):
            errors["description"] = "not valid"
        return web.json_response({"errorMessages": [], "errors": errors}, status=400) if errors else None

    def _shown(self, key: str) -> dict[str, Any]:
        issue = self.issues[key]
        status = {"name": issue["status"], "statusCategory": {"key": CATEGORIES[issue["status"]]}}
        return {"id": "1", "key": key, "fields": {"status": status}, "properties": issue["properties"]}

    async def _rights(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        if request.query["projectKey"] != "SEC":
            return web.json_response({"errorMessages": ["No project"]}, status=404)
        asked = request.query["permissions"].split(",")
        held = {name: {"key": name, "havePermission": name not in self.lacking} for name in asked}
        return web.json_response({"permissions": held})

    async def _search(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        query = msgspec.json.decode(request[BODY])
        wanted = re.fullmatch(r'project = "SEC" AND labels = "([\w-]+)" ORDER BY created ASC', query["jql"])
        assert wanted
        page = int(query.get("nextPageToken", "0"))
        if page < self.empty_pages:
            return web.json_response({"issues": [], "isLast": False, "nextPageToken": str(page + 1)})
        found = [key for key, issue in self.issues.items() if wanted[1] in issue["fields"]["labels"]]
        shown = [self._shown(key) for key in found[: query["maxResults"]]]
        return web.json_response({"issues": shown, "isLast": True})

    async def _create(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(request[BODY])
        if refused := self._refused(request) or self._invalid(body["fields"]):
            return refused
        key = f"SEC-{len(self.issues) + 1}"
        properties = {item["key"]: item["value"] for item in body["properties"]}
        self.issues[key] = {"fields": body["fields"], "properties": properties, "comments": [], "status": "To Do"}
        return web.json_response({"id": "1", "key": key, "self": f"{self.url}/rest/api/3/issue/1"}, status=201)

    async def _get(self, request: web.Request) -> web.Response:
        return self._refused(request) or web.json_response(self._shown(request.match_info["key"]))

    async def _edit(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(request[BODY])
        if refused := self._refused(request) or self._invalid(body["fields"]):
            return refused
        issue = self.issues[request.match_info["key"]]
        issue["fields"] |= body["fields"]
        issue["properties"] |= {item["key"]: item["value"] for item in body["properties"]}
        return web.Response(status=204)

    async def _comments(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        assert request.query["orderBy"] == "-created"
        bodies = self.issues[request.match_info["key"]]["comments"][::-1][: int(request.query["maxResults"])]
        return web.json_response({"startAt": 0, "total": len(bodies), "comments": [{"body": body} for body in bodies]})

    async def _comment(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(request[BODY])["body"]
        if refused := self._refused(request):
            return refused
        if not valid(body):
            return web.json_response({"errorMessages": [], "errors": {"comment": "not valid"}}, status=400)
        self.issues[request.match_info["key"]]["comments"].append(body)
        return web.json_response({"id": "1", "body": body}, status=201)

    async def _transitions(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        ways = [
            {
                "id": number,
                "name": f"to {name}",
                "to": {"name": name, "statusCategory": {"key": CATEGORIES[name]}},
                "fields": self.way_fields.get(name, {}),
            }
            for number, name in self.ways.items()
        ]
        return web.json_response({"transitions": ways})

    async def _move(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(request[BODY])
        name = self.ways[body["transition"]["id"]]
        missing = {field for field, of in self.way_fields.get(name, {}).items() if of["required"]} - set(body["fields"])
        if missing:
            return web.json_response({"errorMessages": [], "errors": dict.fromkeys(missing, "required")}, status=400)
        self.issues[request.match_info["key"]]["status"] = name
        return web.Response(status=204)


def valid(node: dict[str, Any]) -> bool:
    """Say whether a document is well formed: known nodes, no empty text."""
    if node["type"] not in NODES or (node["type"] == "text" and not node["text"]):
        return False
    return all(valid(child) for child in node.get("content", []))


def words(node: dict[str, Any]) -> str:
    """Return a document's text, a line a block, links with their address."""
    if node["type"] == "text":
        return " ".join([node["text"], *(mark["attrs"]["href"] for mark in node.get("marks", []))])
    between = "" if node["type"] in {"paragraph", "heading"} else "\n"
    return between.join(words(child) for child in node.get("content", []))
