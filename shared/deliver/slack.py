"""Tickets as Slack messages, through the Web API with a bot token: one message a case, its comments in the thread.

A message's metadata holds the case and the version last written. A version's comment comes first, unless the thread has
it already; one chat.update then writes message and version. Slack answers 200 to nearly everything: ``ok`` and
``error`` in the body say what came of it.

Text is rich text, whose text elements are shown as they are. The fallback for notifications is read as mrkdwn, so there
the three characters that make mentions and links are escaped, and nothing is parsed into names.
"""

import re
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from shared.deliver.http import Answer, Caller, https_address
from shared.deliver.slack_message import CASE, CHANGE, comment_of, message_of
from shared.errors import ConfigurationError, DeliveryDeniedError, DeliveryRejectedError, DeliveryUnavailableError
from shared.settings import Settings

PAGE, MAX_PAGES = 200, 10
"""Messages on a page, and pages that are looked through for what a crash left behind; the latest come first."""
EARLIER = timedelta(hours=1)
"""How far Slack's clock may be behind ours."""
CREDENTIAL = (
    "Check TRIAGE_SLACK_TOKEN (the bot's, xoxb-…) with its scopes chat:write and channels:history (groups:history in a "
    "private channel), and TRIAGE_SLACK_CHANNEL, into which the app must be invited."
)
REJECTED = "Check TRIAGE_SLACK_CHANNEL: it must not be archived, and the app must be allowed to post there."
PASSING = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
DENIED = frozenset(
    {
        "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "no_permission",
        "missing_scope", "not_allowed_token_type", "access_denied", "ekm_access_denied", "org_login_required",
        "team_access_not_granted", "channel_not_found", "not_in_channel", "cant_update_message",
    }
)  # fmt: skip
GONE = frozenset({"message_not_found", "thread_not_found"})
DELETED = "It was deleted, or is older than Slack keeps messages. New risk makes another one."


class _Payload(msgspec.Struct, frozen=True):
    case: str = ""
    version: str = ""


class _Metadata(msgspec.Struct, frozen=True):
    event_type: str = ""
    event_payload: _Payload = _Payload()


class _Message(msgspec.Struct, frozen=True):
    ts: str = ""
    metadata: msgspec.Raw = msgspec.Raw(b"{}")

    def written(self, kind: str) -> _Payload:
        """Return what its metadata says of a case; other apps' metadata, which may be anything, says nothing."""
        try:
            metadata = msgspec.json.decode(self.metadata, type=_Metadata)
        except msgspec.ValidationError:
            return _Payload()
        return metadata.event_payload if metadata.event_type == kind else _Payload()


class _Cursor(msgspec.Struct, frozen=True):
    next_cursor: str = ""


class _Reply(msgspec.Struct, frozen=True):
    ok: bool
    error: str = ""
    ts: str = ""
    messages: list[_Message] = []
    response_metadata: _Cursor = _Cursor()


class SlackDestination:
    """One channel."""

    name = "slack"

    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        if not re.fullmatch(r"[CG][A-Z0-9]{6,}", settings.slack_channel):
            raise ConfigurationError(
                "TRIAGE_SLACK_CHANNEL is no channel id",
                hint="It is at the end of the channel's details, as C0123ABCD4; a name such as #soc may change.",
            )
        if not re.fullmatch(r"xoxb-[\w-]+", settings.slack_token):
            raise ConfigurationError("TRIAGE_SLACK_TOKEN is no bot token", hint="It begins with xoxb-.")
        self._api = URL(https_address(settings.slack_url, "TRIAGE_SLACK_URL"))
        self._channel = settings.slack_channel
        self._headers = {
            "authorization": f"Bearer {settings.slack_token}",
            "content-type": "application/json; charset=utf-8",
        }
        self._caller = Caller(self.name, http, denied=CREDENTIAL, rejected=REJECTED)

    async def send(self, ticket: dict[str, Any]) -> str:
        """Write the message and return ``CHANNEL/TIMESTAMP``, by which Slack knows it."""
        key = str(ticket["idempotencyKey"])
        channel, message = await self._find(ticket)
        if message is None:
            if ticket["ticket"] and not ticket["newRisk"]:
                raise DeliveryRejectedError(f"slack no longer has the message of `{key}`", hint=DELETED)
            made = await self._post("chat.postMessage", key, {"channel": self._channel, **message_of(ticket)})
            return f"{self._channel}/{made.ts}"
        if message.written(CASE).version != key:
            if not await self._has_comment(channel, message.ts, ticket):
                # Threads alert nobody: what is worth interrupting somebody is shown in the channel too.
                shown = {"reply_broadcast": True} if ticket["action"] != "update" or ticket["rejudged"] else {}
                comment = {"channel": channel, "thread_ts": message.ts, **comment_of(ticket), **shown}
                await self._post("chat.postMessage", key, comment)
            body = {"channel": channel, "ts": message.ts, **message_of(ticket)}
            await self._post("chat.update", key, body, repeatable=True)
        return f"{channel}/{message.ts}"

    async def probe(self) -> str:
        """Read at most one message of the channel, and show nothing of it."""
        await self._get("conversations.history", "probe", channel=self._channel, limit="1")
        return "signed in; the channel is readable (posting was not tried)"

    async def _find(self, ticket: dict[str, Any]) -> tuple[str, _Message | None]:
        """Return the channel and the case's message there: by its own id, else by its metadata since the case began."""
        key, case = str(ticket["idempotencyKey"]), str(ticket["ticketKey"])
        channel, _, ts = str(ticket["ticket"] or "").partition("/")
        if ts:
            reply = await self._get(
                "conversations.history", key, channel=channel, latest=ts, inclusive="true", limit="1"
            )
            # What was deleted and has a thread leaves a stone with its timestamp, without metadata.
            known = next((one for one in reply.messages if one.ts == ts and one.written(CASE).case == case), None)
            if known or not ticket["newRisk"]:
                return channel, known
        since = _oldest(ticket["openedAt"])
        found = await self._search("conversations.history", key, CASE, case, channel=self._channel, oldest=since)
        return self._channel, found

    async def _has_comment(self, channel: str, thread: str, ticket: dict[str, Any]) -> bool:
        """Say whether a crash left this version's comment in the thread without the version on the message."""
        key, since = str(ticket["idempotencyKey"]), _oldest(ticket["generatedAt"])
        query = {"channel": channel, "ts": thread, "oldest": since}
        return await self._search("conversations.replies", key, CHANGE, key, **query) is not None

    async def _search(self, method: str, key: str, kind: str, wanted: str, **query: str) -> _Message | None:
        """Return a message with this case, or version, in its metadata; None when there is none within the bound."""
        query["limit"] = str(PAGE)
        for _ in range(MAX_PAGES):
            reply = await self._get(method, key, **query)
            for message in reply.messages:
                written = message.written(kind)
                if wanted == (written.case if kind == CASE else written.version):
                    return message
            if not reply.response_metadata.next_cursor:
                break
            query["cursor"] = reply.response_metadata.next_cursor
        return None

    async def _get(self, method: str, key: str, **query: str) -> _Reply:
        url = (self._api / method).with_query({"include_all_metadata": "true", **query})
        return _read(key, await self._caller.call("GET", url, key=key, headers=self._headers))

    async def _post(self, method: str, key: str, body: dict[str, Any], *, repeatable: bool = False) -> _Reply:
        answer = await self._caller.call(
            "POST",
            self._api / method,
            key=key,
            body=msgspec.json.encode(body),
            headers=self._headers,
            repeatable=repeatable,
        )
        return _read(key, answer)


def _oldest(moment: str) -> str:
    """Return a moment of our clock as the timestamp from which Slack's messages may hold what came of it."""
    return f"{(datetime.fromisoformat(moment) - EARLIER).timestamp():.6f}"


def _read(key: str, answer: Answer) -> _Reply:
    """Return what Slack answers. Raises the error that its word for it stands for; its other words stay out."""
    reply = answer.read(_Reply)
    if reply.ok:
        return reply
    code = reply.error if re.fullmatch(r"[a-z_]{1,60}", reply.error) else "an error"
    message = f"slack answered {code} for `{key}`"
    if code in PASSING:
        raise DeliveryUnavailableError(message)
    if code in DENIED:
        raise DeliveryDeniedError(message, hint=f"Slack answered {code}. {CREDENTIAL}")
    raise DeliveryRejectedError(message, hint=f"Slack answered {code}. {DELETED if code in GONE else REJECTED}")
