"""Skills about sign-ins."""

import pytest

from local.tenant import Rules
from shared.ask.places import country_code, place_condition
from shared.ask.skill import Ref, TimeRange
from tests.ask.bench import bench, column
from tests.ask.world import BLOCK_POLICY, EVA, GROUPS, KARITA, MONTH, OLA, SIGN_INS, guid, user

OFFICE = Ref(kind="service_principal", id=guid(2, "4"), name="Office 365")
OF_USER = ("sign_ins_of_user", "failed_sign_ins_of_user", "risky_sign_ins_of_user", "mfa_prompt_reason")
OF_ALL = {
    "sign_ins_in_tenant": {}, "failed_sign_ins": {}, "risky_sign_ins": {}, "sign_ins_without_mfa": {}, "sign_ins_by_policy": {},
    "sign_ins_from_place": {"place": "Lagos"}, "sign_ins_from_address": {"address": "198.51.100.9"},
    "sign_ins_to_app": {"service_principal": OFFICE}, "sign_ins_from_client": {"client": "Edge"},
    "sign_ins_by_device_state": {"device_state": "managed"}, "sign_in_details": {"request_id": guid(1, "7")},
}  # fmt: skip


async def test_sign_ins_of_a_user() -> None:
    """How many, how they ended, the latest, newest first."""
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("sign_ins_of_user", user=user())
        assert asked.trips == 1
    assert found.text == (
        'Found 5 interactive sign-ins of "karita@woodgrovebank.com" in the past 7 days: '
        "1 succeeded, 3 failed and 1 interrupted on the way. "
        'The latest was at 2026-08-31T08:00:01Z to "Azure Portal" from 203.0.113.7 (Oslo, NO): it succeeded.'
    )
    assert column(found, "result") == ["success", "failure", "failure", "failure", "interrupted"]
    assert column(found, "reason")[1:4] == ["wrong user name or password"] * 2 + ["blocked by Conditional Access"]
    assert found.facts["ip_addresses"] == ("203.0.113.7", "198.51.100.9", "198.51.100.8")
    assert found.facts["countries"] == ("NO", "NG")
    assert "createdDateTime ge 2026-08-25T12:00:00Z" in found.sources[0].ref


async def test_the_last_few_are_no_gap() -> None:
    """Somebody asked for two: that there are more is said, and is not something that could not be read."""
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("sign_ins_of_user", user=user(), count=2)
    assert len(found.tables[0].rows) == 2
    assert found.tables[0].complete is False
    assert found.gaps == ()
    assert found.text.startswith("Found the latest 2 interactive sign-ins")


async def test_failed_sign_ins_of_a_user() -> None:
    """Reasons and addresses are counted."""
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("failed_sign_ins_of_user", user=user())
    assert (
        "Reasons: wrong user name or password (50126) 2, blocked by Conditional Access (53003) 1 and MFA was asked for (50074) 1."
        in found.text
    )
    assert "Addresses: 198.51.100.9 2, 198.51.100.8 1 and 203.0.113.7 1." in found.text
    assert (found.facts["failed"], found.facts["interrupted"], found.facts["succeeded"]) == (3, 1, 0)
    assert [table.title for table in found.tables] == ["Sign-ins, interactive", "Reasons", "Addresses"]
    assert found.tables[2].rows[0] == {"ip_address": "198.51.100.9", "place": "Lagos, NG", "sign_ins": 2, "failed": 2}


async def test_risky_sign_ins() -> None:
    """Of a user, and of everybody; dismissed risk is told apart."""
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("risky_sign_ins_of_user", user=user(), time_range=MONTH)
        assert "By state: 1 atRisk; by risk during sign-in: 1 high." in found.text
        assert found.facts["at_risk"] == 1
        found = await asked.ask("risky_sign_ins")
        assert found.facts["count"] == 2
        assert "By state: 1 dismissed, 1 atRisk" in found.text
        found = await asked.ask("risky_sign_ins_of_user", user=user(OLA, "ola@woodgrovebank.com"))
        assert found.text.startswith(
            'Found no interactive sign-ins of "ola@woodgrovebank.com" with risk in the past 7 days.'
        )


async def test_sign_ins_of_everybody() -> None:
    """Users and addresses are named; what somebody chose is shown clean."""
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("sign_ins_in_tenant")
        assert found.facts["count"] == 7
        assert "They are of 3 users" in found.text
        found = await asked.ask("failed_sign_ins")
        assert "Strange 'reason" in found.text
        assert found.facts["failed"] == 4


@pytest.mark.parametrize("place", ["Lagos", "lagos", "Nigeria", "NG", "Lagos, Nigeria"])
async def test_sign_ins_from_a_place(place: str) -> None:
    """City, country, code, or both."""
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("sign_ins_from_place", place=place)
        assert asked.trips == 1
    assert found.facts["count"] == 3
    assert found.subjects[0].id == KARITA


def test_countries_have_names() -> None:
    """Common names and articles; a quote cannot end the filter."""
    assert [country_code(text) for text in ("the Netherlands", "USA", "united kingdom", "no", "Atlantis")] == [
        "NL",
        "US",
        "GB",
        "NO",
        None,
    ]
    assert "''" in place_condition("O'Fallon")


async def test_sign_ins_by_what_they_share() -> None:
    """Address, app by name and id, browser, system, state of the device."""
    async with bench(SIGN_INS) as asked:
        assert (await asked.ask("sign_ins_from_address", address="198.51.100.9")).facts["count"] == 2
        found = await asked.ask("sign_ins_to_app", service_principal=OFFICE)
        assert (found.facts["count"], asked.trips) == (1, 2)
        assert found.subjects[1].id == EVA
        gone = Ref(kind="service_principal", id=guid(9, "4"), name="Azure Portal")
        assert (await asked.ask("sign_ins_to_app", service_principal=gone)).facts["count"] == 5
        assert (await asked.ask("sign_ins_from_client", client="Edge")).facts["count"] == 4
        assert (await asked.ask("sign_ins_from_client", client="Safari")).facts["count"] == 3
        assert (await asked.ask("sign_ins_from_client", client="MacOs")).facts["count"] == 3
        assert (await asked.ask("sign_ins_from_client", client="Windows 11")).facts["count"] == 4
        assert (await asked.ask("sign_ins_from_client", client="Windows 10")).facts["count"] == 0
        found = await asked.ask("sign_ins_by_device_state", device_state="unmanaged")
        assert found.facts["count"] == 3
        assert "They are of 1 user" in found.text
        assert "from 2 addresses (198.51.100.9 and 198.51.100.8)" in found.text


async def test_what_is_filtered_here_is_cut_honestly() -> None:
    """Three pages of two are looked through, and there are more: the count is not of all."""
    async with bench(SIGN_INS, Rules(max_page=2)) as asked:
        found = await asked.ask("sign_ins_by_device_state", device_state="compliant", time_range=MONTH)
        assert asked.trips == 3
        nothing = await asked.ask("sign_ins_from_client", client="Linux", time_range=MONTH)
    assert found.facts["is_all"] is False
    assert found.tables[0].complete is False
    assert found.gaps
    assert nothing.text.startswith("Found no interactive sign-ins")
    many = await failing_cut()
    assert "as far as the log was read" in many


async def failing_cut() -> str:
    """Return what is said when nothing fits in what was read of a longer log."""
    async with bench(SIGN_INS, Rules(max_page=1)) as asked:
        return (await asked.ask("sign_ins_by_device_state", device_state="compliant", time_range=BEFORE)).text


BEFORE = TimeRange(since="2026-08-28T00:00:00Z", until="2026-08-31T00:00:00Z", words="those days")


async def test_sign_ins_by_conditional_access() -> None:
    """All policies, one policy, one result."""
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("sign_ins_by_policy")
        assert found.facts["count"] == 2
        assert found.tables[1].rows[0] == {"policy": "Block Lagos", "success": 0, "failure": 1, "other": 0}
        found = await asked.ask("sign_ins_by_policy", policy_result="failure")
        assert column(found, "error_code") == [53003]
        policy = Ref(kind="policy", id=BLOCK_POLICY, name="Block Lagos")
        found = await asked.ask("sign_ins_by_policy", policy=policy, policy_result="failure")
        assert 'in which the Conditional Access policy "Block Lagos" was not satisfied' in found.text
        assert found.facts["count"] == 1


async def test_sign_ins_without_mfa_come_from_beta() -> None:
    """v1.0 does not say what a sign-in needed."""
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("sign_ins_without_mfa")
        assert asked.statuses() == {200}
    assert found.facts["count"] == 1
    assert 'Most went to "Azure Portal".' in found.text


async def test_one_sign_in() -> None:
    """By request id, with the policies that were evaluated; an unknown id is said to be unknown."""
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("sign_in_details", request_id=guid(4, "7"))
        assert "failure, blocked by Conditional Access." in found.text
        assert 'evaluated 2 policies, of which it applied "Block Lagos"' in found.text
        assert found.facts["policies"] == ("Block Lagos",)
        found = await asked.ask("sign_in_details", request_id=guid(44, "7"))
        assert found.text.startswith("There is no sign-in with the request id")


async def test_why_somebody_was_asked_for_mfa() -> None:
    """The policy that asked for it; nothing when MFA was not needed."""
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("mfa_prompt_reason", user=user())
        assert "Graph does not say what required MFA." in found.text
        document = {
            **SIGN_INS,
            "auditLogs/signIns": [s for s in SIGN_INS["auditLogs/signIns"] if s["id"] == guid(5, "7")],
        }
    async with bench(document) as asked:
        found = await asked.ask("mfa_prompt_reason", user=user())
        assert 'MFA was required by the Conditional Access policy "MFA for all".' in found.text
        assert found.facts["policies"] == ("MFA for all",)
        found = await asked.ask("mfa_prompt_reason", user=user(OLA, "ola@woodgrovebank.com"))
        assert "needed MFA" in found.text


async def test_more_than_the_log_keeps() -> None:
    """Thirty days at most, and it is said."""
    long = TimeRange(since="2026-01-01T00:00:00Z", until="2026-09-01T12:00:00Z", words="this year")
    async with bench(SIGN_INS) as asked:
        found = await asked.ask("sign_ins_of_user", user=user(), time_range=long)
    assert "Entra keeps sign-ins for 30 days at most" in found.text


@pytest.mark.parametrize("skill", [*OF_USER, *OF_ALL])
async def test_a_log_that_may_not_be_read(skill: str) -> None:
    """Without the permission, and without the licence: a gap, never "no sign-ins"."""
    given = {"user": user()} if skill in OF_USER else OF_ALL[skill]
    for rules, reason in (
        (Rules(roles=frozenset({"User.Read.All"})), "denied"),
        (Rules(licences=frozenset()), "unlicensed"),
    ):
        async with bench(SIGN_INS, rules) as asked:
            found = await asked.ask(skill, **given)  # type: ignore[arg-type]
        assert "could not be read" in found.text
        assert "Found no" not in found.text
        assert "There is no" not in found.text
        assert reason in {gap.reason for gap in found.gaps}
        assert "count" not in found.facts


@pytest.mark.parametrize("skill", [*OF_USER[:3], *list(OF_ALL)[:-1]])
async def test_an_empty_log_is_empty(skill: str) -> None:
    """None is said when the log was read."""
    given = {"user": user()} if skill in OF_USER else OF_ALL[skill]
    async with bench({**GROUPS, "auditLogs/signIns": []}) as asked:
        found = await asked.ask(skill, **given)  # type: ignore[arg-type]
    assert found.text.startswith("Found no interactive sign-ins")
    assert found.tables == ()
    assert found.facts["count"] == 0
    assert found.gaps == ()
