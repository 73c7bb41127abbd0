"""Who may see which tenant: by a function key of its own, or by what Easy Auth says; others are told that it is not there."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from shared.app import install
from shared.tenants.callers import Asking, Principal, principal_of
from tests.systems import KEY, MASTER_KEY
from tests.tenants.two import KEY_OF_A, MSSP, STRANGER, A, B, Two, digest, two

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROLES = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
OBJECT = "http://schemas.microsoft.com/identity/claims/objectidentifier"
GROUP = "eeeeeeee-0000-4000-8000-00000000000e"
FILE = f"""
client_id = "99999999-0000-4000-8000-000000000009"
operators = [{{ tenant = "{MSSP}", role = "Triage.Operator" }}]

[[tenants]]
id = "{A}"
name = "Woodgrove Bank"

[[tenants.callers]]
key_sha256 = "{digest(KEY_OF_A)}"

[[tenants.callers]]
tenant = "{MSSP.upper()}"
group = "{GROUP.upper()}"

[[tenants]]
id = "{B}"
name = "Fabrikam"
callers = [{{ tenant = "{MSSP}", role = "Fabrikam.Analyst" }}, {{ tenant = "{B}", app_id = "{STRANGER}" }}]
"""


def principal(tenant: str, *, auth: str = "aad", **claims: str | list[str]) -> str:
    """Return the header that Easy Auth sets for a token."""
    given = [{"typ": "tid", "val": tenant}]
    for name, values in claims.items():
        given += [{"typ": name, "val": value} for value in ([values] if isinstance(values, str) else values)]
    return base64.b64encode(msgspec.json.encode({"auth_typ": auth, "claims": given, "role_typ": ROLES})).decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Two]:
    """Run both behind Easy Auth, with nothing in them."""
    async with two(tmp_path_factory.mktemp("callers"), FILE, easy_auth=True) as app:
        yield app


async def seen(app: Two, **asked: Any) -> list[bool]:
    """Return whether a caller may list the cases of A, and of B; and hold the list of tenants to that."""
    found = [(await app.ask("GET", "/api/cases", tenant, **asked))[0] for tenant in (A, B)]
    assert set(found) <= {200, 404}
    _, listed, _ = await app.ask("GET", "/api/tenants", **asked)
    assert [one["id"] for one in listed["value"]] == [
        t for t, status in zip((A, B), found, strict=True) if status == 200
    ]
    return [status == 200 for status in found]


WHO: list[tuple[str, dict[str, str], list[bool]]] = [
    ("a key of no tenant's", {}, [False, False]),
    ("A's key", {"key": KEY_OF_A}, [True, False]),
    ("an operator", {"p": principal(MSSP, roles="Triage.Operator")}, [True, True]),
    ("an operator's role from elsewhere", {"p": principal(B, roles="Triage.Operator")}, [False, False]),
    ("a role under its long name", {"p": principal(MSSP, **{ROLES: ["Other", "Fabrikam.Analyst"]})}, [False, True]),
    ("a role of a customer's own making", {"p": principal(A, roles="Fabrikam.Analyst")}, [False, False]),
    ("a group", {"p": principal(MSSP, groups=[STRANGER, GROUP])}, [True, False]),
    ("a playbook's application", {"p": principal(B, azp=STRANGER)}, [False, True]),
    ("another identity provider", {"p": principal(MSSP, auth="custom", roles="Triage.Operator")}, [False, False]),
    ("nonsense", {"p": "%%%"}, [False, False]),
]


@pytest.mark.parametrize(("asked", "expected"), [one[1:] for one in WHO], ids=[one[0] for one in WHO])
async def test_a_tenant_is_seen_by_its_callers(app: Two, asked: dict[str, str], expected: list[bool]) -> None:
    """Role and group count only with the tenant that the token is from."""
    header = {"x-ms-client-principal": asked["p"]} if "p" in asked else {}
    assert await seen(app, key=asked.get("key", KEY), **header) == expected


async def test_another_tenant_and_none_are_told_alike(app: Two) -> None:
    """To A's caller B, a tenant that never was and nonsense are the same bytes."""
    answers = [await app.ask("GET", "/api/cases", tenant, key=KEY_OF_A) for tenant in (B, STRANGER, "' or 1=1")]
    assert {status for status, _, _ in answers} == {404}
    assert len({msgspec.json.encode(body) for _, body, _ in answers}) == 1
    assert B not in str(answers[0][1])


async def test_a_caller_of_one_tenant_need_not_name_it(app: Two) -> None:
    """Others must; two names at once are an error; the query names as well as the header."""
    assert (await app.ask("GET", "/api/cases", key=KEY_OF_A))[0] == 200
    operator = {"x-ms-client-principal": principal(MSSP, roles="Triage.Operator")}
    status, problem, _ = await app.ask("GET", "/api/cases", **operator)
    assert (status, problem["type"]) == (400, "urn:entra-triage:problem:InvalidRequest")
    assert (await app.ask("GET", f"/api/cases?tenant={B}", **operator))[0] == 200
    assert (await app.ask("GET", f"/api/cases?tenant={B}", A, **operator))[0] == 400


async def test_what_is_nobodys_is_for_operators(app: Two) -> None:
    """A caller of one tenant does not see it; it is no tenant for any other route."""
    operator = {"x-ms-client-principal": principal(MSSP, roles="Triage.Operator")}
    assert (await app.ask("GET", "/api/parked", "unassigned", **operator))[0] == 200
    assert (await app.ask("GET", "/api/cases", "unassigned", **operator))[0] == 404
    assert (await app.ask("GET", "/api/parked", "unassigned", key=KEY_OF_A))[0] == 404


async def test_the_console_asks_which_tenant(app: Two) -> None:
    """An operator chooses; a caller of one tenant is with it at once, and its pages lead to it alone."""
    operator = {"x-ms-client-principal": principal(MSSP, roles="Triage.Operator")}
    _, choice, _ = await app.ask("GET", "/api/console", **operator)
    assert [f"tenant={tenant}".encode() in choice for tenant in (A, B, "unassigned")] == [True, True, True]
    _, own, _ = await app.ask("GET", "/api/console", key=KEY_OF_A)
    assert [f"tenant={tenant}".encode() in own for tenant in (A, B)] == [True, False]
    assert b'<span class="tenant">Woodgrove Bank ' in own
    assert (await app.ask("GET", "/api/console", B, key=KEY_OF_A))[0] == 404
    assert (await app.ask("GET", "/api/console/stuck", "unassigned", **operator))[0] == 200
    assert (await app.ask("GET", "/api/console/prompts", "unassigned", **operator))[0] == 404


async def test_the_master_key_opens_the_tenant_that_it_names(app: Two) -> None:
    """For the one route that asks for it; elsewhere it is a key like any other."""
    erasure = {"id": STRANGER}
    assert (await app.ask("POST", "/api/erasures", key=MASTER_KEY, given=erasure))[0] == 400
    assert (await app.ask("POST", "/api/erasures", A, key=MASTER_KEY, given=erasure))[0] == 201
    assert (await app.ask("GET", "/api/cases", A, key=MASTER_KEY))[0] == 404


async def test_what_is_about_no_tenant_needs_none(app: Two) -> None:
    """Health and the API's document."""
    for path in ("/api/health", "/api/openapi.json"):
        assert (await app.ask("GET", path))[0] == 200


async def test_without_easy_auth_its_header_is_nobodys_word(app: Two) -> None:
    """Anybody could write it then: a tenant with callers stays shut."""
    behind = app.system.app
    settings = msgspec.structs.replace(behind.own.settings, easy_auth=False)
    install(msgspec.structs.replace(behind, own=msgspec.structs.replace(behind.own, settings=settings)))
    try:
        forged = {"x-ms-client-principal": principal(MSSP, roles="Triage.Operator")}
        assert await seen(app, **forged) == [False, False]
    finally:
        install(behind)


async def test_a_principal_is_read_from_its_claims() -> None:
    """Ids in lower case; roles as they are; of a foreign provider nothing."""
    header = principal(MSSP.upper(), **{OBJECT: GROUP.upper(), "roles": ["R"], "groups": [GROUP.upper()]})
    found = principal_of(header)
    assert found == Principal(tenant_id=MSSP, object_id=GROUP, roles=frozenset({"R"}), groups=frozenset({GROUP}))
    assert principal_of(base64.b64encode(b'{"auth_typ": "aad", "claims": []}').decode()) is None
    assert Asking().principal is None
