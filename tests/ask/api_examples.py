"""``python -m tests.ask.api_examples``: real answers of every route on the demo's tenant, shortened, for the API's document."""

import asyncio
import re
from typing import Any

import msgspec

from functions.openapi import EXAMPLES_FILE
from functions.operations import Operation
from functions.serve_api_document import all_operations
from shared.state.interface import TRIAGE_POISON_QUEUE, TRIAGE_QUEUE
from tests.ask.demo import demo
from tests.ask.door import MASTER_KEY, Door
from tests.systems import KEY, take_in, triage_due

MOST_ITEMS = 2
MOST_CHARACTERS = 400
ASYNC = {"prefer": "respond-async"}
_RANDOM = re.compile(r"\b(session|prompt|run|erasure)-[A-Za-z0-9_-]{16,}")
_TRACE = re.compile(r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]\b")
_A_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

type Examples = dict[str, dict[str, Any]]


class Taker:
    """Sends what a document's reader would send, and keeps the answers by operation and status."""

    def __init__(self, door: Door) -> None:
        self.examples: Examples = {}
        self._door = door
        self._operations = {one.id: one for one in all_operations()}

    async def take(self, operation_id: str, *, instead: Any = None, **given: str) -> Any:
        """Send an operation's own example, or a body instead, and keep the answer.

        What is given is the header ``prefer``, the query ``revision``, else parts of the path.
        """
        one: Operation = self._operations[operation_id]
        headers = {name: given.pop(name) for name in ("prefer",) if name in given}
        path = "/api/" + one.route.format(**given)
        if "revision" in given:
            path += f"?revision={given['revision']}"
        body = one.example if instead is None else instead
        key = MASTER_KEY if one.is_master_only else KEY
        status, answer, _ = await self._door.send(one.method, path, body, key=key, **headers)
        assert status in one.gives, (operation_id, status, answer)
        self.examples.setdefault(operation_id, {})[str(status)] = shortened(answer)
        return answer


async def taken() -> Examples:
    """Return operation to status to example, as the file holds them."""
    async with demo() as door:
        await take_in(door.system, b"not what Entra streams")
        taker = Taker(door)
        await taker.take("answer_prompt")
        accepted = await taker.take("answer_prompt", **ASYNC)
        book = {"name": "user-sign-in-analysis"}
        begun = await taker.take("run_promptbook", **book, **ASYNC)
        prompt, run = {"prompt_id": accepted["promptId"]}, {**book, "run_id": begun["runId"]}
        await taker.take("get_prompt", **prompt)
        await taker.take("get_promptbook_run", **run)
        await triage_due(door.system)
        await taker.take("get_prompt", **prompt)
        await taker.take("get_promptbook_run", **run)
        await taker.take("run_promptbook", **book)
        for plain in ("process_prompt", "run_promptbook_of_connector", "add_promptbook", "list_promptbooks"):
            await taker.take(plain)
        for plain in ("list_capabilities", "health", "list_tenants"):
            await taker.take(plain)
        asked = (await taker.take("triage_identity"))["caseId"]
        stored = await door.system.services.state.case(asked)
        assert stored is not None
        await taker.take("get_report", case_id=asked, revision=str(stored[0].revision))
        cases = (await taker.take("list_cases"))["value"]
        (case_id, *_) = [one["id"] for one in cases if one["identity"]["kind"] != "campaign"]
        await taker.take("get_case", case_id=case_id)
        await taker.take("get_report", case_id=case_id)
        await taker.take("list_campaigns")
        (campaign, *_) = [one["id"] for one in cases if one["identity"]["kind"] == "campaign"]
        await taker.take("get_campaign", case_id=campaign)
        opinion = taker._operations["take_feedback"].example
        await taker.take("take_feedback", instead={**opinion, "caseId": case_id})
        await taker.take("list_feedback")
        await _give_up_triage(door)
        (triage,) = [one for one in (await taker.take("list_parked"))["value"] if one["kind"] == "triage"]
        await taker.take("replay_parked", parked_id=triage["id"])
        await taker.take("erase_identity")
        document = await door.get("/api/openapi.json")
        taker.examples["get_openapi"] = {"200": {name: document[name] for name in ("openapi", "info")}}
        return taker.examples


async def _give_up_triage(door: Door) -> None:
    """Let the triage that was asked for by hand fail for good, so that something is parked that can go on."""
    state = door.system.services.state
    (body, *_) = await state.peek(TRIAGE_QUEUE)
    await state.send(TRIAGE_POISON_QUEUE, body)
    await triage_due(door.system)


def shortened(value: Any) -> Any:
    """Return an answer with the first items of its lists, the beginning of long texts, and ids that stay the same."""
    match value:
        case list():
            return [shortened(one) for one in value[:MOST_ITEMS]]
        case dict():
            return {name: shortened(one) for name, one in value.items()}
        case str():
            text = _RANDOM.sub(r"\1-00112233445566778899aabb", _TRACE.sub(_A_TRACE, value))
            return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
        case _:
            return value


def as_file(examples: Examples) -> bytes:
    """Return examples as the file has them."""
    return msgspec.json.format(msgspec.json.encode(examples), indent=1) + b"\n"


if __name__ == "__main__":
    EXAMPLES_FILE.write_bytes(as_file(asyncio.run(taken())))
