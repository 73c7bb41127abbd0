"""One package, built once and unpacked from its zip."""

import zipfile
from pathlib import Path

import pytest

from local.package import Size, build
from shared.errors import ConfigurationError


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Size]]:
    """The folder that was built, and what each step left; skipped where the wheels can't be had."""
    out = tmp_path_factory.mktemp("built") / "package"
    try:
        return out, build(out)
    except ConfigurationError as error:
        if "installed" in str(error) or "uv" in str(error):
            pytest.skip(f"{error}: {error.hint}")
        raise


@pytest.fixture(scope="session")
def unpacked(built: tuple[Path, list[Size]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in the zip, in a folder of its own."""
    folder = tmp_path_factory.mktemp("wwwroot")
    with zipfile.ZipFile(built[0].with_name("package.zip")) as archive:
        archive.extractall(folder)
    return folder
