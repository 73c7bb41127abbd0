"""A small catalogue for tests that must not change when skills do, and a session to plan in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.ask.look import Look
from shared.ask.plan import Context
from shared.ask.skill import Input, InputValue, Ref, Reply, Skill, skill

NOW = datetime(2026, 9, 17, 12, tzinfo=UTC)
USER = Input(name="user", kind="user", description="The user.")
PERIOD = Input(name="time_range", kind="time_range", description="When.", required=False, default="the past 7 days")
COUNT = Input(name="count", kind="count", description="How many.", required=False, default=10, most=50)
KARITA = Ref(kind="user", id="10000000-0000-4000-8000-000000000001", name="karita@woodgrovebank.com")
BO = Ref(kind="user", id="10000000-0000-4000-8000-000000000002", name="bo@woodgrovebank.com")
APPS = tuple(Ref(kind="service_principal", id=f"app-{number}", name=f"App {number}") for number in range(3))


async def _look(look: Look, given: Mapping[str, InputValue]) -> Reply:
    raise AssertionError("a planner looks nothing up")


def _skill(skill_id: str, *inputs: Input, examples: tuple[str, ...]) -> Skill:
    title = skill_id.replace("_", " ").capitalize()
    made = skill(id=skill_id, area=skill_id, title=title, description=f"{title}.", inputs=inputs, examples=examples)
    return made(_look)


def catalogue() -> dict[str, Skill]:
    """Return a handful of skills of different shapes."""
    status = Input(
        name="status", kind="choice", description="Outcome.", required=False, choices=("success", "failure"),
        words={"failure": ("failed",), "success": ("successful",)},
    )  # fmt: skip
    apps = Input(name="apps", kind="service_principal", description="The apps.", many=True)
    group = Input(name="group", kind="group", description="The group.")
    made = (
        _skill("user_details", USER, examples=("Tell me more about {user}", "Who is {user}?")),
        _skill("user_risk", USER, examples=("Is {user} risky?", "What is the risk level of {user}?")),
        _skill("user_devices", USER, examples=("Which devices does {user} have?", "devices of {user}")),
        _skill("sign_ins_of_user", USER, status, PERIOD, COUNT, examples=(
            "Show me the last {count} sign-ins of {user}", "sign-ins of {user} {time_range}", "Show {status} sign-ins of {user}")),
        _skill("group_members", group, examples=("Who is a member of {group}?", "members of this group")),
        _skill("app_owners", apps, examples=("Who owns {apps}?", "Give me a list of owners for these apps")),
        _skill("risky_users", COUNT, examples=("List all risky users", "How many users are risky?")),
    )  # fmt: skip
    return {one.id: one for one in made}


def context(**more: Any) -> Context:
    """Return a session at noon in which nothing was said yet, unless given."""
    return Context(now=NOW, **more)
