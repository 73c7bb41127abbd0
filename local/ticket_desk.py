"""A ticketing system to look at: receives the signed webhook and keeps one ticket a case, on disk."""

import base64
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

DESK_PATH = "/local/tickets"


type Listener = Callable[[str, dict[str, Any]], None]


class TicketDesk:
    """Tickets by ``ticketKey``. What it has acknowledged is in its file before it answers."""

    def __init__(self, path: Path, secret: str, *, on_ticket: Listener | None = None) -> None:
        """Open the desk with the tickets in its file; ``on_ticket`` hears of each one taken in, with its number."""
        self._path = path
        self.secret = secret
        self._on_ticket = on_ticket
        self._webhook = Webhook(secret)
        self.tickets: dict[str, dict[str, Any]] = {}
        self.seen: set[str] = set()
        self.repeats = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in _whole_lines(path):
            self._apply(msgspec.json.decode(line))

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to put on a local server."""
        return [web.post(DESK_PATH, self.receive), web.get(DESK_PATH, self.list)]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve the desk on a free loopback port and hand out the address for TRIAGE_WEBHOOK_URL."""
        app = web.Application(client_max_size=1024 * 1024)
        app.add_routes(self.routes())
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}{DESK_PATH}"
        finally:
            await runner.cleanup()

    async def receive(self, request: web.Request) -> web.Response:
        """Take a ticket in: verify, drop a repeat, write down, answer with the desk's own number."""
        body = await request.read()
        try:
            self._webhook.verify(body, dict(request.headers))
        except WebhookVerificationError:
            return web.json_response({"error": "bad signature"}, status=401)
        ticket = msgspec.json.decode(body)
        key = request.headers["webhook-id"]
        if key in self.seen:
            self.repeats += 1
        else:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(ticket) + b"\n")
            self._apply(ticket)
            if self._on_ticket is not None:
                self._on_ticket(self.tickets[ticket["ticketKey"]]["number"], ticket)
        return web.json_response({"ticket": self.tickets[ticket["ticketKey"]]["number"]})

    async def list(self, _request: web.Request) -> web.Response:
        """List the tickets with their history."""
        shown = [{k: v for k, v in ticket.items() if k != "last"} for ticket in self.tickets.values()]
        return web.json_response({"value": shown, "repeats": self.repeats})

    def _apply(self, ticket: dict[str, Any]) -> None:
        number = f"INC{len(self.tickets) + 1:04d}"
        known = self.tickets.setdefault(ticket["ticketKey"], {"number": number, "history": []})
        self.seen.add(ticket["idempotencyKey"])
        known.update(title=ticket["title"], status=ticket["status"], identity=ticket["identity"], last=ticket)
        known["history"].append({"version": ticket["version"], "action": ticket["action"]})


def _whole_lines(path: Path) -> list[bytes]:
    """Return the file's lines; a last one that a kill cut short was never acknowledged and is taken off."""
    content = path.read_bytes() if path.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    return whole.splitlines()


def webhook_secret() -> str:
    """Return a fresh Standard Webhooks secret."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
