"""Actions that tell Identity Protection what was found out: a true positive, a false one, or a harmless true one."""

from shared.assess.closing import ClosingState
from shared.assess.entry import action
from shared.assess.situation import Need, Proposal, Situation, body_of
from shared.assess.values import unique
from shared.models.dossier import Fact

WRITE_RISK = "IdentityRiskyUser.ReadWrite.All"
WRITE_EVENTS = "IdentityRiskEvent.ReadWrite.All"
AT_HOME = "The risk of a guest is kept in the home tenant and can only be closed there."
FEEDBACK_ROLE = "Security Operator"
ASK_FIRST = "First find out whether it was the user, what they did, and whether anything was changed."
STAYS = ("The password, the sessions and the methods stay as they are",)


def _user_feedback(situation: Situation, verb: str, why: str, facts: tuple[str, ...]) -> Proposal:
    confirm = verb == "confirmCompromised"
    asked: ClosingState = "confirmed_safe" if verb == "confirmSafe" else "dismissed"
    state: tuple[Need, ...] = (situation.needs_unconfirmed(), situation.needs_open_case())
    if not confirm:
        state = (situation.needs_risk_state(asked),)
    return Proposal(
        when=situation.urgent if confirm else "next",
        why=why,
        facts=facts,
        method="POST",
        url=f"/identityProtection/riskyUsers/{verb}",
        body=body_of({"userIds": [situation.reading.identity.id]}),
        needs=(
            situation.needs_account(),
            situation.needs_member(AT_HOME),
            *_needs_an_answer(situation),
            *state,
            situation.needs_p2(),
        ),
    )


def _sign_in_feedback(situation: Situation, verb: str, why: str, sign_ins: list[Fact]) -> list[Proposal]:
    requests = unique(fact.text_of("request_id") for fact in sign_ins)
    if not requests:
        return []
    return [
        Proposal(
            when="next",
            why=why,
            facts=tuple(unique(fact.id for fact in sign_ins)),
            method="POST",
            url=f"/auditLogs/signIns/{verb}",
            body=body_of({"requestIds": requests}),
            needs=(situation.needs_member(AT_HOME), situation.needs_open_case(), situation.needs_p2()),
        )
    ]


def _needs_an_answer(situation: Situation) -> tuple[Need, ...]:
    """Feedback teaches Entra, so an inconclusive case gives none."""
    if situation.verdict != "inconclusive":
        return ()
    return (Need(text="It is known whether it was the user.", met=False, otherwise=ASK_FIRST),)


@action(
    "Confirm the user as compromised",
    rank=70,
    request="POST /identityProtection/riskyUsers/confirmCompromised",
    permission=WRITE_RISK,
    role=FEEDBACK_ROLE,
    reversible=True,
    reversal="POST /identityProtection/riskyUsers/dismiss with the same body.",
    blast_radius="True positive: riskState confirmedCompromised, riskDetail adminConfirmedUserCompromised, risk high. "
    "Policies on user risk block the user or ask for a new password at once.",
    does_not_fix=("Nothing is ended by it where no policy acts on user risk",),
)
def confirm_compromised(situation: Situation) -> list[Proposal]:
    """True positive: offered when the compromise is proven; done when Entra holds it as confirmed already."""
    if not situation.is_user or situation.verdict not in {"compromised", "inconclusive"}:
        return []
    why = "The verdict is compromised; telling Entra lets policies act and teaches Identity Protection."
    return [_user_feedback(situation, "confirmCompromised", why, situation.evidence)]


@action(
    "Confirm the sign-ins as compromised",
    rank=71,
    request="POST /auditLogs/signIns/confirmCompromised",
    permission=WRITE_EVENTS,
    role=FEEDBACK_ROLE,
    reversible=True,
    reversal="POST /auditLogs/signIns/dismiss with the same body.",
    blast_radius="True positive: riskState confirmedCompromised, riskDetail adminConfirmedSigninCompromised for these "
    "sign-ins, which raises the user's risk; policies on user risk act on it.",
    does_not_fix=("Sessions that these sign-ins opened",),
)
def confirm_sign_in_compromised(situation: Situation) -> list[Proposal]:
    """Offered for strangers' sign-ins whose request ids are known."""
    if not situation.is_user or situation.verdict != "compromised":
        return []
    why = "These sign-ins succeeded, and nothing ties them to the user."
    strangers = [*situation.reading.foreign, *situation.reading.unexplained]
    return _sign_in_feedback(situation, "confirmCompromised", why, strangers)


def _may_close(situation: Situation) -> bool:
    """Say whether the risk may be closed by hand, or would be if somebody knew more."""
    harmless = situation.verdict == "benign" and bool(situation.grounds.open_risk or situation.is_past)
    return situation.is_user and (harmless or situation.verdict == "inconclusive")


@action(
    "Confirm the user as safe",
    rank=72,
    request="POST /identityProtection/riskyUsers/confirmSafe",
    permission=WRITE_RISK,
    role=FEEDBACK_ROLE,
    reversible=True,
    reversal="POST /identityProtection/riskyUsers/confirmCompromised with the same body.",
    blast_radius="False positive: riskState confirmedSafe, riskDetail adminConfirmedAccountSafe. Policies let the user "
    "in, and Identity Protection learns that this is normal, so the same sign raises no alarm for a while.",
    does_not_fix=("It says that it was the user: ask first when nobody has", *STAYS),
)
def confirm_safe(situation: Situation) -> list[Proposal]:
    """False positive: it was the user, and the detection was wrong."""
    if not _may_close(situation):
        return []
    why = "If the user says that it was them, the detection was wrong: Entra removes the risk and learns from it."
    return [_user_feedback(situation, "confirmSafe", why, _user_side(situation))]


@action(
    "Dismiss the risk",
    rank=73,
    request="POST /identityProtection/riskyUsers/dismiss",
    permission=WRITE_RISK,
    role=FEEDBACK_ROLE,
    reversible=True,
    reversal="The risk comes back with the next detection, or by confirmCompromised with the same body.",
    blast_radius="Benign true positive: riskState dismissed, riskDetail adminDismissedAllRiskForUser. Policies let the "
    "user in, and Identity Protection learns nothing and goes on judging as before.",
    does_not_fix=STAYS,
)
def dismiss_risk(situation: Situation) -> list[Proposal]:
    """Benign true positive: what was detected did happen, and is no harm."""
    if not _may_close(situation):
        return []
    why = "If it did happen but does no harm, as in a test or with an approved tool, close it without teaching."
    return [_user_feedback(situation, "dismiss", why, _user_side(situation))]


@action(
    "Confirm the sign-ins as safe",
    rank=74,
    request="POST /auditLogs/signIns/confirmSafe",
    permission=WRITE_EVENTS,
    role=FEEDBACK_ROLE,
    reversible=True,
    reversal="POST /auditLogs/signIns/confirmCompromised with the same body.",
    blast_radius="False positive: riskState confirmedSafe, riskDetail adminConfirmedSigninSafe for these sign-ins "
    "only; other risk of the user stays.",
    does_not_fix=("The user's risk, where it has another cause",),
)
def confirm_sign_in_safe(situation: Situation) -> list[Proposal]:
    """Offered for risky sign-ins that device, method or network tie to the user."""
    if not situation.is_user or situation.verdict != "benign":
        return []
    why = "These sign-ins were at risk, and device, method or network tie them to the user."
    own = [fact for fact in situation.reading.risky_successes if situation.reading.is_own(fact)]
    return _sign_in_feedback(situation, "confirmSafe", why, own)


def _user_side(situation: Situation) -> tuple[str, ...]:
    cited = (fact for item in situation.grounds.findings if item.family == "exculpatory" for fact in item.facts)
    return tuple(dict.fromkeys(cited)) or situation.evidence
