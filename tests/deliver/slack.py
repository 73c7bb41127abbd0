"""A Slack workspace: messages, threads and history of one channel, as its documentation says."""

from typing import Any

import msgspec
from aiohttp import web

from tests.deliver.vendor import BODY, Ticket, Vendor
from tests.records import minutes

CHANNEL = "C0123ABCD4"


class Slack(Vendor):
    """One workspace with one bot and one channel that it is in."""

    token = "xoxb-s3cret-0123456789abcdef"

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        """Of the channel and of its threads, oldest first."""
        self.errors: list[str] = []
        """Answered one after another, with 200 and ``ok: false``."""
        self.page = 200
        self._clock = minutes(5).timestamp()

    def routes(self) -> list[web.RouteDef]:
        """Return the methods that are used."""
        return [
            web.get("/api/conversations.history", self._history),
            web.get("/api/conversations.replies", self._replies),
            web.post("/api/chat.postMessage", self._post),
            web.post("/api/chat.update", self._update),
        ]

    def tickets(self) -> list[Ticket]:
        """Return the bot's messages that are no replies."""
        parents = [one for one in self.messages if "thread_ts" not in one and one.get("bot_id")]
        return [
            Ticket(
                id=f"{CHANNEL}/{one['ts']}",
                title=one["blocks"][0]["text"]["text"],
                text=words(one),
                comments=[words(reply) for reply in self.messages if reply.get("thread_ts") == one["ts"]],
                done=one["blocks"][0]["text"]["text"].startswith("Closed"),
            )
            for one in parents
        ]

    def delete(self, ticket: str) -> None:
        """Delete as an administrator would: what has a thread leaves a stone."""
        ts = ticket.split("/")[1]
        at = next(n for n, one in enumerate(self.messages) if one["ts"] == ts)
        has_thread = any(one.get("thread_ts") == ts for one in self.messages)
        stone = {"type": "message", "subtype": "tombstone", "ts": ts, "text": "This message was deleted."}
        self.messages[at : at + 1] = [stone] if has_thread else []

    def say(self, text: str, **more: Any) -> None:
        """Have a person, or another app, post into the channel."""
        self.messages.append({"type": "message", "user": "U1", "text": text, "ts": self._ts(), **more})

    def _ts(self) -> str:
        self._clock += 1
        return f"{self._clock:.6f}"

    def _refused(self, request: web.Request, channel: str) -> str:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return "invalid_auth"
        return self.errors.pop(0) if self.errors else "" if channel == CHANNEL else "channel_not_found"

    async def _history(self, request: web.Request) -> web.Response:
        shown = [one for one in self.messages if one.get("thread_ts") is None or one.get("subtype")]
        return self._listed(request, shown[::-1])

    async def _replies(self, request: web.Request) -> web.Response:
        ts = request.query["ts"]
        return self._listed(request, [one for one in self.messages if ts in (one["ts"], one.get("thread_ts"))])

    def _listed(self, request: web.Request, shown: list[dict[str, Any]]) -> web.Response:
        given = request.query
        if error := self._refused(request, given["channel"]):
            return web.json_response({"ok": False, "error": error})
        oldest, latest = float(given.get("oldest", 0)), float(given.get("latest", "inf"))
        fitting = [one for one in shown if oldest < float(one["ts"]) <= latest]
        start, limit = int(given.get("cursor", 0)), min(int(given["limit"]), self.page)
        end = start + limit
        cursor = {"next_cursor": str(end) if end < len(fitting) else ""}
        drop = () if given.get("include_all_metadata") == "true" else ("metadata",)
        messages = [{k: v for k, v in one.items() if k not in drop} for one in fitting[start:end]]
        return web.json_response({"ok": True, "messages": messages, "response_metadata": cursor})

    async def _post(self, request: web.Request) -> web.Response:
        return self._written(request, None)

    async def _update(self, request: web.Request) -> web.Response:
        ts = msgspec.json.decode(request[BODY])["ts"]
        found = next((one for one in self.messages if one["ts"] == ts and one.get("bot_id")), None)
        return (
            self._written(request, found) if found else web.json_response({"ok": False, "error": "message_not_found"})
        )

    def _written(self, request: web.Request, there: dict[str, Any] | None) -> web.Response:
        body = msgspec.json.decode(request[BODY])
        if error := self._refused(request, body["channel"]) or invalid(body):
            return web.json_response({"ok": False, "error": error})
        message = there if there is not None else {"type": "message", "bot_id": "B1", "ts": self._ts()}
        message |= {name: body[name] for name in ("text", "blocks", "metadata", "thread_ts") if name in body}
        if body.get("reply_broadcast"):
            message["subtype"] = "thread_broadcast"
        if there is None:
            self.messages.append(message)
        return web.json_response({"ok": True, "channel": CHANNEL, "ts": message["ts"], "message": message})


def invalid(body: dict[str, Any]) -> str:
    """Return Slack's word for what is wrong with a message, empty for nothing."""
    blocks = body["blocks"]
    if len(blocks) > 50 or len(msgspec.json.encode(blocks).decode()) > 12_000:
        return "msg_blocks_too_long"
    for block in blocks:
        if block["type"] == "header":
            if block["text"]["type"] != "plain_text" or not 1 <= len(block["text"]["text"]) <= 150:
                return "invalid_blocks"
        elif block["type"] != "rich_text" or not all(sound(element) for element in block["elements"]):
            return "invalid_blocks"
    return "" if len(body["text"]) <= 4000 else "msg_too_long"


def sound(element: dict[str, Any]) -> bool:
    """Say whether an element of rich text is one, all the way down."""
    match element["type"]:
        case "text":
            return len(element["text"]) > 0
        case "link":
            return element["url"].startswith("https://")
        case "rich_text_list":
            is_styled = element["style"] in {"bullet", "ordered"} and element["elements"]
            return bool(is_styled) and all(sound(one) for one in element["elements"])
        case "rich_text_section":
            return all(sound(one) for one in element["elements"])
    return False


def words(message: dict[str, Any]) -> str:
    """Return what a message shows, as Slack lays it out."""
    return "\n\n".join("\n".join(_lines(block)) for block in message["blocks"])


def _lines(element: dict[str, Any]) -> list[str]:
    match element["type"]:
        case "header":
            return [f"# {element['text']['text']}"]
        case "text":
            return [f"== {element['text']}" if element.get("style") else element["text"]]
        case "link":
            return [f"[{element['text']}] <{element['url']}>"]
        case "rich_text_section":
            return "".join(line for one in element["elements"] for line in _lines(one)).split("\n")
        case "rich_text_list":
            marks = (f"{n}." if element["style"] == "ordered" else "•" for n in range(1, len(element["elements"]) + 1))
            return [
                f"{mark} {line}" for mark, one in zip(marks, element["elements"], strict=True) for line in _lines(one)
            ]
    return [line for one in element["elements"] for line in _lines(one)]
