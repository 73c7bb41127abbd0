"""A scenario and its three files: the tenant, the event bodies, and what must come out."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from local.story.holdings import Holdings
from local.story.moments import NOW, graph_time
from local.story.people import Person
from local.story.streamed import Streamed
from local.story.tenant import Tenant
from shared.policy import policy_of
from shared.settings import Settings

NOT_TRIAGED = frozenset({"MicrosoftGraphActivityLogs"})
RECORDS_A_BODY = 4
EVERY_NTH_TWICE = 5


class Expect(msgspec.Struct, frozen=True, kw_only=True):
    """What must come out for one identity. Lists of ids name what matters, not all that may be there."""

    verdict: tuple[str, ...]
    """Allowed verdicts: more than one only where the evidence leaves room."""
    severity: tuple[str, ...]
    status: str = "open"
    findings: tuple[str, ...] = ()
    not_findings: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    """Actions that the report must show as done already."""
    withheld: tuple[str, ...] = ()
    """Actions that the report must name as left out."""
    is_folded: bool = False
    """The ticket of the campaign stands for it: it has none of its own."""
    must_not_appear: tuple[str, ...] = ()
    """Text that must not be in the words of the report (its evidence list may quote anything)."""


class ExpectCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign with a ticket of its own."""

    kind: str
    targeted: int
    succeeded: int
    verdict: str
    severity: tuple[str, ...]
    headline: str
    """The whole line."""
    status: str = "open"


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One folder below ``tests/scenarios``."""

    name: str
    tenant: Tenant
    bodies: list[dict[str, Any] | str]
    """Event Hubs message bodies; text stands for a body that is not JSON."""
    cases: dict[str, Expect]
    """By object id."""
    no_case: tuple[str, ...] = ()
    campaigns: tuple[ExpectCampaign, ...] = ()
    policy: str = ""
    """Text of the policy file that the scenario is judged by; empty for the default policy."""
    dead_lettered: int = 0
    """How many bodies and records of ``bodies`` cannot be read."""

    def settings(self) -> Settings:
        """Return settings with the policy that the scenario is judged by."""
        settings = Settings()
        settings.__dict__["policy"] = policy_of(msgspec.toml.decode(self.policy))
        return settings

    def files(self) -> dict[str, bytes]:
        """Return the content of the folder's files by name."""
        policy = {"policy.toml": self.policy.encode()} if self.policy else {}
        return policy | {
            "tenant.json": _text(self.tenant),
            "events.json": _text(self.bodies),
            "expect.json": msgspec.json.format(msgspec.json.encode(self.expected()), indent=1) + b"\n",
        }

    def expected(self) -> dict[str, Any]:
        """Return the content of ``expect.json``."""
        return {
            "now": graph_time(NOW),
            "cases": {identity: _fields(expect) for identity, expect in self.cases.items()},
            "no_case": list(self.no_case),
            "events": self._counts(),
        } | ({"campaigns": msgspec.to_builtins(self.campaigns)} if self.campaigns else {})

    def _counts(self) -> dict[str, int]:
        categories = [r["category"] for body in self.bodies if isinstance(body, dict) for r in body["records"]]
        texts = sum(isinstance(body, str) for body in self.bodies)
        ignored = sum(category in NOT_TRIAGED for category in categories)
        readable = len(categories) + texts - ignored - self.dead_lettered
        return {"records": readable, "ignored": ignored, "dead_lettered": self.dead_lettered}


def _fields(expect: Expect) -> dict[str, Any]:
    """Return the expectation as JSON-ready data; what few scenarios ask for is there only where they do."""
    fields: dict[str, Any] = msgspec.to_builtins(expect)
    return {name: value for name, value in fields.items() if value or name not in {"done", "withheld", "is_folded"}}


def bodies_of(records: Iterable[Streamed], *, repeat: bool = True) -> list[dict[str, Any] | str]:
    """Return message bodies in order of arrival, a few records each.

    With ``repeat`` every fifth record comes again a few minutes later, as Azure Monitor does.
    """
    arriving = sorted(records, key=_arrival)
    if repeat:
        arriving += [streamed.again(timedelta(minutes=4)) for streamed in arriving[::EVERY_NTH_TWICE]]
        arriving.sort(key=_arrival)
    starts = range(0, len(arriving), RECORDS_A_BODY)
    return [{"records": [s.record for s in arriving[start : start + RECORDS_A_BODY]]} for start in starts]


def denied(tenant: Tenant, *, status: int = 403, code: str = "Authorization_RequestDenied") -> Tenant:
    """Return the tenant with an error on every path."""
    error = {"$error": {"status": status, "code": code}}
    single = {f"users/{person['id']}": error for person in tenant["users"]}
    return dict.fromkeys(tenant, error) | single


def ids(people: Sequence[Person]) -> tuple[str, ...]:
    """Return object ids."""
    return tuple(person.id for person in people)


def ids_of(holdings: Sequence[Holdings]) -> tuple[str, ...]:
    """Return object ids of the people whom the holdings are about."""
    return ids([holding.person for holding in holdings])


def _arrival(streamed: Streamed) -> tuple[Any, ...]:
    return streamed.arrives, streamed.category, str(streamed.record["correlationId"])


def _text(content: object) -> bytes:
    """Return JSON with one line for each record or resource, so that a change in one shows as one line."""
    if isinstance(content, dict):
        members = (msgspec.json.encode(name) + b": " + _elements(value) for name, value in content.items())
        return b"{\n" + b",\n".join(members) + b"\n}\n"
    return _elements(content) + b"\n"


def _elements(value: object) -> bytes:
    if not isinstance(value, list) or not value:
        return msgspec.json.encode(value)
    return b"[\n" + b",\n".join(msgspec.json.encode(element) for element in value) + b"\n]"
