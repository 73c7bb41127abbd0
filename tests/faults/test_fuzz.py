"""What ``python -m tests.faults.fuzz`` looks for, on a few bent bodies in every run.

Prompts: ``tests/ask/test_understanding.py``.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.bending import bent
from tests.faults.fuzz import bodies, check_body

BODIES = sorted(bodies(), key=len)[:40]


@settings(max_examples=60)
@given(bent(st.sampled_from(BODIES)))
def test_a_bent_body_is_accounted_for(body: bytes) -> None:
    """Nothing raises, nothing vanishes, and what is parked stays so when it is replayed."""
    check_body(body)
