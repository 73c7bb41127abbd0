"""Everyday prompts through HTTP on the demo's tenant: understood, answered with rows, and honest where Graph refuses."""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local import story
from local.tenant import Rules
from shared.ask.catalogue import skills
from tests.ask.demo import SETTINGS, demo
from tests.ask.door import door

ASKED: Mapping[str, tuple[str, str]] = {
    "show me all groups": ("groups_of_type", "Found 19 groups in the tenant: "),
    "list all security groups": ("groups_of_type", "Found 16 security groups in the tenant: "),
    "which groups can hold roles": ("groups_of_type", "Found 2 groups to which directory roles can be assigned: "),
    "who added jonas.bauer@woodgrovebank.com to the group Identity pilots": (
        "group_membership_changes",
        '"jonas.bauer@woodgrovebank.com" was added to "Identity pilots" as member at ',
    ),
    "who removed members from the group Treasury reporting": ("group_membership_changes", "was taken out of"),
    "show all apps": ("enterprise_apps", "Found 8 enterprise apps in the tenant: "),
    "disabled third-party apps": ("enterprise_apps", 'Found 1 disabled enterprise app of other tenants: "Fabrikam Sig'),
    "show the registered applications": ("app_registrations", "Found 3 app registrations in the tenant: "),
    "new apps in the past 10 days": ("apps_added", '1 app was added in the past 10 days: "Contoso Expenses".'),
    "which apps have powerful permissions": ("privileged_apps", "4 apps hold 4 highly privileged permissions: "),
    "which apps can take over the tenant": (
        "privileged_apps",
        '1 app holds 1 highly privileged permission: "Woodgrove B',
    ),
    "who declined the terms of use in the past 30 days": (
        "terms_of_use",
        "1 user declined terms of use in the past 30",
    ),
}


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """Ask everything once."""

    async def asked() -> dict[str, Any]:
        async with demo() as made:
            return {prompt: await made.ask(prompt) for prompt in ASKED}

    return asyncio.run(asked())


@pytest.mark.parametrize("prompt", ASKED)
def test_it_is_understood_and_answered_with_rows(answers: dict[str, Any], prompt: str) -> None:
    """By the skill that is meant, with rows and the requests behind them."""
    skill_id, words = ASKED[prompt]
    answer = answers[prompt]
    assert [step["skill"] for step in answer["plan"]["steps"]] == [skill_id]
    assert answer["result"]["type"] == "success"
    assert words in answer["result"]["content"]
    assert any(one["rows"] for one in answer["data"]["tables"])
    assert not answer["data"]["gaps"]
    assert answer["sources"]


async def test_without_its_permission_each_says_what_is_missing() -> None:
    """Nothing passes for none: the answer names the permission to grant, and has no rows."""
    with tempfile.TemporaryDirectory(prefix="entra-triage-") as folder:
        async with door(Path(folder), tenant=story.tenant(), settings=SETTINGS, now=story.NOW) as made:
            made.system.tenant.stand_in.rules = Rules(roles=frozenset({"User.Read.All", "Organization.Read.All"}))
            for prompt, (skill_id, _) in ASKED.items():
                answer = await made.ask(prompt)
                lacks = {missing["name"] for missing in answer["data"]["missing"]}
                # A group that is named is looked up first, and its name could not be read.
                needs = {"GroupMember.Read.All"} if skill_id == "group_membership_changes" else set()
                assert lacks & {*skills()[skill_id].permissions, *needs}, prompt
                assert not any(one["rows"] for one in answer["data"]["tables"]), prompt
                assert answer["result"]["content"].strip(), prompt
                assert " no " not in answer["result"]["content"].lower(), prompt
