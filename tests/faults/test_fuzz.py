"""The properties that ``python -m tests.faults.fuzz`` looks for, on a few bent bodies and prompts in every run."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.bending import bent
from tests.faults.fuzz import bodies, check_body, check_prompt, prompts

BODIES = sorted(bodies(), key=len)[:40]
PROMPTS = [prompt.encode() for prompt in prompts()]


@settings(max_examples=60)
@given(bent(st.sampled_from(BODIES)))
def test_a_bent_body_is_accounted_for(body: bytes) -> None:
    """Nothing raises, nothing vanishes, and what is parked stays so when it is replayed."""
    check_body(body)


@settings(max_examples=10)
@given(bent(st.sampled_from(PROMPTS)))
def test_a_bent_prompt_is_planned(prompt: bytes) -> None:
    """Nothing raises, the plan is bounded, and it is the same again."""
    check_prompt(prompt.decode("utf-8", "replace"))
