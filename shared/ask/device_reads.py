"""The query for devices by a condition."""

from shared.ask.fields import DEVICE_SELECT
from shared.ask.found import MOST_PAGES, PAGE
from shared.ask.look import Look
from shared.graph.queries import Query


def devices_query(look: Look, query_id: str, condition: str | None, *, top: int = PAGE) -> Query:
    """Return the query for devices for which a condition holds (all for none); with ``top=1`` only to count them."""
    return look.query(
        query_id,
        look.api.devices,
        what="devices",
        permission="Device.Read.All",
        pages=1 if top == 1 else MOST_PAGES,
        is_advanced=True,
        filter=condition,
        select=["id"] if top == 1 else DEVICE_SELECT,
        top=top,
    )
