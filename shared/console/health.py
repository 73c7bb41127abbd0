"""The page of health: what is set up, what waits, what Graph refuses, and how much of its limits is used."""

from typing import Any

import msgspec

from shared.ask.access import refusals
from shared.ask.capabilities import capabilities
from shared.clients import Services
from shared.clock import iso
from shared.console.page import Page, mark_of
from shared.graph.budgets import Level
from shared.settings import Settings
from shared.state.interface import QUEUES

MOST_PEEKED = 32
"""A queue shows at most so many of its messages."""


class QueueLength(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages wait in a queue, as far as it shows them."""

    name: str
    waiting: int

    @property
    def words(self) -> str:
        """Return the number, honest where there may be more."""
        return f"{self.waiting} or more" if self.waiting >= MOST_PEEKED else str(self.waiting)


async def health_page(services: Services) -> Page:
    """Return the page. It is as fresh as its answer: everything in it is read for its mark too."""
    state = services.state
    cases = await state.open_cases()
    queues = [QueueLength(name=name, waiting=len(await state.peek(name, MOST_PEEKED))) for name in QUEUES]
    levels: list[Level] = await services.graph.levels()
    can = await capabilities(services)
    shown = {
        "counts": await state.counts(),
        "waiting": [case for case in cases if case.needs_triage],
        "parked": len(await state.parked_names()),
        "queues": queues,
        "levels": levels,
        "paused": {bucket: iso(until) for bucket, until in services.graph.paused_until().items()},
        "refusals": await refusals(services),
        "unusable": [(one.title, one.why_not) for one in can.value if not one.usable],
        "usable": sum(one.usable for one in can.value),
        "permissions_known_from": can.permissions_known_from,
        "settings": _settings(services.settings),
    }

    async def content() -> dict[str, Any]:
        return {**shown, "now": services.clock()}

    return Page(template="health.html.j2", mark=mark_of(shown), content=content)


def _settings(settings: Settings) -> list[tuple[str, str]]:
    """Return what is set up, in words; no secret and no address."""
    model = "none: templates write" if settings.model_provider == "offline" else settings.model
    return [
        ("Tickets", f"{settings.delivery_mode}: {', '.join(settings.destinations)}"),
        ("Language model", model),
        ("State", "Azure Storage" if settings.state_store == "azure" else "a file on this machine"),
        ("Risk", "streamed, and read from Graph each minute" if settings.poll_risk else "streamed"),
        ("Share of Graph's limits", f"{settings.graph_share:.0%}" if settings.graph_share <= 1 else "not held to any"),
        ("Policy", settings.policy.fingerprint),
        ("Kept", f"ended cases {settings.keep_days} days, prompts {settings.prompt_keep_days} days"),
    ]
