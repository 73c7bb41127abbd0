"""Count what became of a stream, from state and from the destination: nothing lost, nothing doubled."""

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from local import story
from local.ticket_desk import TicketDesk
from shared.correlate.correlate import partitions
from shared.ingest import decode
from shared.state.interface import TICKET_QUEUE, TRIAGE_POISON_QUEUE, TRIAGE_QUEUE, State
from shared.state.sqlite import SqliteState
from tests.faults.records import Stream

if TYPE_CHECKING:
    from tests.faults.run import Kills


class Expected(msgspec.Struct, frozen=True):
    """What must come of a stream: for each partition the keys of its records, and the rest as the stream says."""

    stream: Stream
    evidence: dict[str, set[str]]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted. ``wrong`` names what must not be."""

    table: dict[str, int | float]
    wrong: list[str]


def expected_of(given: Stream) -> Expected:
    """Return what must be there; keys and partitions are those of each record by itself."""
    evidence: dict[str, set[str]] = {}
    for element in given.unique:
        (record,) = decode(b'{"records":[' + element + b"]}", received_at=story.NOW).records
        for partition in partitions(record):
            evidence.setdefault(partition, set()).add(record.key)
    return Expected(given, evidence)


async def audited(expected: Expected, state: State, desk: TicketDesk, kills: "Kills", seconds: float) -> Counts:
    """Count, and name everything that is not as it must be."""
    given = expected.stream
    wrong: list[str] = []
    found = lost = extra = 0
    for partition, keys in expected.evidence.items():
        there = {record.key for record in await state.records(partition)}
        found, lost, extra = found + len(keys & there), lost + len(keys - there), extra + len(there - keys)
    if lost or extra:
        wrong.append(f"{lost} pieces of evidence lost, {extra} that nobody sent")
    parked = await state.parked()
    letters = [item for item in parked if item.kind == "record"]
    if {item.body for item in letters} != set(given.malformed) or len(letters) != len(given.malformed):
        wrong.append(f"{len(letters)} parked records for {len(given.malformed)} that cannot be read")
    counts = await state.counts()
    wrong += await _wrong_cases(given, state, desk)
    waiting = [queue for queue in (TRIAGE_QUEUE, TRIAGE_POISON_QUEUE) if await state.peek(queue, 1)]
    wrong += [f"a message left in {queue}" for queue in waiting]
    sent = [msgspec.json.decode(body)["idempotencyKey"] for body in await state.peek(TICKET_QUEUE, 1_000_000)]
    twice = len(sent) - len(set(sent))
    if twice and isinstance(state, SqliteState):
        # Storage queues remember no keys: there whoever receives drops what has come.
        wrong.append(f"{twice} tickets twice in the ticket queue")
    table = {
        "records sent": given.elements,
        "of these sent again": given.duplicates,
        "of these malformed": len(given.malformed),
        "of these not triaged": given.ignored,
        "event bodies": len(given.bodies),
        "hosts killed": kills.hosts,
        "of these both at once": kills.both_hosts,
        "storage killed": kills.storage,
        "workers killed without their hosts": kills.workers,
        "batches of events that they had": kills.batches,
        "queue messages that they had": kills.messages,
        "tickets answered 503": kills.refused,
        "tickets taken in, answer lost": kills.cut,
        "records counted by the app": counts.get("records", 0),
        "pieces of evidence": found,
        "pieces of evidence lost": lost,
        "records parked": len(letters),
        "identities that must have a case": len(given.risky),
        "cases": len(await state.cases()),
        "tickets": len(desk.tickets),
        "versions of tickets": len(desk.seen),
        "versions sent twice, dropped by their key": desk.repeats,
        "messages in the ticket queue": len(sent),
        "of these with a key that was there": twice,
        # Parked, as they must be, when five hosts died while they had one; another request has done their cases.
        "requests given up": len(parked) - len(letters),
        "seconds": round(seconds, 1),
    }
    return Counts(table=table, wrong=wrong)


async def _wrong_cases(given: Stream, state: State, desk: TicketDesk) -> list[str]:
    """Compare cases with who must have one, and each case with its ticket."""
    wrong: list[str] = []
    cases = await state.cases()
    of = Counter(case.identity.id for case in cases)
    wrong += [f"no case of an identity at risk: {one}" for one in sorted(given.risky - set(of))]
    wrong += [f"a case of an identity at no risk: {one}" for one in sorted(set(of) - given.risky)]
    wrong += [f"{count} cases of one identity: {one}" for one, count in of.items() if count > 1]
    wrong += [f"a ticket without a case: {key}" for key in set(desk.tickets) - {case.id for case in cases}]
    for case in cases:
        report, ticket = await state.report(case.id), desk.tickets.get(case.id)
        if report is None or ticket is None or case.needs_triage:
            wrong.append(f"{case.id} has no report or no ticket, or is owed one")
            continue
        versions = [entry["version"] for entry in ticket["history"]]
        if versions != sorted(set(versions)) or versions[-1] != report.version:
            wrong.append(f"{case.id} is at version {report.version}, its ticket has {versions}")
        closed = case.identity.id in given.remediated
        if (case.status == "closed") != closed or ticket["status"] != case.status:
            wrong.append(f"{case.id} is {case.status}, its ticket {ticket['status']}")
        open_at = [one for one in await state.deliveries(case.id) if one.version != report.version]
        wrong += [f"{case.id} has not reached {one.destination}" for one in open_at]
    return wrong
