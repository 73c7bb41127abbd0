"""Find the thing that words name: every guess of what they may be goes to Graph in one round trip.

None found is an answer; a look-up that was refused or failed is an error, never "no such thing".
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from shared.ask.cases_named import cases_named, cases_of
from shared.ask.look import Look
from shared.ask.skill import InputKind, Ref
from shared.ask.understand.roles import role_named, template_id
from shared.errors import AccessDeniedError, DependencyUnavailableError, TriageError
from shared.graph.answers import Answers
from shared.graph.queries import Query, literal
from shared.privileges import ranked_roles

MOST = 10
_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_UPN = re.compile(r"[^@\s]+@[^@\s]+")
_LONGEST = 320
_UPN_NAME = "userPrincipalName"

type _Item = dict[str, Any]


async def resolve(look: Look, kind: InputKind, words: str) -> tuple[Ref, ...]:
    """Return every thing of a kind that words may name: none, the one, or up to 10 that may be meant.

    Words are an id, a user principal name or mail address, or a display name or its beginning; a display name that
    is exactly the words wins over those that only begin so. Raises AccessDeniedError with a hint that names the
    permission or licence when it may not be looked up, DependencyUnavailableError when Graph did not answer.
    """
    words = " ".join(words.split())[:_LONGEST]
    if not words:
        return ()
    if kind == "case":
        return await cases_named(look, words) or await cases_of(look, await _user(look, words))
    finder = _FINDERS.get(kind)
    if finder is None:
        raise ValueError(f"a {kind} is no thing that is looked up")
    found: tuple[Ref, ...] = await finder(look, words)
    return found[:MOST]


async def _user(look: Look, words: str) -> tuple[Ref, ...]:
    shape: dict[str, Any] = {"what": "the user of that name", "permission": "User.Read.All"}
    select = ["id", "displayName", "userPrincipalName"]
    users = look.api.users
    if _GUID.fullmatch(words):
        by_id = look.query("named.id", users.by_user_id(words), absence_is_fact=True, select=select, **shape)
        return await _first(look, "user", [by_id], _UPN_NAME)
    if _UPN.fullmatch(words):
        same = f"userPrincipalName eq {literal(words)} or mail eq {literal(words)}"
        return await _first(
            look, "user", [look.query("named.exact", users, filter=same, select=select, **shape)], _UPN_NAME
        )
    exact = f"displayName eq {literal(words)}"
    given, _, surname = words.partition(" ")
    if surname:
        exact += f" or (givenName eq {literal(given)} and surname eq {literal(surname)})"
    begins = f"startswith(displayName,{literal(words)})"
    if not surname:
        begins += f" or startswith(userPrincipalName,{literal(words)}) or startswith(surname,{literal(words)})"
    return await _first(
        look,
        "user",
        [
            look.query("named.exact", users, filter=exact, select=select, top=MOST + 1, **shape),
            look.query("named.begins", users, filter=begins, select=select, top=MOST + 1, **shape),
        ],
        _UPN_NAME,
    )


async def _group(look: Look, words: str) -> tuple[Ref, ...]:
    shape: dict[str, Any] = {
        "what": "the group of that name",
        "permission": "GroupMember.Read.All",
        "select": ["id", "displayName"],
    }
    groups = look.api.groups
    if _GUID.fullmatch(words):
        return await _first(
            look, "group", [look.query("named.id", groups.by_group_id(words), absence_is_fact=True, **shape)]
        )
    if _UPN.fullmatch(words):
        return await _first(
            look, "group", [look.query("named.exact", groups, filter=f"mail eq {literal(words)}", **shape)]
        )
    return await _first(look, "group", _by_name(look, groups, words, shape))


async def _service_principal(look: Look, words: str) -> tuple[Ref, ...]:
    principals, applications = look.api.service_principals, look.api.applications
    that, other = principals.by_service_principal_id(words), applications.by_application_id(words)
    return await _app(look, "service_principal", words, those=principals, that=that, other=other)


async def _application(look: Look, words: str) -> tuple[Ref, ...]:
    principals, applications = look.api.service_principals, look.api.applications
    that, other = applications.by_application_id(words), principals.by_service_principal_id(words)
    return await _app(look, "application", words, those=applications, that=that, other=other)


async def _app(look: Look, kind: InputKind, words: str, *, those: Any, that: Any, other: Any) -> tuple[Ref, ...]:
    """Return an app by object id, app id or name; also by the object id of its other half, which has its app id."""
    what = f"the {'enterprise application' if kind == 'service_principal' else 'application'} of that name"
    shape: dict[str, Any] = {
        "what": what,
        "permission": "Application.Read.All",
        "select": ["id", "appId", "displayName"],
    }
    if not _GUID.fullmatch(words):
        return await _first(look, kind, _by_name(look, those, words, shape))
    guesses = [
        look.query("named.id", that, absence_is_fact=True, **shape),
        look.query("named.app_id", those, filter=f"appId eq {literal(words.lower())}", **shape),
    ]
    answers = await look.read(*guesses, look.query("named.other", other, absence_is_fact=True, **shape))
    found = _found(answers, kind, guesses)
    halves = answers.decode("named.other", dict[str, Any]) or []
    if found or not halves or not halves[0].get("appId"):
        return found or _none(answers)
    same = f"appId eq {literal(str(halves[0]['appId']))}"
    return await _first(look, kind, [look.query("named.app_id", those, filter=same, **shape)])


async def _device(look: Look, words: str) -> tuple[Ref, ...]:
    shape: dict[str, Any] = {
        "what": "the device of that name",
        "permission": "Device.Read.All",
        "select": ["id", "displayName"],
    }
    devices = look.api.devices
    if not _GUID.fullmatch(words):
        return await _first(look, "device", _by_name(look, devices, words, shape))
    by_id = look.query("named.id", devices.by_device_id(words), absence_is_fact=True, **shape)
    by_device_id = look.query("named.device_id", devices, filter=f"deviceId eq {literal(words.lower())}", **shape)
    return await _first(look, "device", [by_id, by_device_id])


async def _role(look: Look, words: str) -> tuple[Ref, ...]:
    """Return a directory role; the template ids of built-in roles are their ids in every tenant."""
    known = ranked_roles().get(words.lower())
    if known:
        return (Ref(kind="role", id=words.lower(), name=known.name),)
    official = role_named(words) or words
    template = template_id(official)
    if template:
        return (Ref(kind="role", id=template, name=official),)
    shape: dict[str, Any] = {
        "what": "the role of that name",
        "permission": "RoleManagement.Read.Directory",
        "select": ["id", "displayName"],
    }
    definitions = look.api.role_management.directory.role_definitions
    if _GUID.fullmatch(words):
        builder = definitions.by_unified_role_definition_id(words)
        return await _first(look, "role", [look.query("named.id", builder, absence_is_fact=True, **shape)])
    return await _first(look, "role", _by_name(look, definitions, official, shape))


async def _policy(look: Look, words: str) -> tuple[Ref, ...]:
    """Return a Conditional Access policy: there are few, so all their names are read and compared here."""
    query = look.query(
        "named.policies",
        look.api.identity.conditional_access.policies,
        what="the names of Conditional Access policies",
        permission="Policy.Read.All",
        pages=3,
        select=["id", "displayName"],
    )
    answers = await look.read(query)
    found = answers.decode("named.policies", dict[str, Any])
    if found is None:
        _raise_unread(answers)
    wanted, refs = words.casefold(), [_ref("policy", item) for item in found or [] if item.get("id")]
    exact = [ref for ref in refs if wanted in {ref.id.casefold(), ref.name.casefold()}]
    return tuple(exact or [ref for ref in refs if wanted in ref.name.casefold()])


def _by_name(look: Look, builder: Any, words: str, shape: dict[str, Any]) -> list[Query]:
    """Return two guesses: the display name is exactly the words, or begins with them."""
    exact, begins = f"displayName eq {literal(words)}", f"startswith(displayName,{literal(words)})"
    return [
        look.query("named.exact", builder, filter=exact, top=MOST + 1, **shape),
        look.query("named.begins", builder, filter=begins, top=MOST + 1, **shape),
    ]


async def _first(look: Look, kind: InputKind, guesses: Sequence[Query], name: str = "displayName") -> tuple[Ref, ...]:
    """Return what the first guess that found something found. Raises when nothing was found and not all was read."""
    answers = await look.read(*guesses)
    return _found(answers, kind, guesses, name) or _none(answers)


def _found(answers: Answers, kind: InputKind, guesses: Sequence[Query], name: str = "displayName") -> tuple[Ref, ...]:
    """Return what the first guess that found something found; nothing when an earlier one was not answered."""
    for guess in guesses:
        found: list[_Item] = answers.decode(guess.id, dict[str, Any]) or []
        refs = tuple(dict.fromkeys(_ref(kind, item, name) for item in found if item.get("id")))
        if refs or answers[guess.id].state == "missing":
            return refs
    return ()


def _none(answers: Answers) -> tuple[Ref, ...]:
    """Return that there is no such thing, or raise what kept a guess from being answered."""
    _raise_unread(answers)
    return ()


def _ref(kind: InputKind, item: _Item, name: str = "displayName") -> Ref:
    return Ref(kind=kind, id=str(item["id"]), name=str(item.get(name) or item.get("displayName") or item["id"]))


def _raise_unread(answers: Answers) -> None:
    """Raise what kept a look-up from being answered, if anything did."""
    for answer in answers.values():
        if answer.state != "missing":
            continue
        gap = answer.gaps[0]
        error: Callable[..., TriageError] = (
            AccessDeniedError if gap.reason in {"denied", "unlicensed"} else DependencyUnavailableError
        )
        raise error(f"could not look up {gap.what}: {gap.reason}", hint=gap.mend)


_FINDERS: dict[str, Callable[[Look, str], Any]] = {
    "user": _user,
    "group": _group,
    "service_principal": _service_principal,
    "application": _application,
    "device": _device,
    "role": _role,
    "policy": _policy,
}
