"""Write the scenario folders from the story's builders: ``python -m tests.scenarios.build``."""

import shutil
from pathlib import Path

from tests.scenarios.campaigns import campaigns
from tests.scenarios.changes import changes
from tests.scenarios.changes_accounts import changes_accounts
from tests.scenarios.changes_apps import changes_apps
from tests.scenarios.detected_patterns import detected_patterns
from tests.scenarios.memories import memories
from tests.scenarios.patterns import patterns
from tests.scenarios.risk_kinds import risk_kinds
from tests.scenarios.sayings import sayings
from tests.scenarios.scenario import Scenario
from tests.scenarios.sign_in_patterns import sign_in_patterns
from tests.scenarios.situations import situations
from tests.scenarios.stories import stories
from tests.scenarios.tuned import tuned
from tests.scenarios.unknowns import unknowns
from tests.scenarios.workloads import workloads

FOLDER = Path(__file__).parent


def scenarios() -> list[Scenario]:
    """Return every scenario, in alphabetical order."""
    return sorted(
        [
            *stories(),
            *situations(),
            *sayings(),
            *campaigns(),
            *changes(),
            *changes_accounts(),
            *changes_apps(),
            *patterns(),
            *sign_in_patterns(),
            *detected_patterns(),
            *memories(),
            *tuned(),
            *unknowns(),
            *risk_kinds(),
            *workloads(),
        ],
        key=lambda scenario: scenario.name,
    )


def build(folder: Path) -> None:
    """Write one folder for each scenario, and remove those of none; the judgement that was signed stays."""
    found = scenarios()
    for old in folder.glob("*/expect.json"):
        if old.parent.name not in {scenario.name for scenario in found}:
            shutil.rmtree(old.parent)
        (old.parent / "policy.toml").unlink(missing_ok=True)
    for scenario in found:
        (folder / scenario.name).mkdir(parents=True, exist_ok=True)
        for name, content in scenario.files().items():
            (folder / scenario.name / name).write_bytes(content)


if __name__ == "__main__":
    build(FOLDER)
