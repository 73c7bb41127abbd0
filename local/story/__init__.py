"""The demo's story: two days at Woodgrove Bank, the same bytes in every run.

``tenant()`` is what Graph answers, ``events()`` what Event Hubs delivers, ``NOW`` the moment it is told from.
Each protagonist has a module of their own; ``background`` is the noise around them.
"""

from local.story import (
    guest,
    leaked_credentials,
    mfa_fatigue,
    password_spray,
    self_remediated,
    session_theft,
    traveller,
)
from local.story.asked_about import asked_about
from local.story.background import noise
from local.story.delivery import HubEvent, delivered, with_text_properties, without_id
from local.story.everyday import comers_and_goers, everyday
from local.story.governed import governed
from local.story.holdings import Holdings
from local.story.moments import NOW
from local.story.portal import seen_in_the_portal
from local.story.staff import everyone_else
from local.story.streamed import Streamed
from local.story.tenant import Tenant, latest, tenant_of

__all__ = ["NOW", "HubEvent", "events", "protagonists", "tenant"]

_STORIES = (session_theft, leaked_credentials, password_spray, mfa_fatigue, traveller, self_remediated, guest)


def tenant() -> Tenant:
    """Return the tenant file of Woodgrove Bank: Graph path to what Graph answers there."""
    people = [*protagonists(), *everyone_else(), *comers_and_goers()]
    sign_ins = latest([*(streamed for one in people for streamed in one.history), *_readable()], "SignInLogs")
    bank = seen_in_the_portal(tenant_of(people, _readable(), workloads=True))
    return asked_about(governed({**bank, **everyday(bank)}), people, sign_ins)


def events() -> list[HubEvent]:
    """Return the Event Hubs messages in the order they arrive, duplicates and unreadable ones among them."""
    records = _readable()
    sign_ins = [streamed for streamed in noise() if streamed.category == "SignInLogs"]
    spoiled = [with_text_properties(sign_ins[11]), without_id(sign_ins[29])]
    return delivered([*records, *spoiled])


def protagonists() -> list[Holdings]:
    """Return what the tenant knows of the seven people whom the story is about."""
    return [story.holdings() for story in _STORIES]


def _readable() -> list[Streamed]:
    return [*(streamed for story in _STORIES for streamed in story.records()), *noise()]
