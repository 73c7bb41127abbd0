"""A page of a query as it is asked, and what comes of it: an answer, perhaps a next page, or trouble that may pass."""

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from shared.clock import seconds_after
from shared.errors import AccessDeniedError, DependencyError, DependencyUnavailableError
from shared.graph.answers import Answer, Reason, error_code, failed, gap_of, page_of, refused, withheld
from shared.graph.batch import TOO_MANY, Request, Response
from shared.graph.budgets import pause_after_refusal
from shared.graph.queries import Bucket, Query, Turn

TRANSIENT = frozenset({408, 424, 429})
ELSEWHERE = "Look at what answers in Microsoft Graph's place: its links must stay below the base URL."
BOUNDED = "Nothing to mend: a triage reads a bounded number of pages; the rest can be read at the source."
NO_CREDENTIAL = "Check the app's credential and that its tenant allows it to call Microsoft Graph."
_PRIORITIES: dict[Turn, str] = {"urgent": "high", "ordinary": "low"}
"""What the directory sheds last and first when the tenant is over its quota; ``normal`` needs no saying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A page of a query that is to be read. ``before`` holds what earlier pages brought."""

    query: Query
    url: str
    page: int = 1
    before: tuple[msgspec.Raw, ...] = ()
    total: int | None = None

    def request(self, item: str) -> Request:
        """Return it as an item of a batch."""
        headers = {"ConsistencyLevel": "eventual"} if self.query.is_advanced else {}
        if self.query.bucket == "directory" and self.query.turn in _PRIORITIES:
            headers["x-ms-throttle-priority"] = _PRIORITIES[self.query.turn]
        return Request(id=item, url=self.url, headers=headers or msgspec.UNSET)

    def with_earlier_pages(self, answer: Answer) -> Answer:
        """Return the answer with what earlier pages brought: read in part, with the gap that says so."""
        if self.page == 1:
            return answer
        gaps = answer.gaps or (gap_of(self.query, "failed", "the next page is gone"),)
        return Answer(query=self.query, state="found", items=self.before, gaps=gaps, total=self.total, rest=self.url)


@dataclass(frozen=True, slots=True)
class Settled:
    """An answer that another try would not change, and the next page, where one is to be read."""

    answer: Answer
    following: Ask | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an item must be asked again, and the answer it gets when there is no time for that."""

    answer: Answer
    pause_seconds: float | None
    """None where nobody says when to come back."""


type Outcome = Settled | Trouble


def outcome_of(ask: Ask, response: Response | None, root: str, now: datetime) -> Outcome:
    """Return what one item came to. ``root``: where the version's paths begin; a next page elsewhere is not read."""
    if response is None:
        return _trouble(ask, "failed", "no answer in the batch", None)
    status = response.status
    if 200 <= status < 300:
        return _found(ask, response, root)
    if status in TRANSIENT or status >= 500:
        detail = f"{status} {error_code(response.body)}".strip()
        if status == TOO_MANY:
            return _trouble(ask, "throttled", detail, pause_of(response, ask.query.bucket, now))
        return _trouble(ask, "failed", detail, seconds_after(response.header("Retry-After"), now))
    return Settled(ask.with_earlier_pages(refused(ask.query, status, response.body)))


def outcome_of_failure(ask: Ask, error: DependencyError) -> Outcome:
    """Return what a POST that failed as a whole means for one of its items."""
    detail = " ".join(str(part) for part in (error.status, error.code) if part)
    if isinstance(error, DependencyUnavailableError):
        return _trouble(ask, "throttled" if error.status == TOO_MANY else "failed", detail, error.retry_after_seconds)
    if isinstance(error, AccessDeniedError):
        return Settled(ask.with_earlier_pages(failed(ask.query, "denied", detail, mend=NO_CREDENTIAL)))
    return Settled(ask.with_earlier_pages(failed(ask.query, "failed", detail)))


def pause_of(refusal: Response, bucket: Bucket, now: datetime) -> float:
    """Return the seconds for which a 429 asks to be left alone; where it does not say, those of the limit."""
    wait = seconds_after(refusal.header("Retry-After"), now)
    return pause_after_refusal(bucket) if wait is None else wait


def _trouble(ask: Ask, reason: Reason, detail: str, pause_seconds: float | None) -> Trouble:
    return Trouble(ask.with_earlier_pages(failed(ask.query, reason, detail)), pause_seconds)


def _found(ask: Ask, response: Response, root: str) -> Settled:
    if response.status == 204:
        return Settled(Answer(query=ask.query, state="found", items=ask.before))
    try:
        items, link, counted = page_of(response.body)
        hidden = withheld(ask.query, (*ask.before, *items))
    except msgspec.DecodeError:
        return Settled(ask.with_earlier_pages(failed(ask.query, "failed", f"{response.status} malformed")))
    total = ask.total if counted is None else counted
    answer = Answer(query=ask.query, state="found", items=(*ask.before, *items), gaps=hidden, total=total)
    return Settled(answer) if link is None else _with_more(ask, answer, _relative(link, root))


def _with_more(ask: Ask, answer: Answer, url: str | None) -> Settled:
    """Return an answer with the gap that more pages leave, and the next one, where it may be read."""
    if url is None:
        gap = gap_of(ask.query, "failed", "the next page is at another host or version", mend=ELSEWHERE)
        return Settled(replace(answer, gaps=(*answer.gaps, gap)))
    read = f"read the first {len(answer.items)}, there are more"
    truncated = gap_of(ask.query, "not_asked", read, mend=BOUNDED)
    following = Ask(query=ask.query, url=url, page=ask.page + 1, before=answer.items, total=answer.total)
    answer = replace(answer, gaps=(*answer.gaps, truncated), rest=url)
    return Settled(answer, following if ask.page < ask.query.pages else None)


def _relative(link: str, root: str) -> str | None:
    """Return a next link as a batch wants it, or None when it leaves our host or version: no token goes there."""
    return link[len(root) :] if link.lower().startswith(f"{root}/".lower()) else None
