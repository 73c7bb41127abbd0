"""Prompts that go on from earlier ones: what they point at, what they change, what they leave open."""

import pytest

from shared.ask.catalogue import skills
from shared.ask.plan import Asked, Context, NeedInput, Plan, Step
from shared.ask.rules import RulesPlanner
from shared.ask.skill import TimeRange
from tests.ask.small import APPS, BO, KARITA, catalogue, context

PLANNER = RulesPlanner(catalogue())
WEEK = TimeRange(since="2026-09-10T12:00:00Z", until="2026-09-17T12:00:00Z", words="the past 7 days")
SIGN_INS = Step(skill="sign_ins_of_user", inputs={"user": KARITA, "count": 5})


async def steps(prompt: str, given: Context) -> tuple[Step, ...]:
    """Return the steps of what must be a plan."""
    planned = await PLANNER.plan(prompt, given)
    assert isinstance(planned, Plan), planned
    return planned.steps


@pytest.mark.parametrize(
    ("prompt", "changed"),
    [
        ("and for the past 7 days?", {"time_range": WEEK}),
        ("for the last 7 days", {"time_range": WEEK}),
        ("what about bo@woodgrovebank.com?", {"user": "bo@woodgrovebank.com"}),
        ("and only the failed ones", {"status": "failure"}),
        ("the last 20", {"count": 20}),
        ("show me more", {"count": 10}),
        ("more please", {"count": 10}),
    ],
)
async def test_a_follow_up_changes_one_thing(prompt: str, changed: dict[str, object]) -> None:
    """The last plan is run again with what the prompt says anew."""
    (step,) = await steps(prompt, context(steps=(SIGN_INS,), recent=(KARITA,)))
    assert step == Step(skill="sign_ins_of_user", inputs={**SIGN_INS.inputs, **changed})


async def test_more_than_the_most_is_not_promised() -> None:
    """At the cap there is nothing more to show."""
    full = Step(skill="sign_ins_of_user", inputs={"user": KARITA, "count": 50})
    assert isinstance(await PLANNER.plan("show me more", context(steps=(full,))), NeedInput)


@pytest.mark.parametrize("prompt", ["Is he risky?", "is this user risky", "Is she at risk?", "is the user risky"])
async def test_pointers_mean_the_subject_and_else_the_latest(prompt: str) -> None:
    """What the request names comes before what was spoken of."""
    assert (await steps(prompt, context(recent=(KARITA, BO))))[0].inputs == {"user": KARITA}
    assert (await steps(prompt, context(subject=BO, recent=(KARITA,))))[0].inputs == {"user": BO}


async def test_a_pointer_at_nothing_is_asked_back() -> None:
    """Nobody was named: the question says what is missing."""
    planned = await PLANNER.plan("Is this user risky?", context())
    assert isinstance(planned, NeedInput)
    assert "user" in planned.question


async def test_a_missing_name_is_asked_with_whom_it_may_be() -> None:
    """Without a pointer the latest thing is offered, not taken."""
    planned = await PLANNER.plan("what devices?", context(recent=(KARITA, *APPS)))
    assert isinstance(planned, NeedInput)
    assert planned.candidates in {(), (KARITA,)}


def asked(planned: object) -> Context:
    """Return the session after a question back."""
    assert isinstance(planned, NeedInput), planned
    question = Asked(step=planned.step, asks=planned.asks, candidates=planned.candidates, prompts=planned.prompts)
    return context(asked=question, recent=(KARITA,), listed=(KARITA, BO))


@pytest.mark.parametrize(
    ("answer", "user"),
    [
        ("bo@woodgrovebank.com", "bo@woodgrovebank.com"),
        ("I mean bo@woodgrovebank.com, please", "bo@woodgrovebank.com"),
        ("Casey Jensen", "Casey Jensen"),
        ("casey", "casey"),
        ("for the user Casey Jensen", "Casey Jensen"),
        ("2", BO),
        ("the second one", BO),
    ],
)
async def test_a_bare_name_or_number_answers_the_question_back(answer: str, user: object) -> None:
    """What was asked is planned with it, and with what was said before; it opens no new question."""
    question = await PLANNER.plan(
        "sign-ins of this user in the past 7 days", context(listed=(KARITA, BO), recent=(KARITA, BO))
    )
    (step,) = await steps(answer, asked(question))
    assert step == Step(skill="sign_ins_of_user", inputs={"user": user, "time_range": WEEK})


async def test_a_number_chooses_one_of_the_prompts_that_were_offered() -> None:
    """After a question with prompts a number is one of them."""
    offered = context(asked=Asked(prompts=("Is bo@woodgrovebank.com risky?", "devices of bo@woodgrovebank.com")))
    assert (await steps("option 2", offered))[0].skill == "user_devices"
    assert not isinstance(await PLANNER.plan("3", offered), Plan)


@pytest.mark.parametrize(
    "prompt", ["List all risky users", "who is a member of this group?", "Tell me more about bo@woodgrovebank.com"]
)
async def test_another_question_is_no_answer(prompt: str) -> None:
    """Whoever asks something else is not held to the question."""
    question = await PLANNER.plan("Is this user risky?", context())
    planned = await PLANNER.plan(prompt, asked(question))
    assert not isinstance(planned, Plan) or planned.steps[0].skill != "user_risk"


async def test_several_things_of_the_latest_answer() -> None:
    """These apps are all of them, the second one is the second."""
    known = context(listed=APPS, recent=APPS)
    assert (await steps("Who owns these apps?", known))[0].inputs == {"apps": APPS}
    assert (await steps("who owns the second one?", known))[0].inputs in ({"apps": APPS[1]}, {"apps": (APPS[1],)})
    listed = context(listed=(KARITA, BO), recent=(KARITA, BO))
    both = await steps("which devices do these users have?", listed)
    assert [step.inputs["user"] for step in both] == [KARITA, BO]


async def test_which_of_several_is_asked() -> None:
    """One user is asked for where the latest answer has two."""
    planned = await PLANNER.plan("Is this user risky?", context(listed=(KARITA, BO), recent=(KARITA, BO)))
    assert isinstance(planned, NeedInput)
    assert planned.candidates == (KARITA, BO)


async def test_a_later_part_is_about_whom_the_first_names() -> None:
    """Pronouns inside a prompt mean its own names, whatever the session knows."""
    known = context(subject=BO, recent=(BO,))
    first, second = await steps("Is karita@woodgrovebank.com risky? Show me her devices.", known)
    assert (first.skill, second.skill) == ("user_risk", "user_devices")
    assert first.inputs == second.inputs == {"user": "karita@woodgrovebank.com"}


async def test_columns_asked_for_besides_are_no_second_question() -> None:
    """Addresses and reasons are in the answer anyway, and so is its form as a table."""
    prompt = "Show failed sign-ins of karita@woodgrovebank.com and tell me the IP addresses. Put this in a table."
    (step,) = await steps(prompt, context())
    assert step.inputs == {"user": "karita@woodgrovebank.com", "status": "failure"}


async def test_near_ties_are_asked_with_complete_prompts() -> None:
    """What could be two questions is offered as both, ready to be sent."""
    planner = RulesPlanner(skills())
    planned = await planner.plan("tell me about Contoso", context())
    assert isinstance(planned, NeedInput)
    assert len(planned.prompts) > 1
    for prompt in planned.prompts:
        assert "Contoso" in prompt
        assert "{" not in prompt


async def test_a_time_that_a_skill_cannot_take_is_not_dropped() -> None:
    """Risky users of last week are not all risky users: say so."""
    planned = await PLANNER.plan("List all risky users of the past 7 days", context())
    assert isinstance(planned, NeedInput)
