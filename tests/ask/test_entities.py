"""Words become things: one round trip on a stand-in tenant, and a refused look-up is never "no such thing"."""

from typing import Any

import pytest
from msgspec import structs

from shared.ask.entities import resolve
from shared.ask.skill import InputKind
from shared.errors import AccessDeniedError, DependencyUnavailableError
from tests.ask.looking import Asked, asking
from tests.state import samples

KARITA = "10000000-0000-4000-8000-000000000001"
ANNA, OTHER_ANNA = "10000000-0000-4000-8000-000000000002", "10000000-0000-4000-8000-000000000003"
OBRIEN = "10000000-0000-4000-8000-000000000004"
GUEST = "10000000-0000-4000-8000-000000000005"
FINANCE, FINANCE_EU = "20000000-0000-4000-8000-000000000001", "20000000-0000-4000-8000-000000000002"
PRINCIPAL, APP_ID, APP = (f"30000000-0000-4000-8000-00000000000{digit}" for digit in (1, 2, 3))
DEVICE, DEVICE_ID = "40000000-0000-4000-8000-000000000001", "40000000-0000-4000-8000-000000000002"
CUSTOM_ROLE = "50000000-0000-4000-8000-000000000001"
POLICY, OTHER_POLICY = "60000000-0000-4000-8000-000000000001", "60000000-0000-4000-8000-000000000002"


def person(id_: str, given: str, surname: str, upn: str, **more: str) -> dict[str, str]:
    """Return a user as Graph has it."""
    name = {"displayName": f"{given} {surname}", "givenName": given, "surname": surname}
    return {"id": id_, **name, "userPrincipalName": upn, "mail": upn, **more}


TENANT: dict[str, Any] = {
    "users": [
        person(KARITA, "Karita", "Berg", "karita@woodgrovebank.com", displayName="Karita Berg (Payments)"),
        person(ANNA, "Anna", "Lindqvist", "anna.lindqvist@woodgrovebank.com"),
        person(OTHER_ANNA, "Anna", "Lindquist", "anna.lindquist@woodgrovebank.com"),
        person(OBRIEN, "Patrick", "O'Brien", "patrick.o'brien@woodgrovebank.com"),
        person(GUEST, "Nadia", "R", "nadia_partner.com#EXT#@woodgrovebank.com", mail="nadia@partner.com"),
    ],
    "groups": [{"id": FINANCE, "displayName": "Finance"}, {"id": FINANCE_EU, "displayName": "Finance Europe"}],
    "servicePrincipals": [{"id": PRINCIPAL, "appId": APP_ID, "displayName": "Payroll"}],
    "applications": [{"id": APP, "appId": APP_ID, "displayName": "Payroll"}],
    "devices": [{"id": DEVICE, "deviceId": DEVICE_ID, "displayName": "LAPTOP-7"}],
    "roleManagement/directory/roleDefinitions": [{"id": CUSTOM_ROLE, "displayName": "Badge printers"}],
    "identity/conditionalAccess/policies": [
        {"id": POLICY, "displayName": "Require MFA for admins"},
        {"id": OTHER_POLICY, "displayName": "Require MFA for guests"},
    ],
}


async def ids(asked: Asked, kind: InputKind, words: str) -> list[str]:
    """Return what words name."""
    return [found.id for found in await resolve(asked.look, kind, words)]


@pytest.mark.parametrize(
    ("kind", "words", "expected"),
    [
        ("user", KARITA, [KARITA]),
        ("user", "karita@woodgrovebank.com", [KARITA]),
        ("user", "nadia@partner.com", [GUEST]),
        ("user", "nadia_partner.com#EXT#@woodgrovebank.com", [GUEST]),
        ("user", "Karita Berg", [KARITA]),
        ("user", "  karita   BERG ", [KARITA]),
        ("user", "Anna Lindqvist", [ANNA]),
        ("user", "Anna", [ANNA, OTHER_ANNA]),
        ("user", "anna lindq", [ANNA, OTHER_ANNA]),
        ("user", "lindqvist", [ANNA]),
        ("user", "Patrick O'Brien", [OBRIEN]),
        ("user", "patrick.o'brien@woodgrovebank.com", [OBRIEN]),
        ("user", "Nobody Here", []),
        ("user", "10000000-0000-4000-8000-00000000ffff", []),
        ("user", "' or startswith(displayName,'K') or '", []),
        ("group", FINANCE, [FINANCE]),
        ("group", "Finance", [FINANCE]),
        ("group", "Fin", [FINANCE, FINANCE_EU]),
        ("service_principal", PRINCIPAL, [PRINCIPAL]),
        ("service_principal", APP_ID, [PRINCIPAL]),
        ("service_principal", APP, [PRINCIPAL]),
        ("service_principal", "payroll", [PRINCIPAL]),
        ("application", APP, [APP]),
        ("application", APP_ID, [APP]),
        ("application", PRINCIPAL, [APP]),
        ("device", DEVICE_ID, [DEVICE]),
        ("device", "LAPTOP-7", [DEVICE]),
        ("role", "Global Administrator", ["62e90394-69f5-4237-9190-012177145e10"]),
        ("role", "global admin", ["62e90394-69f5-4237-9190-012177145e10"]),
        ("role", "62E90394-69F5-4237-9190-012177145E10", ["62e90394-69f5-4237-9190-012177145e10"]),
        ("role", "Badge printers", [CUSTOM_ROLE]),
        ("role", CUSTOM_ROLE, [CUSTOM_ROLE]),
        ("policy", "require mfa for admins", [POLICY]),
        ("policy", "Require MFA", [POLICY, OTHER_POLICY]),
        ("policy", OTHER_POLICY, [OTHER_POLICY]),
        ("case", "nobody@woodgrovebank.com", []),
    ],
)  # fmt: skip
async def test_words_name_things(kind: InputKind, words: str, expected: list[str]) -> None:
    """Ids, addresses and names are found; a name in full wins over one that begins so; likeness stays open."""
    async with asking(TENANT) as asked:
        assert await ids(asked, kind, words) == expected
        assert asked.trips <= 2


async def test_a_case_is_named_by_a_display_name_that_no_record_carried() -> None:
    """Records know the user principal name; analysts say the name."""
    kept = samples.case()
    kept = structs.replace(kept, identity=structs.replace(kept.identity, id=KARITA, name="karita@woodgrovebank.com"))
    async with asking(TENANT) as asked:
        await asked.state.save_case(kept, None)
        for words in ("Karita Berg", "Karita", "karita@woodgrovebank.com", KARITA, kept.id):
            assert await ids(asked, "case", words) == [kept.id]
        assert await ids(asked, "case", "Anna Lindqvist") == []


async def test_a_name_takes_one_round_trip() -> None:
    """Every guess of what a name may be travels in the same batch; a built-in role needs none."""
    async with asking(TENANT) as asked:
        await ids(asked, "user", "Karita Berg")
        assert asked.trips == 1
        await ids(asked, "role", "Security Administrator")
        assert asked.trips == 1


@pytest.mark.parametrize(
    ("kind", "words", "path", "permission"),
    [
        ("user", "Karita Berg", "users", "User.Read.All"),
        ("user", KARITA, f"users/{KARITA}", "User.Read.All"),
        ("group", "Finance", "groups", "GroupMember.Read.All"),
        ("service_principal", APP_ID, "servicePrincipals", "Application.Read.All"),
        ("device", "LAPTOP-7", "devices", "Device.Read.All"),
        ("role", "Badge printers", "roleManagement/directory/roleDefinitions", "RoleManagement.Read.Directory"),
        ("policy", "Require MFA", "identity/conditionalAccess/policies", "Policy.Read.All"),
    ],
)  # fmt: skip
async def test_a_refused_look_up_is_no_absence(kind: InputKind, words: str, path: str, permission: str) -> None:
    """A 403 raises with the permission that mends it, where "there is no such thing" would be a lie."""
    refusal = {"$error": {"status": 403, "code": "Authorization_RequestDenied"}}
    async with asking({**TENANT, path: refusal}) as asked:
        with pytest.raises(AccessDeniedError) as denied:
            await resolve(asked.look, kind, words)
    assert permission in denied.value.hint
    assert words not in str(denied.value)


async def test_a_failed_look_up_is_no_absence() -> None:
    """Graph that is down is said to be down."""
    async with asking({**TENANT, "groups": {"$error": {"status": 503, "code": "serviceNotAvailable"}}}) as asked:
        with pytest.raises(DependencyUnavailableError):
            await resolve(asked.look, "group", "Finance")


async def test_many_who_may_be_meant_are_cut_at_ten() -> None:
    """A first name that half the bank has gives ten candidates."""
    users = [
        person(f"10000000-0000-4000-8000-0000000001{number:02}", "Alex", f"Weber{number}", f"alex{number}@x.example")
        for number in range(30)
    ]
    async with asking({"users": users}) as asked:
        assert len(await ids(asked, "user", "Alex")) == 10
