"""Tickets as Microsoft Sentinel incidents with comments, through Azure Resource Manager.

The ids of incident and comment are ours to choose: made from the case and from its version, so that a repeat writes
the same incident and the same comment.
"""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from yarl import URL

from shared.deliver.http import Caller, bearer_of, https_address
from shared.deliver.render import markdown_text
from shared.deliver.sections import Section, changes_of, line_of, plain_text, sections_of, shortened
from shared.errors import ConfigurationError, DeliveryRejectedError
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

API_VERSION = "2024-09-01"
MAX_TITLE, MAX_DESCRIPTION, MAX_COMMENT = 500, 5_000, 30_000
RIGHT = (
    "Check TRIAGE_SENTINEL_WORKSPACE, and grant the app's identity Microsoft Sentinel Responder on that workspace's "
    "resource group."
)
REJECTED = (
    "Check TRIAGE_SENTINEL_WORKSPACE, and that Microsoft Sentinel is on there. An incident takes 100 comments: one "
    "that has so many takes no more."
)
SEVERITIES = {"critical": "High", "high": "High", "medium": "Medium", "low": "Low", "informational": "Informational"}
CLASSIFICATIONS = {
    "remediated": ("TruePositive", "SuspiciousActivity"),
    "dismissed": ("BenignPositive", "SuspiciousButExpected"),
    "confirmed_safe": ("FalsePositive", "InaccurateData"),
}
KEPT = ("title", "description", "severity", "status", "owner", "labels", "classification", "classificationReason",
        "classificationComment", "firstActivityTimeUtc", "lastActivityTimeUtc")  # fmt: skip
"""What may be written of an incident; a PUT that leaves one out takes it away."""
_NAMESPACE = uuid.UUID("5b1f2a52-6a0e-4a55-9f0a-0d2f6f7f1c11")
_MISSING = frozenset({404})


class _Incident(msgspec.Struct):
    etag: str = ""
    properties: dict[str, Any] = {}


class SentinelDestination:
    """One workspace."""

    name = "sentinel"

    def __init__(self, settings: Settings, credential: "AsyncTokenCredential", http: aiohttp.ClientSession) -> None:
        root = https_address(settings.arm_url, "TRIAGE_ARM_URL")
        workspace = settings.sentinel_workspace.strip("/")
        parts = workspace.split("/")
        shape = [part.casefold() for part in parts[0:8:2]]
        if len(parts) != 8 or not all(parts) or shape != ["subscriptions", "resourcegroups", "providers", "workspaces"]:
            raise ConfigurationError(
                "TRIAGE_SENTINEL_WORKSPACE is no workspace's resource id",
                hint="Ask for it: az monitor log-analytics workspace show -g GROUP -n NAME --query id",
            )
        self._incidents = URL(f"{root}/{workspace}/providers/Microsoft.SecurityInsights/incidents")
        self._bearer = bearer_of(credential, f"{root}/.default", self.name, RIGHT)
        self._caller = Caller(self.name, http, denied=RIGHT, rejected=REJECTED)

    async def send(self, ticket: dict[str, Any]) -> str:
        """Write the incident and one comment, and return the incident's id."""
        key = str(ticket["idempotencyKey"])
        name = str(uuid.uuid5(_NAMESPACE, str(ticket["ticketKey"])))
        url = self._incidents / name
        incident = await self._read(url, ticket)
        if incident is None and ticket["ticket"] and not ticket["newRisk"]:
            raise DeliveryRejectedError(
                f"sentinel no longer has the incident of `{key}`", hint="It was deleted. New risk makes it again."
            )
        told = sections_of(ticket) if incident is None or not ticket["changes"] else changes_of(ticket)
        fields = _new(ticket) if incident is None else _updated(incident, ticket)
        if incident is None or fields != incident.properties:
            await self._put(url, ticket, {"etag": incident.etag if incident else None, "properties": fields})
        comment = url / "comments" / str(uuid.uuid5(_NAMESPACE, key))
        await self._put(comment, ticket, {"properties": {"message": _markdown(told, ticket["link"], MAX_COMMENT)}})
        return name

    async def probe(self) -> str:
        """Read at most one incident of the workspace."""
        url = self._incidents.with_query({"api-version": API_VERSION, "$top": "1"})
        await self._caller.call("GET", url, key="probe", headers={"authorization": await self._bearer()})
        return "signed in; the workspace's incidents are readable (writing was not tried)"

    async def _read(self, url: URL, ticket: dict[str, Any]) -> _Incident | None:
        answer = await self._caller.call(
            "GET",
            url.with_query({"api-version": API_VERSION}),
            key=str(ticket["idempotencyKey"]),
            headers={"authorization": await self._bearer()},
            allow=_MISSING,
        )
        return None if answer.status in _MISSING else answer.read(_Incident)

    async def _put(self, url: URL, ticket: dict[str, Any], body: dict[str, Any]) -> None:
        await self._caller.call(
            "PUT",
            url.with_query({"api-version": API_VERSION}),
            key=str(ticket["idempotencyKey"]),
            body=msgspec.json.encode({name: value for name, value in body.items() if value}),
            headers={"authorization": await self._bearer(), "content-type": "application/json"},
        )


def _new(ticket: dict[str, Any]) -> dict[str, Any]:
    fields = {
        **_texts(ticket),
        "severity": SEVERITIES[ticket["severity"]],
        "status": "New",
        "firstActivityTimeUtc": ticket["openedAt"],
        "labels": [{"labelName": "entra-triage"}, {"labelName": ticket["ticketKey"]}],
    }
    return fields | _closed(ticket) if ticket["action"] == "close" else fields


def _updated(incident: _Incident, ticket: dict[str, Any]) -> dict[str, Any]:
    """Return the incident's fields with ours over them; owner, labels and state stay as people left them."""
    fields = {name: incident.properties[name] for name in KEPT if name in incident.properties} | _texts(ticket)
    if ticket["regraded"]:
        fields["severity"] = SEVERITIES[ticket["severity"]]
    is_closed = fields.get("status") == "Closed"
    if ticket["action"] == "close" and not is_closed:
        return fields | _closed(ticket)
    if ticket["status"] == "open" and ticket["newRisk"] and is_closed:
        return {name: value for name, value in fields.items() if not name.startswith("classif")} | {"status": "Active"}
    return fields


def _texts(ticket: dict[str, Any]) -> dict[str, str]:
    link = ticket["link"]
    head = shortened(sections_of(ticket, brief=True), lambda some: len(plain_text(some, link)), MAX_DESCRIPTION)
    return {"title": line_of(ticket["title"], MAX_TITLE), "description": plain_text(head, link)}


def _closed(ticket: dict[str, Any]) -> dict[str, str]:
    classification, reason = CLASSIFICATIONS.get(str(ticket["outcome"]), ("Undetermined", ""))
    fields = {
        "status": "Closed",
        "classification": classification,
        "classificationReason": reason,
        "classificationComment": line_of(f"Risk {str(ticket['outcome']).replace('_', ' ')}. {ticket['headline']}"),
    }
    return {name: value for name, value in fields.items() if value}


def _markdown(sections: Sequence[Section], link: str | None, limit: int) -> str:
    return _as_markdown(shortened(sections, lambda some: len(_as_markdown(some, link)), limit), link)


def _as_markdown(sections: Sequence[Section], link: str | None) -> str:
    blocks = [
        "\n".join(
            [
                f"### {markdown_text(section.title)}",
                *(
                    f"{f'{number}.' if section.is_numbered else '-'} {markdown_text(line)}"
                    for number, line in enumerate(section.lines, start=1)
                ),
                *([f"\n{section.rest}"] if section.rest else []),
            ]
        )
        for section in sections
    ]
    return "\n\n".join([*blocks, *([f"[The whole report]({link})"] if link else [])])
