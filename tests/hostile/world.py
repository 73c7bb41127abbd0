"""One compromised user whose every writable field is an attacker's, through the whole pipeline."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from local.outcome import reports_in
from local.replay import read_bodies, replay
from local.tenant import Tenant
from shared.models.reports import Report
from tests.hostile.corpus import poisoned, text_for

SCENARIO = Path(__file__).parents[1] / "scenarios" / "session_theft"
NOW = datetime(2026, 9, 17, 15, tzinfo=UTC)
NAMED = {"prompt_injection_in_evidence", "sensitive_group_member"}
"""Findings that words alone may add: text that speaks to a machine, and a group whose name the policy calls sensitive."""


async def judged(out: Path, run: int | None) -> Report:
    """Return the report of the scenario with a run's texts in every field; None: with a harmless word in each."""
    text = text_for(run) if run is not None else lambda field, _value: f"Plain {field}"
    tenant = poisoned(msgspec.json.decode((SCENARIO / "tenant.json").read_bytes()), text)
    bodies = [
        msgspec.json.encode(poisoned(msgspec.json.decode(body), text))
        for body in read_bodies([SCENARIO / "events.json"])
    ]
    summary = await replay(Tenant.load(tenant), bodies, out, now=NOW)
    (report,) = reports_in(summary, out)
    return report
