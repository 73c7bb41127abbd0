"""Which permissions and licences the app has, as far as it knows: from its token, and from what Graph refused."""

import re
from datetime import datetime

import msgspec

from shared.ask.look import Look, Need
from shared.clients import Services
from shared.errors import ConflictError
from shared.graph.permissions import opened_by
from shared.models.documents import Document

_UNSAFE = re.compile(r"[^A-Za-z0-9.]+")


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Graph refused a look-up for the lack of something."""

    need: Need
    detail: str
    """Status and code."""
    at: datetime


async def learn(look: Look, services: Services) -> None:
    """Keep what a prompt learnt: new refusals, and that an earlier one is mended."""
    known = {refusal.need: refusal for refusal in await refusals(services)} if look.refused or look.granted else {}
    for need in look.granted - set(look.refused):
        if need in known:
            await services.state.delete_document("refusal", _id(need))
    for need, gap in look.refused.items():
        if need not in known:
            refusal = Refusal(need=need, detail=gap.detail, at=services.clock())
            await _keep(refusal, services)


async def refusals(services: Services) -> list[Refusal]:
    """Return what was refused and has not been granted since, by id."""
    found = await services.state.documents("refusal")
    return [msgspec.json.decode(document.body, type=Refusal) for document in found]


async def granted(services: Services) -> frozenset[str] | None:
    """Return the permissions that the app's token carries, implied ones included; None where it carries none."""
    roles = await services.graph.permissions()
    return opened_by(roles) if roles else None


async def _keep(refusal: Refusal, services: Services) -> None:
    body = msgspec.json.encode(refusal)
    document = Document(kind="refusal", id=_id(refusal.need), owner="", at=refusal.at, body=body)
    try:
        await services.state.save_document(document, None)
    except ConflictError:
        return  # another prompt learnt the same at the same time


def _id(need: Need) -> str:
    return f"{need.kind}-{_UNSAFE.sub('-', need.name).strip('-')}"
