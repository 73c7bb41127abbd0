"""Earlier cases of the same identity."""

from collections.abc import Iterator

from shared.enrich.statement import fact
from shared.enrich.view import View
from shared.models.dossier import Fact, Source


def previous_cases(view: View) -> Iterator[Fact]:
    """Yield one fact for each earlier case."""
    for case_id in view.case.previous_case_ids:
        source = Source(kind="state", ref=case_id)
        yield fact("case.previous", f"The identity had an earlier case, {case_id}.", source, case_id=case_id)
