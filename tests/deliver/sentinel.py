"""Azure Resource Manager with the incidents of one Sentinel workspace, as its documentation says."""

from typing import Any

import msgspec
from aiohttp import web

from tests.deliver.vendor import BODY, Ticket, Vendor

WORKSPACE = (
    "/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourceGroups/soc/providers"
    "/Microsoft.OperationalInsights/workspaces/soc-logs"
)
SEVERITIES = {"High", "Medium", "Low", "Informational"}
CLASSIFICATIONS = {"Undetermined", "TruePositive", "BenignPositive", "FalsePositive"}


class Sentinel(Vendor):
    """One workspace."""

    def __init__(self) -> None:
        super().__init__()
        self.incidents: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, dict[str, str]] = {}
        self.most_comments = 100

    def routes(self) -> list[web.RouteDef]:
        """Return the operations that are used."""
        path = f"{WORKSPACE}/providers/Microsoft.SecurityInsights/incidents/{{id}}"
        return [
            web.get(path.removesuffix("/{id}"), self._list),
            web.get(path, self._get),
            web.put(path, self._put),
            web.put(path + "/comments/{comment}", self._comment),
        ]

    def tickets(self) -> list[Ticket]:
        """Return all incidents."""
        return [
            Ticket(
                id=name,
                title=incident["properties"]["title"],
                text=incident["properties"]["description"],
                comments=list(self.comments[name].values()),
                done=incident["properties"]["status"] == "Closed",
            )
            for name, incident in self.incidents.items()
        ]

    def settle(self, ticket: str, *, done: bool) -> None:
        """Close or reopen, by hand."""
        properties = self.incidents[ticket]["properties"]
        properties |= {"status": "Closed", "classification": "Undetermined"} if done else {"status": "Active"}
        self.incidents[ticket]["etag"] += "x"

    def delete(self, ticket: str) -> None:
        """Delete."""
        del self.incidents[ticket], self.comments[ticket]

    def _refused(self, request: web.Request) -> web.Response | None:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return _error(401, "AuthenticationFailed")
        assert request.query["api-version"] == "2024-09-01"
        return None

    async def _list(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        return web.json_response({"value": []})

    async def _get(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        incident = self.incidents.get(request.match_info["id"])
        return web.json_response(incident) if incident else _error(404, "NotFound")

    async def _put(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        name, body = request.match_info["id"], msgspec.json.decode(request[BODY])
        known, given = self.incidents.get(name), body["properties"]
        if known and body.get("etag") != known["etag"]:
            return _error(409, "Conflict")
        if not (
            given["severity"] in SEVERITIES
            and given["status"] in {"New", "Active", "Closed"}
            and (given["status"] != "Closed" or given["classification"] in CLASSIFICATIONS)
            and len(given["description"]) <= 5000
        ):
            return _error(400, "BadRequest")
        number = known["properties"]["incidentNumber"] if known else len(self.incidents) + 1
        owner = given.get("owner", {"objectId": None, "assignedTo": None})
        etag = f'"{len(self.seen)}"'
        self.incidents[name] = {
            "name": name,
            "etag": etag,
            "properties": {**given, "owner": owner, "incidentNumber": number, "lastModifiedTimeUtc": etag},
        }
        self.comments.setdefault(name, {})
        return web.json_response(self.incidents[name], status=200 if known else 201)

    async def _comment(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        name, comment = request.match_info["id"], request.match_info["comment"]
        message = msgspec.json.decode(request[BODY])["properties"]["message"]
        if name not in self.incidents:
            return _error(404, "NotFound")
        full = len(self.comments[name]) >= self.most_comments and comment not in self.comments[name]
        if full or len(message) > 30_000:
            return _error(400, "BadRequest")
        self.comments[name][comment] = message
        return web.json_response({"name": comment}, status=201)


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": "…"}}, status=status)
