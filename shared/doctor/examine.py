"""Examine an installation: whose token, which permissions and licences, what is reached, and what follows from it."""

from collections.abc import Iterable

from shared.ask.capabilities import Capability, capabilities
from shared.clients import Services
from shared.doctor import commands
from shared.doctor.examination import Check, Examination, Permission, State, Unneeded, Unusable
from shared.doctor.findings import blunted
from shared.doctor.lacks import Declared, declared, lacks_of
from shared.doctor.reach import reached
from shared.doctor.standing import Standing, standing_of
from shared.graph.permissions import only_reads, opened_by
from shared.graph.queries import P1, P2


async def examine(services: Services, *, principal: str = "", more: Iterable[Check] = ()) -> Examination:
    """Return what this installation has, reaches and lacks. Changes nothing anywhere and sends no ticket.

    ``principal``: object id of the identity whose grants are read instead of the own token's roles; an administrator
    asks so about the app's identity. ``more``: checks of whoever calls, told with the others.
    """
    standing = await standing_of(services, principal)
    all_declared = declared(services.graph.api)
    opened = opened_by(standing.permissions)
    by_query = [(one, tuple(lacks_of(one, opened, standing.licences))) for one in all_declared]
    lacks = tuple(lack for _, some in by_query for lack in some)
    lessened = frozenset(kind for lack in lacks for kind in lack.kinds)
    left = _kinds(one for one, some in by_query if not any(lack.extent == "all" for lack in some))
    found = (await capabilities(services, standing.permissions if standing.is_known else None)).value
    permissions = _permissions(all_declared, found, opened)
    return Examination(
        checks=(*more, *standing.checks, *_needed(permissions, standing), *await reached(services)),
        permissions=permissions,
        licences=standing.licences,
        lacks=lacks,
        findings=tuple(blunted(_kinds(all_declared), left=left, lessened=lessened)),
        skills=tuple(_unusable(found, standing)),
        unneeded=tuple(_unneeded(permissions, all_declared, standing)),
    )


def _kinds(some: Iterable[Declared]) -> frozenset[str]:
    return frozenset(kind for one in some for kind in one.query.kinds)


def _permissions(
    all_declared: list[Declared], found: tuple[Capability, ...], opened: frozenset[str]
) -> tuple[Permission, ...]:
    reads: dict[str, list[str]] = {}
    for _, query in all_declared:
        for name in (query.permission, *(permission for _, permission in query.parts)):
            reads.setdefault(name, []).append(query.what)
    skills: dict[str, list[str]] = {}
    for one in found:
        for name in one.permissions:
            skills.setdefault(name, []).append(one.id)
    return tuple(
        Permission(
            name=name,
            granted=name in opened,
            triage=name in reads,
            reads=tuple(dict.fromkeys(reads.get(name, ()))),
            skills=tuple(skills.get(name, ())),
            command=commands.grant(name),
        )
        for name in sorted(reads.keys() | skills.keys())
    )


def _needed(permissions: tuple[Permission, ...], standing: Standing) -> list[Check]:
    """Return a check for permissions and one for licences: failed when triage lacks something."""
    checks = []
    if standing.is_known:
        missing = [one for one in permissions if not one.granted]
        state: State = "failed" if any(one.triage for one in missing) else "limited" if missing else "ok"
        detail = f"{len(permissions) - len(missing)} of {len(permissions)} granted"
        names = ", ".join(one.name for one in missing)
        mend = f"Missing: {names}. All at once: {commands.ALL_PERMISSIONS}" if missing else ""
        checks.append(Check(name="permissions", state=state, detail=detail, mend=mend))
    lost = [name for name, there in standing.licences.items() if there is False]
    unknown = [name for name, there in standing.licences.items() if there is None]
    detail = "; ".join(
        [
            *([f"missing: {', '.join(lost)}"] if lost else []),
            *([f"not known: {', '.join(unknown)}"] if unknown else []),
        ]
    )
    checks.append(
        Check(
            name="licences",
            state="failed" if {P1, P2} & set(lost) else "limited" if detail else "ok",
            detail=detail or "all there",
            mend=f"Subscribe to what is missing; what there is: {commands.SUBSCRIPTIONS}" if detail else "",
        )
    )
    return checks


def _unusable(found: tuple[Capability, ...], standing: Standing) -> list[Unusable]:
    """Return the skills that ``GET /api/capabilities`` calls unusable, and those whose licence is missing."""
    made = []
    for one in found:
        why = list(one.why_not)
        if one.licence and standing.licences.get(one.licence) is False:
            why.append(f"The tenant does not have {one.licence}.")
        if why:
            made.append(Unusable(id=one.id, why=tuple(dict.fromkeys(why))))
    return made


def _unneeded(permissions: tuple[Permission, ...], all_declared: list[Declared], standing: Standing) -> list[Unneeded]:
    """Return what is granted and used by nothing, what may change the tenant first."""
    used = {one.name for one in permissions} | {name for _, query in all_declared for name in query.or_permissions}
    extra = [
        Unneeded(name=name, changes=not only_reads(name), command=commands.take_away(name))
        for name in sorted(standing.permissions - used)
    ]
    return sorted(extra, key=lambda one: not one.changes)
