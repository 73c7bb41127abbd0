"""Find the case that words name: its id, or whom it is about."""

from collections.abc import Iterable

from shared.ask.look import Look
from shared.ask.skill import Ref
from shared.models.cases import Case

MOST = 10


async def cases_named(look: Look, words: str) -> tuple[Ref, ...]:
    """Return the case of an id, or the latest case of each identity that words name; nothing of Graph is read."""
    known = await look.state.case(words)
    if known:
        return (_ref(known[0]),)
    wanted, latest = words.casefold(), await _latest(look)
    exact = [case for case in latest if wanted in _names(case)]
    begins = [case for case in latest if any(name.startswith(wanted) for name in _names(case))]
    return tuple(_ref(case) for case in (exact or begins)[:MOST])


async def cases_of(look: Look, identities: Iterable[Ref]) -> tuple[Ref, ...]:
    """Return the latest case of each of some identities that has one: records may know no display name."""
    ids = {one.id for one in identities}
    return tuple(_ref(case) for case in await _latest(look) if case.identity.id in ids)[:MOST]


async def _latest(look: Look) -> list[Case]:
    latest: dict[str, Case] = {}
    for case in await look.state.cases():  # latest signal first
        latest.setdefault(case.identity.key, case)
    return list(latest.values())


def _names(case: Case) -> set[str]:
    """Return what a case may be called by: object id, name, and the name without its domain."""
    name = (case.identity.name or "").casefold()
    plain = name.partition("@")[0].replace(".", " ")
    return {case.identity.id.casefold(), *(one for one in (name, plain) if one)}


def _ref(case: Case) -> Ref:
    return Ref(kind="case", id=case.id, name=case.identity.name or case.identity.id)
