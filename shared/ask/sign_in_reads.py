"""Sign-ins from Graph: which columns are shown, how they are read and how they are summed up in words."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from shared.ask.found import Item, items, refs, reply
from shared.ask.given import number, span
from shared.ask.look import Look
from shared.ask.skill import Cell, InputValue, Ref, Reply, Table, TimeRange
from shared.ask.tables import field, table
from shared.ask.telling import within
from shared.clock import iso
from shared.enrich.results import FAILURES, INTERRUPTS
from shared.enrich.statement import counted, listed
from shared.graph.answers import Answers
from shared.graph.queries import P1, Query, Version
from shared.hostile import clean, quoted

PERMISSIONS = ("AuditLog.Read.All",)
PATHS = ("/auditLogs/signIns",)
KEPT = timedelta(days=30)
"""How far the log reaches back at most."""
PAGE, MOST_PAGES = 1000, 3
"""Entries on a page, and the most pages that are looked through where Graph cannot filter."""
MOST_ADDRESSES = 20
SIGN_INS = (
    field("createdDateTime", "At", "When, UTC"),
    field("userPrincipalName", "User", "Who signed in"),
    field("appDisplayName", "App", "Which app the user signed in to"),
    field("result", "Result", "success, failure, or interrupted: a step on the way such as an MFA prompt"),
    field("reason", "Reason", "Why it did not succeed at once, by its error code"),
    field("status.errorCode", "Error code", "Entra's result code; 0 is success", name="error_code"),
    field("ipAddress", "IP address", "Where the sign-in came from"),
    field("location.city", "City", "Place of the address, as Entra locates it", name="city"),
    field("location.countryOrRegion", "Country", "Two-letter code of the country of the address", name="country"),
    field("clientAppUsed", "Client", "Browser, mobile app, or a legacy protocol"),
    field("deviceDetail.displayName", "Device", "Name of the device; empty when it is not registered", name="device"),
    field("deviceDetail.operatingSystem", "System", "Operating system of the device", name="operating_system"),
    field("deviceDetail.browser", "Browser", "Browser and its version", name="browser"),
    field("deviceDetail.isCompliant", "Compliant", "Whether the device complied", name="is_compliant"),
    field("deviceDetail.isManaged", "Managed", "Whether the device was managed", name="is_managed"),
    field("conditionalAccessStatus", "Conditional Access", "success, failure or notApplied, of all policies together"),
    field("riskLevelDuringSignIn", "Risk during", "Risk that Entra saw at once: none, low, medium, high or hidden"),
    field("riskLevelAggregated", "Risk in the end", "Risk of the sign-in with all that Entra learned later"),
    field("riskState", "Risk state", "atRisk, remediated, dismissed, confirmedSafe, confirmedCompromised or none"),
    field("correlationId", "Correlation id", "Same for the steps of one sign-in"),
    field("id", "Request id", "Id of the sign-in"),
)


class Found(NamedTuple):
    """What was read of the log, and what of it was asked for."""

    answers: Answers
    all: list[Item] | None
    """Everything that fits, newest first; None when the log could not be read."""
    shown: list[Item]
    """The latest of these, as many as were asked for."""
    span: TimeRange
    is_all: bool
    """False when there may be more that fit than ``all``."""


def sign_in_query(
    look: Look, when: TimeRange, condition: str, *, top: int, pages: int = 1, version: Version = "v1.0"
) -> Query:
    """Return the query ``sign_ins`` for entries of a span that fit a condition, newest first."""
    within = f"createdDateTime ge {when.since} and createdDateTime le {when.until}"
    return look.query(
        "sign_ins",
        look.api.audit_logs.sign_ins if version == "v1.0" else PATHS[0],
        what="the sign-in log",
        permission="AuditLog.Read.All",
        licence=P1,
        bucket="reports",
        pages=pages,
        version=version,
        filter=f"{within} and {condition}" if condition else within,
        top=top,
    )


async def read_sign_ins(
    look: Look,
    given: Mapping[str, InputValue],
    condition: str = "",
    *,
    keep: Callable[[Item], bool] | None = None,
    whole: bool = False,
    version: Version = "v1.0",
) -> Found:
    """Return the sign-ins of the span that fit.

    ``keep`` is what Graph cannot filter; with it, or with ``whole``, up to 3,000 entries are read and not only as many
    as are shown, so that they can be counted.
    """
    when, most = span(given, "time_range"), number(given, "count")
    is_wide = whole or keep is not None
    query = sign_in_query(
        look,
        when,
        condition,
        top=PAGE if is_wide else min(most, PAGE),
        pages=MOST_PAGES if is_wide else 1,
        version=version,
    )
    answers = await look.read(query)
    read = items(answers, "sign_ins")
    if read is None:
        return Found(answers, None, [], when, is_all=False)
    fitting = [judged(item) for item in read if keep is None or keep(item)]
    return Found(answers, fitting, fitting[:most], when, is_all=not answers["sign_ins"].gaps)


def judged(sign_in: Item) -> Item:
    """Return a sign-in with its ``result`` and ``reason``."""
    status = sign_in.get("status") or {}
    code: int = status.get("errorCode", -1)
    reason = INTERRUPTS.get(code) or FAILURES.get(code) or status.get("failureReason") or "reason not known"
    result = "success" if code == 0 else "interrupted" if code in INTERRUPTS else "failure"
    return {**sign_in, "result": result, "reason": "" if code == 0 else clean(str(reason)).rstrip(".")}


def sign_in_reply(
    found: Found,
    phrase: str,
    *,
    lead: Sequence[str] = (),
    more: Sequence[str] = (),
    tables: Sequence[Table] = (),
    facts: Mapping[str, Cell | tuple[str, ...]] | None = None,
    subjects: Sequence[Ref] = (),
    follow_ups: Sequence[str] = (),
    only_wanted: bool = False,
    look: Look,
) -> Reply:
    """Return the answer about sign-ins: how many, how they ended, the latest, then ``more``.

    ``phrase`` follows "sign-in": ``of "x"``. ``only_wanted``: somebody asked for the latest few, and that there are
    more is no gap.
    """
    if found.all is None:
        return reply(found.answers, (), subjects=subjects)
    told = [*lead, how_many(found, phrase), *latest(found.all), *more, too_old(look, found.span)]
    return reply(
        found.answers,
        told,
        tables=[
            table(
                "Sign-ins, interactive",
                SIGN_INS,
                found.shown,
                total=len(found.all) if found.is_all else None,
                complete=found.is_all and len(found.shown) == len(found.all),
            ),
            *tables,
        ],
        facts={**_facts(found), **(facts or {})},
        subjects=[*subjects, *_users(found.all, subjects)],
        follow_ups=follow_ups,
        cut_is_wanted=("sign_ins",) if only_wanted else (),
    )


def how_many(found: Found, phrase: str) -> str:
    """Return the sentence with how many sign-ins there are, and how they ended."""
    results = Counter(item["result"] for item in found.all or ())
    amount = sum(results.values())
    if not amount:
        none = f"Found no interactive sign-ins {phrase} {within(found.span)}"
        return f"{none}." if found.is_all else f"{none}, as far as the log was read."
    words = {"success": "succeeded", "failure": "failed", "interrupted": "interrupted on the way"}
    ends = listed(f"{results[result]} {said}" for result, said in words.items() if results[result])
    least = "" if found.is_all else "the latest "
    many = counted(amount, "interactive sign-in")
    return f"Found {least}{many} {phrase} {within(found.span)}: {ends}."


def latest(sign_ins: Sequence[Item]) -> list[str]:
    """Return the sentence about the latest sign-in; none when there is none."""
    if not sign_ins:
        return []
    sign_in = sign_ins[0]
    to = f" to {quoted(str(sign_in['appDisplayName']))}" if sign_in.get("appDisplayName") else ""
    ended = "it succeeded" if sign_in["result"] == "success" else f"{sign_in['result']}, {sign_in['reason']}"
    return [f"The latest was at {sign_in.get('createdDateTime')}{to} from {where(sign_in)}: {ended}."]


def where(sign_in: Item) -> str:
    """Return address and place of a sign-in."""
    address = clean(str(sign_in.get("ipAddress") or "an unknown address"))
    place = place_of(sign_in)
    return f"{address} ({place})" if place else address


def place_of(sign_in: Item) -> str:
    """Return ``Lagos, NG``, or what of it is known."""
    location = sign_in.get("location") or {}
    return ", ".join(clean(str(location[part])) for part in ("city", "countryOrRegion") if location.get(part))


def too_old(look: Look, when: TimeRange) -> str:
    """Return the sentence that the log does not reach back so far; empty when it may."""
    begin = iso(look.now - KEPT)
    return (
        f"Entra keeps sign-ins for 30 days at most, so nothing before {begin} can show." if when.since < begin else ""
    )


def _facts(found: Found) -> dict[str, Cell | tuple[str, ...]]:
    every = found.all or []
    results = Counter(item["result"] for item in every)
    return {
        "count": len(every),
        "is_all": found.is_all,
        "succeeded": results["success"],
        "failed": results["failure"],
        "interrupted": results["interrupted"],
        "latest_date_time": every[0].get("createdDateTime") if every else None,
        "ip_addresses": tuple(dict.fromkeys(str(item.get("ipAddress")) for item in every))[:MOST_ADDRESSES],
        "countries": tuple(
            dict.fromkeys(
                str(country) for item in every if (country := (item.get("location") or {}).get("countryOrRegion"))
            )
        ),
    }


def _users(sign_ins: Iterable[Item], known: Sequence[Ref]) -> tuple[Ref, ...]:
    """Return the users of sign-ins as things that the next prompt may mean."""
    seen = {ref.id for ref in known}
    every = {
        str(item["userId"]): {"id": item["userId"], "userPrincipalName": item.get("userPrincipalName")}
        for item in sign_ins
        if item.get("userId") and item["userId"] not in seen
    }
    return refs("user", every.values())
