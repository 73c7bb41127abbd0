"""A ServiceNow instance: the incident table through the Table API, as far as its documentation says."""

import base64
from typing import Any

import msgspec
from aiohttp import web

from tests.deliver.vendor import BODY, Ticket, Vendor

LENGTHS = {"short_description": 160, "description": 4000, "correlation_id": 100, "correlation_display": 100}


class ServiceNow(Vendor):
    """One instance with one user."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, Any]] = []
        self.forbidden: set[str] = set()
        """Fields that the user may not write: dropped without a word."""
        self.knows_correlation = True
        self.authorization = "Basic " + base64.b64encode(b"triage:s3cret-0123456789abcdef").decode()

    def routes(self) -> list[web.RouteDef]:
        """Return the Table API's routes."""
        path = "/api/now/table/incident"
        return [web.get(path, self._list), web.post(path, self._insert), web.patch(path + "/{id}", self._patch)]

    def tickets(self) -> list[Ticket]:
        """Return all incidents."""
        return [
            Ticket(
                id=row["number"],
                title=row["short_description"],
                text=row["description"],
                comments=row["notes"],
                done=row["state"] in {"6", "7", "8"},
            )
            for row in self.rows
        ]

    def settle(self, ticket: str, *, done: bool) -> None:
        """Resolve or reopen."""
        self._row(ticket)["state"] = "6" if done else "2"

    def delete(self, ticket: str) -> None:
        """Delete."""
        self.rows.remove(self._row(ticket))

    def _row(self, number: str) -> dict[str, Any]:
        return next(row for row in self.rows if row["number"] == number)

    def _denied(self, request: web.Request) -> web.Response | None:
        if request.headers.get("authorization") == self.authorization:
            return None
        if request.headers.get("x-sn-apikey") == "s3cret-0123456789abcdef":
            return None
        return _error(401, "User Not Authenticated", "Required to provide Auth information")

    async def _list(self, request: web.Request) -> web.Response:
        if denied := self._denied(request):
            return denied
        rows = list(self.rows)
        terms = request.query["sysparm_query"].split("^")
        conditions = [t.removeprefix("OR").split("=") for t in terms if "=" in t]
        if not self.knows_correlation:
            conditions = []
        if conditions:
            rows = [row for row in rows if any(row.get(name) == value for name, value in conditions)]
        if "ORDERBYDESCsys_created_on" in terms:
            rows.reverse()
        fields = request.query["sysparm_fields"].split(",")
        limit = int(request.query["sysparm_limit"])
        found = [{name: row.get(name, "") for name in fields} for row in rows[:limit]]
        return web.json_response({"result": found})

    async def _insert(self, request: web.Request) -> web.Response:
        if denied := self._denied(request):
            return denied
        number = f"INC{len(self.rows) + 10:07}"
        row = {"sys_id": f"{len(self.rows):032x}", "number": number, "state": "1", "notes": []}
        return self._written(row, request, 201)

    async def _patch(self, request: web.Request) -> web.Response:
        if denied := self._denied(request):
            return denied
        row = next((row for row in self.rows if row["sys_id"] == request.match_info["id"]), None)
        if row is None:
            return _error(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        return self._written(row, request, 200)

    def _written(self, row: dict[str, Any], request: web.Request, status: int) -> web.Response:
        given = {k: v for k, v in msgspec.json.decode(request[BODY]).items() if k not in self.forbidden}
        if given.get("state") in {"6", "7"} and not (given.get("close_code") and given.get("close_notes")):
            return _error(403, "Operation Failed", "Data Policy Exception: Resolution code, Resolution notes")
        if note := given.pop("work_notes", ""):
            row["notes"].append(note)
        row |= {name: value[: LENGTHS.get(name, 4000)] for name, value in given.items()}
        if row not in self.rows:
            self.rows.append(row)
        fields = request.query["sysparm_fields"].split(",")
        return web.json_response({"result": {name: row.get(name, "") for name in fields}}, status=status)


def _error(status: int, message: str, detail: str) -> web.Response:
    return web.json_response({"error": {"message": message, "detail": detail}, "status": "failure"}, status=status)
