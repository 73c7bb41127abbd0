"""Findings about sign-ins that complete a pattern of their own: see shared/patterns/alone.py."""

from shared.assess.reading import Reading, succeeded
from shared.assess.rule import Match, finding
from shared.assess.values import flag, items, same
from shared.assess.wording import origin, to_app
from shared.hostile import quoted
from shared.models.dossier import Fact

POWERSHELL = ("Azure Active Directory PowerShell", "Microsoft Azure Active Directory PowerShell", "AzureAD PowerShell")


@finding("Portal, broker and a new device within minutes", "T1557", "T1098.005")
def device_joined_after_portal(reading: Reading) -> Match | None:
    """The chain that phishing kits run: the stolen session registers a device, which keeps a way in."""
    facts = _with(reading, "device_joined_at_once")
    if not facts:
        return None
    joined = [fact for fact in reading.all("audit") if fact.text_of("change") == "device_added"]
    says = f"A device was registered minutes after a sign-in to the portal{origin(facts[-1])}."
    return Match(statement=says, facts=(*facts, *joined[-1:]))


@finding("Code of a first-party client used for Microsoft Graph", "T1528", "T1566.002")
def code_phished_to_graph(reading: Reading) -> Match | None:
    """A link asks for the code of a developer tool, and whoever sent it reads Graph as the user."""
    facts = _with(reading, "code_phished_to_graph")
    if not facts:
        return None
    return Match(
        statement=f"A sign-in{to_app(facts[-1])} for Microsoft Graph{origin(facts[-1])} succeeded.", facts=facts
    )


@finding("Account locked out from outside", "T1110")
def account_locked_out(reading: Reading) -> Match | None:
    """Somebody goes on trying a locked account: a nuisance, and a sign that its name is on a list."""
    facts = _with(reading, "locked_out")
    if not facts:
        return None
    return Match(statement=f"The locked account was tried again and again{origin(facts[-1])}.", facts=facts)


@finding("Address that tried a disabled account", "T1110.004")
def address_tried_disabled_account(reading: Reading) -> Match | None:
    """The list that named an account of the past named this one too, and here the password was right."""
    facts = _with(reading, "beside_disabled_account")
    if not facts:
        return None
    return Match(
        statement=f"A sign-in{origin(facts[-1])}, which also tried a disabled account, succeeded.", facts=facts
    )


@finding("Directory tool used by an ordinary user", "T1087.004")
def directory_tool_sign_in(reading: Reading) -> Match | None:
    """Administrators use it, and intruders after their first sign-in; somebody without a role has little use for it."""
    baseline = reading.one("sign_in.baseline")
    usual = items(baseline, "apps") if baseline else ()
    facts = [
        fact
        for fact in reading.all("sign_in")
        if succeeded(fact)
        and fact.text_of("app") not in usual
        and any(same(fact.text_of("app"), n) for n in POWERSHELL)
    ]
    holds_role = any(flag(fact, "privileged") is True for fact in reading.all("user.role"))
    if not facts or holds_role:
        return None
    app = quoted(facts[-1].text_of("app"))
    return Match(statement=f"A sign-in to {app}{origin(facts[-1])} succeeded.", facts=reading.open_or_all(facts))


@finding("Sign-in to another tenant", "T1078.004")
def foreign_tenant_sign_in(reading: Reading) -> Match | None:
    """Guests of partners do it every day; in the aftermath of a theft it carries data away."""
    facts = [fact for fact in reading.all("sign_in") if succeeded(fact) and fact.text_of("other_tenant")]
    if not facts:
        return None
    return Match(
        statement=f"A sign-in to another tenant{origin(facts[-1])} succeeded.", facts=reading.open_or_all(facts)
    )


@finding("Canary account touched", "T1078.004")
def canary_touched(reading: Reading) -> Match | None:
    """Nobody uses it, so whoever did found its name somewhere; or somebody tests that this ticket arrives."""
    marks = reading.all("user.canary")
    seen = reading.all("sign_in", "risk.detection")
    if not marks or not seen:
        return None
    return Match(
        statement=f"The account is a canary that nobody uses, and it was tried{origin(seen[-1])}.",
        facts=(*marks, seen[-1]),
    )


def _with(reading: Reading, pattern: str) -> tuple[Fact, ...]:
    return reading.open_or_all([fact for fact in reading.all("sign_in") if fact.text_of("pattern") == pattern])
