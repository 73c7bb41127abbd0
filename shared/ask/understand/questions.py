"""Plan a prompt: as one question, or as several of them, without what is said beside it."""

from collections.abc import Mapping, Sequence

from shared.ask.plan import Context, Declined, NeedInput, Plan
from shared.ask.skill import Skill
from shared.ask.understand.before import Before
from shared.ask.understand.clauses import cuts_of, is_told_anyway, narrows
from shared.ask.understand.deciding import combines, hides_a_name, which_of
from shared.ask.understand.parts import MOST_PARTS, halves_of, parts_of
from shared.ask.understand.profiles import Learned
from shared.ask.understand.reading import Reading
from shared.ask.understand.scoring import Match
from shared.ask.understand.several import Several, both_of, named_both, one_by_one, plan_of
from shared.ask.understand.single import Single, is_sure


class Questions:
    """Plans the questions of a prompt."""

    def __init__(self, learned: Learned, skills: Mapping[str, Skill], single: Single) -> None:
        self._learned, self._skills, self._single = learned, skills, single

    def planned(self, text: str, context: Context) -> Plan | NeedInput | Declined:
        """Plan the prompt; where it is in doubt, without a clause that asks for nothing more."""
        planned = self._as_it_stands(text, context)
        if isinstance(planned, Plan):
            return planned
        for head, tail in cuts_of(text):
            clause = self._learned.read(tail, context.now, context.known)
            if narrows(clause):
                continue
            bare = self._as_it_stands(head, context)
            if isinstance(bare, Plan):
                return bare if is_told_anyway(clause, bare, self._learned) else planned
        return self._behind_heading(text, context) or planned

    def _behind_heading(self, text: str, context: Context) -> Plan | None:
        """Return the plan of what stands behind a heading that says nothing of our subject: "helpdesk call: …".

        A heading may say whom it is about: "call from bo@…: is he locked out?".
        """
        heading, colon, rest = text.partition(": ")
        if not colon:
            return None
        reading = self._learned.read(heading, context.now)
        if reading.mentions:
            several = self._one_by_one((heading, *parts_of(rest)[:MOST_PARTS]), context)
            told = plan_of(several) if several.told else None
            return told if isinstance(told, Plan) else None
        if narrows(reading) or any(key in self._learned.rarity for key in reading.keys):
            return None
        planned = self._as_it_stands(rest, context)
        return planned if isinstance(planned, Plan) else None

    def _as_it_stands(self, text: str, context: Context) -> Plan | NeedInput | Declined:
        """Take the prompt as a whole, or part by part where that explains more of it."""
        reading = self._learned.read(text, context.now, context.known)
        found = self._single.found(reading, context, Before())
        whole = self._single.planned(reading, found, context, Before())
        if isinstance(whole, Plan) and found[0].score < 1 and (hides_a_name(reading) or combines(reading, whole)):
            return which_of(found[:4])
        if found and found[0].score == 1:
            return whole
        parts = parts_of(text)
        if len(parts) == 1:
            return self._halves(text, whole, found, context) or whole
        if len(parts) > MOST_PARTS:
            return whole
        several = self._one_by_one(parts, context)
        planned = plan_of(several)
        if planned is not None and (not isinstance(whole, Plan) or len(several.understood) + several.told > 1):
            return planned
        return both_of(several, whole, found) or whole

    def _halves(
        self, text: str, whole: Plan | NeedInput | Declined, found: list[Match], context: Context
    ) -> Plan | NeedInput | None:
        """Return the plan of two questions that "and" joins, where the whole leaves out one; asked back in doubt."""
        is_whole = isinstance(whole, Plan) and is_sure(found)
        for halves in halves_of(text):
            readings = [self._learned.read(half, context.now, context.known) for half in halves]
            sure = [self._single.is_beyond_doubt(reading, context, Before()) for reading in readings]
            if not any(sure) or (not all(sure) and (is_whole or not isinstance(whole, Plan))):
                continue
            several = self._one_by_one(halves, context)
            planned = plan_of(several)
            if not isinstance(planned, Plan) or len(several.understood) < 2:
                continue
            inside = [step in planned.steps for step in whole.steps] if isinstance(whole, Plan) else []
            if is_whole and any(inside) and not all(inside):
                return None
            is_shared = bool(readings[1].mentions) and not readings[0].mentions  # "failed sign-ins and roles of bo@…"
            return planned if all(sure) and not is_shared else named_both(halves)
        return None

    def _one_by_one(self, parts: Sequence[str], context: Context) -> Several:
        def plan(reading: Reading, before: Before) -> Plan | NeedInput | Declined:
            return self._single.part(reading, context, before)

        def is_clear(reading: Reading) -> bool:
            return self._single.is_beyond_doubt(reading, context, Before())

        readings = [self._learned.read(part, context.now, context.known) for part in parts]
        return one_by_one(readings, self._learned, self._skills, plan, is_clear)
