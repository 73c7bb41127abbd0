"""What can be asked: every skill, with what it needs and whether it works now."""

from typing import Literal

import msgspec

from shared.ask.access import Refusal, granted, refusals
from shared.ask.catalogue import skills
from shared.ask.skill import Input, Skill
from shared.clients import Services
from shared.clock import iso
from shared.graph.permissions import opened_by


class Capability(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One skill."""

    id: str
    area: str
    title: str
    description: str
    inputs: tuple[Input, ...]
    examples: tuple[str, ...]
    """Prompts that mean it; ``{braces}`` stand for an input."""
    permissions: tuple[str, ...]
    licence: str | None
    paths: tuple[str, ...]
    """Graph paths that it reads; empty for what the app itself keeps."""
    usable: bool
    why_not: tuple[str, ...] = ()
    """What is missing for a whole answer, in words."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All skills by area, and how prompts are understood."""

    planner: str
    """``rules``, or the model's name."""
    permissions_known_from: Literal["token", "refusals"]
    """``token``: the app's token lists what it may read; ``refusals``: only what Graph refused so far is known."""
    value: tuple[Capability, ...]


async def capabilities(services: Services, permissions: frozenset[str] | None = None) -> Capabilities:
    """Return every skill with whether it is usable now: by the app's token, and by what Graph refused lately.

    ``permissions``: judge by these instead of the token's.
    """
    roles = await granted(services) if permissions is None else opened_by(permissions)
    refused = await refusals(services)
    settings = services.settings
    return Capabilities(
        planner="rules" if settings.model_provider == "offline" else settings.model,
        permissions_known_from="refusals" if roles is None else "token",
        value=tuple(_capability(skill, roles, refused) for skill in skills().values()),
    )


def _capability(skill: Skill, roles: frozenset[str] | None, refused: list[Refusal]) -> Capability:
    why_not = [*_not_granted(skill, roles), *_refused(skill, refused)]
    return Capability(
        id=skill.id,
        area=skill.area,
        title=skill.title,
        description=skill.description,
        inputs=skill.inputs,
        examples=skill.examples,
        permissions=skill.permissions,
        licence=skill.licence,
        paths=skill.paths,
        usable=not why_not,
        why_not=tuple(why_not),
    )


def _not_granted(skill: Skill, roles: frozenset[str] | None) -> list[str]:
    if roles is None:
        return []
    return [f"The app's token does not have `{name}`." for name in skill.permissions if name not in roles]


def _refused(skill: Skill, refused: list[Refusal]) -> list[str]:
    names = {("permission", name) for name in skill.permissions} | {("licence", skill.licence)}
    return [
        f"Graph refused a look-up for the lack of {one.need.kind} `{one.need.name}` at {iso(one.at)} ({one.detail})."
        for one in refused
        if (one.need.kind, one.need.name) in names
    ]
