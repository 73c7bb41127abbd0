"""Judge a campaign. Its members' own judgements decide; nothing is weighed twice."""

from shared.assess.actions.surroundings import hostile_location
from shared.assess.severity import SEVERITIES
from shared.assess.values import address_in, items, number, unique
from shared.models.assessment import (
    Action,
    Assessment,
    Confidence,
    Finding,
    Precondition,
    ScoreTerm,
    Severity,
    Verdict,
    When,
)
from shared.models.dossier import Dossier, Fact

HIT_POINTS, FELL_POINTS = 40, 45
_REASONS: dict[Verdict, str] = {
    "compromised": "Members of the campaign are compromised.",
    "suspicious": "Many users were hit alike, and none is known to be compromised.",
    "benign": "The risk of every member is closed.",
    "inconclusive": "The members have not been judged yet.",
}
_ONE_FELL = "A member of the campaign is compromised."


def assess_campaign(dossier: Dossier, *, status: str) -> Assessment:
    """Return the judgement of a campaign's dossier. Pure."""
    source, result = dossier.one("campaign.source"), dossier.one("campaign.result")
    if source is None or result is None:
        raise ValueError("no dossier of a campaign")
    fell = number(result, "compromised")
    verdict: Verdict = "benign" if status == "closed" else "compromised" if fell else "suspicious"
    findings = _findings(source, result, dossier)
    terms = [ScoreTerm(source=one.id, label=one.title, points=one.weight) for one in findings]
    if verdict == "benign":
        terms.append(
            ScoreTerm(
                source="closed", label="The risk of every member is closed", points=-sum(one.weight for one in findings)
            )
        )
    score = sum(term.points for term in terms)
    confidence, reasons = _confidence(result)
    return Assessment(
        findings=findings,
        terms=tuple(terms),
        score=score,
        verdict=verdict,
        verdict_reason=_ONE_FELL if verdict == "compromised" and fell == 1 else _REASONS[verdict],
        severity=_severity(dossier, verdict),
        confidence=confidence,
        confidence_reasons=reasons,
        actions=_actions(source, result, dossier) if verdict != "benign" else (),
    )


def _findings(source: Fact, result: Fact, dossier: Dossier) -> tuple[Finding, ...]:
    users, fell = number(source, "users"), number(result, "compromised")
    found = [
        Finding(
            id="many_users_hit_alike",
            family="campaign",
            title="Many users were hit alike",
            statement=f"{users} users were hit alike.",
            weight=HIT_POINTS,
            facts=(source.id,),
            techniques=("T1110.003",) if source.text_of("succeeded") else ("T1078",),
        )
    ]
    if fell:
        cited = (result.id, *(fact.id for fact in dossier.all("campaign.fell")[:8]))
        one = fell == 1
        found.append(
            Finding(
                id="members_compromised",
                family="campaign",
                title="A member is compromised" if one else "Members are compromised",
                statement=f"{fell} {'member is' if one else 'members are'} compromised.",
                weight=FELL_POINTS,
                facts=cited,
            )
        )
    return tuple(found)


def _severity(dossier: Dossier, verdict: Verdict) -> Severity:
    """Return that of the gravest member; a campaign in which nobody fell is medium at least."""
    if verdict == "benign":
        return "informational"
    held = {fact.text_of("severity") for fact in dossier.all("campaign.fell", "campaign.member")}
    least: Severity = "high" if verdict == "compromised" else "medium"
    return max([least, *(one for one in SEVERITIES if one in held)], key=SEVERITIES.index)


def _confidence(result: Fact) -> tuple[Confidence, tuple[str, ...]]:
    waiting = number(result, "unjudged")
    if waiting:
        return "medium", (f"{waiting} {'case is' if waiting == 1 else 'cases are'} not judged yet.",)
    return "high", ("Every case of the campaign was judged by itself.",)


def _actions(source: Fact, result: Fact, dossier: Dossier) -> tuple[Action, ...]:
    fell = tuple(fact.id for fact in dossier.all("campaign.fell"))[:8]
    found = [_work_on_fallen((result.id, *fell), is_one=len(fell) == 1)] if fell else []
    addresses = unique(address_in(text) for text in items(source, "ip_addresses"))
    if addresses:
        found.append(_block(addresses, source, "next" if fell else "later"))
    return tuple(found)


def _work_on_fallen(facts: tuple[str, ...], *, is_one: bool) -> Action:
    return Action(
        id="contain_compromised_members",
        title="Contain the compromised member" if is_one else "Contain the compromised members",
        when="now",
        why=f"{'The' if is_one else 'Each'} compromised case has a ticket of its own, with the exact steps.",
        facts=facts,
        method="NONE",
        url="",
        body="",
        permission="none: done outside Microsoft Graph",
        role="Security Operator",
        preconditions=(),
        reversible=True,
        reversal="As the steps of the ticket say." if is_one else "As the steps of each ticket say.",
        blast_radius="The compromised member." if is_one else "The compromised members.",
    )


def _block(addresses: list[str], source: Fact, when: When) -> Action:
    return Action(
        id="block_campaign_source",
        title="Block the source of the campaign",
        when=when,
        why="The campaign came from there.",
        facts=(source.id,),
        method="POST",
        url="/identity/conditionalAccess/namedLocations",
        body=hostile_location(addresses),
        permission="Policy.ReadWrite.ConditionalAccess",
        role="Conditional Access Administrator",
        preconditions=(Precondition(text="No other user depends on these addresses.", met=None),),
        reversible=True,
        reversal="DELETE /identity/conditionalAccess/namedLocations/{the new location's id}.",
        blast_radius="Everybody behind the addresses, once a Conditional Access policy that blocks names the location.",
        does_not_fix=("Anything, until a policy names the location", "Attackers who change their address"),
    )
