"""Questions to the user that only the real user can answer, drawn from the facts of the case."""

from collections.abc import Callable

from shared.clock import clock, day
from shared.models.dossier import Fact
from shared.write.change_questions import about_change
from shared.write.check import check_sentence
from shared.write.moments import parse_iso
from shared.write.subject import Subject
from shared.write.timeline import Draft, is_recent
from shared.write.wording import named, place

MAX_QUESTIONS = 5


def questions(subject: Subject) -> tuple[str, ...]:
    """Return at most ``MAX_QUESTIONS`` questions, the most telling first, each true to its facts."""
    asked: dict[str, None] = {}
    for draft in _drafts(subject):
        text = next((text for text in draft.texts if text and not check_sentence(text, draft.cites, subject)), None)
        if text is not None:
            asked[text] = None
        if len(asked) == MAX_QUESTIONS:
            break
    return tuple(asked)


_TRAVEL = frozenset({"unlikelyTravel", "impossibleTravel", "mcasImpossibleTravel", "newCountry"})
_OWN_QUESTION = _TRAVEL | {"leakedCredentials", "attackerinTheMiddle"}


def _drafts(subject: Subject) -> list[Draft]:
    if subject.identity.kind != "user" or subject.status == "closed":
        return _owner(subject)
    drafts = []
    for kind, ask in _ASK.items():
        told = [fact for fact in subject.dossier.all(kind) if _matters(fact, subject)]
        # A sign-in that was let in asks more than one that was not.
        told.sort(key=lambda fact: fact.text_of("outcome") != "success")
        drafts += [Draft(tuple(ask(fact)), (fact.id,)) for fact in told[:2]]
    return drafts


def _matters(fact: Fact, subject: Subject) -> bool:
    """Say whether a fact is worth a question: a finding rests on it, or it is suspicious in itself."""
    if fact.text_of("mfa") == "denied":
        return False
    if fact.kind == "user.inbox_rule":
        return fact.values.get("suspicious") is True
    if fact.kind == "user.consent":
        return fact.values.get("risky") is True
    if fact.kind == "risk.detection":
        # The sign-in itself is asked about already.
        ips = {one.text_of("ip_address") for one in subject.dossier.all("sign_in") if _matters(one, subject)}
        return fact.text_of("ip_address") not in ips or fact.text_of("risk_event_type") in _OWN_QUESTION
    if fact.kind in {"user.auth_method", "user.device"} and not (
        is_recent(fact, subject) and fact.text_of("strength") != "password"
    ):
        return False
    return any(fact.id in finding.facts and finding.weight > 0 for finding in subject.assessment.findings)


def _owner(subject: Subject) -> list[Draft]:
    """Return what the owner of an application can answer, and nobody else."""
    if subject.identity.kind == "user" or subject.status == "closed":
        return []
    drafts = []
    new = [fact for fact in subject.dossier.all("sign_in") if fact.values.get("new_ip") is True][:2]
    drafts += [
        Draft(
            (f"Does the application run at {fact.text_of('ip_address')}?", "Does the application run anywhere else?"),
            (fact.id,),
        )
        for fact in new
        if fact.text_of("ip_address")
    ]
    added = [fact for fact in subject.dossier.all("audit") if fact.text_of("change") == "app_credential_added"][:1]
    drafts += [
        Draft((f"Is a credential that was added{_on(fact)} yours?", "Did you add a credential?"), (fact.id,))
        for fact in added
    ]
    facts = subject.dossier.all("risk.detection")[:1]
    drafts += [
        Draft(
            (f"Where was its secret kept{_on(fact)}, and who could read it?", "Where is its secret kept?"), (fact.id,)
        )
        for fact in facts
    ]
    return drafts


def _on(fact: Fact) -> str:
    return f" on {day(fact.at)} at {clock(fact.at)}" if fact.at else ""


def _from(fact: Fact) -> str:
    where, ip = place(fact), fact.text_of("ip_address")
    return f" from {where}" if where else f" from {ip}" if ip else ""


def _about_prompts(fact: Fact) -> list[str]:
    approved = parse_iso(fact.text_of("approved_at"))
    asked = f"Did you approve an MFA prompt on {day(approved)} at {clock(approved)}" if approved else ""
    when = _on(fact)
    return [
        f"{asked} that you did not start?" if asked else "",
        f"{asked}?" if asked else "",
        f"Did you get MFA prompts{when} that you did not start?",
        f"Did you get MFA prompts{when}?",
    ]


def _about_sign_in(fact: Fact) -> list[str]:
    app = named(fact.text_of("app"))
    to = f" to {app}" if app else ""
    return [
        f"Did you sign in{to}{_from(fact)}{_on(fact)}?",
        f"Did you sign in{_from(fact)}{_on(fact)}?",
        f"Did you sign in{_on(fact)}?",
    ]


def _about_detection(fact: Fact) -> list[str]:
    kind = fact.text_of("risk_event_type")
    if kind == "leakedCredentials":
        return ["Do you use the same password anywhere else?"]
    if kind in _TRAVEL:
        return [f"Were you travelling{_on(fact)}, or using a VPN?", "Were you travelling, or using a VPN?"]
    if kind == "attackerinTheMiddle":
        return [f"Did you enter your password on a page that a message led to{_on(fact)}?"]
    where, ip = place(fact), fact.text_of("ip_address")
    return [f"Were you signing in{_from(fact)}{_on(fact)}?"] if where or ip else []


def _about_method(fact: Fact) -> list[str]:
    method = named(fact.text_of("name") or fact.text_of("method"))
    return [
        f"Did you register the authentication method {method}{_on(fact)}?" if method else "",
        f"Did you register an authentication method{_on(fact)}?",
    ]


def _about_device(fact: Fact) -> list[str]:
    name = named(fact.text_of("name"))
    return [f"Did you register the device {name}{_on(fact)}?" if name else "", f"Did you register a device{_on(fact)}?"]


def _about_rule(fact: Fact) -> list[str]:
    name = named(fact.text_of("name"))
    return [f"Did you make the inbox rule {name}?" if name else "", "Did you make an inbox rule?"]


def _about_consent(fact: Fact) -> list[str]:
    app = named(fact.text_of("app"))
    return [
        f"Did you give the app {app} access to your data?" if app else "",
        "Did you give an app access to your data?",
    ]


def _about_audit(fact: Fact) -> list[str]:
    asked = about_change(fact, _on(fact))
    activity = named(fact.text_of("activity"))
    if not activity or fact.text_of("initiated_by") == "app":
        return asked
    quoted = activity if activity.startswith("“") else f"“{activity}”"
    return [*asked, f"Did you make this change{_on(fact)}: {quoted}?"]


_ASK: dict[str, Callable[[Fact], list[str]]] = {
    "sign_in.mfa_denials": _about_prompts,
    "user.auth_method": _about_method,
    "user.inbox_rule": _about_rule,
    "user.consent": _about_consent,
    "audit": _about_audit,
    "sign_in": _about_sign_in,
    "user.device": _about_device,
    "risk.detection": _about_detection,
}
"""What to ask about a fact, the most telling kinds first."""
