"""Findings about the account and the evidence that change what can be concluded and done."""

from shared.activities import folded
from shared.assess.reading import Reading
from shared.assess.rule import Match, finding
from shared.assess.values import flag, unique
from shared.assess.wording import listed
from shared.hostile import quoted


@finding("Guest account")
def guest_account(reading: Reading) -> Match | None:
    """Its password, its methods and its risk live in another tenant."""
    facts = [fact for fact in reading.all("user.profile") if folded(fact.text_of("user_type")) == "guest"]
    facts += reading.all("user.home_tenant")
    return Match(statement="The user is a guest from another tenant.", facts=tuple(facts)) if facts else None


@finding("Account disabled")
def account_disabled(reading: Reading) -> Match | None:
    """No new sign-in succeeds; tokens already issued live on for a while."""
    facts = [fact for fact in reading.all("user.account") if flag(fact, "enabled") is False]
    return Match(statement="The account is disabled.", facts=tuple(facts)) if facts else None


@finding("Account not in the directory")
def account_deleted(reading: Reading) -> Match | None:
    """Graph knows no such user: deleted, or never there."""
    fact = reading.one("user.deleted")
    return Match(statement="The account is not in the directory.", facts=(fact,)) if fact else None


@finding("No strong authentication method")
def no_strong_method_registered(reading: Reading) -> Match | None:
    """All methods were read, and none is more than a password, a text message or an e-mail."""
    methods, known = reading.all("user.auth_method"), reading.all("user.auth_methods")
    strong = [fact for fact in methods if fact.text_of("strength") in {"strong", "phishing_resistant"}]
    has_resistant = any(flag(fact, "has_phishing_resistant") is True for fact in known)
    if not known or not methods or strong or has_resistant:
        return None
    return Match(statement="No strong authentication method is registered.", facts=(*known, *methods))


@finding("Evidence missing")
def evidence_missing(reading: Reading) -> Match | None:
    """Something could not be read. That is a reason for care, never for calm."""
    gaps = sorted(reading.dossier.gaps, key=lambda gap: (gap.what, gap.id))
    if not gaps:
        return None
    what = listed(unique(gap.what for gap in gaps))
    return Match(statement=f"Not everything could be read: {what}.", gaps=tuple(gap.id for gap in gaps))


@finding("Instructions to a language model in the evidence", "T1036")
def prompt_injection_in_evidence(reading: Reading) -> Match | None:
    """Somebody expects that a model reads this: report it, never follow it, never hide it."""
    facts = reading.all("text.injection")
    if not facts:
        return None
    where = quoted(facts[0].text_of("where"))[1:-1] or "unnamed"
    return Match(statement=f"Text in the evidence ({where}) tries to steer a model.", facts=tuple(facts))
