"""What the template says of a campaign: its pattern, the outcome, who fell."""

from shared.models.dossier import Fact
from shared.write.subject import Subject
from shared.write.timeline import Draft
from shared.write.wording import named

MOST_NAMED = 10


def campaign_headline(subject: Subject) -> Draft:
    """Return the one line: how many were hit, and how many fell."""
    source, result = subject.dossier.one("campaign.source"), subject.dossier.one("campaign.result")
    if source is None or result is None:
        return Draft(("This campaign has no report yet.",), ())
    users, fell = source.values.get("users"), result.values.get("compromised")
    fallen = f"{fell} {'case is' if fell == 1 else 'cases are'} compromised" if fell else "no case is compromised"
    hit = f"{users} users were hit alike"
    if source.text_of("succeeded"):
        hit = f"A password spray tried {users} users"
    closed = "; every case is closed" if subject.status == "closed" else ""
    return Draft((f"{hit}; {fallen}{closed}.", f"{hit}; {fallen}.", f"{hit}."), (source.id, result.id))


def campaign_story(subject: Subject) -> list[Draft]:
    """Return the pattern and the outcome, then the compromised members by name."""
    dossier = subject.dossier
    drafts = [Draft((fact.text, _plainer(fact)), (fact.id,)) for fact in dossier.all("campaign.source")]
    drafts += [Draft((fact.text,), (fact.id,)) for fact in dossier.all("campaign.result")]
    fell = dossier.all("campaign.fell")
    drafts += [
        Draft((fact.text, f"{named(fact.text_of('name'))} is compromised.", "One member is compromised."), (fact.id,))
        for fact in fell[:MOST_NAMED]
    ]
    if left := fell[MOST_NAMED:]:
        drafts.append(Draft(("More compromised members are in the evidence list.",), tuple(fact.id for fact in left)))
    drafts += [Draft((fact.text,), (fact.id,)) for fact in dossier.all("campaign.omitted")]
    return drafts


def _plainer(fact: Fact) -> str:
    """Return the pattern without what others wrote in it, where their words may not be repeated."""
    return f"{fact.values.get('users')} users were hit alike."
