"""Evidence that reads like instructions to a language model: somebody expects one to read this ticket."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from shared.enrich.history import HISTORY
from shared.enrich.statement import fact, graph
from shared.enrich.view import View
from shared.hostile import clean, quoted
from shared.models.dossier import Fact, Source
from shared.models.records import Record

MOST_FINDINGS = 10
LONGEST_READ = 4000
SHORTEST = 12
"""Fewer characters cannot instruct anybody."""
INSTRUCTION = re.compile(
    r"""(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|rule|guideline|polic|previous|prior|above)
      | \b(?:system|developer|hidden|initial)\s+(?:prompt|message|instruction)
      | \bprompt\s*injection\b | \bjailbreak
      | \byou\s+are\s+(?:now|no\s+longer|an?\s+(?:ai|assistant|helpful|language|security|soc))\b
      | \bas\s+an?\s+(?:ai|language\s+model|llm|assistant)\b
      | \b(?:act|pretend|behave)\s+as\s+(?:if|though|an?)\b
      | \bnew\s+(?:instruction|task|role)s?\s*[:\-]
      | (?:^|[\s\]>.;,])(?:system|assistant|human|user)\s*:\s*\S.{8,}
      | <\|?/?\s*(?:system|assistant|user|im_start|im_end|endoftext|instructions?|s)\s*\|?>
      | \[/?\s*(?:inst|system|sys)\s*\] | <</?sys>> | \#{2,}\s*(?:instruction|system|response)
      | \b(?:respond|reply|answer|output|return|say|print|write)\s+(?:only|exactly|with|that|nothing)\b
      | \b(?:classify|mark|label|treat|rate|report|consider|flag|set)\b.{0,40}\b(?:as|to)\s+
        (?:benign|safe|false\s+positive|low|harmless|legitimate|not\s+(?:risky|malicious|compromised))
      | \b(?:do\s+not|don't|never|must\s+not)\s+
        (?:report|alert|escalate|flag|mention|investigate|tell|include|raise|block|disable)
      | \bthis\s+(?:user|account|sign-?in|activity|alert|identity)\s+(?:is|was)\s+
        (?:safe|benign|approved|authori[sz]ed|legitimate|expected|verified|a\s+(?:test|false\s+positive))
      | \b(?:close|dismiss|resolve|suppress)\s+(?:this|the)\s+(?:ticket|case|alert|incident|risk)
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
READ_AS_RECORDS = frozenset(HISTORY)
_SOURCES = {
    "signIn": "a sign-in",
    "directoryAudit": "an audit record",
    "riskDetection": "a risk detection",
    "riskyUser": "the user's risk state",
    "workloadSignIn": "a sign-in",
    "workloadDetection": "a risk detection",
    "riskyWorkload": "the service principal's risk state",
}


def facts(view: View) -> Iterator[Fact]:
    """Yield one fact for each place where evidence speaks to a machine, at most ten."""
    seen: set[tuple[str, str]] = set()
    for where, excerpt, source in _instructions(view):
        if (where, excerpt) in seen:
            continue
        seen.add((where, excerpt))
        sentence = f"The text of {where} reads like an instruction to a language model: {quoted(excerpt)}."
        yield fact("text.injection", sentence, source, where=where, excerpt=excerpt)
        if len(seen) == MOST_FINDINGS:
            return


@lru_cache(maxsize=4096)
def instruction_in(text: str) -> str | None:
    """Return a short cleaned excerpt around what reads like an instruction, or None.

    Compares without invisible characters and in compatibility form, which otherwise hide words from a pattern.
    """
    if len(text) < SHORTEST:
        return None
    folded = unicodedata.normalize("NFKC", text[:LONGEST_READ])
    visible = "".join(c for c in folded if unicodedata.category(c) != "Cf")
    line = " ".join(visible.split())
    found = INSTRUCTION.search(line)
    return clean(line[max(0, found.start() - 10) :]) if found else None


def _instructions(view: View) -> Iterator[tuple[str, str, Source]]:
    records: list[Record] = [*view.sign_ins, *view.detections, *view.audits]
    records += [view.user_risk] if view.user_risk else []
    for record in records:
        plain = msgspec.to_builtins(record)
        kind = _SOURCES[plain["type"]]
        for name, text in _texts(plain, ""):
            if excerpt := instruction_in(text):
                yield f"{_words(name)} of {kind}", excerpt, view.source(record)
    for query_id, answer in view.answers.items():
        if query_id not in READ_AS_RECORDS:
            for item in answer.items:
                for name, text in _texts(msgspec.json.decode(item), ""):
                    if excerpt := instruction_in(text):
                        yield f"{_words(name)} in {answer.query.what}", excerpt, graph(answer.query.ref)


def _texts(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Yield every text inside plain data with the name of the property that holds it."""
    match value:
        case str():
            yield name, value
        case dict():
            for key, inner in value.items():
                yield from _texts(inner, str(key))
        case list() | tuple():
            for inner in value:
                yield from _texts(inner, name)


def _words(name: str) -> str:
    """Return ``user agent`` for ``user_agent`` and ``userAgent``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower() or "text"
