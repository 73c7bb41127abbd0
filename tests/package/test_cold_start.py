"""What a cold start pays for: importing the app loads no SDK that only some invocations use."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
AT_FIRST_USE = ("azure.eventhub", "azure.identity", "azure.monitor", "cryptography", "httpx", "jinja2", "kiota_abstractions", "msgraph",
                "msal", "openai", "opentelemetry.sdk", "pydantic", "rapidfuzz", "requests")  # fmt: skip
NEEDED = ("azure.functions", "msgspec")


def test_importing_the_app_loads_no_sdk() -> None:
    """Graph, credentials, model, templates and their HTTP clients are loaded by the first invocation that uses them."""
    code = "import json, sys, function_app; sys.stdout.write(json.dumps(list(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    loaded = set(json.loads(ended.stdout))
    assert loaded.issuperset(NEEDED)
    assert [name for name in AT_FIRST_USE if name in loaded] == []
