"""Build what is deployed: the app, its dependencies for Azure's Linux, and their bytecode; a folder and its zip."""

import compileall
import hashlib
import os
import py_compile
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from local.package_graph import called_in, is_reached
from shared.errors import ConfigurationError

ROOT = Path(__file__).parent.parent
PYTHON = "3.13"
PLATFORM = "x86_64-manylinux_2_28"
"""Where Functions runs Python 3.13: Linux on x86-64, glibc 2.28 or newer."""
SITE = ".python_packages/lib/site-packages"
"""Where the Functions worker looks for dependencies."""
APP = ("function_app.py", "host.json", "functions", "shared")
OWN = "tenants"
"""Folder of yours, if there is one: the file of tenants and policies (docs/tenants.md)."""
MOUNTED_AT = "/home/site/wwwroot"
NOT_RUN = (".pyi", ".pyx", ".pxd", ".c", ".h", "py.typed", "RECORD", "INSTALLER", "REQUESTED", ".lock")
"""Ends of names of what only builds, type checkers and installers read."""
NO_MODULES = ("bin", "certifi/tests")
IGNORE_FILE = "# azd leaves __pycache__ out of a folder that has no file of this name.\n"


class Size(msgspec.Struct, frozen=True):
    """What there is after a step, and how long the step took."""

    step: str
    files: int
    megabytes: float
    seconds: float


async def package(out: Path, console: Console) -> int:
    """Build into a folder and beside it a zip; print what each step left. Raises ConfigurationError."""
    table = Table(box=None)
    for heading in ("", "files", "MB", "s"):
        table.add_column(heading, justify="right" if heading else "left")
    for size in build(out):
        table.add_row(size.step, f"{size.files:,}", f"{size.megabytes:.1f}", f"{size.seconds:.1f}")
    console.print(table)
    console.print(f"{out}/ and {_zip_of(out)}", markup=False, highlight=False)
    return 0


def build(out: Path) -> list[Size]:
    """Fill a folder, which is emptied first, and zip it. Raises ConfigurationError."""
    _check(out)
    watch = _Watch()
    installed = _installed()
    files = _files(installed)
    sizes = [watch.size("dependencies", files)]
    called = called_in(ROOT / "shared")
    files = [path for path in files if is_reached(path.relative_to(installed), called)]
    sizes.append(watch.size("without Graph builders that nothing calls", files))
    files = [path for path in files if _is_run(path.relative_to(installed))]
    sizes.append(watch.size("without what only builds and types need", files))
    shutil.rmtree(out, ignore_errors=True)
    _copy(files, installed, out / SITE)
    for name in (*APP, *([OWN] if (ROOT / OWN).is_dir() else [])):
        _copy([ROOT / name] if (ROOT / name).is_file() else _files(ROOT / name), ROOT, out)
    (out / ".funcignore").write_text(IGNORE_FILE, encoding="utf-8")
    sizes.append(watch.size("with the app", _files(out)))
    _compile(out)
    sizes.append(watch.size("with bytecode", _files(out)))
    _zip(out)
    return [*sizes, watch.size("as a zip", [_zip_of(out)])]


class _Watch:
    def __init__(self) -> None:
        self._began = time.perf_counter()

    def size(self, step: str, files: Iterable[Path]) -> Size:
        began, self._began = self._began, time.perf_counter()
        sizes = [path.stat().st_size for path in files]
        return Size(step, len(sizes), sum(sizes) / 1e6, self._began - began)


def _check(out: Path) -> None:
    if sys.version_info[:2] != tuple(map(int, PYTHON.split("."))):
        raise ConfigurationError(
            f"the package is for Python {PYTHON}", hint="Bytecode is that of the Python that makes it: `make package`."
        )
    if out.exists() and any(out.iterdir()) and not (out / SITE).exists():
        raise ConfigurationError(
            f"`{out}` holds something that is no package", hint="It would be emptied: name another folder with --out."
        )


def _installed() -> Path:
    """Return a folder with the pinned wheels for Azure's platform, whatever this machine is; kept for the next time."""
    requirements = ROOT / "requirements.txt"
    key = hashlib.sha256(f"{PLATFORM} {PYTHON}".encode() + requirements.read_bytes()).hexdigest()[:16]
    kept = ROOT / ".tools/deployed"
    folder = kept / key
    if folder.exists():
        return folder
    uv = ROOT / ".tools/bin/uv"
    found = str(uv) if uv.exists() else shutil.which("uv")
    if found is None:
        raise ConfigurationError("uv is not here", hint="`make package` sets it up.")
    shutil.rmtree(kept, ignore_errors=True)
    words = [found, "pip", "install", "-q", "--target", str(kept / "new"), "--no-deps", "--require-hashes"]
    words += ["--only-binary", ":all:", "--python-platform", PLATFORM, "--python-version", PYTHON]
    environment = {"UV_CACHE_DIR": str(ROOT / ".tools/cache"), "UV_SYSTEM_CERTS": "true", **os.environ}
    done = subprocess.run(  # noqa: S603 - the words are ours
        [*words, "-r", str(requirements)], capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise ConfigurationError("the dependencies could not be installed", hint=done.stderr.strip())
    return (kept / "new").rename(folder)


def _files(folder: Path) -> list[Path]:
    return sorted(Path(parent, name) for parent, _, names in os.walk(folder) for name in names)


def _is_run(installed: Path) -> bool:
    return not installed.name.endswith(NOT_RUN) and not any(map(installed.is_relative_to, NO_MODULES))


def _copy(files: Iterable[Path], above: Path, to: Path) -> None:
    for path in files:
        if path.suffix != ".pyc":
            target = to / path.relative_to(above)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _compile(out: Path) -> None:
    """Write bytecode that is taken unchecked: the mount is read-only, and its times are not those of the build."""
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(
        out, maxlevels=99, quiet=1, workers=0, invalidation_mode=unchecked, stripdir=str(out), prependdir=MOUNTED_AT
    ):
        raise ConfigurationError("a module of the package does not compile", hint="Its name is printed above.")


def _zip_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.zip")


def _zip(folder: Path) -> None:
    """Put a folder into a zip beside it: sorted, with one fixed time, so that equal folders give equal bytes."""
    with zipfile.ZipFile(_zip_of(folder), "w") as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
