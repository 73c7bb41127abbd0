"""A security scanner finds nothing, and could read every file."""

from pathlib import Path

import msgspec

from tests.fetched import fetched, run
from tests.infra.bicep import EXTENSION, FILES, FOLDER, ROOT

VERSION = "3.3.30"
CONFIG = FOLDER / "checkov.yaml"
PLAYBOOKS = sorted((ROOT / "infra/playbooks").glob("*.bicep"))


def test_checkov_reads_everything_and_finds_nothing(tmp_path: Path) -> None:
    """No parse error, which would be a silent pass, and no failed check beyond the list of checkov.yaml.

    One run for the app and the playbooks: its start is most of its time. It knows a parameter by its name alone, and of
    two files with that name the one read last counts, so the playbooks' names with a default are names of their own.
    """
    for path in [*FILES, *PLAYBOOKS]:
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(exist_ok=True, parents=True)
        # Its own parser is older and has no extensions.
        target.write_text(path.read_text(encoding="utf-8").replace(f"{EXTENSION}\n", "\n"), encoding="utf-8")
    options = ["--framework", "bicep", "--skip-download", "--compact", "-o", "json", "--config-file", str(CONFIG)]
    report = msgspec.json.decode(run([*fetched("checkov", VERSION, "checkov"), "-d", str(tmp_path), *options]).stdout)
    failed = [f"{one['check_id']} {one['check_name']} {one['resource']}" for one in report["results"]["failed_checks"]]
    assert failed == []
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 20


def test_each_skip_has_its_reason() -> None:
    """In checkov.yaml a comment stands above each group of skipped checks."""
    lines = CONFIG.read_text(encoding="utf-8").split("skip-check:\n")[1].splitlines()
    assert lines[0].startswith("  # ")
    assert all(line.startswith(("  # ", "  - CKV_")) for line in lines)
    ids = [line for line in lines if line.startswith("  - ")]
    assert len(ids) == len(set(ids))
