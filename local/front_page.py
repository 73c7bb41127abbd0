"""The local front page: cases worst first, with links to their reports."""

from functools import cache
from pathlib import Path

import jinja2

from local.outcome import SEVERITIES
from shared.clients import Services


async def front_page(services: Services, function_key: str) -> str:
    """Return the page; links carry the local key, so that a browser can open the reports."""
    rows = []
    for case in await services.state.cases():
        report = await services.state.report(case.id)
        if report is not None:
            rows.append((case, report))
    rows.sort(key=lambda row: (SEVERITIES.index(row[1].assessment.severity), -row[1].assessment.score, row[0].id))
    counts = await services.state.counts()
    return _page().render(rows=rows, counts=counts, key=function_key)


@cache
def _page() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("front_page.html.j2")
