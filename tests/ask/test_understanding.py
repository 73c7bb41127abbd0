"""What prompts mean without a language model: Microsoft's own, everyday rewordings, and what is never planned."""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.ask.catalogue import skills
from shared.ask.plan import Context, Declined, NeedInput, Plan
from shared.ask.rules import RulesPlanner
from shared.ask.skill import InputValue, Ref, TimeRange
from shared.ask.understand import scoring
from shared.ask.understand.frames import framed_skills
from shared.ask.understand.parts import LONGEST_PROMPT
from shared.ask.understand.reading import Reading
from tests.ask.small import NOW

DATA = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text())
PUBLISHED = [
    pytest.param(prompt, expected, id=f"{section}: {prompt[:60]}")
    for section, prompts in DATA["published"].items()
    for prompt, expected in prompts.items()
]
PLANNER = RulesPlanner(skills())
USER, OTHER = (Ref(kind="user", id=f"u-{number}", name=f"{number}@x.example") for number in (1, 2))
GROUP = Ref(kind="group", id="g-1", name="A group")
APPS = tuple(Ref(kind="service_principal", id=f"sp-{number}", name=f"App {number}") for number in (1, 2))
SESSIONS = {
    "": Context(now=NOW),
    "user": Context(now=NOW, subject=USER),
    "users": Context(now=NOW, recent=(USER, OTHER), listed=(USER, OTHER)),
    "group": Context(now=NOW, recent=(GROUP,), listed=(GROUP,)),
    "app": Context(now=NOW, recent=APPS[:1], listed=APPS[:1]),
    "apps": Context(now=NOW, recent=APPS, listed=APPS),
}


def shown(value: InputValue) -> str:
    """Return a value as prompts.toml writes it."""
    if isinstance(value, TimeRange):
        return value.words
    if isinstance(value, Ref):
        return f"@{value.id}"
    return f"({','.join(shown(one) for one in value)})" if isinstance(value, tuple) else str(value)


def told(planned: Plan | NeedInput | Declined) -> str:
    """Return a plan as prompts.toml writes it, without values that are the default anyway."""
    if not isinstance(planned, Plan):
        return "?" if isinstance(planned, NeedInput) else "-"
    steps = []
    for step in planned.steps:
        defaults = {one.name: str(one.default) for one in skills()[step.skill].inputs}
        said = [f"{name}={shown(value)}" for name, value in step.inputs.items() if shown(value) != defaults[name]]
        steps.append(" | ".join([step.skill, *sorted(said)]))
    return " + ".join(steps)


def expected_of(text: str) -> tuple[str, str]:
    """Return the session that an expectation names, and the plan, without values that are the default anyway."""
    session, _, text = text[1:].partition("] ") if text.startswith("[") else ("", "", text)
    if text in {"?", "-"}:
        return session, text
    steps = []
    for step in text.split(" + "):
        skill_id, *said = step.split(" | ")
        defaults = {one.name: str(one.default) for one in skills()[skill_id].inputs}
        kept = [one for one in said if one.partition("=")[2] != defaults[one.partition("=")[0]]]
        steps.append(" | ".join([skill_id, *sorted(kept)]))
    return session, " + ".join(steps)


async def plan(prompt: str, session: str = "") -> Plan | NeedInput | Declined:
    """Plan a prompt by rules."""
    return await PLANNER.plan(prompt, SESSIONS[session])


@pytest.mark.parametrize(("prompt", "expected"), PUBLISHED)
async def test_published_prompts(prompt: str, expected: str) -> None:
    """Every prompt that Microsoft publishes for what we read is planned as it is meant, or asks for what it leaves open."""
    session, wanted = expected_of(expected)
    assert told(await plan(prompt, session)) == wanted


@pytest.mark.parametrize(
    ("part", "least_right"),
    [("rewordings", 0.9), ("fresh", 0.85), ("everyday", 1.0), ("analysts", 0.95), ("several", 1.0)],
)
async def test_rewordings(part: str, least_right: float) -> None:
    """Everyday wordings are mostly understood; where they are not, they are asked back and never answered wrongly."""
    counts: Counter[str] = Counter()
    wrong = []
    for prompt, expected in DATA[part].items():
        session, wanted = expected_of(expected)
        got = told(await plan(prompt, session))
        counts["right" if got == wanted else "asked" if got in {"?", "-"} else "wrong"] += 1
        if got not in {wanted, "?", "-"}:
            wrong.append((prompt, got, wanted))
    assert wrong == []
    assert counts["right"] >= least_right * counts.total(), counts


@pytest.mark.parametrize(("prompt", "expected"), DATA["traps"].items())
async def test_what_is_only_near_is_not_answered(prompt: str, expected: str) -> None:
    """A word more than a skill can mind ("not", "from Brazil", "own") makes it a question, never another's answer."""
    _, wanted = expected_of(expected)
    assert told(await plan(prompt)) in {wanted, "?", "-"}


@pytest.mark.parametrize("prompt", DATA["refused"]["prompts"])
async def test_what_is_no_question_for_us_is_never_planned(prompt: str) -> None:
    """Other subjects, attacks, changes and areas that are not read end in a question or a no."""
    assert not isinstance(await plan(prompt), Plan)


async def test_most_of_it_is_declined_outright() -> None:
    """A no is said as a no; what might be a name is asked back."""
    answers = [await plan(prompt) for prompt in DATA["refused"]["prompts"]]
    assert sum(isinstance(answer, Declined) for answer in answers) >= len(answers) - 5


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("Reset the password of karita@woodgrovebank.com", "only reads"),
        ('Which access packages are in catalog "XYZ"?', "access packages"),
        ("List all lifecycle workflows in my tenant", "lifecycle workflows"),
        ("What is my Microsoft Entra SLA?", "service level"),
        ("Tell me a joke", "not a question about identities"),
    ],
)  # fmt: skip
async def test_a_no_says_why_and_what_instead(prompt: str, names: str) -> None:
    """The reason names what is not done, with prompts that work."""
    answer = await plan(prompt)
    assert isinstance(answer, Declined)
    assert names in answer.reason
    assert answer.prompts
    for instead in answer.prompts:
        assert not isinstance(await plan(instead), Declined), instead


@pytest.mark.parametrize(("prompt", "expected"), PUBLISHED)
async def test_case_and_spaces_never_change_the_plan_to_another(prompt: str, expected: str) -> None:
    """Without its capitals a name of everyday words may have to be asked for, but nothing else is answered."""
    session, wanted = expected_of(expected)
    for variant in (prompt.lower(), prompt.upper(), f"  {prompt.replace(' ', '   ')}\n"):
        got = told(await plan(variant, session))
        assert got.casefold() == wanted.casefold() or got in {"?", "-"}, variant


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=300))
async def test_any_text_is_taken(text: str) -> None:
    """No text breaks the planner, and the same text is the same plan."""
    first = await plan(text, "user")
    assert first == await plan(text, "user")


@settings(max_examples=100, deadline=None)
@given(
    words=st.lists(
        st.sampled_from(
            "show list who risky users group of karita@woodgrovebank.com 'x' \"y z\" last 5 days in the apps not and reset "
            "is member sign-ins from Brazil 203.0.113.7 these first one this user failed why {user} <object id>".split()
        ),
        max_size=14,
    )
)
async def test_any_words_are_taken(words: list[str]) -> None:
    """Known words in any order give a bounded plan whose inputs the skills have."""
    planned = await plan(" ".join(words), "apps")
    if isinstance(planned, Plan):
        assert 1 <= len(planned.steps) <= 5
        for step in planned.steps:
            assert set(step.inputs) <= {one.name for one in skills()[step.skill].inputs}


def test_every_frame_is_of_a_skill() -> None:
    """A frame of a skill that was renamed would never be looked at again."""
    assert framed_skills() <= skills().keys()


@pytest.mark.parametrize(
    "prompt",
    [
        "Hi team, is bo@woodgrovebank.com enabled? Thanks a lot in advance!",
        "Ticket INC0012345: is bo@woodgrovebank.com enabled?",
        "is bo@woodgrovebank.com enabled, so that I can close this ticket",
        "For my incident report: is bo@woodgrovebank.com enabled",
        "is bo@woodgrovebank.com enabled? I need it for the vendor review.",
    ],
)
async def test_what_is_said_beside_the_question_changes_nothing(prompt: str) -> None:
    """Greeting, thanks, ticket number and purpose are no part of the question."""
    assert told(await plan(prompt)) == "user_account_state | user=bo@woodgrovebank.com"


@pytest.mark.parametrize(
    ("prompt", "first", "second"),
    [
        ("List risky users. Then show their sign-ins.", "List risky users", "show their sign-ins"),
        (
            "Who is Casey Jensen's manager? Is the manager risky?",
            "Who is Casey Jensen's manager",
            "Is the manager risky",
        ),
    ],
)
async def test_what_cannot_be_two_steps_is_asked_back_by_name(prompt: str, first: str, second: str) -> None:
    """Neither question is left out in silence, and the first can be sent as it is."""
    answer = await plan(prompt)
    assert isinstance(answer, NeedInput)
    assert first in answer.question
    assert second in answer.question
    assert isinstance(await plan(answer.prompts[0]), Plan)


async def test_both_sides_of_an_and_are_offered() -> None:
    """What may be one list or two is asked, with a prompt for each that works."""
    answer = await plan("users who are risky and disabled")
    assert isinstance(answer, NeedInput)
    assert [told(await plan(prompt)) for prompt in answer.prompts] == [
        "risky_users",
        "users_by_account_state | account=disabled",
    ]


async def test_more_questions_than_steps_are_asked_back() -> None:
    """Six questions are more than a plan holds."""
    asked = ("is he risky?", "his devices?", "his roles?", "his groups?", "who is his manager?")
    answer = await plan(f"Is bo@x.example enabled? {' '.join(asked)}")
    assert isinstance(answer, NeedInput)
    assert "more than 5" in answer.question


PAIRS = [
    (prompt, expected)
    for prompt, expected in DATA["everyday"].items()
    if not expected.startswith("[") and " + " not in expected and expected not in {"?", "-"}
]


@pytest.mark.parametrize("joins", [". ", "? ", " and ", ", then "])
async def test_two_questions_are_never_taken_for_another(joins: str) -> None:
    """Prompts of one half of a list, each joined to one of the other half: both are planned, or asked back."""
    wrong = []
    right = 0
    half = len(PAIRS) // 2
    for (first, one), (second, other) in zip(PAIRS[:half], PAIRS[half:], strict=False):
        got = told(await plan(f"{first.rstrip('?. ')}{joins}{second}"))
        wanted = " + ".join(dict.fromkeys([expected_of(one)[1], expected_of(other)[1]]))
        right += got == wanted
        if got not in {wanted, "?", "-"}:
            wrong.append((first, second, got))
    assert wrong == []
    assert right >= 0.65 * half


@pytest.mark.parametrize(
    "prompt",
    [
        "disable bo@woodgrovebank.com so that I can close this ticket",
        "Hi team, reset the password of bo@x.example for my report",
    ],
)
async def test_a_purpose_hides_no_change(prompt: str) -> None:
    """What the app should do is refused, whatever it is for."""
    assert isinstance(await plan(prompt), Declined)


@pytest.mark.parametrize(
    "pattern",
    [
        '"a" ',
        "1 ",
        "on 3 May ",
        "bo@x.de and ",
        "and is bo@x.de risky ",
        "Is a? ",
        "the group Foo bar ",
        "global administrator ",
        "a@a.a",
        "last one ",
        "is bo@x.de risky or ",
        "failed or risky sign-ins and roles of bo@x.de. ",
        "risky users or apps, then ",
    ],
)
async def test_work_is_bounded(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However hostile 2,000 characters or fewer are, no more than a few thousand short comparisons are made."""
    work: list[int] = []
    compare = scoring._match

    def counted(reading: Reading, *rest: Any) -> Any:
        work.append(len(reading.tokens))
        return compare(reading, *rest)

    monkeypatch.setattr(scoring, "_match", counted)
    for length in (2000, 800, 400, 200):
        work.clear()
        await plan((pattern * 700)[:length], "")
        assert len(work) < 4000
        assert sum(work) < 60_000


async def test_the_length_is_bounded() -> None:
    """A flood of text is not read."""
    assert isinstance(await plan("risky users " * LONGEST_PROMPT), Declined)
