"""Skills about groups."""

import pytest

from local.tenant import Rules
from tests.ask.bench import bench, column, without
from tests.ask.world import (
    ADMINS,
    BOB,
    CHAT,
    DYNAMIC,
    EVA,
    FINANCE,
    GROUPS,
    KARITA,
    LAPTOP,
    LONELY,
    OLA,
    group,
    guid,
    user,
)

NOBODY = group(guid(77, "2"), "Nobody")


async def test_everything_about_a_group_takes_one_round_trip() -> None:
    """Type, members, owners, creator."""
    async with bench(GROUPS) as asked:
        found = await asked.ask("group_details", group=group())
        assert asked.trips == 1
    assert found.text == (
        '"Finance Department" is a security group with assigned membership. '
        'It has 4 direct members and 1 owner ("Ola Nordmann"). '
        '"Finance Department" was created at 2026-08-20T12:00:00Z by "ola@woodgrovebank.com".'
    )
    assert (found.facts["members"], found.facts["owners"]) == (4, 1)
    assert found.gaps == ()
    assert found.follow_ups[0] == "Which users are members of the group Finance Department"


@pytest.mark.parametrize(
    "skill", ["group_details", "group_owners", "group_members", "group_member_count", "group_membership_rule"]
)
async def test_a_group_that_is_not_there(skill: str) -> None:
    """Absence is said, and is no gap."""
    async with bench(GROUPS) as asked:
        found = await asked.ask(skill, group=NOBODY)
    assert found.text == 'There is no group "Nobody" in the directory.'
    assert found.gaps == ()


@pytest.mark.parametrize(
    "skill", ["group_details", "group_owners", "group_members", "group_member_count", "group_membership_rule"]
)
async def test_a_group_that_may_not_be_read(skill: str) -> None:
    """Denied is never none."""
    async with bench(GROUPS, Rules(roles=frozenset({"AuditLog.Read.All"}))) as asked:
        found = await asked.ask(skill, group=group())
    assert "could not be read: access was denied" in found.text
    assert "has no" not in found.text
    assert "There is no" not in found.text
    assert found.gaps


async def test_owners_of_a_group() -> None:
    """Named, or none."""
    async with bench(GROUPS) as asked:
        found = await asked.ask("group_owners", group=group())
        assert found.text == '"Finance Department" has 1 owner: "Ola Nordmann".'
        assert found.subjects[0].id == OLA
        found = await asked.ask("group_owners", group=group(LONELY, "Old list"))
        assert found.text == '"Old list" has no owners.'


async def test_members_of_a_group() -> None:
    """All, or one kind; a hostile name is shown clean in text and kept as it is in data."""
    async with bench(GROUPS) as asked:
        found = await asked.ask("group_members", group=group())
        assert column(found, "kind") == ["user", "user", "group", "device"]
        found = await asked.ask("group_members", group=group(), member_kind="user")
        assert column(found, "id") == [KARITA, BOB]
        assert 'has 2 direct user members: "Karita Woodgrove" and "Bob \'</p>' in found.text
        found = await asked.ask("group_members", group=group(), member_kind="device")
        assert column(found, "id") == [LAPTOP]
        found = await asked.ask("group_members", group=group(LONELY, "Old list"))
        assert found.text == '"Old list" has no direct members.'


async def test_members_are_counted_by_kind() -> None:
    """Six counts, one round trip, nothing paged."""
    async with bench(GROUPS) as asked:
        found = await asked.ask("group_member_count", group=group())
        assert asked.trips == 1
    assert found.text == (
        '"Finance Department" has 4 direct members: 2 users, 1 group and 1 device. '
        "With the members of nested groups it has 5."
    )
    assert found.facts == {
        "members": 4, "transitive_members": 5, "kinds": 3, "users": 2, "groups": 1, "devices": 1, "service_principals": 0,
    }  # fmt: skip
    assert found.gaps == ()


@pytest.mark.parametrize(
    ("object_id", "name", "known", "words"),
    [
        (KARITA, "karita@woodgrovebank.com", True, "is a member of"),
        (EVA, "eva@woodgrovebank.com", True, "through another group"),
        (OLA, "ola@woodgrovebank.com", False, "is not a member of"),
        (guid(77), "nobody@woodgrovebank.com", None, "There is no user"),
    ],
)
async def test_whether_a_user_is_in_a_group(object_id: str, name: str, known: bool | None, words: str) -> None:
    """Directly, through others, not, or not known."""
    async with bench(GROUPS) as asked:
        found = await asked.ask("group_membership_of_user", user=user(object_id, name), group=group())
        assert asked.trips == 1
    assert found.facts["is_member"] is known
    assert words in found.text


async def test_an_unread_membership_is_not_no() -> None:
    """Half an answer says that it is half."""
    document = without(GROUPS, f"users/{OLA}/transitiveMemberOf")
    async with bench(document) as asked:
        found = await asked.ask("group_membership_of_user", user=user(OLA, "ola@woodgrovebank.com"), group=group())
    assert found.facts["is_member"] is None
    assert "is not known" in found.text
    assert "could not be read" in found.text


async def test_groups_of_a_user() -> None:
    """Nested ones too; those that can hold roles are named."""
    async with bench(GROUPS) as asked:
        found = await asked.ask("groups_of_user", user=user())
        assert column(found, "id") == [FINANCE, ADMINS]
        assert 'is in 2 groups, directly or through others: "Finance Department" and "Tier 0".' in found.text
        assert 'Directory roles can be assigned to "Tier 0".' in found.text
        found = await asked.ask("groups_of_user", user=user(OLA, "ola@woodgrovebank.com"))
        assert found.text == '"ola@woodgrovebank.com" is in no groups, directly or through others.'


async def test_who_created_a_group() -> None:
    """From the audit log; an older group has no entry, and that is said."""
    async with bench(GROUPS) as asked:
        found = await asked.ask("group_creator", group=group())
        assert found.text == '"Finance Department" was created at 2026-08-20T12:00:00Z by "ola@woodgrovebank.com".'
        found = await asked.ask("group_creator", group=group(DYNAMIC, "Finance Guests"))
        assert "does not say who created" in found.text
        assert "2020-01-01T00:00:00Z" in found.text
        assert found.facts["found"] is False


async def test_the_rule_of_a_dynamic_group() -> None:
    """Rule and state; an assigned group has none."""
    async with bench(GROUPS) as asked:
        found = await asked.ask("group_membership_rule", group=group(DYNAMIC, "Finance Guests"))
        assert found.text.startswith('The membership rule of "Finance Guests" is paused: ')
        assert found.facts["membership_rule_processing_state"] == "Paused"
        found = await asked.ask("group_membership_rule", group=group())
        assert found.facts["is_dynamic"] is False


async def test_lists_of_groups() -> None:
    """By name, without owner, by type."""
    async with bench(GROUPS) as asked:
        found = await asked.ask("groups_by_name", name="Fin")
        assert set(column(found, "id")) == {FINANCE, DYNAMIC}
        assert found.follow_ups[0] == "Tell me more about this group: Finance Department"
        assert (await asked.ask("groups_by_name", name="x'y")).facts["count"] == 0
        found = await asked.ask("groups_without_owner")
        assert set(column(found, "id")) == {DYNAMIC, LONELY}
        assert found.facts["count"] == 2
        found = await asked.ask("groups_by_type")
        assert asked.trips == 1
        assert column(found, "groups") == [1, 3, 0, 1]
        assert (
            found.text
            == "The tenant has 5 groups: 1 Microsoft 365, 3 security, 0 mail-enabled security and 1 distribution."
        )


@pytest.mark.parametrize(
    ("given", "ids", "words"),
    [
        ({}, {FINANCE, DYNAMIC, ADMINS, LONELY, CHAT}, "Found 5 groups in the tenant: "),
        ({"group_type": "security"}, {FINANCE, DYNAMIC, ADMINS}, "Found 3 security groups in the tenant: "),
        ({"group_type": "Microsoft 365"}, {CHAT}, "Found 1 Microsoft 365 group in the tenant: "),
        ({"group_type": "distribution"}, {LONELY}, "Found 1 distribution group in the tenant: "),
        ({"group_type": "mail-enabled security"}, set(), "Found no mail-enabled security groups in the tenant."),
        ({"membership": "dynamic"}, {DYNAMIC}, "Found 1 dynamic group in the tenant: "),
        ({"membership": "static", "group_type": "security"}, {FINANCE, ADMINS}, "Found 2 static security groups "),
        ({"assignable": "assignable"}, {ADMINS}, "Found 1 group to which directory roles can be assigned: "),
        ({"assignable": "not_assignable", "membership": "dynamic"}, {DYNAMIC}, "directory roles cannot be assigned: "),
    ],
)
async def test_groups_of_a_type(given: dict[str, str], ids: set[str], words: str) -> None:
    """All, or narrowed by each choice and by several at once, in one round trip."""
    async with bench(GROUPS) as asked:
        found = await asked.ask("groups_of_type", **given)
        assert asked.trips == 1
    assert {row["id"] for one in found.tables for row in one.rows} == ids
    assert found.facts == {"count": len(ids), "is_all": True}
    assert words in found.text


async def test_more_groups_than_the_pages_that_are_read() -> None:
    """Graph's count is told, the table says that it is not complete, and the words say how many were read."""
    many = {"groups": [{**GROUPS["groups"][0], "id": guid(number, "9")} for number in range(1, 6)]}
    async with bench(many, Rules(max_page=1)) as asked:
        found = await asked.ask("groups_of_type")
    assert (len(found.tables[0].rows), found.tables[0].total, found.tables[0].complete) == (3, 5, False)
    assert "Found 5 groups in the tenant" in found.text
    assert "the first 3 were read, and there are more" in found.text


@pytest.mark.parametrize("skill", ["groups_by_name", "groups_without_owner", "groups_by_type", "groups_of_type"])
async def test_lists_of_groups_that_may_not_be_read(skill: str) -> None:
    """Denied is never none."""
    given = {"name": "Fin"} if skill == "groups_by_name" else {}
    async with bench(GROUPS, Rules(roles=frozenset({"AuditLog.Read.All"}))) as asked:
        found = await asked.ask(skill, **given)
    assert "could not be read" in found.text
    assert "no group" not in found.text
    assert not found.facts.get("count")
