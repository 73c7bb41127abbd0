"""The first page: cases worst first, found and narrowed, and campaigns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from shared.ask.own import SEVERITIES, Judged, judged
from shared.clients import Services
from shared.console.acknowledgements import Acknowledgement, acknowledgements
from shared.console.page import Page, mark_of
from shared.errors import InvalidRequestError
from shared.models.cases import Campaign, Case
from shared.state.interface import State

MOST_ROWS = 100
"""Cases on the page: as many reports are read when something changed."""
MOST_ENDED = 1000
"""Cases that are looked through, the latest, when closed ones are asked for too."""
MOST_CAMPAIGNS = 20
MOST_NAMED = 20
"""Cases that are named with a campaign; its own case lists the others."""
VERDICTS = ("compromised", "suspicious", "inconclusive", "benign")


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What the page is narrowed to, as its form sends it."""

    q: str = ""
    """Parts of a name, an object id or a case id: all of them must be there."""
    status: Literal["open", "closed", "all"] = "open"
    severity: Literal["", "critical", "high", "medium", "low", "informational"] = ""
    verdict: Literal["", "compromised", "suspicious", "inconclusive", "benign"] = ""
    kind: Literal["", "user", "servicePrincipal", "campaign"] = ""
    looked: Literal["", "no", "yes"] = ""
    """Only cases that somebody looks at, or nobody."""
    campaign: str = ""
    """Only members of the campaign with this case id."""

    @property
    def is_narrow(self) -> bool:
        """Say whether anything but the page's own beginning was asked for."""
        return self != CaseFilter()


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line: the case, its latest report, and who looks at it."""

    judged: Judged
    looked: Acknowledgement | None

    @property
    def mark(self) -> str:
        """Return what changes with the line."""
        case = self.judged.case
        return mark_of(case.revision, case.triaged_revision, case.report_version, case.status, self.looked)


class CampaignCard(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign with its own case and those of its members, as far as they are among the cases looked through."""

    campaign: Campaign
    own: Case | None
    fell: tuple[Case, ...]
    """Users who fell: whose password was right."""
    folded: int
    """Members for whom the campaign's ticket stands."""


def filter_of(query: Mapping[str, str]) -> CaseFilter:
    """Return the filter of a query. Raises InvalidRequestError for a choice that is none."""
    given = {name: query[name].strip()[:200] for name in CaseFilter.__struct_fields__ if query.get(name)}
    try:
        return msgspec.convert(given, CaseFilter)
    except msgspec.ValidationError as error:
        raise InvalidRequestError("a filter that is none", hint=str(error)) from error


async def cases_page(query: Mapping[str, str], services: Services) -> Page:
    """Return the page. Its mark needs no report."""
    wanted = filter_of(query)
    state = services.state
    alive, looked, campaigns = (await state.open_cases(), await acknowledgements(state), await state.campaigns())
    latest = [] if wanted.status == "open" else await state.latest_cases(MOST_ENDED)
    seen = list({case.id: case for case in (*latest, *alive)}.values())
    fitting = _worst_first([case for case in seen if _fits(case, wanted, looked)])

    async def content() -> dict[str, Any]:
        rows = await _rows(fitting[:MOST_ROWS], looked, state)
        folded = Counter(case.campaign_id for case in alive if case.status == "open" and case.is_told_by_campaign)
        by_itself = [case for case in alive if case.status == "open" and not case.is_told_by_campaign]
        shown = campaigns[::-1][:MOST_CAMPAIGNS]
        return {
            "filter": wanted,
            "choices": {"severity": SEVERITIES, "verdict": VERDICTS},
            "rows": [row for row in rows if _has_verdict(row, wanted)],
            "found": len(fitting),
            "most": MOST_ROWS,
            "most_ended": MOST_ENDED if len(latest) == MOST_ENDED else 0,
            "open_by_severity": _open_by_severity(by_itself),
            "open_total": len(by_itself),
            "folded": folded,
            "last_at": {one.id: one.last_at for one in campaigns},
            "waiting": sum(case.needs_triage for case in alive),
            "is_empty": not seen and not await state.latest_cases(1),
            "campaigns": await _cards(shown, seen, folded, state),
            "campaigns_total": len(campaigns),
        }

    marks = [(case.id, case.revision, case.triaged_revision, case.report_version, case.status) for case in seen]
    return Page(template="cases.html.j2", mark=mark_of(marks, looked, campaigns, wanted), content=content)


def _fits(case: Case, wanted: CaseFilter, looked: Mapping[str, Acknowledgement]) -> bool:
    """Say whether a case is asked for, as far as the case itself tells; its verdict is in its report.

    Members for whom a campaign's ticket stands are listed with it, and found by a search: sixty of them would bury
    everybody else.
    """
    known = "\n".join((case.identity.name or "", case.identity.id, case.id)).casefold()
    return (
        wanted.status in {"all", case.status}
        and wanted.severity in {"", case.severity}
        and wanted.kind in {"", case.identity.kind}
        and wanted.looked in {"", "yes" if case.id in looked else "no"}
        and wanted.campaign in {"", case.campaign_id}
        and not (case.is_told_by_campaign and not wanted.campaign and not wanted.q)
        and all(word in known for word in wanted.q.casefold().split())
    )


def _has_verdict(row: CaseRow, wanted: CaseFilter) -> bool:
    report = row.judged.report
    return not wanted.verdict or (report is not None and report.assessment.verdict == wanted.verdict)


def _worst_first(cases: Sequence[Case]) -> list[Case]:
    """Return cases by the severity of their last report; one without is first, since nobody knows how bad it is."""
    grade = {name: place for place, name in enumerate(("", *SEVERITIES))}
    return sorted(cases, key=lambda case: (grade.get(case.severity, 0), -case.last_signal_at.timestamp(), case.id))


async def _rows(cases: Sequence[Case], looked: Mapping[str, Acknowledgement], state: State) -> list[CaseRow]:
    read = await judged(state, cases)
    rows = [CaseRow(judged=one, looked=looked.get(one.case.id)) for one in read]
    return sorted(rows, key=lambda row: (row.judged.case.status != "open", row.judged.rank))


def _open_by_severity(cases: Sequence[Case]) -> list[tuple[str, int]]:
    found = [case.severity for case in cases]
    return [(severity, found.count(severity)) for severity in SEVERITIES]


async def _cards(
    campaigns: Sequence[Campaign], seen: Sequence[Case], folded: Mapping[str, int], state: State
) -> list[CampaignCard]:
    """Return campaigns as the page shows them."""
    own = await state.current_cases([one.identity.key for one in campaigns])
    users = [case for case in seen if case.identity.kind == "user"]
    cards = []
    for one in campaigns:
        case = own[one.identity.key][0] if one.identity.key in own else None
        succeeded = set(one.succeeded)
        fell = tuple(case for case in users if case.identity.id in succeeded)[:MOST_NAMED]
        cards.append(CampaignCard(campaign=one, own=case, fell=fell, folded=folded.get(case.id, 0) if case else 0))
    return cards
