"""Our own campaigns: one cause that hit many identities."""

from collections.abc import Mapping
from typing import Any

from shared.ask.look import Look
from shared.ask.own import (
    subjects_of,
)
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.clock import iso
from shared.enrich.statement import counted
from shared.hostile import clean
from shared.models.cases import Campaign, Case
from shared.models.dossier import Source

STATE = Source(kind="state", ref="cases")
CAMPAIGNS = (
    field("id", "Campaign", "Id of the campaign"),
    field("kind", "Kind", "What it is: password_spray, or shared_source for one source that met many"),
    field("case_id", "Case", "The campaign's own case, whose ticket names who fell; empty for a spray that found none"),
    field("status", "Status", "open or closed, of that case"),
    field("asn", "Network", "Autonomous system number, where the source is a network"),
    field("user_agent", "Client", "What all of a shared source showed as their client"),
    field("ip_address", "Address", "Where it came from; empty when from many addresses"),
    field("addresses", "Addresses", "From how many addresses it came"),
    field("first_at", "First", "First try, UTC"),
    field("last_at", "Last", "Latest try, UTC"),
    field("targeted", "Tried", "How many users were tried"),
    field("succeeded", "Succeeded", "For how many users the password was right, or who are compromised"),
    field("hit", "Hit", "Those users: their names where they have a case, else object ids"),
)


@skill(
    id="campaigns",
    area="cases",
    title="Campaigns",
    description="Attacks that hit many identities alike, password sprays too: from where, whom they tried, who fell.",
    examples=(
        "Is there a password spray?",
        "Show me campaigns",
        "Which users did the password spray hit?",
        "Are many users attacked at once?",
        "Are we under attack?",
        "list password spray campaigns",
    ),
)
async def campaigns(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read campaigns, and the names of those whom they hit from their cases."""
    every = sorted(await look.state.campaigns(), key=lambda one: (one.last_at, one.id), reverse=True)
    cases = {case.identity.id: case for case in reversed(await look.state.cases())}
    sprays = all(one.kind == "password_spray" for one in every)
    rows = [_campaign(one, cases) for one in every]
    hit = [cases[user] for one in every for user in one.succeeded if user in cases]
    what = counted(len(every), "password spray" if sprays else "campaign")
    text = f"{what} {'was' if len(every) == 1 else 'were'} seen" if every else ""
    if every:
        latest = every[0]
        text += f"; the latest, at {iso(latest.last_at)}, tried {counted(len(latest.targeted), 'user')}"
        text += (
            f" and {'had the password of' if latest.kind == 'password_spray' else 'got in at'} {len(latest.succeeded)}"
        )
    return Reply(
        text=f"{text}." if text else "No campaign was seen in the sign-ins that were streamed here.",
        tables=(table("Campaigns", CAMPAIGNS, rows),),
        facts={
            "campaigns": len(every),
            "users_tried": len({user for one in every for user in one.targeted}),
            "users_hit": len({user for one in every for user in one.succeeded}),
        },
        sources=(Source(kind="state", ref="campaigns"), STATE),
        subjects=subjects_of(*hit),
        follow_ups=(
            *(f"What would you do about {case.id}?" for case in hit[:2]),
            "Which risky users are still open, worst first?",
        ),
    )


def _campaign(one: Campaign, cases: Mapping[str, Case]) -> dict[str, Any]:
    case = cases.get(one.id)
    hit = [clean(cases[user].identity.name or user) if user in cases else user for user in one.succeeded]
    return {
        "id": one.id,
        "kind": one.kind,
        "case_id": case.id if case else None,
        "status": case.status if case else None,
        "asn": one.asn,
        "user_agent": clean(one.user_agent) or None,
        "ip_address": one.ip_address or None,
        "addresses": one.addresses,
        "first_at": iso(one.first_at),
        "last_at": iso(one.last_at),
        "targeted": len(one.targeted),
        "succeeded": len(one.succeeded),
        "hit": hit,
    }
