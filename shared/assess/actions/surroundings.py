"""Actions that look beyond the account: the same source elsewhere, its address, the policies, and waiting."""

import ipaddress
from collections.abc import Iterable
from datetime import timedelta

from shared.assess.entry import OUTSIDE_GRAPH, action
from shared.assess.situation import Need, Proposal, Situation, body_of, query
from shared.assess.values import address_of, ids
from shared.clock import iso

MOST_HUNTS = 3
LOOK_BACK = timedelta(days=1)
WITHOUT_RISK = timedelta(days=7)
POLICY_GAPS = (
    "device_code_sign_in",
    "legacy_authentication_success",
    "mfa_fatigue_approved",
    "mfa_fatigue_denied",
    "risky_sign_in_succeeded",
    "ropc_sign_in",
    "single_factor_risky_sign_in",
)


@action(
    "Look for the same source elsewhere",
    rank=80,
    request="GET /auditLogs/signIns",
    permission="AuditLog.Read.All",
    role="Reports Reader",
    reversible=True,
    reversal="Nothing to undo: it only reads.",
    blast_radius="None.",
    does_not_fix=("Anything by itself", "Non-interactive sign-ins, which this request does not return"),
)
def hunt_same_source(situation: Situation) -> list[Proposal]:
    """Offered for each hostile address, the strangers' first, three at most."""
    if situation.verdict == "benign":
        return []
    starts = situation.reading.risk_times
    since = starts[0] - LOOK_BACK if starts else situation.reading.now - WITHOUT_RISK
    return [
        Proposal(
            when="next",
            why=f"Others may have been met by the same source, {address}.",
            facts=(fact.id,),
            method="GET",
            url="/auditLogs/signIns?" + query(f"$filter=ipAddress eq '{address}' and createdDateTime ge {iso(since)}"),
        )
        for address, fact in situation.hostile_addresses[:MOST_HUNTS]
    ]


@action(
    "Block the source address",
    rank=39,
    request="POST /identity/conditionalAccess/namedLocations",
    permission="Policy.ReadWrite.ConditionalAccess",
    role="Conditional Access Administrator",
    reversible=True,
    reversal="DELETE /identity/conditionalAccess/namedLocations/{the new location's id}.",
    blast_radius="Everybody behind the address, once a Conditional Access policy that blocks names the location.",
    does_not_fix=(
        "Anything, until a policy names the location",
        "Attackers who change their address",
    ),
)
def block_source_ip(situation: Situation) -> list[Proposal]:
    """Offered for hostile addresses; withheld when all of them are the user's own or trusted."""
    if not situation.is_attacked:
        return []
    who = situation.reading.identity.noun
    addresses = [address for address, _ in situation.hostile_addresses]
    named = [fact for fact in situation.reading.detections if address_of(fact)]
    if not addresses and not named:
        return []
    return [
        Proposal(
            when="next" if situation.verdict == "compromised" else "later",
            why=f"The risk came from these addresses, and none of the {who}'s own sign-ins did.",
            facts=ids(*(fact for _, fact in situation.hostile_addresses)) or situation.evidence,
            method="POST",
            url="/identity/conditionalAccess/namedLocations",
            body=hostile_location(addresses),
            needs=(
                situation.needs_open_case(),
                situation.needs_no_break_glass(),
                Need(
                    text=f"The address is not one that the {who} signs in from.",
                    met=bool(addresses),
                    otherwise=f"The {who}'s own sign-ins come from the same address.",
                ),
                Need(text="No other user depends on the address.", met=None),
            ),
        )
    ]


@action(
    "Review Conditional Access",
    rank=85,
    request="GET /identity/conditionalAccess/policies",
    permission="Policy.Read.All",
    role="Security Reader",
    reversible=True,
    reversal="Nothing to undo: it only reads.",
    blast_radius="None until a policy is changed.",
    does_not_fix=("This attack", "Users whom a policy leaves out"),
)
def review_conditional_access(situation: Situation) -> list[Proposal]:
    """Offered when a sign-in got past that a policy on risk, MFA strength or flow would have stopped."""
    if not situation.is_attacked or not situation.grounds.has(*POLICY_GAPS):
        return []
    return [
        Proposal(
            when="later",
            why="A stricter policy can stop the next sign-in like this one.",
            facts=situation.grounds.facts_of(*POLICY_GAPS),
            method="GET",
            url="/identity/conditionalAccess/policies",
        )
    ]


@action(
    "Keep watching",
    rank=90,
    permission=OUTSIDE_GRAPH,
    role="none",
    reversible=True,
    reversal="Nothing to undo.",
    blast_radius="None.",
    does_not_fix=("Anything by itself",),
)
def keep_watching(situation: Situation) -> list[Proposal]:
    """Offered unless the compromise is proven: the case is taken up again by the next signal."""
    if situation.verdict == "compromised":
        return []
    why = "Detections made offline can come late, and the next signal updates this case."
    return [Proposal(when="later", why=why, facts=situation.evidence)]


def hostile_location(addresses: Iterable[str]) -> str:
    """Return the body that makes a named location of addresses, each in normal form, for a policy to block."""
    ranges = [
        {
            "@odata.type": f"#microsoft.graph.iPv{parsed.version}CidrRange",
            "cidrAddress": f"{address}/{parsed.max_prefixlen}",
        }
        for address in addresses
        if (parsed := ipaddress.ip_address(address))
    ]
    return body_of(
        {
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "displayName": "Hostile addresses",
            "isTrusted": False,
            "ipRanges": ranges,
        }
    )
