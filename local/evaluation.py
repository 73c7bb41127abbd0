"""What a model's words came to: per case, per scenario and in total."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from local.recorded_model import Exchange, RecordedModel
from shared.models.reports import Authorship, Report
from shared.write import Subject, write
from shared.write.written import Judged, Written


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """Counts that add up: ``written`` is ``kept`` + ``rejected`` + ``set_aside``."""

    cases: int = 0
    requests: int = 0
    """Requests to the endpoint, those that failed included."""
    answers: int = 0
    in_schema: int = 0
    """Answers that are whole and decode."""
    asked_again: int = 0
    """Second requests because the first answer was not in the schema."""
    repairs: int = 0
    """Second requests because sentences were rejected."""
    written: int = 0
    """Sentences, those of a repair included."""
    kept: int = 0
    rejected: int = 0
    set_aside: int = 0
    """Sound sentences that the summary does not take: another of their section was rejected, or it misses the point."""
    mended: int = 0
    """Sentences of a repair that passed."""
    template: int = 0
    """Cases in which the template wrote everything."""
    facts: int = 0
    """Facts behind the findings of the cases."""
    facts_cited: int = 0
    """Those of them that a kept sentence cites."""
    findings: int = 0
    findings_cited: int = 0
    """Findings that a kept sentence cites, by their id or by one of their facts."""
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    """Spent waiting for the endpoint."""
    reasons: dict[str, int] = {}
    """Rejected sentences by reason; a sentence may have several."""
    template_reasons: dict[str, int] = {}


class CaseResult(msgspec.Struct, frozen=True, kw_only=True):
    """One case: everything that was asked, answered and judged."""

    case_id: str
    identity: str
    exchanges: tuple[Exchange, ...]
    sentences: tuple[Judged, ...]
    authorship: Authorship
    numbers: Numbers


class ScenarioResult(msgspec.Struct, frozen=True, kw_only=True):
    """The content of one file of ``--out``."""

    scenario: str
    model: str
    numbers: Numbers
    cases: tuple[CaseResult, ...]


async def evaluate_case(report: Report, model: RecordedModel) -> CaseResult:
    """Have the model write about a case. Raises ModelError where there is no sense in asking on."""
    subject = Subject.of(report)
    model.exchanges = []
    written = await write(subject, model)
    model.give_up()
    return CaseResult(
        case_id=report.case_id,
        identity=f"{report.identity.kind} {report.identity.id}",
        exchanges=tuple(model.exchanges),
        sentences=written.sentences,
        authorship=written.summary.authorship,
        numbers=_numbers(model.exchanges, written, report),
    )


def total(parts: Iterable[Numbers]) -> Numbers:
    """Return the sum; reasons with the most frequent first."""
    added = msgspec.structs.asdict(Numbers())
    for part in parts:
        for name, value in msgspec.structs.asdict(part).items():
            added[name] = Counter(added[name]) + Counter(value) if isinstance(value, dict) else added[name] + value
    ordered = {
        name: dict(sorted(value.items(), key=lambda row: (-row[1], row[0])))
        for name, value in added.items()
        if isinstance(value, dict)
    }
    return Numbers(**{**added, **ordered, "seconds": round(added["seconds"], 3)})


def share(part: int, whole: int) -> float | None:
    """Return a share rounded to three digits; None of nothing."""
    return round(part / whole, 3) if whole else None


def _numbers(exchanges: Sequence[Exchange], written: Written, report: Report) -> Numbers:
    sentences, findings = written.sentences, report.assessment.findings
    cited = {cite for sentence in sentences if sentence.kept for cite in sentence.cites}
    facts = {fact for finding in findings for fact in finding.facts}
    answers = [exchange for exchange in exchanges if exchange.completion is not None]
    asked = list(dict.fromkeys(exchange.prompt_hash for exchange in exchanges if not exchange.repairs))
    fallback = written.summary.authorship.fallback
    return Numbers(
        cases=1,
        requests=len(exchanges),
        answers=len(answers),
        in_schema=sum(exchange.in_schema() for exchange in answers),
        asked_again=max(0, len(asked) - 1),
        repairs=len({exchange.prompt_hash for exchange in exchanges if exchange.repairs}),
        written=len(sentences),
        kept=sum(sentence.kept for sentence in sentences),
        rejected=sum(bool(sentence.reasons) for sentence in sentences),
        set_aside=sum(not sentence.kept and not sentence.reasons for sentence in sentences),
        mended=_mended(sentences),
        template=int(fallback is not None),
        facts=len(facts),
        facts_cited=len(facts & cited),
        findings=len(findings),
        findings_cited=sum(bool(cited & {finding.id, *finding.facts}) for finding in findings),
        input_tokens=sum(exchange.tokens()[0] for exchange in answers),
        output_tokens=sum(exchange.tokens()[1] for exchange in answers),
        seconds=sum(exchange.seconds for exchange in exchanges),
        reasons=Counter(reason for sentence in sentences for reason in sentence.reasons),
        template_reasons={fallback: 1} if fallback else {},
    )


def _mended(sentences: Sequence[Judged]) -> int:
    rejected: set[str] = set()
    mended = 0
    for sentence in sentences:
        if sentence.reasons:
            rejected.add(sentence.slot)
        elif sentence.slot in rejected:
            mended += 1
    return mended
