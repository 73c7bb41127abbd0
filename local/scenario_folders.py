"""Scenario folders: ``tenant.json``, ``events.json``, and where there are some ``expect.json`` and ``policy.toml``."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from local.outcome import reports_in
from local.replay import read_bodies, replay
from local.tenant import Tenant
from shared.errors import InvalidRequestError
from shared.models.reports import Report
from shared.settings import Settings

HINT = "A scenario is a folder with tenant.json and events.json."


class _Expected(msgspec.Struct):
    now: datetime | None = None


def scenario_folders(root: Path, only: Sequence[str] = ()) -> list[Path]:
    """Return the scenario folders below ``root``, by name; of these ``only`` the named ones.

    Raises InvalidRequestError where there is none, or a named one is missing.
    """
    found = {path.parent.name: path.parent for path in sorted(root.glob("*/tenant.json")) if _has_events(path.parent)}
    if not found:
        raise InvalidRequestError(f"`{root}` holds no scenario", hint=HINT)
    missing = [name for name in dict.fromkeys(only) if name not in found]
    if missing:
        raise InvalidRequestError(f"`{root}` holds no scenario `{missing[0]}`", hint=f"It has {', '.join(found)}.")
    return [folder for name, folder in found.items() if not only or name in only]


async def replay_folder(folder: Path, out: Path, settings: Settings | None = None) -> dict[str, Any]:
    """Replay a scenario at the time and by the policy that it asks for; return the run's summary."""
    policy = folder / "policy.toml"
    return await replay(
        Tenant.load(folder / "tenant.json"),
        read_bodies([folder / "events.json"]),
        out,
        now=_now(folder / "expect.json"),
        policy=policy if policy.exists() else None,
        settings=settings,
    )


async def reports_of(folder: Path, out: Path) -> list[Report]:
    """Replay a scenario and return the last report of each case, by case id."""
    summary = await replay_folder(folder, out)
    return sorted(reports_in(summary, out), key=lambda report: report.case_id)


def _has_events(folder: Path) -> bool:
    return (folder / "events.json").is_file()


def _now(file: Path) -> datetime | None:
    if not file.exists():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Expected).now
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidRequestError(f"`{file}` is not a scenario's expectation", hint=HINT) from error
