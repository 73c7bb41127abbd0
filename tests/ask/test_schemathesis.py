"""The served API against its own document: whatever is sent, no 500 and nothing that the document does not say."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.ask.door import Scripted, door
from tests.systems import KEY, risk_body, take_in, triage_due

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.fixture
def command() -> Path:
    """Return the tool beside the Python that runs this."""
    return Path(sys.executable).with_name("schemathesis")


async def test_whatever_is_sent_is_answered_as_documented(tmp_path: Path, planner: Scripted, command: Path) -> None:
    """Examples, edges of every schema, made-up values and chains of calls, the same ones each time."""
    async with door(tmp_path / "state") as api:
        await take_in(api.system, risk_body(1))
        await triage_due(api.system)
        process = await asyncio.create_subprocess_exec(
            command,
            "run",
            f"{api.system.host.url}/api/openapi.json",
            f"--header=x-functions-key: {KEY}",
            f"--checks={CHECKS}",
            "--max-examples=6",
            "--seed=20260310",
            "--generation-database=none",
            "--no-color",
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    assert " 0 selected" not in out.decode()
    assert "Test cases:" in out.decode()
