"""A campaign's dossier: the source, the outcome, who fell and who did not, from the cases of its members."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from shared.clock import iso
from shared.enrich.numbering import numbered
from shared.enrich.statement import counted, event, fact, listed
from shared.hostile import quoted
from shared.models.cases import Campaign, Case
from shared.models.dossier import Dossier, Fact, Source
from shared.models.records import AnyRecord, RiskDetection, SignIn

MOST_FELL, MOST_OTHERS = 100, 100
"""Members named in a report; the others are counted, and listed by the API."""
MOST_ADDRESSES = 10
SEVERITIES = ("critical", "high", "medium", "low", "informational")
STATE = Source(kind="state", ref="cases of the campaign's members")


def campaign_dossier(campaign: Campaign, members: Sequence[Case], records: Sequence[AnyRecord]) -> Dossier:
    """Return the facts. ``records``: those of the members that share the campaign's cause; none for a spray."""
    ranked = sorted(members, key=_rank)
    fell = [case for case in ranked if case.verdict == "compromised"]
    others = [case for case in ranked if case.verdict != "compromised"]
    facts = [
        _source(campaign, members, [r for r in records if isinstance(r, RiskDetection | SignIn)]),
        _result(campaign, members),
        *(_member("campaign.fell", case) for case in fell[:MOST_FELL]),
        *(_member("campaign.member", case) for case in others[:MOST_OTHERS]),
        *_omitted(len(fell) - MOST_FELL, len(others) - MOST_OTHERS),
    ]
    return numbered(facts, (), 0)


def _rank(case: Case) -> tuple[int, str]:
    return (SEVERITIES.index(case.severity) if case.severity else len(SEVERITIES), case.id)


def _source(campaign: Campaign, members: Sequence[Case], records: Sequence[RiskDetection | SignIn]) -> Fact:
    """State the pattern: how many, from where, with what, when, and what Entra calls it."""
    if campaign.kind == "password_spray":
        return _spray(campaign)
    addresses = _most(record.ip_address for record in records)
    types = _most(
        kind
        for record in records
        for kind in ([record.risk_event_type] if isinstance(record, RiskDetection) else record.risk_event_types)
    )
    first = min((record.at for record in records), default=campaign.first_at)
    last = max((record.at for record in records), default=campaign.last_at)
    where = f"from {listed(addresses)}" if len(addresses) <= 3 else f"from {len(addresses)} addresses"
    network = f" in network AS{campaign.asn}" if campaign.asn else ""
    client = f", all with the client {quoted(campaign.user_agent)}" if campaign.user_agent else ""
    named = f"; Entra reports {listed(types)}" if types else ""
    text = (
        f"{counted(len(members), 'user')} were hit alike between {iso(first)} and {iso(last)}, "
        f"{where}{network}{client}{named}."
    )
    return fact(
        "campaign.source",
        text,
        event(records[0].category, records[0].record_id) if records else STATE,
        at=first,
        users=len(members),
        addresses=len(addresses),
        ip_addresses=addresses[:MOST_ADDRESSES],
        asn=campaign.asn,
        user_agent=campaign.user_agent,
        risk_event_types=types,
        first_at=first,
        last_at=last,
    )


def _spray(campaign: Campaign) -> Fact:
    where = campaign.ip_address or f"{campaign.addresses} addresses"
    tried, fell = counted(len(campaign.targeted), "user"), counted(len(campaign.succeeded), "user")
    text = (
        f"In a password spray, sign-ins from {where} tried {tried} with a wrong password between "
        f"{iso(campaign.first_at)} and {iso(campaign.last_at)}; for {fell} it was right."
    )
    return fact(
        "campaign.source",
        text,
        Source(kind="state", ref="sign-ins of the password spray"),
        at=campaign.first_at,
        users=len(campaign.targeted),
        succeeded=len(campaign.succeeded),
        addresses=campaign.addresses,
        ip_addresses=[campaign.ip_address] if campaign.ip_address else None,
        first_at=campaign.first_at,
        last_at=campaign.last_at,
    )


def _result(campaign: Campaign, members: Sequence[Case]) -> Fact:
    """State who fell and who did not, in numbers."""
    verdicts = Counter(case.verdict for case in members)
    untouched = max(0, len(campaign.targeted) - len(members)) if campaign.kind == "password_spray" else 0
    return fact(
        "campaign.result",
        _result_text(verdicts, untouched),
        STATE,
        cases=len(members),
        compromised=verdicts["compromised"],
        suspicious=verdicts["suspicious"],
        inconclusive=verdicts["inconclusive"],
        benign=verdicts["benign"],
        unjudged=verdicts[""],
        in_vain=untouched or None,
    )


def _result_text(verdicts: Counter[str], untouched: int) -> str:
    """Return ``Of 12 cases, 2 are compromised, 9 suspicious and 1 benign.``, and how many have no case."""
    total, fell = verdicts.total(), verdicts["compromised"]
    others = [f"{verdicts[name]} {name}" for name in ("suspicious", "inconclusive", "benign") if verdicts[name]]
    others += [f"{verdicts['']} not judged yet"] if verdicts[""] else []
    of_all = listed([f"{fell or 'none'} {'are' if fell > 1 else 'is'} compromised", *others])
    told = f"Of {total} cases, {of_all}"
    if total <= 1:
        told = f"The only case is {next(iter(verdicts)) or 'not judged yet'}" if total else "No case is left"
    if not untouched:
        return f"{told}."
    was, has = ("user was", "has") if untouched == 1 else ("users were", "have")
    return f"{told}; {untouched} {was} tried in vain and {has} no case."


def _member(kind: str, case: Case) -> Fact:
    judged = f"{case.verdict}, severity {case.severity}" if case.verdict else "not judged yet"
    who = case.identity.name or case.identity.id
    return fact(
        kind,
        f"{quoted(who)} is {judged}: {case.id}.",
        Source(kind="state", ref=case.id),
        name=who,
        object_id=case.identity.id,
        case_id=case.id,
        verdict=case.verdict,
        severity=case.severity,
    )


def _omitted(fell: int, others: int) -> Iterator[Fact]:
    if (more := max(0, fell) + max(0, others)) > 0:
        text = f"{counted(more, 'case')} more {'is' if more == 1 else 'are'} listed by GET /api/campaigns."
        yield fact("campaign.omitted", text, STATE, count=more)


def _most(values: Iterable[str | None]) -> list[str]:
    """Return distinct values, the most frequent first."""
    counts = Counter(value for value in values if value)
    return [value for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
