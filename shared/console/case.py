"""The page of one case: its versions and what changed between them, where it was sent, who looks, what was said."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shared.clients import Services
from shared.console.acknowledgements import acknowledgement_of
from shared.console.differences import MOST_CHANGES, Differences, differences
from shared.console.page import Page, mark_of
from shared.console.reading import each
from shared.deliver.changes import changes_between
from shared.errors import InvalidRequestError, NotFoundError
from shared.models.cases import Campaign, Case, Parked, TriageRequest
from shared.models.dossier import Fact
from shared.models.reports import Report
from shared.state.interface import State

MOST_VERSIONS = 20
"""The latest ones are listed; any older one opens by its number."""


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One version, with what it says that the one before did not."""

    report: Report
    changes: tuple[str, ...]
    before: int | None
    """Number of the version before it, where that is still kept."""

    @property
    def is_first(self) -> bool:
        """Say whether nothing was before it."""
        return self.report.version == 1


async def case_page(case_id: str, query: Mapping[str, str], services: Services) -> Page:
    """Return the page of a case. Raises NotFoundError, and InvalidRequestError for versions that are no numbers."""
    state = services.state
    stored = await state.case(case_id)
    if stored is None:
        raise NotFoundError("no such case", hint="It was forgotten or erased, or never was: look in the list of cases.")
    case, etag = stored
    before, after = _number(query, "before"), _number(query, "after")
    deliveries, opinions = await state.deliveries(case_id), await state.feedback(case_id)
    looked = await acknowledgement_of(case_id, state)
    campaigns, parked = await state.campaigns(), await state.parked_names()

    async def content() -> dict[str, Any]:
        latest = await state.report(case_id)
        versions = await _versions(case_id, latest, state)
        return {
            "case": case,
            "latest": latest,
            "plan": _plan(latest),
            "versions": versions,
            "most_versions": MOST_VERSIONS,
            "compared": await _compared(case_id, before, after, state),
            "deliveries": deliveries,
            "opinions": opinions,
            "looked": looked,
            "notice": "Feedback is kept." if query.get("said") else "",
            "members": _members(latest),
            "last_at": next((one.last_at for one in campaigns if one.id == case.identity.id), case.last_signal_at),
            "campaigns": await _part_of(case, campaigns, state),
            "parked": [one for one in await state.parked() if _is_of(one, case)] if parked else [],
        }

    mark = mark_of(etag, deliveries, opinions, looked, campaigns, parked, before, after)
    return Page(template="case.html.j2", mark=mark, content=content)


async def _versions(case_id: str, latest: Report | None, state: State) -> list[VersionLine]:
    """Return the latest versions, newest first."""
    if latest is None:
        return []
    numbers = range(latest.version, max(0, latest.version - MOST_VERSIONS - 1), -1)
    read = await each(numbers, lambda number: state.report(case_id, number))
    kept = [report for report in read if report is not None]
    lines = []
    for place, report in enumerate(kept[:MOST_VERSIONS]):
        earlier = kept[place + 1] if place + 1 < len(kept) else None
        changes = changes_between(earlier, report, most=MOST_CHANGES).lines
        lines.append(VersionLine(report=report, changes=changes, before=earlier.version if earlier else None))
    return lines


async def _compared(case_id: str, before: int | None, after: int | None, state: State) -> Differences | None:
    """Return two versions that somebody asked to see side by side. Raises NotFoundError."""
    if before is None or after is None:
        return None
    was, now = await state.report(case_id, before), await state.report(case_id, after)
    if was is None or now is None:
        raise NotFoundError("no such version", hint="Choose two versions of the list.")
    return differences(was, now)


async def _part_of(case: Case, campaigns: Sequence[Campaign], state: State) -> list[tuple[Campaign, Case | None]]:
    """Return the campaigns that hit this identity, each with its own case where it has one."""
    found = [one for one in campaigns if case.identity.id in (*one.targeted, *one.succeeded)]
    own = await state.current_cases([one.identity.key for one in found])
    return [(one, own[one.identity.key][0] if one.identity.key in own else None) for one in found]


def _members(report: Report | None) -> list[tuple[str, list[Fact]]]:
    """Return the members of a campaign as its report names them, those who fell first; none of another case."""
    if report is None or report.identity.kind != "campaign":
        return []
    groups = (("Compromised", "campaign.fell"), ("Not known to be compromised", "campaign.member"))
    return [(title, facts) for title, kind in groups if (facts := report.dossier.all(kind))]


def _plan(report: Report | None) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return number in the report and title of the suggested actions, those to do now first; a title once each time."""
    if report is None:
        return []
    actions = {action.id: action for action in report.assessment.actions}
    steps = enumerate((actions[step.action_id] for step in report.summary.steps if step.action_id in actions), start=1)
    groups: dict[str, dict[str, int]] = {"now": {}, "next": {}, "later": {}}
    for number, action in steps:
        groups[action.when].setdefault(action.title, number)
    return [(when, [(number, title) for title, number in titles.items()]) for when, titles in groups.items() if titles]


def _is_of(parked: Parked, case: Case) -> bool:
    """Say whether a request that failed for good was for this case."""
    if parked.kind != "triage":
        return False
    try:
        return msgspec.json.decode(parked.body, type=TriageRequest).case_id == case.id
    except msgspec.DecodeError:
        return False  # it is on the page of what is stuck, with its reason


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if text and not (text.isdecimal() and len(text) < 9):
        raise InvalidRequestError("a version that is no number", hint=f"`{name}` is a whole number from 1.")
    return int(text) if text else None
