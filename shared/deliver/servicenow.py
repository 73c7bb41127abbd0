"""Tickets as ServiceNow incidents, through the Table API.

``correlation_id`` holds the case, ``correlation_display`` the version last written. One PATCH writes fields, work note,
state and version together, so that a repeat finds its own version and does nothing.

Text goes into plain-text fields and journals. HTML in a journal needs ``[code]``, which instances may switch off; it is
written by nobody here, and taken apart where it stands in the evidence.
"""

import base64
import re
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from shared.deliver.http import Answer, Caller, https_address
from shared.deliver.sections import changes_of, line_of, plain_text, sections_of, shortened
from shared.errors import ConfigurationError, DeliveryDeniedError, DeliveryRejectedError
from shared.settings import Settings
from shared.telemetry import happened

MAX_TITLE, MAX_TEXT = 160, 4000
"""Lengths of short_description and description as ServiceNow ships them; what is longer it cuts in silence."""
NEW, IN_PROGRESS, RESOLVED, CLOSED, CANCELLED = "1", "2", "6", "7", "8"
IMPACT_AND_URGENCY = {
    "critical": ("1", "1"),
    "high": ("2", "1"),
    "medium": ("2", "2"),
    "low": ("3", "2"),
    "informational": ("3", "3"),
}
"""From these two ServiceNow computes priorities 1 to 5."""
CREDENTIAL = (
    "Check TRIAGE_SERVICENOW_USER with TRIAGE_SERVICENOW_PASSWORD, or TRIAGE_SERVICENOW_API_KEY, and that they may "
    "create, read and write incidents (role itil)."
)
FIELDS = "sys_id,number,state,correlation_id,correlation_display"
_CORRELATION = ("correlation_id", "correlation_display")
_CODE_TAG = re.compile(r"\[(/?)code\]", re.IGNORECASE)


class _Incident(msgspec.Struct):
    sys_id: str = ""
    number: str = ""
    state: str = NEW
    correlation_id: str = ""
    correlation_display: str = ""


class _One(msgspec.Struct):
    result: _Incident


class _Many(msgspec.Struct):
    result: list[_Incident]


class ServiceNowDestination:
    """The ``incident`` table of one instance."""

    name = "servicenow"

    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        address = https_address(settings.servicenow_url, "TRIAGE_SERVICENOW_URL")
        self._table = URL(f"{address}/api/now/table/incident")
        self._settings = settings
        self._headers = {"accept": "application/json", "content-type": "application/json", **_credential(settings)}
        self._caller = Caller(
            self.name,
            http,
            denied=CREDENTIAL,
            rejected="Check TRIAGE_SERVICENOW_URL and the other TRIAGE_SERVICENOW_… settings against the instance.",
        )

    async def send(self, ticket: dict[str, Any]) -> str:
        """Write the incident and return its number."""
        key = str(ticket["idempotencyKey"])
        incident = await self._find(ticket)
        if incident is None:
            if ticket["ticket"] and not ticket["newRisk"]:
                raise DeliveryRejectedError(
                    f"servicenow no longer has the incident of `{key}`",
                    hint="It was deleted, or the user may no longer read it. New risk makes another one.",
                )
            return await self._create(ticket, follows=None)
        if incident.state in {CLOSED, CANCELLED} and ticket["newRisk"] and incident.correlation_display != key:
            return await self._create(ticket, follows=incident.number)
        changed = self._state(ticket, incident)
        if incident.correlation_display != key:
            changed |= self._update(ticket)
        if changed:
            await self._write("PATCH", self._table / incident.sys_id, ticket, changed)
        return incident.number

    async def probe(self) -> str:
        """Read at most one incident, and of it no more than its id."""
        url = self._table.with_query(sysparm_query="", sysparm_fields="sys_id", sysparm_limit="1")
        answer = await self._caller.call("GET", url, key="probe", headers=self._headers)
        answer.read(_Many)
        return "signed in; table incident is readable (writing was not tried)"

    async def _find(self, ticket: dict[str, Any]) -> _Incident | None:
        """Return the latest incident of the case; None when there is none."""
        case, number = str(ticket["ticketKey"]), str(ticket["ticket"] or "")
        query = f"correlation_id={case}"
        if number.isalnum():  # a person may have taken the correlation off
            query += f"^ORnumber={number}"
        url = self._table.with_query(
            sysparm_query=f"{query}^ORDERBYDESCsys_created_on",
            sysparm_fields=FIELDS,
            sysparm_limit="1",
            sysparm_exclude_reference_link="true",
        )
        answer = await self._caller.call("GET", url, key=str(ticket["idempotencyKey"]), headers=self._headers)
        # An instance drops a condition on a field that it does not know and answers with any incident at all.
        return next(
            (
                row
                for row in answer.read(_Many).result
                if row.correlation_id == case or (number and row.number == number)
            ),
            None,
        )

    async def _create(self, ticket: dict[str, Any], *, follows: str | None) -> str:
        impact, urgency = IMPACT_AND_URGENCY[ticket["severity"]]
        fields = {
            **self._texts(ticket),
            "impact": impact,
            "urgency": urgency,
            "assignment_group": self._settings.servicenow_assignment_group,
            "caller_id": self._settings.servicenow_caller,
            "work_notes": _details(ticket, follows),
            **(self._resolution(ticket) if ticket["action"] == "close" else {}),
        }
        created = await self._write("POST", self._table, ticket, fields)
        return created.number

    def _update(self, ticket: dict[str, Any]) -> dict[str, str]:
        fields = {**self._texts(ticket), "work_notes": _plain(plain_text(changes_of(ticket)))[:MAX_TEXT]}
        if ticket["regraded"]:
            fields["impact"], fields["urgency"] = IMPACT_AND_URGENCY[ticket["severity"]]
        return fields

    def _state(self, ticket: dict[str, Any], incident: _Incident) -> dict[str, str]:
        """Return the fields of a new state; none when the incident's own is right."""
        if ticket["action"] == "close" and incident.state not in {RESOLVED, CLOSED, CANCELLED}:
            return self._resolution(ticket)
        if ticket["status"] == "open" and ticket["newRisk"] and incident.state == RESOLVED:
            return {"state": IN_PROGRESS}
        return {}

    def _texts(self, ticket: dict[str, Any]) -> dict[str, str]:
        link = ticket["link"]
        fitting = shortened(sections_of(ticket, brief=True), lambda some: len(_plain(plain_text(some, link))), MAX_TEXT)
        return {
            "short_description": _plain(line_of(ticket["title"], MAX_TITLE)),
            "description": _plain(plain_text(fitting, link)),
            "correlation_id": ticket["ticketKey"],
            "correlation_display": ticket["idempotencyKey"],
        }

    def _resolution(self, ticket: dict[str, Any]) -> dict[str, str]:
        outcome = str(ticket["outcome"] or "over").replace("_", " ")
        return {
            "state": RESOLVED,
            "close_code": self._settings.servicenow_close_code,
            "close_notes": _plain(line_of(f"Risk {outcome}. {ticket['headline']}")),
        }

    async def _write(self, method: str, url: URL, ticket: dict[str, Any], fields: dict[str, str]) -> _Incident:
        key = str(ticket["idempotencyKey"])
        answer = await self._caller.call(
            method,
            url.with_query(sysparm_fields=FIELDS, sysparm_exclude_reference_link="true"),
            key=key,
            body=msgspec.json.encode({name: value for name, value in fields.items() if value}),
            headers=self._headers,
            repeatable=False,  # a work note is written as often as it is sent
        )
        return _checked(answer, fields, key)


def _details(ticket: dict[str, Any], follows: str | None) -> str:
    """Return the first work note: the exact requests and the evidence, for which the description has no room."""
    before = f"Follows {follows}, which is closed: new risk.\n\n" if follows else ""
    sections = [section for section in sections_of(ticket) if section.key in {"actions", "evidence"}]
    limit = MAX_TEXT - len(before)
    return before + _plain(plain_text(shortened(sections, lambda some: len(_plain(plain_text(some))), limit)))


def _checked(answer: Answer, fields: dict[str, str], key: str) -> _Incident:
    """Return the incident as written. An instance leaves out what a rule on a field forbids, and answers 200."""
    incident = answer.read(_One).result
    if not incident.number:
        raise DeliveryDeniedError(f"servicenow shows nothing of `{key}`", status=answer.status, hint=CREDENTIAL)
    if any(getattr(incident, name) != fields[name] for name in _CORRELATION if name in fields):
        # The incident is there and has a number to be found by, so this is no failure; a crash could repeat it.
        happened("servicenow keeps no correlation: let the user write correlation_id and correlation_display", key=key)
    if "state" in fields and incident.state != fields["state"]:
        raise DeliveryDeniedError(
            f"servicenow did not change the state for `{key}`",
            status=answer.status,
            hint="Let the user write incident.state; check TRIAGE_SERVICENOW_CLOSE_CODE against the instance's codes.",
        )
    return incident


def _credential(settings: Settings) -> dict[str, str]:
    user, password = settings.servicenow_user, settings.servicenow_password
    if settings.servicenow_api_key and not (user or password):
        return {"x-sn-apikey": settings.servicenow_api_key}
    if user and password and not settings.servicenow_api_key:
        return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
    raise ConfigurationError(
        "destination `servicenow` needs one credential",
        hint="Set TRIAGE_SERVICENOW_API_KEY, or TRIAGE_SERVICENOW_USER and TRIAGE_SERVICENOW_PASSWORD.",
    )


def _plain(text: str) -> str:
    """Return text in which no journal reads HTML."""
    return _CODE_TAG.sub(r"(\1code)", text)
