"""Turn what Graph answered to each query into items, absence, or a gap that names what would mend it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from shared.graph.queries import Query
from shared.models.dossier import Gap, Source

type Reason = Literal["denied", "unlicensed", "throttled", "failed", "not_asked"]

NO_TIME = "no time was left"
"""Detail of the gap of a query that its deadline kept from being asked."""
PASSING = {"throttled", "failed", "not_asked"}
LATER = "Nothing to mend: the next update of this case asks again."
_LICENCE = re.compile(r"licen[cs]e|nonpremium|premium", re.IGNORECASE)
_CODE = re.compile(r"[^A-Za-z0-9_.:-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one query: ``found`` (perhaps nothing, perhaps not all), ``absent`` (404), or ``missing``."""

    query: Query
    state: Literal["found", "absent", "missing"]
    items: tuple[msgspec.Raw, ...] = ()
    """Elements of a collection, or the one resource, as raw JSON."""
    gaps: tuple[Gap, ...] = ()
    total: int | None = None
    """How many there are in all, where the query asked with ``$count``."""
    read_at: datetime | None = None
    """When it was read, where that was not just now."""
    rest: str | None = None
    """URL of the first page that was not read, as a query's; None when all were, or its link leads elsewhere."""


@dataclass(slots=True)
class Answers(Mapping[str, Answer]):
    """Answers by query id, in the order of asking, with the HTTP requests they took."""

    by_id: dict[str, Answer] = field(default_factory=dict)
    round_trips: int = 0

    def __getitem__(self, query_id: str) -> Answer:
        """Return the answer to a query that was asked."""
        return self.by_id[query_id]

    def __iter__(self) -> Iterator[str]:
        """Iterate over query ids."""
        return iter(self.by_id)

    def __len__(self) -> int:
        """Return how many queries were asked."""
        return len(self.by_id)

    def is_absent(self, query_id: str) -> bool:
        """Say whether Graph answered that there is no such thing."""
        return query_id in self.by_id and self.by_id[query_id].state == "absent"

    def is_complete(self, query_id: str) -> bool:
        """Say whether the query was asked and everything was read."""
        answer = self.by_id.get(query_id)
        return answer is not None and answer.state != "missing" and not answer.gaps

    def decode[T](self, query_id: str, kind: type[T]) -> list[T] | None:
        """Return the items as a type, or None when there is no answer.

        An answer that does not fit the type becomes a gap: a part of it would pass for the whole.
        """
        answer = self.by_id.get(query_id)
        if answer is None or answer.state != "found":
            return None
        try:
            return [msgspec.json.decode(item, type=kind) for item in answer.items]
        except msgspec.DecodeError:
            gap = gap_of(answer.query, "failed", "200 malformed")
            self.by_id[query_id] = replace(answer, state="missing", items=(), gaps=(gap,))
            return None

    def ref(self, query_id: str) -> str:
        """Return the URL of a query, for sources."""
        return self.by_id[query_id].query.ref

    def ages(self) -> dict[str, datetime]:
        """Return when what was not read just now was read, by the URL that sources name."""
        return {answer.query.ref: answer.read_at for answer in self.by_id.values() if answer.read_at}

    def gaps(self) -> list[Gap]:
        """Return all gaps, in the order of asking."""
        return [gap for answer in self.by_id.values() for gap in answer.gaps]


class _Error(msgspec.Struct):
    code: str | None = None
    message: str | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


class _Page(msgspec.Struct):
    value: list[msgspec.Raw] | None = None
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    count: int | None = msgspec.field(name="@odata.count", default=None)


def gap_of(query: Query, reason: Reason, detail: str, *, mend: str | None = None) -> Gap:
    """Return the gap that a query leaves; its id is given when the dossier is numbered."""
    mends: dict[Reason, str] = {
        "denied": f"Grant the app `{query.permission}`.",
        "unlicensed": f"Needs a licence for {query.licence or 'the feature'}.",
        "throttled": LATER,
        "failed": "The next update of this case asks again; if it fails again, look at the health of Microsoft Graph.",
        "not_asked": LATER,
    }
    source = Source(kind="graph", ref=query.ref)
    return Gap(
        id="",
        kinds=query.kinds,
        what=query.what,
        reason=reason,
        detail=detail,
        mend=mend or mends[reason],
        source=source,
        is_passing=mend is None and reason in PASSING,
    )


def not_asked(query: Query) -> Answer:
    """Return the answer of a query whose budget is spent."""
    return Answer(query=query, state="missing", gaps=(gap_of(query, "not_asked", f"{query.bucket} budget is spent"),))


def paused(query: Query) -> Answer:
    """Return the answer of a query whose service is left alone, as Graph asked or because it is failing."""
    return failed(query, "throttled", f"{query.bucket} is left alone after refusals or failures")


def failed(query: Query, reason: Reason, detail: str, *, mend: str | None = None) -> Answer:
    """Return the answer of a query that failed."""
    return Answer(query=query, state="missing", gaps=(gap_of(query, reason, detail, mend=mend),))


def refused(query: Query, status: int, body: msgspec.Raw) -> Answer:
    """Return the answer for a status that another try would not change."""
    code, message = _error_in(body)
    detail = f"{status} {code}".strip()
    if status == 404:
        return Answer(query=query, state="absent") if query.absence_is_fact else failed(query, "failed", detail)
    if status in {400, 402, 403} and _LICENCE.search(f"{code} {message}"):
        return failed(query, "unlicensed", detail)
    return failed(query, "denied" if status in {401, 403} else "failed", detail)


class PageOf(NamedTuple):
    """What one response holds."""

    items: tuple[msgspec.Raw, ...]
    link: str | None
    """To the next page."""
    total: int | None


def withheld(query: Query, items: Iterable[msgspec.Raw]) -> tuple[Gap, ...]:
    """Return a gap for each kind of object of which Graph gave no more than type and id, for the lack of a permission.

    Graph leaves the other properties out, or writes them as null. Raises msgspec.DecodeError.
    """
    if not query.parts:
        return ()
    found = [msgspec.json.decode(item, type=dict[str, Any]) for item in items]
    bare = {
        str(item.get("@odata.type", "")).rpartition(".")[2]
        for item in found
        if not any(value is not None for name, value in item.items() if name not in {"@odata.type", "id"})
    }
    return tuple(
        gap_of(query, "denied", f"200 no properties of {kind}", mend=f"Grant the app `{permission}`.")
        for kind, permission in query.parts
        if kind in bare
    )


def page_of(body: msgspec.Raw) -> PageOf:
    """Return the items of a page, or the one resource. Raises msgspec.DecodeError for another shape."""
    page = msgspec.json.decode(body, type=_Page)
    if page.value is None:
        return PageOf((body,), None, None)
    return PageOf(tuple(page.value), page.next_link, page.count)


def error_code(body: msgspec.Raw) -> str:
    """Return Graph's error code, safe to log: letters, digits and dots, at most 80."""
    return _error_in(body)[0]


def _error_in(body: msgspec.Raw) -> tuple[str, str]:
    try:
        error = msgspec.json.decode(body, type=_ErrorBody).error
    except msgspec.DecodeError:
        return "", ""
    return _CODE.sub("", error.code or "")[:80], error.message or ""
