"""Run a package by itself: no site-packages but its own, the official worker library, functions one after another.

``python -S -I drive.py PACKAGE LOCAL TENANT_USER``: prints one JSON object. LOCAL holds the embedded host's drivers.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

package, local, user = sys.argv[1:]
sys.path[:0] = [package, f"{package}/.python_packages/lib/site-packages"]
sys.path.append(local)


async def call(worker: Any, name: str, **http: Any) -> Any:
    """Invoke an HTTP function; return its status and what its JSON body says."""
    from local.host.stand_ins import RpcHttp, TypedData

    body = json.dumps(http.pop("body", {})).encode()
    headers = {"content-type": "application/json"}
    given = {"params": {}, **http}
    request = RpcHttp(url="http://127.0.0.1/api", headers=headers, query={}, body=TypedData(bytes=body), **given)
    outcome = await worker.invoke(worker.functions[name], f"i-{name}", {"req": TypedData(http=request)})
    assert outcome.ok, outcome.exception.message + "\n" + outcome.exception.stack_trace
    answer = outcome.value.http
    return {"status": int(answer.status_code), "body": json.loads(answer.body.bytes)}


async def drive() -> dict[str, Any]:
    """Index, then health, one prompt, one triage from the request to its report."""
    from local.host.stand_ins import TypedData
    from local.host.worker import Worker

    began = time.perf_counter()
    worker = await Worker.start(Path(package))
    told: dict[str, Any] = {"functions": sorted(worker.functions)}
    told["health"] = await call(worker, "health", method="GET")
    told["seconds"] = time.perf_counter() - began
    told["prompt"] = await call(worker, "answer_prompt", method="POST", body={"prompt": f"Is {user} risky? Why?"})
    told["accepted"] = await call(worker, "triage_identity", method="POST", body={"user": user})
    from shared.app import current_app
    from shared.state.interface import TRIAGE_QUEUE

    app = await current_app()
    state = app.own.state
    (message,) = await state.receive(TRIAGE_QUEUE, visibility_seconds=60)
    metadata = {"Id": message.id, "DequeueCount": "1", "PopReceipt": "r"}
    outcome = await worker.invoke(
        worker.functions["triage_case"],
        "i-triage",
        {"message": TypedData(string=message.body.decode())},
        metadata={name: TypedData(string=value) for name, value in metadata.items()},
    )
    assert outcome.ok, outcome.exception.stack_trace
    case_id = told["accepted"]["body"]["caseId"]
    told["report"] = await call(worker, "get_report", method="GET", params={"case_id": case_id})
    await app.close()
    await worker.close()
    return told


told = asyncio.run(drive())
told["modules"] = [path for one in list(sys.modules.values()) if (path := getattr(one, "__file__", None))]
sys.stdout.write(json.dumps(told))
