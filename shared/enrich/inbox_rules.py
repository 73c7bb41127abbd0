"""Inbox rules, and which of them hide or carry away mail."""

import re
from collections.abc import Iterator

import msgspec

from shared.enrich.profile import own_domains
from shared.enrich.statement import fact, graph, listed
from shared.enrich.view import View
from shared.hostile import quoted
from shared.models.dossier import Fact

MOST_RULES = 20
HIDING_PLACES = re.compile(r"rss|archive|conversation history|junk|deleted|notes|sync issues|^\W*$", re.IGNORECASE)
"""Folders in which nobody looks, above all the ones that intruders are known to move mail to."""
KEYWORDS = re.compile(
    r"invoice|payment|remit|wire|bank|iban|transfer|payroll|password|phish|hack|spam|virus|malware|fraud|suspicious"
    r"|security|helpdesk|docusign|mfa|verif|compromis|did you send|undeliver",
    re.IGNORECASE,
)
"""Words that a rule waits for when it is to hide an answer or a warning."""
_LONGEST_FOLDER_NAME = 64


class Address(msgspec.Struct, rename="camel"):
    """``emailAddress`` of a recipient."""

    address: str | None = None


class Recipient(msgspec.Struct, rename="camel"):
    """One recipient."""

    email_address: Address | None = None


class Actions(msgspec.Struct, rename="camel"):
    """What a rule does."""

    forward_to: list[Recipient] | None = None
    forward_as_attachment_to: list[Recipient] | None = None
    redirect_to: list[Recipient] | None = None
    delete: bool | None = None
    permanent_delete: bool | None = None
    move_to_folder: str | None = None
    mark_as_read: bool | None = None


class Conditions(msgspec.Struct, rename="camel"):
    """When a rule acts: only the conditions on words."""

    subject_contains: list[str] | None = None
    body_contains: list[str] | None = None
    body_or_subject_contains: list[str] | None = None
    sender_contains: list[str] | None = None


class Rule(msgspec.Struct, rename="camel"):
    """One inbox rule."""

    id: str
    display_name: str | None = None
    is_enabled: bool | None = None
    actions: Actions | None = None
    conditions: Conditions | None = None


def facts(view: View) -> Iterator[Fact]:
    """Yield the rules, suspicious ones first, or that there is no rule or no mailbox."""
    answers = view.answers
    if answers.is_absent("inbox_rules") and not view.is_deleted:
        yield fact("user.no_mailbox", "The user has no mailbox.", graph(answers.ref("inbox_rules")))
    rules = answers.decode("inbox_rules", Rule)
    if rules is None:
        return
    ref = answers.ref("inbox_rules")
    if not rules and answers.is_complete("inbox_rules"):
        yield fact("user.no_inbox_rule", "The inbox has no rules.", graph(ref))
    domains = own_domains(view)
    found = [_rule(rule, domains, ref) for rule in rules]
    yield from sorted(found, key=lambda f: not f.values["suspicious"])[:MOST_RULES]


def _rule(rule: Rule, domains: frozenset[str], ref: str) -> Fact:
    actions = rule.actions or Actions()
    recipients = [
        entry.email_address.address.lower()
        for entry in [
            *(actions.forward_to or []),
            *(actions.forward_as_attachment_to or []),
            *(actions.redirect_to or []),
        ]
        if entry.email_address and entry.email_address.address
    ]
    folder = _folder(actions.move_to_folder)
    deletes = bool(actions.delete or actions.permanent_delete)
    does = [f"forwards to {listed(quoted(address) for address in recipients)}"] if recipients else []
    does += ["deletes mail"] if deletes else []
    does += [f"moves mail to {quoted(folder)}"] if folder else []
    does += ["marks mail as read"] if actions.mark_as_read else []
    state = "" if rule.is_enabled is not False else ", which is switched off,"
    acts = listed(does) or "neither forwards nor hides mail"
    text = f"The inbox rule {quoted(rule.display_name or '')}{state} {acts}."
    return fact(
        "user.inbox_rule",
        text,
        graph(ref),
        name=rule.display_name,
        enabled=rule.is_enabled,
        forwards_to=recipients,
        deletes=deletes,
        moves_to=folder,
        marks_read=bool(actions.mark_as_read),
        suspicious=_is_suspicious(rule, actions, recipients, domains),
        id=rule.id,
    )


def _is_suspicious(rule: Rule, actions: Actions, recipients: list[str], domains: frozenset[str]) -> bool:
    """Say whether a rule forwards outside the tenant, deletes, or hides mail; unknown domains count as outside."""
    conditions = rule.conditions or Conditions()
    words = [
        *(conditions.subject_contains or []),
        *(conditions.body_contains or []),
        *(conditions.body_or_subject_contains or []),
        *(conditions.sender_contains or []),
    ]
    waits = any(KEYWORDS.search(word) for word in words)
    hides = bool(actions.mark_as_read or actions.move_to_folder)
    return (
        any(not _is_inside(address, domains) for address in recipients)
        or bool(actions.delete or actions.permanent_delete)
        or (actions.move_to_folder is not None and bool(HIDING_PLACES.search(_folder(actions.move_to_folder) or "")))
        or (waits and hides)
    )


def _is_inside(address: str, domains: frozenset[str]) -> bool:
    domain = address.rpartition("@")[2]
    return any(domain == own or domain.endswith(f".{own}") for own in domains)


def _folder(folder: str | None) -> str | None:
    """Return a folder's name; Graph gives an opaque id for most, whose name would need the right to read mail."""
    if not folder:
        return None
    return folder if len(folder) <= _LONGEST_FOLDER_NAME else "another folder"
