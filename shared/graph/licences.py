"""Which licences a tenant has, by the service plans of its subscriptions."""

from collections.abc import Sequence

import msgspec

from shared.graph.queries import P1, P2
from shared.graph.workload_queries import WORKLOAD_LICENCE

P1_PLAN, P2_PLAN = "AAD_PREMIUM", "AAD_PREMIUM_P2"
PLANS: dict[str, tuple[str, ...]] = {
    P1: (P1_PLAN, P2_PLAN),
    P2: (P2_PLAN,),
    WORKLOAD_LICENCE: ("AAD_WRKLDID_P1", "AAD_WRKLDID_P2"),
}
"""Service plans (learn.microsoft.com, product names and service plan identifiers) that give each licence."""
ACTIVE = {"enabled", "warning"}
"""States of a subscription in which its features work; ``Warning`` is the time of grace after it ended."""


class Plan(msgspec.Struct, rename="camel"):
    """One service plan of a subscription."""

    service_plan_name: str | None = None


class Subscription(msgspec.Struct, rename="camel"):
    """One element of ``/subscribedSkus``."""

    capability_status: str | None = None
    service_plans: list[Plan] = []


def licences_of(subscriptions: Sequence[Subscription]) -> frozenset[str]:
    """Return the licences that active subscriptions hold."""
    plans = {
        plan.service_plan_name
        for one in subscriptions
        if (one.capability_status or "enabled").lower() in ACTIVE
        for plan in one.service_plans
    }
    return frozenset(licence for licence, names in PLANS.items() if not plans.isdisjoint(names))
