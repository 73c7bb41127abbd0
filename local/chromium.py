"""Finds a Chromium, or gets one: ``python -m local.chromium`` before the tests, so that none of them waits."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Playwright's own browsers stay in the project's folder.
BROWSERS = ROOT / ".tools" / "browsers"
# Without these it looks up its maker's hosts at every start.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Return the path of a Chromium or Chrome on this machine, None where there is none."""
    installed = next((path for name in NAMES if (path := shutil.which(name))), None)
    own = sorted(BROWSERS.glob("chromium*/chrome-*/*chrome*"))
    return installed or next((str(path) for path in own if os.access(path, os.X_OK) and path.is_file()), None)


def install() -> None:
    """Get one: Debian's package when we may, else Playwright's own, into the project's folder."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            command = ["apt-get", "-q", "-q", *words]
            subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - the words are ours
        if chromium():
            return
    where = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(BROWSERS)}
    subprocess.run([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"], env=where, check=False)


if __name__ == "__main__":
    if chromium() is None:
        sys.stdout.write("getting Chromium for the tests of pages\n")
        install()
    if chromium() is None:
        sys.stdout.write("no Chromium here, and none could be fetched: tests of pages skip, and fail where CI is set\n")
