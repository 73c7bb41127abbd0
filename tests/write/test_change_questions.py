"""The maker of a grave change is asked about that change, by name where it can be repeated."""

import pytest

from shared.models.dossier import Fact, Source, Value
from shared.write.change_questions import about_change

WHEN = " on 5 May 2026 at 10:00 UTC"
CASES = [
    ("top_role_assigned", {"role": "Global Administrator"}, "Did you assign the role Global Administrator to Ben"),
    ("access_elevated", {}, "Did you elevate your access to Azure subscriptions"),
    ("mfa_policy_weakened", {}, "Did you change the policy Ben"),
    ("policy_deleted", {}, "Did you delete the policy Ben"),
    ("app_role_granted", {"app_role": "Mail.Read", "grantee": "Sync"}, "Did you give the permission Mail.Read to Sync"),
    ("guest_made_member", {}, "Did you make the guest Ben a member"),
    ("account_enabled_and_reset", {}, "Did you enable the account Ben and reset its password"),
    ("access_pass_out_of_hours", {}, "Did you ask for a Temporary Access Pass"),
]


def change(grave: str, **values: Value) -> Fact:
    """Return an audit fact."""
    return Fact(id="F1", kind="audit", text="", values={"grave": grave, **values}, source=Source(kind="event", ref="x"))


@pytest.mark.parametrize(("grave", "values", "asked"), CASES)
def test_the_question_is_about_the_change(grave: str, values: dict[str, Value], asked: str) -> None:
    """In its own words, with the time."""
    assert about_change(change(grave, target="Ben", **values), WHEN)[0] == f"{asked}{WHEN}?"


def test_a_change_without_names_is_asked_about_without_them() -> None:
    """Some records name nothing; other changes have no words of their own."""
    assert about_change(change("top_role_assigned"), WHEN) == [f"Did you assign a role{WHEN}?"]
    assert about_change(change("guest_invited"), WHEN) == []
    assert about_change(change(""), WHEN) == []
