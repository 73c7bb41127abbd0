"""Tickets as Jira Cloud issues, through REST API version 3.

A label holds the case, an issue property the version last written. A version's comment comes first, unless it is there
already; one PUT then writes fields and version; a transition follows where the status is not what it should be. Comment
and fields are not one PUT, which Jira would take: the HTTP client repeats a PUT whose answer is lost, comment and all.

Text is an Atlassian document: its text nodes are shown as they are, so nothing in the evidence can act as markup, name
somebody or become a link.
"""

import base64
import re
from typing import Any, Literal

import aiohttp
import msgspec
from yarl import URL

from shared.deliver.atlassian_document import document_of, length_of
from shared.deliver.http import Answer, Caller, https_address
from shared.deliver.jira_answers import (
    PROPERTY,
    Comments,
    Found,
    Issue,
    Right,
    Rights,
    Transition,
    Transitions,
    refused_fields,
)
from shared.deliver.sections import change_title, changes_of, line_of, sections_of, shortened
from shared.errors import ConfigurationError, DeliveryRejectedError
from shared.settings import Settings

MAX_TITLE, MAX_DOCUMENT = 255, 32_000
"""Jira takes 32,767 characters in a text field; counted here on the whole document, which is the stricter reading."""
MAX_PAGES = 5
LATEST_COMMENTS = 20
"""How many are looked through for a comment that a crash left without its version."""
CREDENTIAL = (
    "Check TRIAGE_JIRA_URL, TRIAGE_JIRA_USER and TRIAGE_JIRA_TOKEN, and that the user may browse, create, edit, "
    "comment on and transition issues of the project."
)
REJECTED = "Check TRIAGE_JIRA_PROJECT, TRIAGE_JIRA_ISSUE_TYPE and TRIAGE_JIRA_PRIORITIES against the project."
RIGHTS = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES")
RESOLUTIONS = {"remediated": ("Done", "Fixed"), "dismissed": ("Won't Do",), "confirmed_safe": ("Won't Do",)}
SEVERITIES = ("critical", "high", "medium", "low", "informational")
_MISSING = frozenset({404})


class JiraDestination:
    """One project."""

    name = "jira"

    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]+", settings.jira_project):
            raise ConfigurationError("TRIAGE_JIRA_PROJECT is no project key", hint="It is the SEC of SEC-123.")
        if settings.jira_priorities and len(settings.jira_priorities) != len(SEVERITIES):
            raise ConfigurationError(
                "TRIAGE_JIRA_PRIORITIES must name five priorities",
                hint="From critical to informational, e.g. Highest,High,Medium,Low,Lowest; leave it out to set none.",
            )
        self._api = URL(https_address(settings.jira_url, "TRIAGE_JIRA_URL") + "/rest/api/3")
        self._settings = settings
        login = base64.b64encode(f"{settings.jira_user}:{settings.jira_token}".encode()).decode()
        self._headers = {
            "accept": "application/json",
            "content-type": "application/json",
            "authorization": f"Basic {login}",
        }
        self._caller = Caller(self.name, http, denied=CREDENTIAL, rejected=REJECTED, explain=_explained)

    async def send(self, ticket: dict[str, Any]) -> str:
        """Write the issue and return its key."""
        key = str(ticket["idempotencyKey"])
        issue = await self._find(ticket)
        if issue is None:
            if ticket["ticket"] and not ticket["newRisk"]:
                raise DeliveryRejectedError(
                    f"jira no longer has the issue of `{key}`",
                    hint="It was deleted, or the user may no longer browse it. New risk makes another one.",
                )
            issue = await self._create(ticket)
        elif issue.version != key:
            await self._update(issue.key, ticket)
        if ticket["action"] == "close" and not issue.fields.status.is_done:
            await self._move(issue.key, "done", ticket)
        elif ticket["status"] == "open" and ticket["newRisk"] and issue.fields.status.is_done:
            await self._move(issue.key, "open", ticket)
        return issue.key

    async def probe(self) -> str:
        """Ask Jira which of the rights that tickets need the user has in the project."""
        url = self._api / "mypermissions"
        query = {"projectKey": self._settings.jira_project, "permissions": ",".join(RIGHTS)}
        answer = await self._caller.call("GET", url.with_query(query), key="probe", headers=self._headers)
        held = answer.read(Rights).permissions
        missing = [name for name in RIGHTS if not held.get(name, Right()).have_permission]
        if missing:
            raise DeliveryRejectedError(f"jira: the user lacks {', '.join(missing)} in the project", hint=CREDENTIAL)
        return "signed in; the user has every right that tickets need in the project"

    async def _find(self, ticket: dict[str, Any]) -> Issue | None:
        """Return the issue by its key, else by the case's label; the oldest, should there be two."""
        if known := ticket["ticket"]:
            url = (self._api / "issue" / known).with_query(fields="status", properties=PROPERTY)
            answer = await self._call("GET", url, ticket, allow=_MISSING)
            if answer.status not in _MISSING:
                return answer.read(Issue)
        project = f'project = "{self._settings.jira_project}"'
        query: dict[str, Any] = {
            "jql": f'{project} AND labels = "{ticket["ticketKey"]}" ORDER BY created ASC',
            "fields": ["status"],
            "properties": [PROPERTY],
            "maxResults": 1,
        }
        for _ in range(MAX_PAGES):  # a page may be empty although the next one is not
            answer = await self._call("POST", self._api / "search" / "jql", ticket, query, repeatable=True)
            found = answer.read(Found)
            if found.issues:
                return found.issues[0]
            if not found.next_page_token:
                break
            query["nextPageToken"] = found.next_page_token
        return None

    async def _create(self, ticket: dict[str, Any]) -> Issue:
        fields = {
            **self._fields(ticket),
            "project": {"key": self._settings.jira_project},
            "issuetype": {"name": self._settings.jira_issue_type},
            "labels": ["entra-triage", ticket["ticketKey"]],
        }
        body = {"fields": fields | self._priority(ticket), "properties": _property(ticket)}
        answer = await self._call("POST", self._api / "issue", ticket, body)
        return answer.read(Issue)

    async def _update(self, issue: str, ticket: dict[str, Any]) -> None:
        url = self._api / "issue" / issue
        latest = (url / "comment").with_query(orderBy="-created", maxResults=str(LATEST_COMMENTS))
        comments = (await self._call("GET", latest, ticket)).read(Comments).comments
        if not any(change_title(ticket).encode() in bytes(comment.body) for comment in comments):
            await self._call("POST", url / "comment", ticket, {"body": document_of(changes_of(ticket), None)})
        graded = self._priority(ticket) if ticket["regraded"] else {}
        body = {"fields": self._fields(ticket) | graded, "properties": _property(ticket)}
        await self._call("PUT", url, ticket, body, repeatable=True)

    def _fields(self, ticket: dict[str, Any]) -> dict[str, Any]:
        link = ticket["link"]
        sections = shortened(sections_of(ticket), lambda some: length_of(document_of(some, link)), MAX_DOCUMENT)
        return {"summary": line_of(ticket["title"], MAX_TITLE), "description": document_of(sections, link)}

    def _priority(self, ticket: dict[str, Any]) -> dict[str, Any]:
        names = dict(zip(SEVERITIES, self._settings.jira_priorities, strict=False))
        return {"priority": {"name": names[ticket["severity"]]}} if names else {}

    async def _move(self, issue: str, where: Literal["done", "open"], ticket: dict[str, Any]) -> None:
        """Take the transition to the configured status, else the first that ends in the right category."""
        url = self._api / "issue" / issue / "transitions"
        answer = await self._call("GET", url.with_query(expand="transitions.fields"), ticket)
        setting = "TRIAGE_JIRA_CLOSED_STATUS" if where == "done" else "TRIAGE_JIRA_OPEN_STATUS"
        wanted = self._settings.jira_closed_status if where == "done" else self._settings.jira_open_status
        ways = [
            way
            for way in answer.read(Transitions).transitions
            if (way.to.name.casefold() == wanted.casefold() if wanted else way.to.is_done == (where == "done"))
        ]
        way = next((way for way in ways if not way.asks), None)
        if way is None:
            raise DeliveryRejectedError(
                f"jira has no way to move the issue of `{ticket['idempotencyKey']}`",
                hint=f"Check {setting}; the workflow must lead there in one step, asking for a resolution at most.",
            )
        body = {"transition": {"id": way.id}, "fields": _resolution(way, str(ticket["outcome"]))}
        await self._call("POST", url, ticket, body)

    async def _call(
        self,
        method: str,
        url: URL,
        ticket: dict[str, Any],
        body: dict[str, Any] | None = None,
        *,
        allow: frozenset[int] = frozenset(),
        repeatable: bool = False,
    ) -> Answer:
        return await self._caller.call(
            method,
            url,
            key=str(ticket["idempotencyKey"]),
            body=msgspec.json.encode(body) if body is not None else None,
            headers=self._headers,
            allow=allow,
            repeatable=repeatable or method == "GET",
        )


def _property(ticket: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": PROPERTY, "value": {"case": ticket["ticketKey"], "version": ticket["idempotencyKey"]}}]


def _resolution(way: Transition, outcome: str) -> dict[str, Any]:
    allowed = way.resolutions
    if not allowed or not way.to.is_done:
        return {}
    return {"resolution": {"name": next((n for n in RESOLUTIONS.get(outcome, ()) if n in allowed), allowed[0])}}


def _explained(answer: Answer) -> str | None:
    names = refused_fields(answer)
    return f"Jira refused {names}: put them on the project's screens. {REJECTED}" if names else None
