"""Skills about directory roles."""

import pytest

from local.tenant import Rules
from shared.ask.skill import Ref
from tests.ask.bench import bench, column, without
from tests.ask.world import ADMINS, APP, CUSTOM, GLOBAL_ADMIN, KARITA, OLA, READER, ROLES, group, guid, user

ADMIN_ROLE = Ref(kind="role", id=GLOBAL_ADMIN, name="Global Administrator")
APP_REF = Ref(kind="service_principal", id=APP, name="Payroll")


@pytest.mark.parametrize(
    ("standing", "roles", "how", "trips"),
    [
        ("active", ["Reports Reader"], ["active"], 1),
        ("transitive", ["Global Administrator", "Reports Reader"], ['through the group "Tier 0"', "active"], 2),
        ("eligible", ["Global Administrator"], ["eligible"], 1),
        ("scheduled", ["Global Administrator"], ["activated"], 1),
    ],
)
async def test_roles_of_a_user(standing: str, roles: list[str], how: list[str], trips: int) -> None:
    """Directly, through groups, eligible, activated; the most powerful first."""
    async with bench(ROLES) as asked:
        found = await asked.ask("roles_of_user", user=user(), standing=standing)
        assert asked.trips == trips
    assert column(found, "role") == roles
    assert column(found, "how") == how
    assert set(found.facts["roles"]) == set(roles)  # type: ignore[arg-type]
    assert found.facts["is_privileged"] is ("Global Administrator" in roles)


async def test_powerful_roles_are_named() -> None:
    """And until when they last."""
    async with bench(ROLES) as asked:
        found = await asked.ask("roles_of_user", user=user(), standing="eligible")
    assert found.text == (
        '"karita@woodgrovebank.com" has 1 directory role to activate in PIM: "Global Administrator". '
        'Powerful among them: "Global Administrator".'
    )
    assert column(found, "end_date_time") == ["2026-12-31T00:00:00Z"]


async def test_roles_of_a_group_and_of_an_app() -> None:
    """Role of a group; role of an app over a part of the tenant."""
    async with bench(ROLES) as asked:
        found = await asked.ask("roles_of_group", group=group(ADMINS, "Tier 0"))
        assert column(found, "role") == ["Global Administrator"]
        found = await asked.ask("roles_of_group", group=group())
        assert found.text == '"Finance Department" has no directory roles assigned directly.'
        found = await asked.ask("roles_of_app", service_principal=APP_REF, standing="transitive")
        assert column(found, "scope") == ["/administrativeUnits/au-1"]
        assert "1 assignment of these reach a part of the tenant only." in found.text


async def test_who_holds_a_role() -> None:
    """Users by name, and the group whose members hold it too."""
    async with bench(ROLES) as asked:
        found = await asked.ask("role_holders", role=ADMIN_ROLE)
        assert asked.trips == 1
        assert set(column(found, "principal_id")) == {ADMINS, OLA}
        assert 'Every member of "Tier 0" has it too.' in found.text
        assert [ref.id for ref in found.subjects] == [OLA, GLOBAL_ADMIN]
        found = await asked.ask("role_holders", role=ADMIN_ROLE, standing="eligible")
        assert column(found, "principal_id") == [KARITA]
        found = await asked.ask("role_holders", role=Ref(kind="role", id=CUSTOM, name="Tea maker"))
        assert found.text == 'The role "Tea maker" has no active holders.'


async def test_what_a_role_is_called() -> None:
    """Name and id."""
    async with bench(ROLES) as asked:
        found = await asked.ask("role_identity", role=Ref(kind="role", id=READER, name="Reports Reader"))
        assert found.text == f'The role "Reports Reader" has the id {READER} and is built in.'
        found = await asked.ask("role_identity", role=Ref(kind="role", id=guid(99), name="Nothing"))
        assert found.text == 'There is no role "Nothing" in the directory.'


async def test_all_that_a_user_may_do() -> None:
    """Roles, apps and grants."""
    async with bench(ROLES) as asked:
        found = await asked.ask("permissions_of_user", user=user())
        assert asked.trips == 3
    assert found.facts["apps"] == 1
    assert found.facts["grants"] == 1
    assert "Global Administrator" in found.text
    assert {table.title for table in found.tables} == {"Directory roles", "Apps", "Grants to apps"}


@pytest.mark.parametrize("standing", ["eligible", "scheduled"])
async def test_without_p2_there_is_no_pim(standing: str) -> None:
    """The licence is the gap; nobody is said to have no eligible roles."""
    async with bench(ROLES, Rules(licences=frozenset({"P1"}))) as asked:
        found = await asked.ask("roles_of_user", user=user(), standing=standing)
    assert [gap.reason for gap in found.gaps] == ["unlicensed"]
    assert "no directory roles" not in found.text


@pytest.mark.parametrize(
    "skill", ["roles_of_user", "roles_of_group", "roles_of_app", "role_holders", "role_identity", "permissions_of_user"]
)
async def test_roles_that_may_not_be_read(skill: str) -> None:
    """Denied is never none."""
    given = {
        "roles_of_user": {"user": user()}, "permissions_of_user": {"user": user()}, "roles_of_group": {"group": group()},
        "roles_of_app": {"service_principal": APP_REF}, "role_holders": {"role": ADMIN_ROLE}, "role_identity": {"role": ADMIN_ROLE},
    }[skill]  # fmt: skip
    async with bench(ROLES, Rules(roles=frozenset({"AuditLog.Read.All"}))) as asked:
        found = await asked.ask(skill, **given)  # type: ignore[arg-type]
    assert "could not be read" in found.text
    assert " no " not in found.text
    assert {gap.reason for gap in found.gaps} == {"denied"}


async def test_unread_groups_leave_the_transitive_roles_open() -> None:
    """What is held directly is told, with the admission."""
    async with bench(without(ROLES, f"users/{KARITA}/transitiveMemberOf")) as asked:
        found = await asked.ask("roles_of_user", user=user(), standing="transitive")
    assert column(found, "role") == ["Reports Reader"]
    assert "Groups through which roles may be held could not be read" in found.text
