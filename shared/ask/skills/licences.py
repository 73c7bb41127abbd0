"""Licences of the tenant: what it subscribes to, how much of it is used, and its Entra ID P1 and P2."""

from collections.abc import Mapping
from typing import Any

from shared.ask.found import items, reply
from shared.ask.look import Look
from shared.ask.skill import Cell, InputValue, Reply, skill
from shared.ask.tables import field, inside, table
from shared.ask.telling import are, is_cut, names
from shared.enrich.statement import counted, listed
from shared.graph.licences import P1_PLAN, P2_PLAN
from shared.graph.queries import P1, Query

PERMISSION = "LicenseAssignment.Read.All"
PATH = "/subscribedSkus"
SKUS = (
    field("skuPartNumber", "Licence", "Name of the subscribed product, as Microsoft's part number"),
    field("capabilityStatus", "Status", "Enabled, Warning, Suspended, Deleted, LockedOut"),
    field("prepaidUnits.enabled", "Bought", "Units that may be assigned", "enabled_units"),
    field("consumedUnits", "Assigned", "Units that are assigned"),
    field("free", "Free", "Units that are left; negative when more are assigned than bought"),
    field("premium", "Entra ID", "P1 or P2 where the product holds that plan"),
    field("appliesTo", "For", "User or Company"),
    field("skuId", "Sku id", "Id that users' licences carry"),
)
USAGE = (
    field("feature", "Feature", "Feature that needs the licence"),
    field("licence", "Licence", "P1 or P2"),
    field("users", "Users", "Users who used it, as Graph counts them"),
)
_FEATURES = {
    "p1FeatureUtilizations.conditionalAccess": ("Conditional Access", "P1"),
    "p1FeatureUtilizations.conditionalAccessGuestUsers": ("Conditional Access for guests", "P1"),
    "p2FeatureUtilizations.riskBasedConditionalAccess": ("Risk-based Conditional Access", "P2"),
    "p2FeatureUtilizations.riskBasedConditionalAccessGuestUsers": ("Risk-based Conditional Access for guests", "P2"),
}


@skill(
    id="tenant_licences",
    area="tenant",
    title="Licences of the tenant",
    description="Every active licence of the tenant with units bought and assigned; not who holds one.",
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "What are all the active licenses assigned to my tenant?",
        "Which licences does my tenant have?",
        "List our subscriptions and how many units are free",
        "How many licences are left?",
        "show subscribed SKUs",
        "are any of our licenses used up",
    ),
)
async def tenant_licences(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read ``/subscribedSkus``."""
    answers = await look.read(_skus(look))
    found = items(answers, "skus")
    if found is None:
        return reply(answers, ())
    rows = [_sku(one) for one in found]
    active = [row for row in rows if row.get("capabilityStatus") == "Enabled"]
    full = [row for row in active if row["free"] is not None and row["free"] <= 0]
    return reply(
        answers,
        (
            f"The tenant has {counted(len(active), 'active licence')}: {_names(active)}."
            if active
            else "The tenant has no active licence.",
            f"No unit is left of {_names(full)}." if full else "",
            f"{are(len(rows) - len(active), 'licence')} not active any more." if len(rows) > len(active) else "",
        ),
        tables=(table("Licences", SKUS, rows, complete=not is_cut(answers, "skus")),),
        facts={"active_licences": len(active), "used_up": tuple(str(row["skuPartNumber"]) for row in full)},
        follow_ups=("How many Microsoft Entra P1/P2 licenses do I have?", "List users without assigned licenses."),
    )


@skill(
    id="premium_licences",
    area="tenant",
    title="Number of P1 and P2 licences",
    description="How many Entra ID P1 and P2 licences the tenant bought and assigned; not which features use them.",
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "How many Microsoft Entra P1/P2 licenses do I have?",
        "Count of P1/P2 Microsoft Entra licenses.",
        "Number of Microsoft Entra ID P1/P2 licenses.",
        "Do we have Entra ID P2?",
        "How many P2 licences are free?",
        "how many Entra premium licences are assigned",
    ),
)
async def premium_licences(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read ``/subscribedSkus`` and add up the products that hold a premium plan."""
    answers = await look.read(_skus(look))
    found = items(answers, "skus")
    if found is None:
        return reply(answers, ())
    rows = [
        row for one in found if (row := _sku(one))["premium"] and one.get("capabilityStatus") in ("Enabled", "Warning")
    ]
    facts: dict[str, Cell | tuple[str, ...]] = {}
    said = []
    for plan in ("P1", "P2"):
        mine = [row for row in rows if row["premium"] == plan]
        bought, used = (
            sum(int(inside(row, path) or 0) for row in mine) for path in ("prepaidUnits.enabled", "consumedUnits")
        )
        facts |= {f"{plan.lower()}_licences": bought, f"{plan.lower()}_assigned": used}
        said.append(f"{bought} with {plan} ({used} assigned)")
    return reply(
        answers,
        (
            f"The tenant has {listed(said)} by {_names(rows)}." if rows else "The tenant has no Entra ID P1 or P2.",
            "Whoever has P2 has what P1 gives too." if facts["p2_licences"] else "",
        ),
        tables=(table("Licences with Entra ID P1 or P2", SKUS, rows, complete=not is_cut(answers, "skus")),),
        facts=facts,
        follow_ups=("What is the usage of Microsoft Entra P1/P2 license?",),
    )


@skill(
    id="premium_usage",
    area="tenant",
    title="Usage of P1 and P2",
    description="How many users use features that need Entra ID P1 or P2, by the beta report of licence insight.",
    permissions=("Reports.Read.All",),
    licence=P1,
    paths=("/beta/reports/azureADPremiumLicenseInsight",),
    examples=(
        "What is the usage of Microsoft Entra P1/P2 license?",
        "Show me P1/P2 feature utilization.",
        "Provide Microsoft Entra P1/P2 license usage details.",
        "How many users use Conditional Access features?",
        "Are we using more P2 than we bought?",
        "premium licence utilization",
    ),
)
async def premium_usage(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read ``/beta/reports/azureADPremiumLicenseInsight``."""
    answers = await look.read(
        look.query(
            "insight",
            "/reports/azureADPremiumLicenseInsight",
            what="the usage of premium licences",
            permission="Reports.Read.All",
            licence=P1,
            bucket="reports",
            version="beta",
        )
    )
    found = items(answers, "insight")
    if not found:
        return reply(answers, ())
    insight = found[0]
    rows = [
        {"feature": name, "licence": plan, "users": inside(insight, f"{path}.userCount")}
        for path, (name, plan) in _FEATURES.items()
    ]
    known = [row for row in rows if row["users"] is not None]
    p1, p2 = insight.get("entitledP1LicenseCount"), insight.get("entitledP2LicenseCount")
    over = [row for row in known if row["users"] > (p2 or 0) + (0 if row["licence"] == "P2" else p1 or 0)]
    said = listed(f"{row['feature']}: {counted(int(row['users'] or 0), 'user')}" for row in known)
    return reply(
        answers,
        (
            f"The tenant is entitled to {p1} P1 and {p2} P2 licences.",
            f"{said}." if known else "Graph counts no use of premium features.",
            f"More users than licences: {names(row['feature'] for row in over)}." if over else "",
            "The report is in beta.",
        ),
        tables=(table("Usage of premium features", USAGE, rows),),
        facts={
            "entitled_p1": p1,
            "entitled_p2": p2,
            "over_used": tuple(str(row["feature"]) for row in over),
        },
        follow_ups=("How many Microsoft Entra P1/P2 licenses do I have?",),
    )


def _skus(look: Look) -> Query:
    return look.query("skus", look.api.subscribed_skus, what="licences of the tenant", permission=PERMISSION, pages=2)


def _sku(one: dict[str, Any]) -> dict[str, Any]:
    plans = {
        str(plan.get("servicePlanName"))
        for plan in one.get("servicePlans") or []
        if plan.get("provisioningStatus") != "Disabled"
    }
    enabled, consumed = inside(one, "prepaidUnits.enabled"), one.get("consumedUnits")
    free = None if enabled is None or consumed is None else enabled - consumed
    return {**one, "free": free, "premium": "P2" if P2_PLAN in plans else "P1" if P1_PLAN in plans else None}


def _names(rows: list[dict[str, Any]]) -> str:
    return names(row.get("skuPartNumber") for row in rows)
