"""Look-ups that had no turn wait in a queue; a follow-up whose turn it is reads for many of them at once."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec

from shared.enrich.history import AUDITS_BEFORE
from shared.errors import ConflictError
from shared.graph.answers import Answers
from shared.graph.bulk import KINDS, MOST_USERS, Asker, shares, single, together
from shared.graph.kept import NOTHING, KeptAnswer, LookUps, question
from shared.graph.queries import Turn
from shared.graph.reader import GraphReader
from shared.look_ups import load_look_ups, save_look_ups
from shared.models.cases import Case
from shared.owed import FIRST_IN_LINE, ask_for_triage
from shared.settings import Settings
from shared.state.interface import LOOK_UP_QUEUE, QueueMessage, State
from shared.telemetry import happened

LOGS = 3
"""Queries of the reports bucket that a reading for many takes: sign-ins, changes to and changes by the users."""
VISIBILITY_SECONDS = 60
REFUSED = "look-ups|refused"
REFUSED_SECONDS = 3600.0
"""A tenant whose Graph does not take these filters is asked for each user by itself, and tried again after an hour."""
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Queue message: a case whose look-ups had no turn."""

    case_id: str
    user_id: str
    ids: tuple[str, ...]


class _InLine(msgspec.Struct, frozen=True, kw_only=True):
    """A case that is read for: what it still needs, and where its answers go."""

    case_id: str
    asker: Asker
    ids: tuple[str, ...]
    look_ups: LookUps
    message: QueueMessage | None


async def wait_in_line(case: Case, answers: Answers, kept: LookUps, state: State) -> LookUps:
    """Put what had no turn and can be read for many into the queue, once; return what is kept with a note of it."""
    ids = tuple(sorted(gap_id for gap_id in KINDS if gap_id in answers and _had_no_turn(answers, gap_id)))
    if case.identity.kind != "user" or not _GUID.fullmatch(case.identity.id):
        ids = ()
    if ids and not set(ids) <= set(kept.waiting):
        body = msgspec.json.encode(Waiting(case_id=case.id, user_id=case.identity.id, ids=ids))
        await state.send(LOOK_UP_QUEUE, body)
    return msgspec.structs.replace(kept, waiting=ids)


async def read_for_many(case: Case, kept: LookUps, graph: GraphReader, state: State, settings: Settings) -> LookUps:
    """Read what others wait for, and this case if it does, in one query each; return what is kept of this case then.

    The others' answers are kept with them, and their triage is asked for. What can't be read stays in the queue.
    """
    # Without room nothing is taken from the queue: what is taken is out of others' sight for a minute.
    turn: Turn = "urgent" if case.severity in FIRST_IN_LINE else "ordinary"
    if not await graph.has_room("reports", LOGS, turn) or await state.take_budget(REFUSED, 0, 0, REFUSED_SECONDS) > 0:
        return kept
    own = _InLine(case_id=case.id, asker=_asker(case, graph, settings), ids=kept.waiting, look_ups=kept, message=None)
    others = await _others(case, graph, state, settings)
    if not others:
        return kept
    found = await _read([own, *others] if own.ids else others, graph, state, turn)
    for one in others:
        await _hand_over(one, found.get(one.case_id, {}), state, graph)
    mine = found.get(case.id, {})
    happened("look-ups read together", cases=len(found), answered=sum(map(bool, found.values())))
    return msgspec.structs.replace(kept, answers={**kept.answers, **mine})


async def _others(case: Case, graph: GraphReader, state: State, settings: Settings) -> list[_InLine]:
    """Take cases from the queue that still need what they wait for; those that do not leave it."""
    found: dict[str, _InLine] = {}
    for message in await state.receive(LOOK_UP_QUEUE, visibility_seconds=VISIBILITY_SECONDS, limit=MOST_USERS - 1):
        waiting = msgspec.json.decode(message.body, type=Waiting)
        stored = await state.case(waiting.case_id)
        look_ups = await load_look_ups(waiting.case_id, state) if stored else NOTHING
        asker = _asker(stored[0], graph, settings) if stored else None
        ids = tuple(query_id for query_id in waiting.ids if query_id in look_ups.waiting)
        if asker is None or not ids:
            await _delete(message, state)
            continue
        if waiting.case_id in {case.id, *found}:
            # It leaves the queue when somebody finds it answered.
            continue
        found[waiting.case_id] = _InLine(
            case_id=waiting.case_id, asker=asker, ids=ids, look_ups=look_ups, message=message
        )
    return list(found.values())


async def _read(
    line: Sequence[_InLine], graph: GraphReader, state: State, turn: Turn
) -> dict[str, dict[str, KeptAnswer]]:
    """Return the answers by case and query id; only whole ones."""
    askers = {query_id: [one.asker for one in line if query_id in one.ids] for query_id in KINDS}
    wanted = [together(graph.user_queries, query_id, several) for query_id, several in askers.items() if several]
    answers = await graph.read([replace(query, turn=turn) for query in wanted], graph.deadline())
    found: dict[str, dict[str, KeptAnswer]] = {one.case_id: {} for one in line}
    for query_id, answer in answers.items():
        if any(gap.detail.startswith("400") for gap in answer.gaps):
            await state.take_budget(REFUSED, 1, 1, REFUSED_SECONDS)
        whole = answer.state == "found" and not answer.gaps
        given = shares(query_id, answer, askers[query_id]) if whole else None
        for one in line:
            if given is not None and query_id in one.ids:
                found[one.case_id][query_id] = KeptAnswer(
                    question=question(single(graph.user_queries, query_id, one.asker)),
                    read_at=graph.now(),
                    state="found",
                    items=given[one.asker.user_id.lower()],
                )
    return found


async def _hand_over(one: _InLine, answers: dict[str, KeptAnswer], state: State, graph: GraphReader) -> None:
    """Keep answers with the case that waits for them, and have it triaged; it leaves the queue when it has them all."""
    if not answers or one.message is None:
        return
    left = tuple(query_id for query_id in one.look_ups.waiting if query_id not in answers)
    look_ups = msgspec.structs.replace(one.look_ups, answers={**one.look_ups.answers, **answers}, waiting=left)
    if await save_look_ups(one.case_id, look_ups, state, graph.now()):
        if set(one.ids) <= answers.keys():
            await _delete(one.message, state)
        await ask_for_triage(one.case_id, state)


async def _delete(message: QueueMessage, state: State) -> None:
    try:
        await state.delete(LOOK_UP_QUEUE, message)
    except ConflictError:
        # Somebody else has it by now, and will find it answered.
        return


def _asker(case: Case, graph: GraphReader, settings: Settings) -> Asker:
    """Return the user with the same reach back that triage of the case has."""
    since = graph.now() - timedelta(days=settings.history_days)
    return Asker(
        user_id=case.identity.id, history_since=since, changes_since=max(since, case.opened_at - AUDITS_BEFORE)
    )


def _had_no_turn(answers: Answers, query_id: str) -> bool:
    answer = answers[query_id]
    return answer.state == "missing" and any(gap.reason == "not_asked" for gap in answer.gaps)
