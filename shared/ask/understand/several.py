"""Several questions in one prompt: each is planned by itself, in order; what cannot be told apart is asked back."""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from shared.ask.plan import Declined, NeedInput, Plan, Step
from shared.ask.skill import InputValue, Skill
from shared.ask.understand.before import Before
from shared.ask.understand.clauses import NARROWING, columns_of
from shared.ask.understand.follow_ups import changed_by
from shared.ask.understand.frames import SCORE, words_said
from shared.ask.understand.lexicon import TYPES
from shared.ask.understand.profiles import Learned
from shared.ask.understand.reading import Reading
from shared.ask.understand.resolving import MOST_STEPS
from shared.ask.understand.scoring import Match

_ANYTHING = 0.4
"""From this weight on a word makes a part a question of its own: "new joiners this month"."""

type PlanOne = Callable[[Reading, Before], Plan | NeedInput | Declined]
"""Plans one part, with what those before it named."""

type IsSure = Callable[[Reading], bool]
"""Says whether a part is a question beyond doubt."""

_ASKS = re.compile(
    r"^(?:please\s+|can\s+you\s+|could\s+you\s+)?(?:which|what|who|whom|whose|where|when|why|how|is|are|was|were|does|do|did|has|have|can|"
    r"any|list|show|give|get|tell|find|check|name|count|look|see|display|provide|return|pull|fetch)\b|\?$",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"^(?:i|we)\b(?!\s*(?:'d|would|need|want|require|like|wish|must|should|have\s+to|(?:am|are)\s+looking))|"
    r"^(?:he|she|they|somebody|someone)\b",
    re.IGNORECASE,
)
"""How a sentence begins that asks nothing: "we had a call from karita@…"."""
_SAYS = frozenset("is are was were has had got called calls says said reports reported complains complained".split())
"""What stands behind a name in such a sentence: "karita@… is a risky user. Show her sign-ins."."""
_LEANS = re.compile(
    r"^(?:is|are|was|were|has|have|had|does|do|did)\s+(?!(?:the|there|any|our|my|this|that|these|those|you|we|i|anyone|anybody|someone|somebody)\b)",
    re.IGNORECASE,
)
"""A clause that asks nothing without the one before it: "users who have no MFA and are disabled"."""


class Several(msgspec.Struct, frozen=True, kw_only=True):
    """What the parts of a prompt mean one by one."""

    steps: tuple[Step, ...]
    understood: tuple[str, ...]
    """The parts that steps came of."""
    told: int = 0
    """How many sentences before them ask nothing, and say whom the others are about."""
    others: tuple[tuple[Reading, NeedInput | Declined], ...] = ()
    """The parts that ask something of their own, and are not understood by themselves."""
    is_whole: bool = True
    """Every part is understood."""


class _Taken:
    """Parts of a prompt, taken in order."""

    def __init__(self, learned: Learned, skills: Mapping[str, Skill], plan: PlanOne, is_sure: IsSure) -> None:
        self._learned, self._skills, self._plan, self._is_sure = learned, skills, plan, is_sure
        self._latest: tuple[Step, ...] = ()
        self._before: dict[str, tuple[InputValue, ...]] = {}
        self._told: tuple[Reading, Plan | None] | None = None
        self.steps: list[Step] = []
        self.understood: list[str] = []
        self.others: list[tuple[Reading, NeedInput | Declined]] = []
        self.told = 0
        self.is_whole = True

    def take(self, reading: Reading) -> None:
        """Add the steps of a part, or change those of the part before it."""
        self._settle(is_of_it=any(one.form in {"this", "these"} for one in reading.mentions))
        if self._latest and self._is_told_anyway(reading):
            return
        if self._latest and _is_of_answer(reading):
            self.is_whole = False
            self.others.append((reading, NeedInput(question="Please ask that when the answer before it is there.")))
            return
        changed = changed_by(self._latest, reading, self._learned, _ANYTHING) if self._latest else None
        is_named = any(one.is_said for one in reading.mentions)
        if changed is None or (not is_named and self._is_sure(reading)):
            self._add(reading, self._plan(reading, Before(dict(self._before), is_later=bool(self.steps))))
        elif is_named:  # "and bo@…?"
            self._add(reading, Plan(steps=changed))
        else:  # "only the first 10"
            self.steps[len(self.steps) - len(self._latest) :] = changed
            self._latest = changed

    def _settle(self, *, is_of_it: bool) -> None:
        """Take the sentence before, which only tells something, for a question if the next does not go on from it."""
        if self._told is None:
            return
        reading, planned = self._told
        self._told = None
        if is_of_it:
            self.told += 1
        elif planned is None:
            self.is_whole = False
        else:
            self._keep(reading, planned)

    def _add(self, reading: Reading, planned: Plan | NeedInput | Declined) -> None:
        if not isinstance(planned, Plan) and not self.steps and (people := _people_told(reading)):
            self._before["user"] = people
            self._told = reading, None
            return
        if not isinstance(planned, Plan):
            self.is_whole = False
            if _ASKS.search(reading.text):
                self.others.append((reading, planned))
            return
        self._before |= self._named(planned.steps)
        if not self.steps and _tells(reading):
            self._told = reading, planned
        else:
            self._keep(reading, planned)

    def _keep(self, reading: Reading, planned: Plan) -> None:
        self.is_whole = self.is_whole and not (self.steps and _leans(reading))
        new = tuple(step for step in planned.steps if step not in self.steps)
        self.steps += new
        self._latest = new or self._latest
        self.understood.append(reading.text)

    def end(self) -> Several:
        """Return what the parts mean."""
        self._settle(is_of_it=False)
        return Several(
            steps=tuple(self.steps),
            understood=tuple(self.understood),
            told=self.told,
            others=tuple(self.others),
            is_whole=self.is_whole,
        )

    def _is_told_anyway(self, reading: Reading) -> bool:
        """Say whether a part only names columns that the answer before it has: "and tell me the IP addresses"."""
        named = [one for one in reading.mentions if one.is_said or one.form in {"time", "this", "these"}]
        columns = columns_of([self._skills[step.skill] for step in self._latest]) | {"howmany"}
        return not named and bool(reading.keys) and set(reading.keys) <= columns

    def _named(self, steps: Sequence[Step]) -> dict[str, tuple[InputValue, ...]]:
        """Return what steps have in their inputs, by kind, each once."""
        named: dict[str, list[InputValue]] = {}
        for step in steps:
            for one in self._skills[step.skill].inputs:
                if one.name in step.inputs and step.inputs[one.name] not in named.setdefault(one.kind, []):
                    named[one.kind].append(step.inputs[one.name])
        return {kind: tuple(values) for kind, values in named.items()}


def one_by_one(
    parts: Sequence[Reading], learned: Learned, skills: Mapping[str, Skill], plan: PlanOne, is_sure: IsSure
) -> Several:
    """Return the steps of each part; a part that only says how many, when or which of it changes those before."""
    taken = _Taken(learned, skills, plan, is_sure)
    for part in parts:
        taken.take(part)
    return taken.end()


def _tells(reading: Reading) -> bool:
    """Say whether a sentence asks nothing."""
    if _ASKS.search(reading.text):
        return False
    is_of_name = len(reading.tokens) > 1 and reading.tokens[0].mention is not None and reading.tokens[0].mention.is_said
    return bool(_TELLS.match(reading.text)) or (is_of_name and reading.tokens[1].text.lower().split()[0] in _SAYS)


def _is_of_answer(reading: Reading) -> bool:
    """Say whether a part asks of what the answer before it lists: "which failed?", "which ask for MFA"."""
    if reading.mentions or len(reading.tokens) < 2 or reading.tokens[0].text.lower() != "which":
        return False
    return not any(token.is_plural or token.key in TYPES for token in reading.tokens[1:4])


def _people_told(reading: Reading) -> tuple[str, ...]:
    """Return whom a sentence names that asks nothing and narrows nothing: "Call from bo@…, he is stuck."."""
    if _ASKS.search(reading.text) or any(one.form not in {"upn", "this"} for one in reading.mentions):
        return ()
    return () if words_said(reading) & NARROWING else tuple(one.words for one in reading.mentions if one.form == "upn")


def _leans(reading: Reading) -> bool:
    """Say whether a clause goes on from "who" or "that", and asks nothing by itself."""
    return not reading.mentions and _LEANS.match(reading.text) is not None


def plan_of(several: Several) -> Plan | NeedInput | None:
    """Return the plan of parts that are all understood; None where one is not."""
    if not several.is_whole or not several.steps:
        return None
    if len(several.steps) > MOST_STEPS:
        return NeedInput(question=f"That is more than {MOST_STEPS} questions. Please ask some of them first.")
    return Plan(steps=several.steps)


def both_of(several: Several, whole: Plan | NeedInput | Declined, found: Sequence[Match]) -> NeedInput | None:
    """Return the question that names the parts, where the plan of the whole prompt would leave out one of them."""
    if not several.understood or not several.others:
        return None
    if isinstance(whole, Plan):
        lost = [one for one in several.others if _is_lost(*one, several, whole, found)]
    else:
        lost = [] if isinstance(whole, NeedInput) and whole.step else [*several.others]
    if not lost:
        return None
    reading, planned = lost[0]
    why = planned.question if isinstance(planned, NeedInput) else "I do not understand the second."
    return msgspec.structs.replace(named_both((*several.understood, reading.text), why), prompts=several.understood[:5])


def _is_lost(
    reading: Reading, planned: NeedInput | Declined, several: Several, whole: Plan, found: Sequence[Match]
) -> bool:
    """Say whether a plan leaves out what a part asks, or takes its words for another question's."""
    if set(found[0].unexplained) & set(reading.keys):
        return True
    if found[0].score < SCORE and reading.keys and all(step in several.steps for step in whole.steps):
        return True  # the plan is the same without it
    if not isinstance(planned, NeedInput) or planned.step is None:
        return False
    is_another = planned.step.skill not in {step.skill for step in whole.steps}
    return is_another or not any(step in whole.steps for step in several.steps)


def named_both(questions: Sequence[str], why: str = "") -> NeedInput:
    """Return the question back that names all the questions of a prompt."""
    asked = " and ".join(f"“{text}”" for text in questions)
    return NeedInput(
        question=f"These are several questions: {asked}. Please ask one after another. {why}".strip(),
        prompts=tuple(questions)[:5],
    )
