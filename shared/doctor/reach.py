"""What the app depends on besides Graph, each looked at without changing anything or sending a ticket."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from shared.chat import send, usable_choice
from shared.clients import Services
from shared.deliver.destination import Destination
from shared.doctor.examination import Check, State
from shared.errors import ModelOutputError, TriageError
from shared.leases import leased

LEASE = "doctor"
LEASE_SECONDS = 5.0


async def reached(services: Services) -> list[Check]:
    """Return a check for state, policy, model and each destination."""
    waits: list[Awaitable[Check]] = [_state(services), _model(services)]
    waits += [_destination(one, services) for one in services.destinations]
    return [_policy(services), *await asyncio.gather(*waits)]


def _policy(services: Services) -> Check:
    # It was read and checked when the services were made: a wrong one never comes this far.
    named = "the policy file" if services.settings.policy_path else "the built-in policy"
    return Check(
        name="policy", state="ok", detail=f"{named} is sound; fingerprint {services.settings.policy.fingerprint}"
    )


async def _state(services: Services) -> Check:
    """Take a lease and give it back: the smallest thing that is written and read again."""

    async def look() -> str:
        async with leased(LEASE, services.state, LEASE_SECONDS):
            pass
        return "written and read: a lease was taken and given back"

    return await _looked("state", look)


async def _destination(destination: Destination, services: Services) -> Check:
    failed: State = "failed" if services.settings.delivery_mode == "live" else "limited"
    return await _looked(f"destination {destination.name}", destination.probe, failed=failed)


async def _model(services: Services) -> Check:
    """Ask for one token: listing models would not show that this one may be used."""
    model = services.model
    if model is None:
        return Check(name="model", state="skipped", detail="offline: the template writes and rules plan")

    async def look() -> str:
        request: dict[str, Any] = {
            "model": model.model,
            "messages": [{"role": "user", "content": "ok"}],
            "max_completion_tokens": 1,
        }
        try:
            usable_choice(await send(model.client, model.timeout_seconds, **request))
        except ModelOutputError:
            return "answered a request for one token, cut off as asked"
        return "answered a request for one token"

    # Reports go out without it, worded by the template.
    return await _looked("model", look, failed="limited")


async def _looked(name: str, look: Callable[[], Awaitable[str]], *, failed: State = "failed") -> Check:
    try:
        return Check(name=name, state="ok", detail=await look())
    except TriageError as error:
        return Check(name=name, state=failed, detail=str(error), mend=error.hint)
