"""Where a prompt may be cut: a question, and a clause beside it that asks for nothing more."""

import re
from collections.abc import Iterator, Sequence

from shared.ask.plan import Plan
from shared.ask.skill import Skill
from shared.ask.understand.choosing import choose
from shared.ask.understand.frames import words_said
from shared.ask.understand.lexicon import WEIGHTS, nearest
from shared.ask.understand.profiles import Learned
from shared.ask.understand.reading import Reading

_NEAR = 0.6
MOST_CUTS = 4
"""Places at which one prompt is cut; each costs as much as a prompt."""
_CUT = re.compile(
    r"[.!?;:,]\s+|\s+[-(]\s?|\s+(?=(?:and|so|like|such\s+as|e\.?g\.?|for\s+(?:example|instance)|incl(?:uding|\.)?|with|because|as|plus)\s)",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"^(?:like\s+(?:an?|the|our)|such\s+as|e\.?g\.?|for\s+(?:example|instance))\b|\bfor\s+(?:example|instance)$",
    re.IGNORECASE,
)
NARROWING = frozenset(
    """
    not no without except but only never unless if excluding exclude nor neither hasn't haven't isn't aren't don't
    doesn't didn't wasn't weren't nobody none same other more less than before after first last
    """.split()
)
"""Words of a clause that asks for fewer things."""
_TOLD = frozenset(
    "objectid entity involv email upn displayname when status type use each need country who user tenant".split()
)

"""Concepts of what every answer shows, or that say nothing more."""
_OF_SIGN_INS = frozenset(
    "ipaddress reason whyreason country location device browser os app city error correlation requestid".split()
)
"""The same for answers about sign-ins: "with reason and ip"."""
_OF_DETAILS = frozenset("owner create createdby member howmany enable groupsby".split())
"""The same for answers that tell all about one thing."""


def cuts_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield a question and the clause behind it, shortest question first."""
    for cut in list(_CUT.finditer(text))[:MOST_CUTS]:
        head, tail = text[: cut.start()].strip(), text[cut.end() :].strip(" ()")
        if any(char.isalnum() for char in head) and any(char.isalnum() for char in tail):
            yield head, tail


def narrows(tail: Reading) -> bool:
    """Say whether a clause names, denies or compares something."""
    if _EXAMPLE.search(tail.text):
        return any(one.form in {"upn", "guid", "address"} for one in tail.mentions)
    is_named = any(one.form not in {"this", "these"} or one.noun for one in tail.mentions)
    return is_named or bool(words_said(tail) & NARROWING)


def is_told_anyway(tail: Reading, plan: Plan, learned: Learned) -> bool:
    """Say whether a plan answers a clause, too, that narrows nothing: an example, or what is shown anyway."""
    if _EXAMPLE.search(tail.text):
        return True
    profiles = {profile.skill.id: profile for profile in learned.profiles}
    mine = [profiles[step.skill] for step in plan.steps]
    for step, profile in zip(plan.steps, mine, strict=True):
        if any(step.inputs.get(name) not in values for name, values in choose(tail, profile).items()):
            return False
    known = columns_of([profile.skill for profile in mine]).union(WEIGHTS, *(profile.keys for profile in mine))
    return all(nearest(key, known) >= _NEAR for key in tail.keys)


def columns_of(skills: Sequence[Skill]) -> frozenset[str]:
    """Return the concepts of what answers of all these skills show anyway."""
    known = _TOLD
    known |= _OF_DETAILS if all(skill.id.endswith("_details") for skill in skills) else frozenset()
    return known | (_OF_SIGN_INS if all("sign_ins" in skill.area for skill in skills) else frozenset())
