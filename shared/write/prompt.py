"""Turn a subject into the messages a model sees: a static prompt first, then the evidence as JSON data."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

import msgspec

from shared.models.dossier import Fact
from shared.write.knowledge import explanation, open_detections
from shared.write.pseudonyms import Pseudonyms, visible
from shared.write.schema import answer_schema, repair_schema
from shared.write.subject import Subject

MAX_INPUT_TOKENS = 2000
MAX_OUTPUT_TOKENS = 400
_CHARS_PER_TOKEN = 4
_FOLDER = Path(__file__).parent / "prompts"
SYSTEM = (_FOLDER / "summary.md").read_text(encoding="utf-8")
REPAIR = (_FOLDER / "repair.md").read_text(encoding="utf-8")
AGAIN = (_FOLDER / "again.md").read_text(encoding="utf-8")
_ENOUGH_FACTS = 12
_ENOUGH_CHARS = 120
_MOST_MEANINGS = 2
type _Cut = tuple[int, int, int, int]
_CUTS: tuple[_Cut, ...] = ((300, 12, 8, 16), (120, 8, 5, 10), (90, 6, 3, 6), (50, 4, 2, 4), (0, 3, 0, 4))
"""Characters of a text, findings, gaps and actions shown: the next row is taken while too few facts fit beside them."""


class Prompt(msgspec.Struct, frozen=True):
    """What goes to the model, and the size of it."""

    messages: tuple[dict[str, str], ...]
    schema: dict[str, Any]
    tokens: int
    """Estimate: characters of messages and schema, divided by four."""
    left_out: int
    """Facts that did not fit."""


class Rejected(msgspec.Struct, frozen=True):
    """A sentence to be written anew, as the model wrote it."""

    slot: str
    text: str
    reasons: tuple[str, ...]


def summary_prompt(subject: Subject, pseudonyms: Pseudonyms, *, again: bool = False) -> Prompt:
    """Return the request for a whole answer; ``again`` adds that the last one was not in the schema."""
    return _fit(subject, pseudonyms, (), AGAIN if again else "")


def repair_prompt(subject: Subject, pseudonyms: Pseudonyms, rejected: Sequence[Rejected]) -> Prompt:
    """Return the request to write the rejected sentences anew, within the same limit of tokens."""
    listed = [{"slot": it.slot, "text": visible(it.text[:300]), "reasons": list(it.reasons[:4])} for it in rejected]
    return _fit(subject, pseudonyms, tuple(it.slot for it in rejected), f"{REPAIR}\n{_json(listed)}")


def _fit(subject: Subject, pseudonyms: Pseudonyms, slots: Sequence[str], closing: str) -> Prompt:
    """Show as many facts as fit, the most telling first; where these are few, shorten the rest to make room."""
    ranked = _ranked(subject)

    @cache
    def hidden(text: str) -> str:
        return visible(pseudonyms.hide(text))

    def made(shown: int, cut: _Cut) -> Prompt:
        return _made(_data(subject, hidden, ranked[:shown], cut), subject, slots, closing)

    def most(cut: _Cut) -> int:
        return bisect_right(range(len(ranked) + 1), MAX_INPUT_TOKENS, key=lambda shown: made(shown, cut).tokens) - 1

    shown = {cut: most(cut) for cut in _CUTS}
    enough = min(_ENOUGH_FACTS, len(ranked))
    best = next((cut for cut in _CUTS if shown[cut] >= enough), max(_CUTS, key=lambda cut: shown[cut]))
    return made(max(shown[best], 0), best)


def _made(data: dict[str, Any], subject: Subject, slots: Sequence[str], closing: str) -> Prompt:
    cites = [it["id"] for part in ("findings", "facts", "gaps") for it in data[part]]
    cites = cites or [f"S{number}" for number in range(1, len(subject.signals) + 1)][:1]
    schema = repair_schema(cites, slots) if slots else answer_schema(cites, [it["id"] for it in data["actions"]])
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": _json(data)}]
    if closing:
        messages.append({"role": "user", "content": closing})
    size = sum(len(message["content"]) for message in messages) + len(_json(schema))
    left_out = data["left_out"]["facts"]
    return Prompt(messages=tuple(messages), schema=schema, tokens=ceil(size / _CHARS_PER_TOKEN), left_out=left_out)


def _data(subject: Subject, hidden: Callable[[str], str], shown: Sequence[Fact], cut: _Cut) -> dict[str, Any]:
    chars, findings, gaps, actions = cut
    assessment, ids = subject.assessment, {fact.id for fact in shown}
    heaviest = sorted(assessment.findings, key=lambda it: (-abs(it.weight), it.id))[:findings]

    def told(text: str, most: int = chars) -> str:
        # Hidden before it is cut: half a name is still a name.
        return _shorten(hidden(text), most)

    facts = [fact for fact in subject.dossier.facts if fact.id in ids]
    means = _meanings(facts, subject) if chars >= _ENOUGH_CHARS else {}
    return {
        "identity": {"kind": subject.identity.kind, "name": told(subject.identity.name or subject.identity.id, 120)},
        "case": {"status": subject.status, "outcome": subject.outcome},
        "assessment": {
            "verdict": assessment.verdict,
            "severity": assessment.severity,
            "confidence": assessment.confidence,
            "score": assessment.score,
            "reason": told(assessment.verdict_reason),
        },
        "findings": [{"id": it.id, "says": told(it.statement), "points": it.weight} for it in heaviest],
        "facts": [
            {"id": fact.id, "says": told(fact.text, max(chars, 120)), **_time(fact), **means.get(fact.id, {})}
            for fact in facts
        ],
        "gaps": [
            {"id": gap.id, "unread": told(gap.what, 80), "reason": gap.reason} for gap in subject.dossier.gaps[:gaps]
        ],
        "actions": [{"id": it.id, "when": it.when, "why": told(it.why)} for it in assessment.actions[:actions]],
        "left_out": {
            "facts": len(subject.dossier.facts) - len(facts),
            "gaps": max(0, len(subject.dossier.gaps) - gaps),
        },
    }


def _shorten(text: str, most: int) -> str:
    """Cut at a space, so that no pseudonym turns into another one."""
    return text if len(text) <= most else f"{text[: most + 1].rpartition(' ')[0]}…"


def _time(fact: Fact) -> dict[str, str]:
    return {"at": f"{fact.at:%Y-%m-%d %H:%M} UTC"} if fact.at else {}


def _meanings(shown: Sequence[Fact], subject: Subject) -> dict[str, dict[str, str]]:
    """Return what the types of the gravest detections shown mean: the table's words, the same for every case."""
    ids = {fact.id for fact in shown}
    facts = [fact for fact in open_detections(subject) if fact.id in ids]
    told = {fact.id: {"means": text} for fact in facts if (text := explanation(fact, subject))}
    return dict(list(told.items())[:_MOST_MEANINGS])


def _ranked(subject: Subject) -> list[Fact]:
    """Return the facts, those first that the heaviest findings rest on, then those of actions, then the newest."""
    weights: dict[str, int] = {}
    for finding in subject.assessment.findings:
        for fact_id in finding.facts:
            weights[fact_id] = max(weights.get(fact_id, 0), abs(finding.weight) + 1)
    in_actions = {fact_id for action in subject.assessment.actions for fact_id in action.facts}
    always = ("user.profile", "user.role", "text.injection")

    def worth(fact: Fact) -> tuple[int, bool, bool, float]:
        return (
            weights.get(fact.id, 0),
            fact.id in in_actions,
            fact.kind in always,
            fact.at.timestamp() if fact.at else 0.0,
        )

    return sorted(subject.dossier.facts, key=worth, reverse=True)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
