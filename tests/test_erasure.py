"""A person is forgotten: afterwards no byte of the state holds id, user principal name or name."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from shared.erasure import Erasure, ErasureRequest, erase
from shared.errors import ConflictError, InvalidRequestError
from shared.models.cases import Parked
from shared.models.documents import Document
from shared.models.feedback import Feedback
from shared.settings import Settings
from tests.systems import ANNA, KEY, MASTER_KEY, NOW, risk_body, stepped, take_in, triage_due

UPN, NAME = "anna.lind@woodgrovebank.com", "Anna Lind"
BO = "22222222-aaaa-4bbb-8ccc-000000000002"
TENANT: dict[str, Any] = {
    "users": [
        {"id": ANNA, "displayName": NAME, "userPrincipalName": UPN, "userType": "Member", "accountEnabled": True},
        {"id": BO, "displayName": "Bo Berg", "userPrincipalName": "bo@woodgrovebank.com", "userType": "Member"},
    ],
    f"users/{BO}/manager": {"@odata.type": "#microsoft.graph.user", "id": ANNA, "displayName": NAME},
}


def traces(folder: Path) -> list[str]:
    """Return which of the person's words stand in which file of the state, its log included."""
    return [
        f"{path.name}: {word}"
        for path in folder.glob("state.sqlite*")
        for word in (ANNA, UPN, NAME)
        if word.lower().encode() in path.read_bytes().lower()
    ]


async def fill(system: Any) -> str:
    """Let a case of Anna's and one of her report's be triaged, and name her everywhere else; return her case's id."""
    bo = {"userId": BO, "userPrincipalName": "bo@woodgrovebank.com", "userDisplayName": "Bo Berg"}
    await take_in(system, risk_body(1), risk_body(2, **bo))
    await triage_due(system)
    state = system.services.state
    case = next(case for case in await state.cases() if case.identity.id == ANNA)
    words = f"Is {NAME} risky?"
    said = Feedback(id="f", case_id=case.id, rating="looksRight", comment=words, at=NOW, by="caller")
    await state.save_feedback(said)
    for kind in ("session", "prompt"):
        body = msgspec.json.encode({"prompt": words, "subject": UPN})
        await state.save_document(Document(kind=kind, id=f"{kind}-1", owner="o", at=NOW, body=body), None)
    raw = f'{{"userPrincipalName": "{UPN.upper()}"'.encode()
    await state.park(Parked(id="record-1", kind="record", reason="r", hint="h", body=raw, at=NOW))
    return str(case.id)


async def test_no_byte_is_left(tmp_path: Path) -> None:
    """Of cases, evidence, habits, reports, prompts, parked bytes and feedback; what is about others stays, without her."""
    async with stepped(tmp_path, tenant=TENANT, settings=Settings(destinations=("queue",))) as (system, _):
        case_id = await fill(system)
        assert {line.split(": ")[1] for line in traces(tmp_path)} == {ANNA, UPN, NAME}
        done = await erase(ErasureRequest(id=ANNA.upper()), system.services)
        assert traces(tmp_path) == []
        assert done.removed.keys() >= {"cases", "records", "reports", "feedback", "documents", "parked", "redacted"}
        assert [(one.destination, one.ticket) for one in done.tickets] == [("queue", case_id)]
        (left,) = await system.services.state.cases()
        report = await system.services.state.report(left.id)
        assert (left.identity.id, report is not None) == (BO, True)
        (tombstone,) = await system.services.state.documents("erasure")
        assert tombstone.id == done.id
        again = await erase(ErasureRequest(id=ANNA), system.services)
        assert (again.removed, again.tickets) == ({}, ())
    assert traces(tmp_path) == []


async def test_a_case_that_is_being_triaged_is_not_pulled_from_under_it(tmp_path: Path) -> None:
    """The worker would write it again: try later. Nothing is erased meanwhile."""
    async with stepped(tmp_path, tenant=TENANT) as (system, _):
        case_id = await fill(system)
        await system.services.state.acquire_lease(f"case|{case_id}", "worker", 60)
        with pytest.raises(ConflictError):
            await erase(ErasureRequest(id=ANNA), system.services)
        assert await system.services.state.case(case_id) is not None


@pytest.mark.parametrize(("given", "names"), [("anna", ()), (ANNA, ("Bo",))])
async def test_what_would_erase_too_much_is_refused(given: str, names: tuple[str, ...], tmp_path: Path) -> None:
    """An id that is none, and a name so short that it is part of other words."""
    async with stepped(tmp_path) as (system, _):
        with pytest.raises(InvalidRequestError):
            await erase(ErasureRequest(id=given, names=names), system.services)


async def test_the_command_erases_a_state_file(tmp_path: Path) -> None:
    """It needs no login, prints counts and remaining tickets, and never a name."""
    async with stepped(tmp_path, tenant=TENANT) as (system, _):
        await fill(system)
    command = [sys.executable, "-m", "local", "erase", "--identity", ANNA, "--state", str(tmp_path / "state.sqlite")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=Path(__file__).parent.parent
    )
    assert done.returncode == 0, done.stderr
    assert "cases: 1" in done.stdout
    assert "still elsewhere: queue case-" in done.stdout
    assert UPN not in done.stdout
    assert traces(tmp_path) == []


async def test_only_the_master_key_erases_over_http(tmp_path: Path) -> None:
    """A playbook's key is refused; the master key is answered with what went."""
    async with stepped(tmp_path, tenant=TENANT) as (system, _), aiohttp.ClientSession() as http:
        await fill(system)
        statuses = []
        for key in (KEY, MASTER_KEY):
            headers = {"x-functions-key": key}
            async with http.post(f"{system.host.url}/api/erasures", json={"id": ANNA}, headers=headers) as response:
                statuses.append(response.status)
                body = await response.read()
        assert statuses == [401, 201]
        assert msgspec.json.decode(body, type=Erasure).removed["cases"] == 1
        assert traces(tmp_path) == []
