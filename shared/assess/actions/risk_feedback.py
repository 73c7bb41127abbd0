"""Actions that tell Identity Protection what was found out."""

from shared.assess.entry import action
from shared.assess.situation import Proposal, Situation, body_of
from shared.assess.values import unique
from shared.models.dossier import Fact

WRITE_RISK = "IdentityRiskyUser.ReadWrite.All"
AT_HOME = "The risk of a guest is kept in the home tenant and can only be closed there."
FEEDBACK_ROLE = "Security Operator"


def _feedback(situation: Situation, verb: str, why: str, facts: tuple[str, ...]) -> Proposal:
    return Proposal(
        when=situation.urgent if verb == "confirmCompromised" else "next",
        why=why,
        facts=facts,
        method="POST",
        url=f"/identityProtection/riskyUsers/{verb}",
        body=body_of({"userIds": [situation.reading.identity.id]}),
        needs=(
            situation.needs_account(),
            situation.needs_member(AT_HOME),
            *(
                (situation.needs_open_case(), situation.needs_unconfirmed())
                if verb == "confirmCompromised"
                else (situation.needs_risk_state(),)
            ),
            situation.needs_p2(),
        ),
    )


@action(
    "Confirm the user as compromised",
    rank=70,
    permission=WRITE_RISK,
    role=FEEDBACK_ROLE,
    reversible=True,
    reversal="POST /identityProtection/riskyUsers/dismiss with the same body.",
    blast_radius="The user's risk becomes high, and risk-based Conditional Access acts on it at once.",
    does_not_fix=("Nothing is ended by it where no policy acts on user risk",),
)
def confirm_compromised(situation: Situation) -> list[Proposal]:
    """Offered when the compromise is proven and not yet confirmed."""
    if not situation.is_user or situation.verdict != "compromised":
        return []
    why = "The verdict is compromised; telling Entra lets policies act and teaches Identity Protection."
    return [_feedback(situation, "confirmCompromised", why, situation.evidence)]


@action(
    "Confirm the sign-ins as compromised",
    rank=71,
    permission="IdentityRiskEvent.ReadWrite.All",
    role=FEEDBACK_ROLE,
    reversible=True,
    reversal="POST /auditLogs/signIns/dismiss with the same body.",
    blast_radius="These sign-ins count as compromised, which raises the user's risk.",
)
def confirm_sign_in_compromised(situation: Situation) -> list[Proposal]:
    """Offered for strangers' sign-ins whose request ids are known."""
    strangers = [*situation.reading.foreign, *situation.reading.unexplained]
    requests = unique(fact.text_of("request_id") for fact in strangers)
    if not situation.is_user or situation.verdict != "compromised" or not requests:
        return []
    return [
        Proposal(
            when="next",
            why="These sign-ins succeeded, and nothing ties them to the user.",
            facts=_ids(strangers),
            method="POST",
            url="/auditLogs/signIns/confirmCompromised",
            body=body_of({"requestIds": requests}),
            needs=(situation.needs_member(AT_HOME), situation.needs_open_case(), situation.needs_p2()),
        )
    ]


def _for_user(situation: Situation) -> bool:
    return (
        situation.is_user and situation.verdict == "benign" and bool(situation.grounds.open_risk or situation.is_past)
    )


@action(
    "Confirm the user as safe",
    rank=72,
    permission=WRITE_RISK,
    role=FEEDBACK_ROLE,
    reversible=True,
    reversal="POST /identityProtection/riskyUsers/confirmCompromised with the same body.",
    blast_radius="The risk is removed as a false positive, and Identity Protection learns that this is normal.",
    does_not_fix=("It says that it was the user: ask first when nobody has",),
)
def confirm_safe(situation: Situation) -> list[Proposal]:
    """False positive: it was the user, and the detection was wrong."""
    if not _for_user(situation):
        return []
    why = "If the user says that it was them, the detection was wrong: Entra removes the risk and learns from it."
    return [_feedback(situation, "confirmSafe", why, _user_side(situation))]


@action(
    "Dismiss the risk",
    rank=73,
    permission=WRITE_RISK,
    role=FEEDBACK_ROLE,
    reversible=True,
    reversal="The risk comes back with the next detection, or by confirmCompromised with the same body.",
    blast_radius="The user's risk is closed; Identity Protection learns nothing and goes on judging as before.",
    does_not_fix=("The password and the sessions stay as they are",),
)
def dismiss_risk(situation: Situation) -> list[Proposal]:
    """Benign true positive: what was detected did happen, and is no harm."""
    if not _for_user(situation):
        return []
    why = "If it did happen but does no harm, as in a test or with an approved tool, close it without teaching."
    return [_feedback(situation, "dismiss", why, _user_side(situation))]


def _user_side(situation: Situation) -> tuple[str, ...]:
    cited = (fact for item in situation.grounds.findings if item.family == "exculpatory" for fact in item.facts)
    return tuple(dict.fromkeys(cited)) or situation.evidence


def _ids(facts: list[Fact]) -> tuple[str, ...]:
    return tuple(unique(fact.id for fact in facts))
