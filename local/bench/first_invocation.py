"""Serve one invocation in a fresh interpreter and print how long it took: what ``cold_start`` runs."""

import asyncio
import json
import sys
import time
from pathlib import Path


async def _serve(began: float, imported: float) -> dict[str, object]:
    from local.host.stand_ins import RpcHttp, TypedData
    from local.host.worker import Worker, new_invocation_id

    worker = await Worker.start(Path.cwd())
    indexed = time.perf_counter() - began
    request = RpcHttp(
        method="GET", url="http://127.0.0.1/api/health", headers={}, query={}, params={}, body=TypedData(bytes=b"")
    )
    health = worker.functions["health"]
    outcome = await worker.invoke(health, new_invocation_id(), {"req": TypedData(http=request)})
    served = time.perf_counter() - began
    await worker.close()
    return {
        "ok": outcome.ok and outcome.value is not None and outcome.value.http.status_code == "200",
        "imported": imported,
        "indexed": indexed,
        "served": served,
        "models": sum(name.startswith("msgraph.generated.models") for name in sys.modules),
    }


def main() -> None:
    """Import the app, index it, invoke its health function, and print seconds as JSON."""
    began = time.perf_counter()
    import function_app  # noqa: F401

    found = asyncio.run(_serve(began, time.perf_counter() - began))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
