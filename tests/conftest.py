"""What holds for every test."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from local.azurite import Azurite, running_azurite, why_not_installed

# Speed is not what property tests judge, and CI must judge the same examples every time.
settings.register_profile("everywhere", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "everywhere")


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """Hand out one Azurite, in memory, for all tests of this process. In CI it must be there."""
    missing = why_not_installed()
    if missing and not os.environ.get("CI"):
        pytest.skip(missing)
    with running_azurite() as started:
        yield started


@pytest.fixture
def storage(azurite: Azurite) -> str:
    """Return the connection string of an empty storage account."""
    return azurite.account()
