"""The local commands with several tenants: each sees one at a time, and nothing leaves the machine."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from local import doctor as doctor_command
from local.__main__ import main
from local.command_line import parser
from local.doctor import doctor
from shared.clock import system_clock
from shared.errors import ConfigurationError
from shared.models.cases import Case
from shared.models.identity import Identity
from shared.state.sqlite import SqliteState
from tests.systems import ANNA, NOW
from tests.tenants.two import WORDS, A, B, body, graph, risk, two, user

FILE = f"""
client_id = "99999999-0000-4000-8000-000000000009"

[[tenants]]
id = "{A}"
name = "Woodgrove Bank"
destinations = ["webhook"]
webhook_url = "https://desk.woodgrovebank.example/in"
webhook_secret_env = "NOT_SET_ON_THIS_MACHINE"

[[tenants]]
id = "{B}"
name = "Fabrikam"
policy_path = "fabrikam.toml"
"""


def test_replay_writes_each_tenant_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Into a folder of its own, judged by its own policy; no customer's destination hears of it."""
    (tmp_path / "tenants.toml").write_text(FILE)
    (tmp_path / "fabrikam.toml").write_text(f'[[identities.excluded]]\nid = "{ANNA}"\nreason = "a test"\n')
    for name, tenant in (("a.json", A), ("b.json", B)):
        found = json.dumps({"users": [user(tenant, ANNA)]})
        (tmp_path / name).write_text(found)
    (tmp_path / "events.json").write_bytes(body(risk(A, 1), risk(B, 1)))
    files = [str(tmp_path / name) for name in ("a.json", "b.json")]
    events, tenants, out = (str(tmp_path / name) for name in ("events.json", "tenants.toml", "out"))
    command = ["replay", "--tenant", *files, "--events", events, "--out", out]
    assert main([*command, "--tenants", tenants, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["tenants"]
    assert {name: len(one["cases"]) for name, one in told.items()} == {A: 1, B: 0, "unassigned": 0}
    assert [one["destination"] for one in told[A]["cases"][0]["deliveries"]] == ["queue"]
    for tenant, other in ((A, B), (B, A)):
        written = b"".join(path.read_bytes() for path in (tmp_path / "out" / tenant).rglob("*") if path.is_file())
        assert [word for word in WORDS[other] if word.encode() in written] == []
    assert main(command) == 2
    assert main([*command[:2], files[0], *command[4:], "--tenants", tenants]) == 2


def test_erase_asks_for_the_tenant_and_stays_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside other tenants' files it does nothing until one is named."""
    path = tmp_path / "state.sqlite"

    async def cases(tenant: str) -> int:
        state = SqliteState.open(path, clock=system_clock)
        one = state.of_tenant(tenant)
        found = len(await one.cases())
        await one.close()
        await state.close()
        return found

    async def fill() -> None:
        state = SqliteState.open(path, clock=system_clock)
        for number, tenant in enumerate((A, B)):
            identity = Identity(tenant_id=tenant, kind="user", id=ANNA)
            one = state.of_tenant(tenant)
            await one.save_case(Case(id=f"case-{number}", identity=identity, opened_at=NOW, last_signal_at=NOW), None)
            await one.close()
        await state.close()

    asyncio.run(fill())
    command = ["erase", "--identity", ANNA, "--state", str(path)]
    assert main(command) == 2
    assert "--tenant" in capsys.readouterr().err
    assert main([*command, "--tenant", "cccccccc-0000-4000-8000-00000000000c"]) == 2
    assert [asyncio.run(cases(tenant)) for tenant in (A, B)] == [1, 1]
    assert main([*command, "--tenant", A.upper(), "--json"]) == 0
    assert [asyncio.run(cases(tenant)) for tenant in (A, B)] == [0, 1]


async def test_the_doctor_looks_at_each_tenants_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its own connection; ``--only`` looks at one; a grant is told as consent in that tenant."""
    (tmp_path / "fabrikam.toml").write_text("")
    denied = {"$error": {"status": 403, "code": "Authorization_RequestDenied"}}
    file = FILE.replace("https://desk.woodgrovebank.example/in", "DESK_A_URL").replace(
        "NOT_SET_ON_THIS_MACHINE", "DESK_A_SECRET"
    )
    async with two(tmp_path, file, graph(A, subscribedSkus=denied), graph(B)) as app:

        async def opened(*_: Any) -> Any:
            return app.system.app

        async def stays_open() -> None:
            return None

        monkeypatch.setattr(doctor_command, "_app", opened)
        monkeypatch.setattr(type(app.system.app), "close", lambda _self: stays_open())
        # One first: what was read of a tenant is kept for a while.
        await doctor(_given("--only", B.upper()), Console(width=200))
        told = capsys.readouterr().out
        assert f"login.microsoftonline.com/{B}/adminconsent" in told
        assert (A in told, "appRoleAssignments" in told) == (False, False)
        assert [bool(asked) for asked in _counts(app.system.tenants)] == [False, True]
        assert await doctor(_given("--json"), Console()) == 1
        assert list(json.loads(capsys.readouterr().out)["tenants"]) == [A, B]
        assert _counts(app.system.tenants)[0] > 0
        with pytest.raises(ConfigurationError):
            doctor_command._chosen(app.system.app, _given("--only", "elsewhere"))
        monkeypatch.undo()


def _given(*arguments: str) -> argparse.Namespace:
    return parser().parse_args(["doctor", *arguments])


def _counts(servers: Any) -> list[int]:
    return [len(server.stand_in.requests) for server in servers]
