"""Who it is, at a glance: what an analyst wants to know of an identity before anything else, or why it is not known."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from shared.clock import day
from shared.deliver.drawings import campaign
from shared.models.dossier import Dossier, Fact


class Line(msgspec.Struct, frozen=True):
    """One line of the card."""

    label: str
    text: str
    facts: tuple[str, ...]
    """What it is taken from; ids of gaps where it could not be read."""
    is_unread: bool = False


type _Say = Callable[[list[Fact]], str]
MOST_NAMED = 4
MOST_CITED = 6


def _either(yes: str, no: str, name: str) -> _Say:
    def say(facts: list[Fact]) -> str:
        known = facts[0].values.get(name)
        return "" if known is None else yes if known is True else no

    return say


def _always(text: str) -> _Say:
    return lambda _facts: text


def _joined(*names: str) -> _Say:
    def say(facts: list[Fact]) -> str:
        return ", ".join(text for name in names if (text := facts[0].text_of(name)))

    return say


def _named(*names: str, none: str = "") -> _Say:
    """Return a function that names each fact by its first value that is there, and closes a long list with a count."""

    def say(facts: list[Fact]) -> str:
        if all(".no_" in fact.kind for fact in facts):
            return none
        told = [next((text for name in names if (text := fact.text_of(name))), "") for fact in facts]
        each = list(dict.fromkeys(text for text in told if text))
        more = f" and {len(each) - MOST_NAMED} more" if len(each) > MOST_NAMED else ""
        return ", ".join(each[:MOST_NAMED]) + more

    return say


def _roles(facts: list[Fact]) -> str:
    roles = [f"{fact.text_of('role')} ({fact.text_of('assignment')})" for fact in facts if fact.kind == "user.role"]
    return ", ".join(dict.fromkeys(roles)) or "none"


def _methods(facts: list[Fact]) -> str:
    methods = facts[0].values.get("methods")
    named = ", ".join(dict.fromkeys(methods)) if isinstance(methods, tuple) else ""
    resists = facts[0].values.get("has_phishing_resistant")
    return f"{named or 'none'}{'; one is phishing-resistant' if resists is True else ''}"


def _date(name: str) -> _Say:
    def say(facts: list[Fact]) -> str:
        at = facts[0].text_of(name)
        return day(datetime.fromisoformat(at)) if at else ""

    return say


_LINES: tuple[tuple[str, tuple[str, ...], _Say], ...] = (
    ("Name", ("user.profile", "workload.profile"), _joined("display_name")),
    ("Work", ("user.profile",), _joined("job_title", "department")),
    ("Type", ("user.profile",), _joined("user_type")),
    ("Type", ("workload.profile",), _joined("type", "publisher")),
    ("Account", ("user.account", "workload.account"), _either("enabled", "disabled", "enabled")),
    ("Account", ("user.deleted", "workload.deleted"), _always("deleted")),
    ("Account", ("user.sync",), _either("synchronised from on premises", "in the cloud only", "on_premises")),
    ("Account", ("user.break_glass",), _always("emergency access, by the policy")),
    ("Account", ("user.canary",), _always("canary: nobody uses it")),
    ("Account", ("user.service_account",), _always("programs sign in with it")),
    ("Roles", ("user.role", "user.no_role"), _roles),
    ("Sensitive groups", ("user.group",), _named("name")),
    ("Methods", ("user.auth_methods",), _methods),
    ("Password changed", ("user.password",), _date("changed_at")),
    ("Manager", ("user.manager", "user.no_manager"), _named("display_name", "user_principal_name", none="none")),
    ("Owners", ("workload.owner", "workload.no_owner"), _named("display_name", "user_principal_name", none="none")),
    ("Hit", ("campaign.source",), campaign.hit),
    ("Compromised", ("campaign.fell", "campaign.result"), campaign.fallen),
    ("Others", ("campaign.result",), campaign.others),
    ("From", ("campaign.source",), campaign.source),
    ("Client", ("campaign.source",), campaign.client),
    ("When", ("campaign.source",), campaign.when),
    ("Permissions", ("workload.app_role", "workload.no_app_role"), _named("permission", none="none")),
)


def who(dossier: Dossier) -> tuple[Line, ...]:
    """Return the card: lines whose facts are there, and those that a gap hides."""
    lines = dict[str, Line]()
    for label, kinds, say in _LINES:
        facts = dossier.all(*kinds)
        gaps = _gaps(dossier, kinds)
        if facts and (text := say(facts)):
            before = lines.get(label)
            text += " (not all could be read)" if gaps else ""
            joined = f"{before.text}; {text}" if before else text
            cites = (*(before.facts if before else ()), *(fact.id for fact in facts[:MOST_CITED]), *gaps)
            lines[label] = Line(label, joined, cites)
        elif not facts and gaps and label not in lines:
            lines[label] = Line(label, "could not be read", gaps, is_unread=True)
    return tuple(lines.values())


def _gaps(dossier: Dossier, kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(gap.id for kind in kinds if (gap := dossier.gap(kind))))
