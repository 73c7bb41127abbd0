"""Findings about what an attacker would hold: roles, groups, emergency access, consents."""

from shared.assess.reading import Reading
from shared.assess.rule import Match, finding
from shared.assess.values import flag
from shared.assess.wording import listed
from shared.hostile import quoted
from shared.models.dossier import Fact

MOST_NAMED = 3


@finding("Privileged role held", "T1078.004")
def privileged_role_held(reading: Reading) -> Match | None:
    """Active now, by assignment or through a group."""
    return _roles(reading, "holds", {"active", "group"})


@finding("Privileged role can be activated", "T1078.004")
def privileged_role_eligible(reading: Reading) -> Match | None:
    """Eligible in Privileged Identity Management."""
    return _roles(reading, "can activate", {"eligible"})


@finding("Member of a sensitive group")
def sensitive_group_member(reading: Reading) -> Match | None:
    """Groups that roles can be assigned to, or that the rules of the dossier call sensitive."""
    groups = sorted(reading.all("user.group"), key=lambda fact: (fact.text_of("name"), fact.id))
    if not groups:
        return None
    return Match(statement=f"The user is a member of {_names(groups, 'name')}.", facts=tuple(groups))


@finding("Emergency access account")
def emergency_access_account(reading: Reading) -> Match | None:
    """Listed by the operators; losing it can lock everybody out."""
    fact = reading.one("user.break_glass")
    return Match(statement="The account is listed for emergency access.", facts=(fact,)) if fact else None


@finding("Risky consent held", "T1528")
def risky_consent_held(reading: Reading) -> Match | None:
    """An application holds far-reaching scopes in the user's name; nothing says that it is new."""
    consents = [fact for fact in reading.all("user.consent") if flag(fact, "risky") is True]
    consents.sort(key=lambda fact: (fact.text_of("app"), fact.id))
    if not consents:
        return None
    return Match(statement=f"Risky consent is given to {_names(consents, 'app')}.", facts=tuple(consents))


def _roles(reading: Reading, verb: str, assignments: set[str]) -> Match | None:
    roles = [
        fact
        for fact in reading.all("user.role")
        if flag(fact, "privileged") is True and fact.text_of("assignment") in assignments
    ]
    if not roles:
        return None
    # The most powerful first, and always in the same order, whatever the order of the facts.
    roles.sort(key=lambda fact: (fact.text_of("tier") or "9", fact.text_of("role"), fact.id))
    names = _names(roles, "role")
    many = len({fact.text_of("role") for fact in roles}) > 1
    return Match(statement=f"The user {verb} the {'roles' if many else 'role'} {names}.", facts=tuple(roles))


def _names(facts: list[Fact], value: str) -> str:
    names = list(dict.fromkeys(quoted(fact.text_of(value)) for fact in facts))
    return listed(names) if len(names) <= MOST_NAMED else f"{', '.join(names[:MOST_NAMED])} and others"
