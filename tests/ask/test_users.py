"""Skills about users: what each says of a company that has one of everything."""

import pytest

from local.tenant import Rules
from shared.ask.skill import TimeRange
from tests.ask.bench import bench, column, without
from tests.ask.world import BOB, EVA, GUEST, KARITA, MONTH, OLA, PEOPLE, WEEK, guid, user


async def test_the_state_of_an_account_is_a_field() -> None:
    """Enabled or not, synchronised or not, in one round trip."""
    async with bench(PEOPLE) as asked:
        found = await asked.ask("user_account_state", user=user())
        assert found.facts == {"account_enabled": True, "on_premises_sync_enabled": False}
        assert asked.trips == 1
        found = await asked.ask("user_account_state", user=user(BOB, "bob@woodgrovebank.com"))
        assert found.facts["account_enabled"] is False
        assert 'The account of "bob@woodgrovebank.com" is disabled' in found.text


async def test_who_a_user_is() -> None:
    """Name, address and object id, taken from Graph."""
    async with bench(PEOPLE) as asked:
        found = await asked.ask("user_identity", user=user())
    assert found.text.startswith('"Karita Woodgrove" is a user ("karita@woodgrovebank.com"), "Treasurer", "Finance"')
    assert f"The object id is {KARITA}" in found.text
    assert found.facts["mail"] == "karita@woodgrovebank.com"
    assert found.sources[0].ref.startswith(f"/users/{KARITA}?$select=")


@pytest.mark.parametrize(
    "skill", ["user_account_state", "user_identity", "user_details", "user_password_age", "manager_of_user"]
)
async def test_a_user_that_is_not_there(skill: str) -> None:
    """Absence is said, and is no gap."""
    async with bench(PEOPLE) as asked:
        found = await asked.ask(skill, user=user(guid(77), "nobody@woodgrovebank.com"))
    assert found.text == 'There is no user "nobody@woodgrovebank.com" in the directory.'
    assert found.gaps == ()


@pytest.mark.parametrize("skill", ["user_account_state", "user_identity", "user_details", "user_password_age"])
async def test_a_user_that_may_not_be_read(skill: str) -> None:
    """A missing permission is named, and nothing is claimed."""
    async with bench(PEOPLE, Rules(roles=frozenset({"AuditLog.Read.All"}))) as asked:
        found = await asked.ask(skill, user=user())
    assert (
        "could not be read: access was denied (403 Authorization_RequestDenied). Grant the app `User.Read.All`."
        in found.text
    )
    assert "no user" not in found.text
    assert {gap.reason for gap in found.gaps} == {"denied"}
    assert "account_enabled" not in found.facts


async def test_everything_about_a_user_takes_one_round_trip() -> None:
    """Profile, manager, memberships, licences, devices, apps."""
    document = {
        **PEOPLE,
        f"users/{KARITA}/transitiveMemberOf": [
            {"@odata.type": "#microsoft.graph.group", "id": guid(1, "2"), "displayName": "Finance Department"},
            {"@odata.type": "#microsoft.graph.directoryRole", "id": guid(1, "5"), "displayName": "Global Reader"},
        ],
    }
    async with bench(document) as asked:
        found = await asked.ask("user_details", user=user())
        assert asked.trips == 1
        assert len(asked.server.requests) == 7
    assert 'The manager is "Ola Nordmann".' in found.text
    assert (
        'It has 1 group, the directory roles "Global Reader", 1 licence, no registered devices and 1 app assignment.'
        in found.text
    )
    assert found.facts["directory_roles"] == ("Global Reader",)
    assert [table.title for table in found.tables][:2] == ["User", "Manager"]
    assert found.gaps == ()


async def test_what_could_not_be_read_of_a_user_is_admitted() -> None:
    """The rest of the picture stays."""
    document = without(PEOPLE, f"users/{KARITA}/licenseDetails", f"users/{KARITA}/registeredDevices")
    async with bench(document) as asked:
        found = await asked.ask("user_details", user=user())
    assert "The licences of the user could not be read: access was denied" in found.text
    assert "licences," not in found.text
    assert len(found.gaps) == 2


async def test_the_age_of_a_password_and_who_set_it() -> None:
    """The audit log names the maker where it still knows."""
    async with bench(PEOPLE) as asked:
        found = await asked.ask("user_password_age", user=user())
        assert asked.trips == 1
    assert "was last changed or reset at 2026-08-02T12:00:00Z, 30 days ago." in found.text
    assert '"Reset user password" by "ola@woodgrovebank.com"' in found.text
    assert found.facts["password_age_days"] == 30


async def test_managers_and_reports() -> None:
    """A missing manager is a fact; transitive reports come from beta."""
    async with bench(PEOPLE) as asked:
        found = await asked.ask("manager_of_user", user=user())
        assert found.text == 'The manager of "karita@woodgrovebank.com" is "Ola Nordmann".'
        assert found.subjects[0].id == OLA
        found = await asked.ask("manager_of_user", user=user(OLA, "ola@woodgrovebank.com"))
        assert found.text == 'The directory has no manager for "ola@woodgrovebank.com".'
        boss = user(OLA, "ola@woodgrovebank.com")
        assert (await asked.ask("reports_of_user", user=boss)).facts["count"] == 1
        found = await asked.ask("reports_of_user", user=boss, depth="transitive")
        assert found.facts["count"] == 2
        assert column(found, "user_principal_name") == ["karita@woodgrovebank.com", "eva@woodgrovebank.com"]
        assert asked.statuses() == {200}
        assert (await asked.ask("reports_of_user", user=user())).text.startswith("Found no users reporting to")


async def test_users_created_lately() -> None:
    """All, the enabled ones, the guests; hostile names are shown clean."""
    async with bench(PEOPLE) as asked:
        found = await asked.ask("users_created", time_range=WEEK)
        assert found.facts == {"count": 2, "is_all": True}
        assert "Found 2 users created in the past 7 days" in found.text
        found = await asked.ask("users_created", time_range=WEEK, account="enabled")
        assert column(found, "id") == [GUEST]
        found = await asked.ask("users_created", time_range=WEEK, user_type="Member")
        assert column(found, "id") == [BOB]
        old = TimeRange(since="2020-01-01T00:00:00Z", until="2020-02-01T00:00:00Z", words="January 2020")
        found = await asked.ask("users_created", time_range=old)
        assert found.text == "Found no users created in January 2020."
        assert found.tables == ()


async def test_users_deleted_lately() -> None:
    """Users only, by the time of deletion."""
    async with bench(PEOPLE) as asked:
        assert column(await asked.ask("users_deleted", time_range=WEEK), "display_name") == ["Gone Girl"]
        found = await asked.ask("users_deleted", time_range=MONTH)
        assert found.facts["count"] == 2
        assert asked.trips == 1


async def test_users_by_what_they_have_in_common() -> None:
    """Department, company, state, nickname, licence."""
    async with bench(PEOPLE) as asked:
        found = await asked.ask("users_in_department", department="Finance", other_department="Marketing")
        assert set(column(found, "id")) == {KARITA, OLA, EVA}
        found = await asked.ask("users_in_department", department="Human Resources", user_type="Guest")
        assert found.text.startswith('Found 1 guest user in the department "Human Resources"')
        found = await asked.ask("users_of_company", company="Woodgrove", belonging="not_in")
        assert set(column(found, "id")) == {GUEST, EVA}
        assert column(await asked.ask("users_by_account_state", account="disabled"), "id") == [BOB]
        assert (await asked.ask("users_by_account_state")).facts["count"] == 5
        assert column(await asked.ask("users_by_mail_nickname", nickname="kar"), "mail_nickname") == ["karita"]
        assert column(await asked.ask("users_without_licence"), "id") == [GUEST]
        found = await asked.ask("users_with_licence", licence="Entra ID P2")
        assert column(found, "id") == [EVA]
        assert asked.trips == 2
        found = await asked.ask("users_with_licence", licence="Visio")
        assert "The tenant has no licence called" in found.text
        assert found.follow_ups[0] == "Are there any users with ENTERPRISEPREMIUM?"
        assert (await asked.ask("user_licences", user=user())).facts["licences"] == ("ENTERPRISEPREMIUM",)


async def test_departments_are_counted() -> None:
    """Largest first, and those without."""
    async with bench(PEOPLE) as asked:
        found = await asked.ask("departments_counted")
    assert found.text.startswith('Counted 5 users in 3 departments: "Finance" 2, ')
    assert found.text.endswith("1 user without a department.")


async def test_a_list_beyond_the_cap_says_so() -> None:
    """Four pages of one user each, of which three are read; the count is exact, the rows are not all."""
    async with bench(PEOPLE, Rules(max_page=1)) as asked:
        found = await asked.ask("users_by_account_state")
        assert asked.trips == 3
    assert found.facts == {"count": 5, "is_all": True}
    assert (len(found.tables[0].rows), found.tables[0].total, found.tables[0].complete) == (3, 5, False)
    assert "the first 3 were read, and there are more" in found.text


@pytest.mark.parametrize(
    "skill",
    ["users_created", "users_deleted", "users_by_account_state", "users_without_licence", "departments_counted"],
)
async def test_a_list_that_may_not_be_read_is_not_empty(skill: str) -> None:
    """Denied is never none."""
    async with bench(PEOPLE, Rules(roles=frozenset({"AuditLog.Read.All"}))) as asked:
        found = await asked.ask(skill)
    assert "could not be read" in found.text
    assert "no user" not in found.text
    assert found.tables == ()
    assert "count" not in found.facts


async def test_who_is_asking_is_not_known() -> None:
    """The app has no person behind it."""
    async with bench(PEOPLE) as asked:
        assert "not told who is asking" in (await asked.ask("asker")).text
        assert asked.trips == 0
