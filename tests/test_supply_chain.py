"""What the app is built from: pinned, hashed, listed, and looked up among known vulnerabilities."""

import re
from pathlib import Path

import msgspec
import pytest

from tests.fetched import ROOT, fetched, run

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PINS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)==(\S+)( ; .*)?(?: \\)?\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def version(tool: str) -> str:
    """Return the version of a tool that the Makefile names."""
    return re.search(rf"^{tool} := (\S+)$", MAKEFILE, re.MULTILINE)[1]


def pinned(name: str) -> dict[str, str]:
    """Return package and version of each pin of a file that carries hashes."""
    return {match[1]: match[2] for match in PIN.finditer((ROOT / name).read_text(encoding="utf-8"))}


def test_tests_run_on_what_is_deployed() -> None:
    """Each pin of the app is the tests' pin too."""
    deployed, tested = (pinned(name) for name in PINS)
    assert {name: tested.get(name) for name in deployed} == deployed


def test_bill_of_materials_lists_every_pin(tmp_path: Path) -> None:
    """`make sbom` writes CycloneDX with one component for each deployed package, with its hashes."""
    tool = fetched("cyclonedx-bom", version("CYCLONEDX"), "cyclonedx-py")
    out = tmp_path / "sbom.json"
    done = run([*tool, "requirements", "requirements.txt", "--output-reproducible", "--of", "JSON", "-o", str(out)])
    assert done.returncode == 0, done.stderr
    bill = msgspec.json.decode(out.read_bytes())
    assert {one["name"]: one["version"] for one in bill["components"]} == pinned("requirements.txt")
    assert all(one["externalReferences"][0]["hashes"] for one in bill["components"])


def test_no_known_vulnerability() -> None:
    """`make audit` finds nothing; it needs the advisories of PyPI, which not every index serves."""
    tool = fetched("pip-audit", version("PIP_AUDIT"), "pip-audit")
    done = run(
        [
            *tool,
            "--disable-pip",
            "--require-hashes",
            "-r",
            "requirements-dev.txt",
            "--progress-spinner",
            "off",
            "-f",
            "json",
        ]
    )
    try:
        found = msgspec.json.decode(done.stdout)["dependencies"]
    except msgspec.DecodeError:
        pytest.skip(f"advisories can't be read here: {done.stderr.strip().splitlines()[-1:]}")
    unread = [one["name"] for one in found if "skip_reason" in one]
    if len(unread) == len(found):
        pytest.skip("the package index here serves no advisories")
    assert unread == [], "nobody knows about these"
    assert [one for one in found if one.get("vulns")] == []
