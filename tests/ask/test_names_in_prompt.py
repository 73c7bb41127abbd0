"""Names of the tenant's things that no grammar tells: looked up before a person is asked."""

import pytest

from tests.ask.demo import demo


@pytest.mark.parametrize(
    ("prompt", "skill_id", "name"),
    [
        (
            "what does the policy Block legacy authentication block and who is exempt",
            "ca_policy",
            "Block legacy authentication",
        ),
        ("owner of Corporate lending deals?", "group_owners", "Corporate lending deals"),
    ],
)
async def test_a_name_of_everyday_words_is_found(prompt: str, skill_id: str, name: str) -> None:
    """Where words alone would ask which one, or cut the name too late or too early."""
    async with demo() as door:
        answer = await door.ask(prompt)
    (step,) = answer["plan"]["steps"]
    assert (step["skill"], answer["result"]["type"]) == (skill_id, "success")
    assert name in [value["name"] for value in step["inputs"].values() if isinstance(value, dict)]
