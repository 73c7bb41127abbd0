"""Plan without a language model: what a prompt means is read from the skills' own examples."""

import re
from collections.abc import Mapping, Sequence

from shared.ask.plan import Context, Declined, NeedInput, Plan
from shared.ask.skill import Skill
from shared.ask.understand.answering import answer_to, number_of, words_as_answer
from shared.ask.understand.asides import without_asides
from shared.ask.understand.deciding import SURE
from shared.ask.understand.follow_ups import followed_up, going_on
from shared.ask.understand.frames import frames_of, words_of_frames
from shared.ask.understand.narrowing import narrowed
from shared.ask.understand.parts import (
    MOST_MEANT,
    cleaned,
    too_much,
    without_format,
)
from shared.ask.understand.profiles import Learned, learn
from shared.ask.understand.questions import Questions
from shared.ask.understand.refusals import areas_of, asks_for_change, off_topic_words, speaks_of, steers
from shared.ask.understand.scoring import matches
from shared.ask.understand.single import Single

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
        self._openers = _openers(skills)
        self._questions = Questions(self._learned, skills, Single(self._learned, self._frames, self._openers))

    async def plan(self, prompt: str, context: Context) -> Plan | NeedInput | Declined:
        """Return what to do. Never raises, whatever the text."""
        if (most := too_much(prompt)) is not None:
            return Declined(reason=f"The prompt is longer than {most}. Please ask in fewer words.")
        text = without_asides(cleaned(prompt))
        if not any(char.isalnum() for char in text):
            return NeedInput(question="What would you like to know?", prompts=self._openers)
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
            planned = self._questions.planned(context.asked.prompts[chosen - 1], context)
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
        return self._questions.planned(text, context)

    def refusal(self, text: str) -> Declined | None:
        """Return why a prompt is not answered whatever it names: a change, an attack, another subject or area."""
        if steers(text):
            return Declined(reason=f"That is not a question about identities. {ONLY_READS}", prompts=self._openers)
        verb = asks_for_change(text)
        if verb:
            return Declined(
                reason=f"{ONLY_READS} To {verb} something, use the request that a case suggests, or the admin center.",
                prompts=self._supported(("What would you do about this user?", "Is this user risky?")),
            )
        strange = off_topic_words(text)
        if strange:
            return Declined(reason="That is not a question about identities in Microsoft Entra.", prompts=self._openers)
        for area, phrase in areas_of(text):
            if not any(speaks_of(example, phrase) for skill in self._skills.values() for example in skill.examples):
                return Declined(
                    reason=f"This app does not read {area.name}. Nearby it can answer these.",
                    prompts=self._supported(area.instead),
                )
        return None

    def nearest(self, text: str, context: Context, most: int) -> list[str]:
        """Return the ids of the skills whose examples are nearest to a prompt, and those of the last plan."""
        found = [match.profile.skill.id for match in matches(self._learned.read(text, context.now), self._learned, 0.0)]
        last = [step.skill for step in context.steps if step.skill in self._skills]
        return list(dict.fromkeys([*last, *found]))[:most]

    def _supported(self, prompts: Sequence[str]) -> tuple[str, ...]:
        """Return those of some prompts that a skill answers."""
        return tuple(prompt for prompt in prompts if self._top_score(prompt) >= SURE) or self._openers

    def _top_score(self, prompt: str) -> float:
        from datetime import UTC, datetime

        found = matches(self._learned.read(prompt, datetime(2026, 1, 31, tzinfo=UTC)), self._learned)
        return found[0].score if found else 0.0


def _openers(skills: Mapping[str, Skill]) -> tuple[str, ...]:
    """Return one prompt that can be sent as it is from each of several areas."""
    found: dict[str, str] = {}
    for skill in skills.values():
        text = next((one for one in skill.examples if "{" not in one and "this " not in one.lower()), None)
        if text:
            found.setdefault(skill.area, text)
    return tuple(found.values())[:5]
