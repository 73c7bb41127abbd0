"""Every skill with a real answer of the demo tenant, as a page of the documentation."""

import re
import tempfile
from itertools import batched, groupby
from pathlib import Path

import msgspec

from local import story
from local.system import HUBS, UNLIMITED, System, running
from local.tenant import Tenant
from local.working import working
from shared.ask.answer import Answer, AnswerTable
from shared.ask.catalogue import skills
from shared.ask.render import plain
from shared.ask.request import Given, PromptRequest, SubjectGiven
from shared.ask.run import ask
from shared.ask.skill import THINGS, Input, Skill
from shared.clock import ManualClock
from shared.feedback import GivenFeedback, take
from shared.settings import Settings
from shared.state.sqlite import MEMORY

HEAD = """# Skills

Made from the declarations in `shared/ask/skills/` and from answers about the demo's tenant; do not edit it by hand,
but make it again:

```sh
.venv/bin/python -m local skills > docs/skills.md
```

Each prompt below was sent as it stands, understood without a model, and answered with the words shown; the tables that
belong to them are named with their columns. [prompts.md](prompts.md) says how to send prompts, and how a playbook names
a skill.
"""
CALLER = "documentation"
PERSON = "karita@woodgrovebank.com"
BY_KIND: dict[str, Given] = {
    "user": PERSON,
    "group": "Finance Department",
    "service_principal": "Woodgrove Build Agent",
    "application": "Woodgrove Build Agent",
    "device": "WB-LT-2041",
    "role": "Global Administrator",
    "policy": "Block legacy authentication",
    "case": PERSON,
    "count": 5,
    "time_range": "the past 7 days",
    "address": "203.0.113.45",
    "place": "Amsterdam",
    "day": "2026-09-16",
}
BY_NAME: dict[str, Given] = {
    "name": "Fin",
    "domain": "woodgrovebank.com",
    "licence": "SPE_E5",
    "department": "Finance",
    "company": "Woodgrove Bank",
    "nickname": "karita",
    "event_type": "Add group",
    "operating_system": "Windows",
    "app": "OfficeHome",
    "request_id": str(story.tenant()["auditLogs/signIns"][0]["id"]),
}
BY_SKILL: dict[str, dict[str, Given]] = {
    "apps_added": {"time_range": "the past 30 days"},
    "case_feedback": {"case": PERSON},
    "failed_sign_ins_of_user": {"user": "priya.raman@woodgrovebank.com"},
    "group_creator": {"group": "Treasury reporting"},
    "groups_created_by": {"users": "asha.brunelle@woodgrovebank.com"},
    "group_membership_changes": {"user": "jonas.bauer@woodgrovebank.com", "group": "Identity pilots"},
    "provisioning_jobs": {"app": "Woodgrove HR Provisioning"},
    "report_changes": {"case": "tomas.novak@woodgrovebank.com"},
    "reports_of_user": {"user": "brandon.artois@woodgrovebank.com"},
    "roles_of_app": {"service_principal": "Woodgrove HR Provisioning"},
    "roles_of_group": {"group": "Identity Platform Operators"},
    "roles_of_user": {"user": "brandon.artois@woodgrovebank.com"},
    "sign_ins_to_app": {"service_principal": "Azure Portal"},
    "users_in_department": {"department": "Human Resources"},
}
"""What a skill is asked about where the first person, group or app has nothing of what it looks for."""
OPINION = GivenFeedback(rating="looksRight", classification="truePositive", comment="The inbox rule was not hers.")
_PLACE = re.compile(r"\{(\w+)\}")


async def skills_page() -> str:
    """Return the page as Markdown, the same bytes for the same skills and demo."""
    settings = Settings(state_path=MEMORY, graph_share=UNLIMITED)
    clock = ManualClock(story.NOW)
    with tempfile.TemporaryDirectory(prefix="entra-triage-") as folder:
        async with running(
            Tenant.load(story.tenant()), Path(folder), settings, clock=clock, sleep=clock.sleep, mode="stepped"
        ) as system:
            await tell_story(system, parts=2)
            await _judge(system)
            parts = [HEAD]
            by_area = sorted(skills().values(), key=lambda skill: skill.area)
            with working(len(by_area), "asking") as advance:
                for area, members in groupby(by_area, key=lambda skill: skill.area):
                    parts.append(f"## {area.replace('_', ' ').capitalize()}\n")
                    for skill in members:
                        parts.append(await _section(skill, system))
                        advance(skill.id)
    return "\n".join(parts).rstrip("\n") + "\n"


async def tell_story(system: System, *, parts: int = 1) -> None:
    """Take in and triage everything of the demo's story; in parts, a case that goes on has several versions."""
    for events in batched(story.events(), -(-len(story.events()) // parts), strict=False):
        for event in events:
            system.events.append(HUBS[event.hub], [event.body])
        while await system.host.step_event_hubs():
            pass
        while await system.host.step_queues(ignore_visibility=True):
            pass


async def _judge(system: System) -> None:
    """Say what an analyst thinks of the case of ``PERSON``."""
    state = system.services.state
    case = next(case for case in await state.cases() if case.identity.name == PERSON)
    given = msgspec.structs.replace(OPINION, case_id=case.id)
    await take(given, CALLER, state, story.NOW)


async def _section(skill: Skill, system: System) -> str:
    prompt, answer = await _answered(skill, system)
    needs = [f"`{permission}`" for permission in skill.permissions] + ([skill.licence] if skill.licence else [])
    lines = [
        f"### {skill.title}\n",
        f"{skill.description}\n",
        f"- skill: `{skill.id}`",
        *(f"- input {_input(one)}" for one in skill.inputs),
        f"- reads: {', '.join(f'`{path}`' for path in skill.paths) or 'what the app itself keeps'}",
        *([f"- needs: {', '.join(needs)}"] if needs else []),
        *(f"- “{plain(example)}”" for example in skill.examples),
        "",
        f"> **{plain(prompt)}**",
        ">",
        *(f"> {line}".rstrip() for line in _words(answer)),
    ]
    return "\n".join(lines) + "\n"


async def _answered(skill: Skill, system: System) -> tuple[str, Answer]:
    """Return the first example that is understood as this skill, with its answer; else the skill called by name."""
    for example in skill.examples:
        prompt = _PLACE.sub(lambda found: str(_value(skill, skill.input(found[1]))), example)
        answer = await ask(PromptRequest(prompt=prompt, subject=_subject(skill)), CALLER, system.services)
        if [step.skill for step in answer.plan.steps] == [skill.id]:
            return prompt, answer
    inputs = {one.name: _value(skill, one) for one in skill.inputs if one.required}
    given = ", ".join(f"{name}: {value}" for name, value in inputs.items())
    request = PromptRequest(skill=skill.id, inputs=inputs)
    return f"/{skill.id} {given}".rstrip(), await ask(request, CALLER, system.services)


def _subject(skill: Skill) -> SubjectGiven | None:
    """Return what "this user" or "these apps" means in an example: the first thing that the skill takes."""
    things = [one for one in skill.inputs if one.kind in THINGS]
    if not things:
        return None
    return msgspec.convert({"kind": things[0].kind, "id": _value(skill, things[0])}, SubjectGiven)


def _value(skill: Skill, one: Input | None) -> Given:
    if one is None:
        return ""
    if one.name in (own := BY_SKILL.get(skill.id, {})):
        return own[one.name]
    if one.choices:
        return one.choices[0]
    named = None if one.kind in THINGS else BY_NAME.get(one.name)
    return named or BY_KIND.get(one.kind) or one.name


def _input(one: Input) -> str:
    more = [] if one.required else ["may be left out" if one.default is None else f"default `{one.default}`"]
    more += [f"one of {', '.join(f'`{choice}`' for choice in one.choices)}"] if one.choices else []
    return f"`{one.name}` ({one.kind.replace('_', ' ')}{', several' if one.many else ''}): " + "; ".join(
        [one.description.rstrip("."), *more]
    )


def _words(answer: Answer) -> list[str]:
    """Return the words of an answer without its tables, which are named with how many rows and which columns."""
    paragraphs = [
        part for part in answer.result.content.split("\n\n") if not part.startswith(("**", "| ", "The first "))
    ]
    tables = [_table(table) for table in answer.data.tables if table.rows]
    return [line for part in [*paragraphs, *tables] for line in [*part.splitlines(), ""]][:-1]


def _table(table: AnswerTable) -> str:
    rows = f"{len(table.rows)} row{'s' if len(table.rows) > 1 else ''}"
    return f"*{plain(table.title)}*: {rows} of {', '.join(column.title for column in table.columns)}"
