"""Names of the tenant's things in a prompt: what no grammar tells is looked up before a person is asked.

"permissions of Contoso Expenses" is about an app because an app has that name; "members of Treasury reporting" is about
one group because no shorter name is meant. All guesses go to Graph in one round trip.
"""

import re
from itertools import batched, pairwise
from typing import Any

from shared.ask.look import Look
from shared.ask.skill import InputKind, Ref
from shared.ask.understand.lexicon import CHAT, STOP, lemma
from shared.graph.queries import IN_LIMIT, Query, one_of

MOST_GUESSES = 45
"""Runs of words that are looked up; a longer prompt's later words are not."""
LONGEST_NAME = 5
_POLICY = re.compile(r"\b(?:polic|rule|ca\b|conditional)", re.IGNORECASE)
_WORD = re.compile(r"[^\s,;:?!\"“”]+")
_PERMISSIONS: dict[InputKind, str] = {
    "user": "User.Read.All",
    "group": "GroupMember.Read.All",
    "service_principal": "Application.Read.All",
}


async def names_in(prompt: str, look: Look) -> tuple[Ref, ...]:
    """Return the users, groups, apps and policies whose display name stands in a prompt, the longest names first.

    Where look-ups are refused or fail, those names are not found: the person is asked, as without them.
    """
    guesses = _guesses(prompt)
    if not guesses:
        return ()
    queries = {query.id: (kind, query) for kind in _PERMISSIONS for query in _queries(kind, guesses, look)}
    policies = [_policies(look)] if _POLICY.search(prompt) else []
    answers = await look.read(*(query for _, query in queries.values()), *policies)
    found = [ref for query in policies for ref in _said(prompt, answers.decode(query.id, dict[str, Any]) or [])]
    for query_id, (kind, _) in queries.items():
        for item in answers.decode(query_id, dict[str, Any]) or []:
            if item.get("id") and item.get("displayName"):
                found.append(Ref(kind=kind, id=str(item["id"]), name=str(item["displayName"])))
    return tuple(sorted(dict.fromkeys(found), key=lambda ref: -len(ref.name)))


def _policies(look: Look) -> Query:
    return look.query(
        "names.policies",
        look.api.identity.conditional_access.policies,
        what="the names of Conditional Access policies",
        permission="Policy.Read.All",
        pages=3,
        select=["id", "displayName"],
    )


def _said(prompt: str, policies: list[dict[str, Any]]) -> list[Ref]:
    """Return the policies whose names stand in a prompt: they are whole sentences, and there are few."""
    named = [(str(one.get("id") or ""), str(one.get("displayName") or "")) for one in policies]
    text = prompt.casefold()
    return [
        Ref(kind="policy", id=id_, name=name)
        for id_, name in named
        if id_ and len(name) > 3 and name.casefold() in text
    ]


def _queries(kind: InputKind, guesses: list[str], look: Look) -> list[Query]:
    builders: dict[InputKind, Any] = {
        "user": look.api.users,
        "group": look.api.groups,
        "service_principal": look.api.service_principals,
    }
    return [
        look.query(
            f"names.{kind}.{number}",
            builders[kind],
            what=f"{kind.replace('_', ' ')}s with a name of the prompt",
            permission=_PERMISSIONS[kind],
            filter=one_of("displayName", some),
            select=["id", "displayName"],
        )
        for number, some in enumerate(batched(guesses, IN_LIMIT, strict=False))
    ]


def _guesses(prompt: str) -> list[str]:
    """Return the runs of words that may be a whole name, longest first: none begins or ends with a word of grammar."""
    words = [(match.group().rstrip("."), match.start(), match.end()) for match in _WORD.finditer(prompt)]
    guesses: dict[str, None] = {}
    for length in range(LONGEST_NAME, 0, -1):
        for start in range(len(words) - length + 1):
            run = words[start : start + length]
            said = re.sub(r"['’]s$", "", " ".join(word for word, _, _ in run))
            is_apart = any(prompt[one[2] : other[1]].strip() for one, other in pairwise(run))
            if not is_apart and "@" not in said and _may_be_name([word for word, _, _ in run]):
                guesses[said] = None
    return list(guesses)[:MOST_GUESSES]


def _may_be_name(words: list[str]) -> bool:
    first, last = words[0], words[-1]
    if len(words) == 1:
        return len(first) > 2 and (first[:1].isupper() or "-" in first) and not _is_grammar(first)
    return not (_is_grammar(first) and first.islower()) and (last.endswith("ing") or lemma(last.lower()) not in STOP)


def _is_grammar(word: str) -> bool:
    return lemma(word.lower()) in STOP | CHAT
