"""What telemetry tells of a batch: how many items, which of Graph's limits they fall under, how they were answered."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from shared.errors import DependencyError
from shared.graph.batch import TOO_MANY, Response
from shared.graph.queries import Bucket
from shared.telemetry import count, error_name, measure, span


@contextmanager
def batch_counted(buckets: Mapping[str, Bucket]) -> Iterator[dict[str, Response]]:
    """Count one batch, whose items fall under these limits; what the block puts into the dictionary answers them."""
    responses: dict[str, Response] = {}
    error: str | None = None
    with span("graph batch", requests=len(buckets)) as work:
        try:
            yield responses
        except DependencyError as failure:
            error = error_name(failure)
            raise
        finally:
            count("round_trips", error=error)
            outcomes = Counter((bucket, _outcome(responses.get(item))) for item, bucket in buckets.items())
            for (bucket, outcome), items in outcomes.items():
                count("graph_answers", items, bucket=bucket, outcome=outcome)
            work.note(
                answers_throttled=sum(items for (_, outcome), items in outcomes.items() if outcome == "throttled"),
                answers_failed=sum(items for (_, outcome), items in outcomes.items() if outcome == "failed"),
            )
    for item, response in responses.items():
        if used := quota_used(response):
            measure("graph_quota", used, bucket=buckets[item])


def quota_used(response: Response) -> float:
    """Return the share of the quota that the directory says is used; it says so from 0.8 on."""
    try:
        return float(response.header("x-ms-throttle-limit-percentage") or 0)
    except ValueError:
        return 0.0


def _outcome(response: Response | None) -> str:
    """Return how an item was answered: a refusal for good (403, 404) is an answer too."""
    if response is None or response.status >= 500:
        return "failed"
    return "throttled" if response.status == TOO_MANY else "answered"
