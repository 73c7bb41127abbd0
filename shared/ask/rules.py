"""Plan without a language model: what a prompt means is read from the skills' own examples."""

import re
from collections.abc import Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from shared.ask.plan import Context, Declined, NeedInput, Plan
from shared.ask.skill import Skill
from shared.ask.understand.answering import answer_to, number_of, words_as_answer
from shared.ask.understand.asides import without_asides
from shared.ask.understand.clauses import cuts_of, is_told_anyway, narrows
from shared.ask.understand.deciding import SURE, combines, decided, hides_a_name, which_of
from shared.ask.understand.either import both_sides, sides_of, which_side
from shared.ask.understand.elliptic import completed_by, completed_within, is_short
from shared.ask.understand.follow_ups import followed_up, going_on
from shared.ask.understand.frames import SCORE, framed, frames_of, words_of_frames
from shared.ask.understand.indefinite import needs_one, of_any
from shared.ask.understand.narrowing import narrowed
from shared.ask.understand.parts import (
    MOST_MEANT,
    MOST_PARTS,
    cleaned,
    halves_of,
    parts_of,
    too_much,
    without_format,
)
from shared.ask.understand.profiles import Learned, learn
from shared.ask.understand.reading import Reading
from shared.ask.understand.refusals import areas_of, asks_for_change, off_topic_words, speaks_of, steers
from shared.ask.understand.resolving import Before, pointing
from shared.ask.understand.scoring import Match, matches
from shared.ask.understand.several import Several, both_of, named_both, one_by_one, plan_of

_ONES = re.compile(r"\bonly\b.*\bones\b", re.IGNORECASE)
"""Goes on from a question; what it narrows was not found in the last one."""
_OPEN_END = re.compile(r"(?<!\bpart )(?<!\bmember )\b(?:of|for|about|by)\s*[.?!:]*$", re.IGNORECASE)
"""Whoever or whatever comes behind is missing: "sign-ins of"."""
_ASKS = re.compile(
    r"(?:which|what|who|whom|whose|where|when|is|are|was|were|does|do|did|has|have|can)\b", re.IGNORECASE
)
ONLY_READS = "This app only reads: it changes nothing in your tenant."


class RulesPlanner:
    """Plans by comparing prompts with the examples of skills. The same prompt always gives the same plan."""

    def __init__(self, skills: Mapping[str, Skill]) -> None:
        self._learned: Learned = learn(skills, words_of_frames())
        self._frames = frames_of(self._learned)
        self._skills = skills

    async def plan(self, prompt: str, context: Context) -> Plan | NeedInput | Declined:
        """Return what to do. Never raises, whatever the text."""
        if (most := too_much(prompt)) is not None:
            return Declined(reason=f"The prompt is longer than {most}. Please ask in fewer words.")
        text = without_asides(cleaned(prompt))
        if not any(char.isalnum() for char in text):
            return NeedInput(question="What would you like to know?", prompts=self._openers())
        if (refused := self.refusal(text)) is not None:
            return refused
        text = without_format(text)
        answered = self._answered(text, context)
        if answered is not None:
            return answered
        planned = self._asked_anew(text, context)
        if context.asked and not isinstance(planned, Plan):
            return words_as_answer(context.asked, text, self._skills) or planned
        return planned

    def answered(self, prompt: str, context: Context) -> Plan | None:
        """Return the last plan that something was missing from, where a prompt is nothing but that."""
        return (
            self._answered(without_format(without_asides(cleaned(prompt))), context) if not too_much(prompt) else None
        )

    def _answered(self, text: str, context: Context) -> Plan | None:
        if context.asked is None:
            return None
        chosen = number_of(text)
        if chosen is not None and not context.asked.candidates and 0 < chosen <= len(context.asked.prompts):
            planned = self._planned(context.asked.prompts[chosen - 1], context)
            return planned if isinstance(planned, Plan) else None
        reading = self._learned.read(text, context.now, context.known)
        return answer_to(context.asked, text, reading, self._skills)

    def _asked_anew(self, text: str, context: Context) -> Plan | NeedInput | Declined:
        """Plan a prompt that stands by itself, or goes on from the last plan."""
        if len(text.split()) <= 4 and _OPEN_END.search(text) and not _ASKS.match(text):
            return NeedInput(question=f"Your prompt ends with {text.rsplit(maxsplit=1)[-1]!r}. Of whom, or of what?")
        reading = self._learned.read(text, context.now, context.known)
        if sum(bool(token.key or token.mention) for token in reading.tokens) > MOST_MEANT:
            return NeedInput(question="That is too much at once. Please ask one question after another.")
        shorter = going_on(text)
        again = followed_up(
            self._learned.read(shorter, context.now) if shorter else reading, context, self._skills, self._learned
        )
        if again is None:
            again = narrowed(self._learned.read(text, context.now), context, self._frames)
        if again is None and _ONES.search(text):
            again = NeedInput(question="Which ones do you mean? Say of what, for example: failed sign-ins of a user.")
        if again is not None:
            return Plan(steps=again) if isinstance(again, tuple) else again
        return self._planned(text, context)

    def refusal(self, text: str) -> Declined | None:
        """Return why a prompt is not answered whatever it names: a change, an attack, another subject or area."""
        if steers(text):
            return Declined(reason=f"That is not a question about identities. {ONLY_READS}", prompts=self._openers())
        verb = asks_for_change(text)
        if verb:
            return Declined(
                reason=f"{ONLY_READS} To {verb} something, use the request that a case suggests, or the admin center.",
                prompts=self._supported(("What would you do about this user?", "Is this user risky?")),
            )
        strange = off_topic_words(text)
        if strange:
            return Declined(
                reason="That is not a question about identities in Microsoft Entra.", prompts=self._openers()
            )
        for area, phrase in areas_of(text):
            if not any(speaks_of(example, phrase) for skill in self._skills.values() for example in skill.examples):
                return Declined(
                    reason=f"This app does not read {area.name}. Nearby it can answer these.",
                    prompts=self._supported(area.instead),
                )
        return None

    def _planned(self, text: str, context: Context) -> Plan | NeedInput | Declined:
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
        """Return the plan of what stands behind a heading that says nothing of our subject: "helpdesk call: …"."""
        heading, colon, rest = text.partition(": ")
        reading = self._learned.read(heading, context.now)
        if not colon or narrows(reading) or any(key in self._learned.rarity for key in reading.keys):
            return None
        planned = self._as_it_stands(rest, context)
        return planned if isinstance(planned, Plan) else None

    def _as_it_stands(self, text: str, context: Context) -> Plan | NeedInput | Declined:
        """Take the prompt as a whole, or part by part where that explains more of it."""
        reading = self._learned.read(text, context.now, context.known)
        found = self._found(reading, context, Before())
        whole = self._both_sides(reading, found, context, Before())
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
        is_whole = isinstance(whole, Plan) and self._is_sure(found)
        for halves in halves_of(text):
            readings = [self._learned.read(half, context.now, context.known) for half in halves]
            sure = [self._is_beyond_doubt(reading, context, Before()) for reading in readings]
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

    @staticmethod
    def _is_sure(found: list[Match]) -> bool:
        return bool(found) and found[0].score >= SCORE and found[0].explained == 1

    def _one_by_one(self, parts: Sequence[str], context: Context) -> Several:
        plan, is_sure = partial(self._part, context), partial(self._is_beyond_doubt, context=context, before=Before())
        readings = [self._learned.read(part, context.now, context.known) for part in parts]
        return one_by_one(readings, self._learned, self._skills, plan, is_sure)

    def _part(self, context: Context, reading: Reading, before: Before) -> Plan | NeedInput | Declined:
        """Plan one of several questions of a prompt; one that may be about everybody, or go on, is asked back."""
        within = completed_within(before.values, reading)
        of_it = framed(within, self._frames) if within else []
        of_all = framed(reading, self._frames) if of_it and not is_short(reading) else []
        planned = decided(of_it, context, before, ()) if of_it else None
        if of_all and isinstance(planned, Plan):
            return replace(which_of([*of_it, *of_all]), step=planned.steps[0])
        return planned or self._both_sides(reading, self._found(reading, context, before), context, before)

    def _both_sides(
        self, reading: Reading, found: list[Match], context: Context, before: Before
    ) -> Plan | NeedInput | Declined:
        """Return the plan of the best match, or of each of two things that "or" joins, where it leaves one out."""
        whole = decided(found, context, before, self._openers())
        sides = sides_of(reading)
        if sides is None or (found and (found[0].score == 1 or sides.are_taken(found[0].filling))):
            return whole
        is_lost = isinstance(whole, Plan) and bool(sides.keys & set(found[0].unexplained))
        if isinstance(whole, Plan) and not is_lost and not sides.adds:
            return whole
        readings = [self._learned.read(text, context.now, context.known) for text in (sides.one, sides.other)]
        if all(self._is_beyond_doubt(reading, context, before) for reading in readings):
            both = both_sides(*(self._decided(reading, context, before) for reading in readings))
            if both is not None:
                return both if sides.adds else which_side(sides)
        return which_side(sides) if is_lost else whole

    def _decided(self, reading: Reading, context: Context, before: Before) -> Plan | NeedInput | Declined:
        return decided(self._found(reading, context, before), context, before, self._openers())

    def _is_beyond_doubt(self, reading: Reading, context: Context, before: Before) -> bool:
        """Say whether a frame takes a reading, or an example is the same word for word."""
        reading = pointing(reading, context, before)
        return reading.form in self._learned.forms or self._is_sure(framed(reading, self._frames))

    def _found(self, reading: Reading, context: Context, before: Before) -> list[Match]:
        """Return the matches, best first: the skill whose frame takes the prompt; else what the examples say."""
        reading = pointing(reading, context, before)
        if reading.form in self._learned.forms:
            return matches(reading, self._learned)
        found = framed(reading, self._frames)
        if (not found or is_short(reading)) and not before.values:
            completed = completed_by(context, reading)
            found = (framed(completed, self._frames) if completed else []) or found
        return found or self._of_any(reading)

    def _of_any(self, reading: Reading) -> list[Match]:
        """Return the matches of a reading; or, of skills that need no such thing, of one in which "a policy" is any."""
        found = matches(reading, self._learned)
        loose = of_any(reading)
        sure = framed(loose, self._frames) if loose else []
        if sure := [match for match in sure if not needs_one(match.profile, reading)]:
            return sure
        if loose is None or (found and found[0].score >= SURE and not found[0].filling.unused):
            return found
        taken = matches(loose, self._learned)
        return [match for match in taken if not needs_one(match.profile, reading)] or found

    def nearest(self, text: str, context: Context, most: int) -> list[str]:
        """Return the ids of the skills whose examples are nearest to a prompt, and those of the last plan."""
        found = [match.profile.skill.id for match in matches(self._learned.read(text, context.now), self._learned, 0.0)]
        last = [step.skill for step in context.steps if step.skill in self._skills]
        return list(dict.fromkeys([*last, *found]))[:most]

    def _openers(self) -> tuple[str, ...]:
        """Return one prompt that can be sent as it is from each of several areas."""
        found: dict[str, str] = {}
        for skill in self._skills.values():
            text = next((one for one in skill.examples if "{" not in one and "this " not in one.lower()), None)
            if text:
                found.setdefault(skill.area, text)
        return tuple(found.values())[:5]

    def _supported(self, prompts: Sequence[str]) -> tuple[str, ...]:
        """Return those of some prompts that a skill answers."""
        return tuple(prompt for prompt in prompts if self._top_score(prompt) >= SURE) or self._openers()

    def _top_score(self, prompt: str) -> float:
        from datetime import UTC, datetime

        found = matches(self._learned.read(prompt, datetime(2026, 1, 31, tzinfo=UTC)), self._learned)
        return found[0].score if found else 0.0
