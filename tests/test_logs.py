"""Logs carry identifiers and counts: no name, address, user agent, event body, prompt or token."""

import logging
from pathlib import Path

import msgspec
import pytest

from local.replay import read_bodies, replay
from local.tenant import Tenant
from tests.personal import personal_values

SCENARIOS = Path(__file__).parent / "scenarios"


@pytest.mark.parametrize("name", ["session_theft", "gaps_all_denied", "unreadable_and_duplicates", "password_spray"])
async def test_nothing_personal_is_logged(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A whole run at level INFO, every logger included, names nobody; ours say what happened."""
    tenant = msgspec.json.decode((SCENARIOS / name / "tenant.json").read_bytes())
    events = msgspec.json.decode((SCENARIOS / name / "events.json").read_bytes())
    with caplog.at_level(logging.INFO):
        await replay(Tenant.load(tenant), read_bodies([SCENARIOS / name / "events.json"]), tmp_path)
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    values = personal_values(tenant) | personal_values(events)
    assert len(values) >= 5
    assert "case triaged" in logged
    assert [value for value in sorted(values) if value in logged] == []
    assert "Bearer " not in logged
