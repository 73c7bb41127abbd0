"""What a skill looks with: Graph within the budget of one prompt, what the app itself keeps, and the time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from shared.graph.answers import Answer, Answers, not_asked
from shared.graph.queries import Bucket, Query, Version, url_of
from shared.graph.reader import GraphReader
from shared.models.dossier import Gap, Source
from shared.settings import Settings
from shared.state.interface import State

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient

MOST_REQUESTS = 40
"""Graph requests that one prompt may take, pages included."""
PATIENCE_SECONDS = 4.0
"""How long a spent budget is waited for: Identity Protection and Conditional Access take one request a second."""


class Spent(msgspec.Struct, kw_only=True):
    """What a prompt has used so far."""

    graph_requests: int = 0
    round_trips: int = 0


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A permission or a licence."""

    kind: Literal["permission", "licence"]
    name: str
    """Graph's name of the permission, or the name of the licence."""


class Look:
    """Handed to every look-up of one prompt."""

    def __init__(
        self, graph: GraphReader, state: State, settings: Settings, *, now: datetime, deadline: datetime | None = None
    ) -> None:
        self.state = state
        self.settings = settings
        self.now = now
        self.spent = Spent()
        self.asked: list[Source] = []
        """Every Graph URL of this prompt, look-ups of names included, in order."""
        self.refused: dict[Need, Gap] = {}
        """What Graph refused for the lack of, with the gap it left."""
        self.granted: set[Need] = set()
        """What an answer proves to be there."""
        self._graph = graph
        self._deadline = deadline or graph.deadline()
        self._counted: set[str] = set()

    @property
    def api(self) -> "GraphServiceClient":
        """Return msgraph-sdk's builders, for URLs."""
        return self._graph.api

    def query(
        self,
        query_id: str,
        builder: Any,
        *,
        what: str,
        permission: str,
        licence: str | None = None,
        bucket: Bucket = "directory",
        pages: int = 1,
        absence_is_fact: bool = False,
        is_advanced: bool = False,
        keep_seconds: int = 0,
        version: Version = "v1.0",
        **parameters: Any,
    ) -> Query:
        """Return a query for a builder (``look.api.users``), or for a path where the SDK has no builder (beta).

        ``parameters`` are OData options without the dollar: ``select``, ``filter``, ``top``, ``orderby``, ``expand``,
        ``search``, ``count``. ``is_advanced`` sets ``$count=true`` and the header that goes with it.
        """
        if is_advanced:
            parameters["count"] = True
        return Query(
            id=query_id,
            url=_path(builder, parameters) if isinstance(builder, str) else url_of(builder, **parameters),
            what=what,
            kinds=(query_id,),
            permission=permission,
            licence=licence,
            bucket=bucket,
            pages=pages,
            absence_is_fact=absence_is_fact,
            patience_seconds=PATIENCE_SECONDS,
            turn="prompt",
            is_advanced=is_advanced,
            keep_seconds=keep_seconds,
            version=version,
        )

    def count(self, query_id: str, builder: Any, *, what: str, permission: str, **parameters: Any) -> Query:
        """Return a query that only counts a collection of the directory: its answer's ``total``, with no gap."""
        self._counted.add(query_id)
        return self.query(
            query_id,
            builder,
            what=what,
            permission=permission,
            is_advanced=True,
            select=["id"],
            top=1,
            **parameters,
        )

    async def read(self, *queries: Query) -> Answers:
        """Return an answer for each query, all in one round trip and one more for each further page.

        What this prompt has no requests left for is answered with a gap that says so.
        """
        left = MOST_REQUESTS - self.spent.graph_requests
        asked, dropped = queries[: max(0, left)], queries[max(0, left) :]
        answers = await self._graph.read(asked, self._deadline) if asked else Answers()
        self.spent.graph_requests += sum(max(1, query.pages) for query in asked)
        self.spent.round_trips += answers.round_trips
        self.asked += sources(answers)
        for answer in answers.values():
            self._learn(answer)
        for query in dropped:
            answers.by_id[query.id] = not_asked(query)
        for query_id in self._counted & answers.keys():
            # Whoever only counts misses nothing of the pages that were left.
            if answers[query_id].state == "found":
                answers.by_id[query_id] = replace(answers[query_id], gaps=())
        return answers

    def _learn(self, answer: Answer) -> None:
        """Note which permission and licence an answer proves, or proves missing."""
        query = answer.query
        needs = [Need(kind="permission", name=query.permission)]
        if query.licence:
            needs.append(Need(kind="licence", name=query.licence))
        if answer.state != "missing":
            self.granted.update(needs)
        for gap in answer.gaps:
            if gap.reason == "denied":
                self.refused[needs[0]] = gap
            elif gap.reason == "unlicensed":
                self.refused[needs[-1]] = gap


def sources(answers: Answers) -> tuple[Source, ...]:
    """Return the Graph URL of every query that was asked; what only beta has begins with ``/beta/``."""
    return tuple(Source(kind="graph", ref=_ref(answer.query)) for answer in answers.values())


def _ref(query: Query) -> str:
    return query.ref if query.version == "v1.0" else f"/{query.version}/{query.ref.lstrip('/')}"


def _path(path: str, parameters: dict[str, Any]) -> str:
    from urllib.parse import quote

    def text(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return ",".join(value) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)

    options = "&".join(f"${name}={quote(text(value), safe=',')}" for name, value in parameters.items())
    return f"{path}?{options}" if options else path
