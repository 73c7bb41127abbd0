"""Our own reports: what happened, why the verdict is what it is, what to do, and what the evidence is."""

from collections.abc import Mapping
from typing import Any

from shared.ask.given import thing
from shared.ask.look import Look
from shared.ask.own import CASE, follow_ups, report_of, sources_of, subjects_of, verdict_facts, who
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import joined
from shared.clock import iso
from shared.enrich.statement import counted, listed
from shared.hostile import shown
from shared.models.assessment import Finding
from shared.models.dossier import Fact
from shared.models.reports import Sentence

WORDS = (
    field("section", "Section", "Part of the report"),
    field("text", "Text", "Sentence that has passed the check against its evidence"),
    field("cites", "Cites", "Facts (F), gaps (G) and findings that carry it"),
    field("written_by", "Written by", "template or model"),
)
TERMS = (
    field("label", "Term", "What adds to or takes from the score"),
    field("points", "Points", "Addend of the score"),
    field("source", "Source", "Finding, discount or cap that it comes from"),
)
FINDINGS = (
    field("title", "Finding", "What the rules concluded"),
    field("statement", "Statement", "What it says about this identity"),
    field("weight", "Weight", "Points of the rule; negative speaks for the user"),
    field("techniques", "Techniques", "MITRE ATT&CK techniques"),
    field("facts", "Facts", "Facts that it rests on"),
    field("id", "Id", "Stable id of the finding"),
)
FACTS = (
    field("id", "Fact", "Number of the fact in this report"),
    field("text", "Statement", "The fact in one sentence"),
    field("kind", "Kind", "Kind of the fact"),
    field("at", "At", "When it happened or became true, UTC"),
    field("source", "Source", "Record of a log, Graph request, or what the app keeps"),
)
SECTIONS = ("what_happened", "why", "why_benign", "stakes", "checks", "unread")


@skill(
    id="report_summary",
    area="cases",
    title="Summary of a report",
    description="The words of a case's latest report: what happened, why, what is at stake, what to check and to ask.",
    inputs=(CASE,),
    examples=(
        "Summarize the case of {case}",
        "Give me the report on {case}",
        "What happened to {case}?",
        "What does the report of {case} say?",
        "What should I ask {case}?",
        "summary of this case",
    ),
)
async def report_summary(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the words of the latest report."""
    found = await report_of(look, thing(given, "case"))
    if isinstance(found, Reply):
        return found
    case, report = found
    words = report.summary
    rows = [_said("headline", words.headline)]
    rows += [_said(section, one) for section in SECTIONS for one in getattr(words, section)]
    rows += [{"section": "questions", "text": one, "cites": None, "written_by": None} for one in words.questions]
    return Reply(
        text=joined(words.headline.text, *(one.text for one in words.what_happened[:3])),
        tables=(table("Report", WORDS, rows),),
        facts={**verdict_facts(case, report), "writer": words.authorship.writer, "questions": tuple(words.questions)},
        sources=sources_of([report]),
        subjects=subjects_of(case),
        follow_ups=follow_ups(case),
    )


@skill(
    id="verdict_reason",
    area="cases",
    title="Why a verdict was given",
    description="The reason of a case's verdict: score with its terms, findings, confidence and the facts under them.",
    inputs=(CASE,),
    examples=(
        "Why was this verdict given?",
        "Why was the verdict on {case} given?",
        "Why do you think {case} is compromised?",
        "How was the score of {case} calculated?",
        "How sure are you about {case}, and why?",
        "explain the verdict on {case}",
        "which findings are there about {case}",
    ),
)
async def verdict_reason(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the assessment of the latest report."""
    found = await report_of(look, thing(given, "case"))
    if isinstance(found, Reply):
        return found
    case, report = found
    judged = report.assessment
    cited = {fact for finding in judged.findings for fact in finding.facts}
    terms = [{"label": one.label, "points": one.points, "source": one.source} for one in judged.terms]
    for_it = [one for one in sorted(judged.findings, key=lambda one: -one.weight) if one.weight > 0]
    against = [one for one in judged.findings if one.weight < 0]
    return Reply(
        text=joined(
            f"The verdict on {who(report.identity)} is {judged.verdict}, score {judged.score}:",
            _clause(judged.verdict_reason),
            f"Confidence is {judged.confidence}: {' '.join(judged.confidence_reasons)}"
            if judged.confidence_reasons
            else "",
            f"What weighs most: {listed(one.title for one in for_it[:3])}." if for_it else "",
            f"What speaks for the identity: {listed(one.title for one in against[:3])}." if against else "",
        ),
        tables=(
            table("Score", TERMS, terms),
            table("Findings", FINDINGS, map(_finding, judged.findings)),
            table("Facts", FACTS, (fact_row(one) for one in report.dossier.facts if one.id in cited)),
        ),
        facts={
            **verdict_facts(case, report),
            "verdict_reason": judged.verdict_reason,
            "confidence_reasons": judged.confidence_reasons,
            "findings": tuple(one.id for one in judged.findings),
            "techniques": tuple(sorted({name for one in judged.findings for name in one.techniques})),
        },
        sources=sources_of([report]),
        subjects=subjects_of(case),
        follow_ups=follow_ups(case)[1:],
    )


@skill(
    id="case_evidence",
    area="cases",
    title="Evidence of a case",
    description="Every fact of a case's latest report with its source: event, Graph request, or what the app keeps.",
    inputs=(CASE,),
    examples=(
        "What is the evidence about {case}?",
        "Show me the facts of {case}",
        "Where do the facts about {case} come from?",
        "What do you know about {case}?",
        "list all evidence of this case",
    ),
)
async def case_evidence(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the dossier of the latest report."""
    found = await report_of(look, thing(given, "case"))
    if isinstance(found, Reply):
        return found
    case, report = found
    dossier = report.dossier
    kinds = {one.kind.partition(".")[0] for one in dossier.facts}
    text = f"The report on {who(report.identity)} rests on {counted(len(dossier.facts), 'fact')}"
    text += f" about {listed(sorted(kind.replace('_', ' ') for kind in kinds))}" if kinds else ""
    return Reply(
        text=joined(f"{text}.", f"{counted(len(dossier.gaps), 'thing')} could not be read." if dossier.gaps else ""),
        tables=(table("Facts", FACTS, map(fact_row, dossier.facts)),),
        facts={**verdict_facts(case, report), "facts": len(dossier.facts), "gaps": len(dossier.gaps)},
        sources=sources_of([report]),
        gaps=dossier.gaps,
        subjects=subjects_of(case),
        follow_ups=follow_ups(case),
    )


def fact_row(fact: Fact) -> dict[str, Any]:
    """Return a fact as a row."""
    at = iso(fact.at) if fact.at else None
    return {
        "id": fact.id,
        "text": fact.text,
        "kind": fact.kind,
        "at": at,
        "source": f"{fact.source.kind} {fact.source.ref}",
    }


def _said(section: str, sentence: Sentence) -> dict[str, Any]:
    return {
        "section": section,
        "text": sentence.text,
        "cites": list(sentence.cites),
        "written_by": sentence.written_by,
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "title": one.title,
        "statement": one.statement,
        "weight": one.weight,
        "techniques": list(one.techniques),
        "facts": list(one.facts),
        "id": one.id,
    }


def _clause(reason: str) -> str:
    text = shown(reason).strip()
    return text if text.endswith(".") else f"{text}."
