"""What is at stake: what the account may do, what hangs on it, and what kind of account it is."""

from collections.abc import Sequence

from shared.models.dossier import Fact
from shared.write.said import STATES
from shared.write.subject import Subject
from shared.write.timeline import Draft
from shared.write.wording import count, listed, named, scope
from shared.write.workload_stakes import permissions, states

_MAX_STAKES = 8
_HARMLESS = frozenset({"openid", "profile", "email", "offline_access", "User.Read"})


def stakes(subject: Subject) -> list[Draft]:
    """Return at most ``_MAX_STAKES`` sentences: roles first, then groups, consents and the state of the account."""
    dossier = subject.dossier
    drafts = [
        *permissions(dossier),
        *_roles(dossier.all("user.role")),
        *_groups(dossier.all("user.group")),
        *_consents(dossier.all("user.consent")),
    ]
    drafts += [Draft((text,), (fact.id,)) for kind, text in STATES.items() for fact in dossier.all(kind)[:1]]
    drafts += states(dossier)
    for fact in dossier.all("user.sync"):
        if fact.values.get("on_premises") is True:
            drafts.append(
                Draft(
                    (
                        "The account is synchronised from on-premises Active Directory; its password is set there.",
                        "The account is synchronised from on-premises; its password is set there.",
                    ),
                    (fact.id,),
                )
            )
    for fact in dossier.all("user.account"):
        if fact.values.get("enabled") is False:
            drafts.append(Draft(("The account is disabled.",), (fact.id,)))
    profile = dossier.one("user.profile")
    if profile and profile.text_of("user_type") == "Guest" and dossier.one("user.home_tenant") is None:
        drafts.append(Draft(("The account is a guest; its password lives in the home tenant.",), (profile.id,)))
    for gap in dossier.gaps:
        if {"user.role", "user.group"} & set(gap.kinds):
            drafts.append(
                Draft(
                    (
                        f"What the account may do is not fully known: {gap.what} could not be read.",
                        "What the account may do is not fully known.",
                    ),
                    (gap.id,),
                )
            )
    return drafts[:_MAX_STAKES]


def _roles(roles: Sequence[Fact]) -> list[Draft]:
    drafts = []
    for assignment, verb in (("active", "holds"), ("group", "holds, through a group,"), ("eligible", "can activate")):
        for privileged in (True, False):
            some = [
                fact
                for fact in roles
                if fact.text_of("assignment") == assignment and (fact.values.get("privileged") is True) == privileged
            ]
            if not some:
                continue
            names = listed([named(fact.text_of("role")) for fact in some])
            kind = "privileged role" if privileged else "directory role"
            noun = kind if len(some) == 1 else f"{kind}s"
            cites = tuple(fact.id for fact in some)
            drafts.append(
                Draft(
                    (
                        f"The account {verb} the {noun} {names}." if names else "",
                        f"The account {verb} {count(len(some), kind)}.",
                    ),
                    cites,
                )
            )
    return drafts


def _groups(groups: Sequence[Fact]) -> list[Draft]:
    if not groups:
        return []
    names = listed([named(fact.text_of("name")) for fact in groups])
    noun = "sensitive group" if len(groups) == 1 else "sensitive groups"
    return [
        Draft(
            (
                f"The account is a member of the {noun} {names}." if names else "",
                f"The account is a member of {count(len(groups), 'sensitive group')}.",
            ),
            tuple(fact.id for fact in groups),
        )
    ]


def _consents(consents: Sequence[Fact]) -> list[Draft]:
    drafts = []
    for fact in consents:
        if fact.values.get("risky") is not True:
            continue
        scopes = fact.values.get("scopes")
        asked = _asked(scopes) if isinstance(scopes, tuple) else ""
        app = named(fact.text_of("app"))
        whom = (
            "for everybody in the tenant" if fact.text_of("consent_type") == "AllPrincipals" else "on the user's behalf"
        )
        may = f"may use {asked} {whom}" if asked else f"may act {whom}"
        drafts.append(
            Draft((f"The app {app} {may}." if app else "", f"An app {may}.", f"An app may act {whom}."), (fact.id,))
        )
    return drafts


def _asked(scopes: Sequence[str]) -> str:
    """Return the scopes that matter, else all of them; say so when some have names that cannot be repeated."""
    telling = [name for name in scopes if name not in _HARMLESS] or list(scopes)
    told = [scope(name) for name in telling]
    return listed([*(name for name in told if name), *(["other permissions"] if "" in told and any(told) else [])])
