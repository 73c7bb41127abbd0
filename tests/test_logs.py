"""Logs carry identifiers and counts: no name, address, user agent, event body, prompt or token."""

import logging
from pathlib import Path

import msgspec
import pytest

from local.replay import read_bodies, replay
from local.tenant import Tenant

SCENARIOS = Path(__file__).parent / "scenarios"
PERSONAL = {
    "userPrincipalName", "userDisplayName", "displayName", "ipAddress", "callerIpAddress", "userAgent", "city", "mail",
    "additionalInfo", "jobTitle", "department",
}  # fmt: skip


def personal_values(node: object) -> set[str]:
    """Return every text under a personal key, however deep, that is long enough to be told from an ordinary word."""
    if isinstance(node, dict):
        own = {v for k, v in node.items() if k in PERSONAL and isinstance(v, str) and len(v) > 5}
        return own.union(*(personal_values(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(personal_values(value) for value in node))
    return set()


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
