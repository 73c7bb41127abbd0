"""What the tests of infra/ compare with: the app's own index of functions."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from tests.infra.bicep import ROOT

_INDEX = """
import json
from function_app import app
print(json.dumps([{"function": f.get_function_name(), **json.loads(b)} for f in app.get_functions() for b in f.get_raw_bindings()]))
"""


@pytest.fixture(scope="session")
def bindings() -> list[dict[str, Any]]:
    """Return each binding of the app with its function; in a process of its own, because an app indexes only once."""
    done = subprocess.run([sys.executable, "-c", _INDEX], cwd=ROOT, capture_output=True, check=True, timeout=60)
    return msgspec.json.decode(done.stdout)
