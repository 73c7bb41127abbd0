"""Write the whole summary from facts and assessment alone: the words that go out when no model writes them."""

import re
from collections.abc import Iterable

from shared.models.assessment import Finding
from shared.models.dossier import Gap
from shared.models.reports import Authorship, Sentence, Step, Summary
from shared.write.campaign import campaign_headline, campaign_story
from shared.write.check import check_sentence
from shared.write.knowledge import everyday_cause, explanation, open_detections, runbook
from shared.write.questions import questions
from shared.write.said import CORRECTIONS, REASONS
from shared.write.stakes import stakes
from shared.write.subject import Subject
from shared.write.timeline import Draft, timeline
from shared.write.wording import capital, closed, count, named

TEMPLATE = "template"
_WITHHELD = "The wording of this evidence could mislead, so it is left to the evidence list."
_NAMED = re.compile(r" \"[^\"]*\"(?= )")
_MAX_WHY = 8
_MAX_EXPLAINED = 2
MAX_CHECKS = 6


def write_from_template(subject: Subject) -> Summary:
    """Return the summary of a case. Every sentence has passed ``check_sentence``."""
    return Summary(
        headline=headline(subject),
        what_happened=sentences(_story(subject), subject),
        why=sentences(_why(subject), subject),
        why_benign=sentences(_why_benign(subject), subject),
        stakes=sentences(stakes(subject), subject),
        steps=steps(subject),
        checks=sentences(_checks(subject), subject)[:MAX_CHECKS],
        questions=questions(subject),
        unread=sentences([_unread(gap) for gap in subject.dossier.gaps], subject),
        authorship=Authorship(writer=TEMPLATE),
    )


def sentences(drafts: Iterable[Draft], subject: Subject) -> tuple[Sentence, ...]:
    """Return one sentence for each draft: its first wording that passes the check; the same words only once."""
    once: dict[str, Sentence] = {}
    for draft in drafts:
        sentence = _checked(draft, subject)
        if sentence is None or (known := once.setdefault(sentence.text, sentence)) is sentence:
            continue
        # The same words for two pieces of evidence are written once and cite both, where both together carry them.
        both = Sentence(text=known.text, cites=tuple(dict.fromkeys((*known.cites, *sentence.cites))))
        if not check_sentence(both.text, both.cites, subject):
            once[sentence.text] = both
    return tuple(once.values())


def headline(subject: Subject) -> Sentence:
    """Return the one line that tells whom, what and how bad."""
    if subject.identity.kind == "campaign":
        told = campaign_headline(subject)
        return _checked(told, subject) or Sentence(text=told.texts[-1], cites=told.cites)
    assessment = subject.assessment
    who, cites = _who(subject), _anchor(subject)
    graded = f"{assessment.severity} severity, {assessment.confidence} confidence"
    if subject.outcome is not None:
        ended = {"remediated": "was remediated", "dismissed": "was dismissed", "confirmed_safe": "was confirmed safe"}
        whose = f"The account {who}" if subject.outcome == "confirmed_safe" else f"The risk of {who}"
        done, verdict = ended[subject.outcome], f"the verdict is {assessment.verdict}"
        texts = [f"{whose} {done}; {verdict} ({graded}).", f"The case is closed: {verdict} ({graded})."]
    else:
        texts = [
            f"{capital(who)} {_VERDICTS[assessment.verdict]}{_because(subject)} ({graded}).",
            f"{capital(who)} {_VERDICTS[assessment.verdict]} ({graded}).",
            f"This identity {_VERDICTS[assessment.verdict]} ({graded}).",
        ]
    plain = f"The verdict is {assessment.verdict}, with {assessment.confidence} confidence."
    return _checked(Draft((*texts, plain), cites), subject) or Sentence(text=plain, cites=cites)


_VERDICTS = {
    "compromised": "is assessed as compromised",
    "suspicious": "is assessed as suspicious",
    "benign": "is assessed as benign",
    "inconclusive": "cannot be judged: the evidence is inconclusive",
}


def _because(subject: Subject) -> str:
    """Return the title of the finding that speaks loudest for the verdict."""
    sign = -1 if subject.assessment.verdict == "benign" else 1
    telling = [finding for finding in _by_weight(subject) if finding.weight * sign > 0][::sign]
    if not telling or subject.assessment.verdict == "inconclusive":
        return ""
    title = telling[0].title
    return f": {title[:1].lower() + title[1:] if title[1:2].islower() else title}"


def steps(subject: Subject) -> tuple[Step, ...]:
    """Return every eligible action in the order of the rules, each with its reason."""
    found = []
    for action in subject.assessment.actions:
        reasons = [finding for finding in _by_weight(subject) if set(finding.facts) & set(action.facts)]
        cites = tuple(fact_id for fact_id in action.facts if subject.known(fact_id)) or _anchor(subject)
        why = closed(capital(action.why))
        # A name that may not be repeated is left out; what the rules say of its bearer stands without it.
        texts = [why, _NAMED.sub("", why), *(closed(capital(finding.statement)) for finding in reasons[:1])]
        texts.append("The rules offer it for the evidence cited here.")
        wider = (*cites, *(finding.id for finding in reasons[:3]))
        own = _checked(Draft(tuple(texts[:2]), cites), subject, withheld=False)
        sentence = own or _checked(Draft(tuple(texts), tuple(dict.fromkeys(wider))), subject)
        if sentence is not None:
            found.append(Step(action_id=action.id, reason=sentence))
    return tuple(found)


def _checked(draft: Draft, subject: Subject, *, withheld: bool = True) -> Sentence | None:
    """Return the first wording that passes; failing all, a sentence that only points at the evidence."""
    cites = tuple(dict.fromkeys(draft.cites))
    for text in dict.fromkeys(draft.texts):
        if text and not check_sentence(text, cites, subject):
            return Sentence(text=text, cites=cites)
    return Sentence(text=_WITHHELD, cites=cites) if withheld and cites else None


def _who(subject: Subject) -> str:
    profile = subject.dossier.one("user.profile")
    name = named(subject.identity.name or "")
    if subject.identity.kind != "user":
        return f"the {subject.who} {name}" if name else f"this {subject.who}"
    display = named(profile.text_of("display_name")) if profile else ""
    if display and name and display != name:
        return f"{display} ({name})"
    return display or (f"user {name}" if name else "this user")


def _by_weight(subject: Subject) -> list[Finding]:
    return sorted(subject.assessment.findings, key=lambda finding: (-finding.weight, finding.id))


def _anchor(subject: Subject) -> tuple[str, ...]:
    """Return what a sentence about the whole case cites: the heaviest findings and who it is about."""
    findings = [
        finding.id for finding in sorted(subject.assessment.findings, key=lambda it: (-abs(it.weight), it.id))[:3]
    ]
    facts = [fact.id for kind in ("user.profile", "user.role") for fact in subject.dossier.all(kind)[:1]]
    others = [fact.id for fact in subject.dossier.facts[:1]] or [gap.id for gap in subject.dossier.gaps[:3]]
    last = [f"S{number}" for number in range(1, len(subject.signals) + 1)][-1:]
    return tuple(dict.fromkeys([*findings, *facts])) or tuple(others or last)


def _why(subject: Subject) -> list[Draft]:
    assessment = subject.assessment
    verdict = f"The verdict is {assessment.verdict} with {assessment.confidence} confidence"
    score = f"the score is {assessment.score} out of 100"
    reason = closed(capital(assessment.verdict_reason)) if assessment.verdict_reason else ""
    drafts = [Draft((f"{verdict}; {score}. {reason}".strip(), f"{verdict}; {score}.", f"{verdict}."), _anchor(subject))]
    positive = [finding for finding in _by_weight(subject) if finding.weight > 0]
    told = positive[:_MAX_WHY]
    drafts += [_finding(finding, subject) for finding in told]
    drafts += _explained(told, subject)
    drafts += _corrections(subject)
    gaps = tuple(gap.id for gap in subject.dossier.gaps)
    if gaps:
        text = f"{capital(count(len(gaps), 'look-up'))} {'was' if len(gaps) == 1 else 'were'} not answered"
        drafts.append(
            Draft((f"{text}, so the confidence is {assessment.confidence}.",), gaps)
            if assessment.confidence == "low"
            else Draft((f"{text}; what is missing is not counted as absent.",), gaps)
        )
    return drafts


def _explained(told: Iterable[Finding], subject: Subject) -> list[Draft]:
    """Return what the types of the gravest detections mean, of those that the findings told rest on."""
    cited = {fact_id for finding in told for fact_id in finding.facts}
    facts = [fact for fact in open_detections(subject) if fact.id in cited]
    drafts = [Draft((text,), (fact.id,)) for fact in facts if (text := explanation(fact, subject))]
    return drafts[:_MAX_EXPLAINED]


def _story(subject: Subject) -> list[Draft]:
    return campaign_story(subject) if subject.identity.kind == "campaign" else timeline(subject)


def _checks(subject: Subject) -> list[Draft]:
    """Return the runbooks of the open detections, the gravest first; a closed case needs none."""
    if subject.status == "closed":
        return []
    return [Draft((check,), (fact.id,)) for fact in open_detections(subject) for check in runbook(fact, subject)]


def _corrections(subject: Subject) -> list[Draft]:
    """Return what moved the score besides findings: discounts, a floor, a cap."""
    findings = {finding.id for finding in subject.assessment.findings}
    sums: dict[str, int] = {}
    about: dict[str, list[str]] = {}
    for term in subject.assessment.terms:
        if term.source in findings:
            continue
        name, _, finding_id = term.source.partition(":")
        sums[name] = sums.get(name, 0) + term.points
        about.setdefault(name, []).extend([finding_id] if finding_id in findings else [])
    return [
        Draft(
            (
                CORRECTIONS.get(
                    name, f"A rule on the whole score {'adds' if total > 0 else 'takes off'} {{points}}."
                ).format(points=_points(total), score=subject.assessment.score),
            ),
            tuple(about[name]) or _anchor(subject),
        )
        for name, total in sums.items()
        if total
    ]


def _finding(finding: Finding, subject: Subject) -> Draft:
    points = next((term.points for term in subject.assessment.terms if term.source == finding.id), finding.weight)
    verb = "adds" if points > 0 else "takes off"
    effect = f" This {verb} {_points(points)}." if points else ""
    statement = closed(capital(finding.statement))
    cites = (finding.id, *(fact_id for fact_id in finding.facts if subject.dossier.fact(fact_id)))
    return Draft((f"{statement}{effect}", statement, closed(capital(finding.title))), cites)


def _points(points: int) -> str:
    """Return ``8 points``: digits, because a person adds them up."""
    return f"{abs(points)} {'point' if abs(points) == 1 else 'points'}"


def _why_benign(subject: Subject) -> list[Draft]:
    exculpating = sorted((it for it in subject.assessment.findings if it.weight < 0), key=lambda it: (it.weight, it.id))
    drafts = [_finding(finding, subject) for finding in exculpating]
    for fact in subject.dossier.all("risk.detection"):
        if reason := everyday_cause(fact, subject):
            drafts.append(Draft((reason,), (fact.id,)))
    for fact in subject.dossier.all("case.previous"):
        outcome = fact.text_of("outcome").replace("_", " ")
        if outcome in ("dismissed", "confirmed safe"):
            drafts.append(Draft((f"An earlier case of this identity was closed as {outcome}.",), (fact.id,)))
    return drafts


def _unread(gap: Gap) -> Draft:
    reason = REASONS[gap.reason]
    what = capital(gap.what)
    told = f"{what} could not be read: {reason}"
    detail = f"{told} ({gap.detail})" if gap.detail else told
    mend = closed(capital(gap.mend)) if gap.mend else ""
    return Draft(
        (
            f"{detail}. {mend}".strip(),
            f"{told}. {mend}".strip(),
            f"{told}.",
            f"One look-up was not answered: {reason}.",
        ),
        (gap.id,),
    )
