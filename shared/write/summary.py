"""Write a summary: the template's words always, a model's words where the evidence carries them."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from shared.errors import ModelError, ModelOutputError, ModelUnavailableError
from shared.models.reports import Authorship, Rejection, Sentence, Step, Summary
from shared.telemetry import count, error_name
from shared.write.check import problems
from shared.write.cited import Problem
from shared.write.evidence import fold
from shared.write.model import ModelWriter, Reply
from shared.write.prompt import Prompt, Rejected, repair_prompt, summary_prompt
from shared.write.prose import ends
from shared.write.pseudonyms import Pseudonyms
from shared.write.schema import MAX_ITEMS, MAX_TEXT, Answer, Repair, decode
from shared.write.subject import Subject
from shared.write.template import TEMPLATE, write_from_template
from shared.write.written import Judged, Written

logger = logging.getLogger(__name__)
_SECTIONS = ("headline", "what_happened", "why", "why_benign", "steps", "questions")
_WHEN = {"now": 0, "next": 1, "later": 2}


async def write_summary(subject: Subject, model: ModelWriter | None) -> Summary:
    """Return the summary of a case, every sentence checked against the evidence it cites.

    Without a model, or when the model fails, the template writes all of it; ``authorship`` says which and why.
    Gaps and stakes are always the template's: a model must not be able to leave them out. Never raises ModelError.
    """
    return (await write(subject, model)).summary


async def write(subject: Subject, model: ModelWriter | None) -> Written:
    """Return what ``write_summary`` returns, with every sentence that the model wrote and what became of it."""
    template = write_from_template(subject)
    if model is None:
        return Written(summary=template)
    talk = _Talk(subject, model)
    try:
        async with asyncio.timeout(model.timeout_seconds):
            await talk.run()
    except TimeoutError:
        talk.failure = ModelUnavailableError("the model did not finish in time")
    except ModelError as error:
        talk.failure = error
    if talk.failure is not None:
        count("model_failures", stage="write", error=error_name(talk.failure))
        logger.warning(
            "model failed",
            extra={"stage": "write", "error": type(talk.failure).__name__, "identity": subject.identity.id},
        )
    return _assemble(subject, template, talk)


class _Slot(msgspec.Struct):
    """One sentence of the model: where it goes, what it says, and why it may not stand."""

    name: str
    section: str
    written: str
    """As the model wrote it, with pseudonyms."""
    text: str
    cites: tuple[str, ...]
    action: str = ""
    reasons: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


class _Talk:
    """One conversation with the model about one subject: an answer, and one repair at most."""

    def __init__(self, subject: Subject, model: ModelWriter) -> None:
        self.subject, self.model = subject, model
        self.names = Pseudonyms(subject)
        self.slots: list[_Slot] = []
        self.drafts: list[_Slot] = []
        self.failure: ModelError | None = None
        self.repaired = False
        self.input_tokens = 0
        self.output_tokens = 0

    async def run(self) -> None:
        """Fill ``slots``. Raises ModelError when there is no usable answer at all."""
        try:
            answer = decode((await self._ask(summary_prompt(self.subject, self.names))).text, Answer)
        except ModelOutputError:
            again = summary_prompt(self.subject, self.names, again=True)
            answer = decode((await self._ask(again)).text, Answer)
            self.repaired = True
            self._check(answer)
            return
        self._check(answer)
        rejected = [slot for slot in self.slots if slot.reasons]
        if rejected:
            await self._repair(rejected)

    def _check(self, answer: Answer) -> None:
        for slot in _slots(answer):
            self.slots.append(self._checked(slot, self.slots))

    async def _repair(self, rejected: Sequence[_Slot]) -> None:
        """Ask once for the rejected sentences anew; what is still wrong, or missing, stays rejected."""
        asked = [
            Rejected(slot.name, slot.written, tuple(self.names.hide(hint) for hint in slot.hints)) for slot in rejected
        ]
        reply = await self._ask(repair_prompt(self.subject, self.names, asked))
        by_name = {slot.name: slot for slot in rejected}
        for mended in decode(reply.text, Repair).sentences:
            old = by_name.get(mended.slot)
            if old is None:
                continue
            others = [slot for slot in self.slots if slot is not old]
            new = self._checked(_slot(old.name, old.section, mended.text, mended.cites, old.action), others)
            if not new.reasons:
                self.repaired = True
                self.slots[self.slots.index(old)] = new
                del by_name[mended.slot]

    async def _ask(self, prompt: Prompt) -> Reply:
        reply = await self.model.ask(prompt)
        self.input_tokens += reply.input_tokens
        self.output_tokens += reply.output_tokens
        return reply

    def _checked(self, slot: _Slot, before: Iterable[_Slot]) -> _Slot:
        """Judge a sentence; ``before``: those of the same answer that it must not repeat."""
        slot.text = " ".join(self.names.restore_written(slot.written).split(" "))
        cites = slot.cites
        found = problems(slot.text, cites, self.subject, slot.section)
        if len(slot.written) >= MAX_TEXT[slot.section] and not ends(slot.written):
            found.append(Problem("unfinished sentence"))
        if any(fold(other.text) == fold(slot.text) for other in before):
            found.append(Problem("sentence written twice"))
        slot.reasons = tuple(dict.fromkeys(problem.reason for problem in found))
        slot.hints = tuple(dict.fromkeys(f"{it.reason}: {it.words}" if it.words else it.reason for it in found))
        if slot.action and slot.action not in {action.id for action in self.subject.assessment.actions}:
            slot.reasons = slot.hints = (*slot.reasons, "unknown action id")
        self.drafts.append(slot)
        return slot


def _slots(answer: Answer) -> Iterator[_Slot]:
    yield _slot("headline", "headline", answer.headline.text, answer.headline.cites)
    for section in ("what_happened", "why", "why_benign", "questions"):
        for number, claim in enumerate(getattr(answer, section)[: MAX_ITEMS[section]], 1):
            yield _slot(f"{section}.{number}", section, claim.text, claim.cites)
    for number, choice in enumerate(answer.steps[: MAX_ITEMS["steps"]], 1):
        yield _slot(f"steps.{number}", "steps", choice.text, choice.cites, choice.action)


def _slot(name: str, section: str, written: str, cites: tuple[str, ...], action: str = "") -> _Slot:
    return _Slot(name=name, section=section, written=written, text="", cites=tuple(dict.fromkeys(cites)), action=action)


def _assemble(subject: Subject, template: Summary, talk: _Talk) -> Written:
    """Take a section of the model only whole: one sentence that may not stand gives it back to the template."""
    kept = {section: _accepted(section, talk) for section in _SECTIONS}
    rejections = [Rejection(section=slot.section, reason=reason) for slot in talk.slots for reason in slot.reasons]
    if kept["why"] and not _names_the_heaviest(kept["why"], subject):
        kept["why"] = ()
        rejections.append(Rejection(section="why", reason="heaviest finding left out"))
    choices = {slot.action: slot for slot in reversed(talk.slots) if slot.section == "steps" and not slot.reasons}
    standing = [*(slot for slots in kept.values() for slot in slots), *choices.values()]
    wrote_any = bool(standing)
    said = {section: tuple(_sentence(slot) for slot in slots) for section, slots in kept.items()}
    summary = msgspec.structs.replace(
        template,
        headline=said["headline"][0] if said["headline"] else template.headline,
        what_happened=said["what_happened"] or template.what_happened,
        why=said["why"] or template.why,
        why_benign=said["why_benign"] or template.why_benign,
        steps=_steps(template.steps, choices, subject),
        questions=tuple(sentence.text for sentence in said["questions"]) or template.questions,
        authorship=Authorship(
            writer=talk.model.model if wrote_any else TEMPLATE,
            fallback=None if wrote_any else _why_not(talk),
            repaired=talk.repaired and wrote_any,
            rejections=tuple(rejections),
            input_tokens=talk.input_tokens,
            output_tokens=talk.output_tokens,
        ),
    )
    return Written(summary=summary, sentences=tuple(_judged(slot, standing) for slot in talk.drafts))


def _judged(draft: _Slot, standing: Sequence[_Slot]) -> Judged:
    kept = any(draft is slot for slot in standing)
    return Judged(slot=draft.name, text=draft.text, cites=draft.cites, reasons=draft.reasons, kept=kept)


def _sentence(slot: _Slot) -> Sentence:
    return Sentence(text=slot.text, cites=slot.cites, written_by="model")


def _accepted(section: str, talk: _Talk) -> tuple[_Slot, ...]:
    slots = [slot for slot in talk.slots if slot.section == section]
    if section == "steps" or any(slot.reasons for slot in slots):
        return ()
    return tuple(slots)


def _names_the_heaviest(why: Sequence[_Slot], subject: Subject) -> bool:
    """Say whether the reasons cite the finding that weighs most, or a fact it rests on."""
    positive = [finding for finding in subject.assessment.findings if finding.weight > 0]
    if not positive:
        return True
    heaviest = max(positive, key=lambda finding: (finding.weight, finding.id))
    cited = {cite for slot in why for cite in slot.cites}
    return heaviest.id in cited or bool(cited & set(heaviest.facts))


def _steps(steps: Sequence[Step], choices: dict[str, _Slot], subject: Subject) -> tuple[Step, ...]:
    """Return every step: urgency as the rules have it, inside one urgency the model's order, then the rules'."""
    when = {action.id: _WHEN[action.when] for action in subject.assessment.actions}
    order = {action: place for place, action in enumerate(reversed(choices))}
    rank: Callable[[Step], tuple[int, int]] = lambda step: (when[step.action_id], order.get(step.action_id, len(order)))  # noqa: E731

    def reworded(step: Step) -> Step:
        slot = choices.get(step.action_id)
        if slot is None:
            return step
        return Step(action_id=step.action_id, reason=_sentence(slot))

    return tuple(reworded(step) for step in sorted(steps, key=rank))


def _why_not(talk: _Talk) -> str:
    if talk.failure is not None:
        return f"{type(talk.failure).__name__.lstrip('_')}: {talk.failure}"
    return "the evidence carries no sentence of the model" if talk.slots else "the model wrote nothing"
