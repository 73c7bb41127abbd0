"""A model whose every request and raw answer is kept, and which is not asked again what it has answered."""

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING, Any

import msgspec

from shared.errors import ModelError, ModelOutputError, ModelUnavailableError
from shared.write.model import ModelWriter, read_reply
from shared.write.prompt import Prompt
from shared.write.schema import Answer, Repair, decode

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

_REFUSED_KEY = frozenset({401, 403})
_NOT_THERE = 404


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request to the model and what came back."""

    prompt_hash: str
    messages: tuple[dict[str, str], ...]
    schema: dict[str, Any]
    completion: dict[str, Any] | None = None
    """The endpoint's answer as it came; None when there was none."""
    error: str = ""
    """Why there is no answer."""
    seconds: float

    @property
    def repairs(self) -> bool:
        """Say whether it asks for rejected sentences anew."""
        return "sentences" in self.schema["properties"]

    def in_schema(self) -> bool:
        """Say whether the answer is whole and decodes."""
        if self.completion is None:
            return False
        try:
            decode(read_reply(_completion(self.completion)).text, Repair if self.repairs else Answer)
        except ModelError:
            return False
        return True

    def tokens(self) -> tuple[int, int]:
        """Return the tokens that the endpoint counted: read and written; an answer that was cut off counts too."""
        usage = (self.completion or {}).get("usage") or {}
        return usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0


class RecordedModel(ModelWriter):
    """The writer's own model, with a record of each exchange.

    ``known``: exchanges of an earlier run; each is used once instead of asking the same prompt.
    """

    def __init__(self, client: "AsyncOpenAI", model: str, timeout_seconds: float) -> None:
        super().__init__(client, model, timeout_seconds)
        self.known: list[Exchange] = []
        self.exchanges: list[Exchange] = []
        self._answered = False
        self._last_error: ModelError | None = None

    async def send(self, prompt: Prompt) -> "ChatCompletion":
        """Answer from what is known, else ask; keep either."""
        exchange = Exchange(
            prompt_hash=fingerprint(prompt), messages=prompt.messages, schema=prompt.schema, seconds=0.0
        )
        before = next((it for it in self.known if it.prompt_hash == exchange.prompt_hash and it.completion), None)
        if before is not None:
            self.known.remove(before)
            self.exchanges.append(before)
            return _completion(before.completion or {})
        started = time.perf_counter()
        try:
            completion = await super().send(prompt)
        except ModelError as error:
            self._failed(exchange, error, started)
            raise
        except asyncio.CancelledError:
            self._failed(exchange, ModelUnavailableError("the model did not finish in time"), started)
            raise
        if not getattr(completion, "choices", None) and not self._answered:
            self._failed(exchange, ModelOutputError("what the endpoint answers is no chat completion"), started)
            return completion
        self._answered, self._last_error = True, None
        kept = completion.model_dump(mode="json", exclude_unset=True, warnings=False) if completion else None
        self._keep(exchange, started, completion=kept)
        return completion

    def give_up(self) -> None:
        """Raise ModelError when there is no sense in asking on.

        That is: the endpoint has never answered, it takes neither key nor model, or it is gone.
        """
        error = self._last_error
        if error is None:
            return
        status, lost, slow = _cause(error)
        if self._answered and not (lost or status in {*_REFUSED_KEY, _NOT_THERE}):
            return
        hint = "Check --endpoint (it usually ends in /v1) and --model."
        if status in _REFUSED_KEY:
            hint = "The endpoint refuses the key: check the variable that --key-env names."
        elif slow:
            hint = "Give it more time with --timeout, or check that --endpoint is a model's."
        elif lost:
            hint = "Check that the model's server runs and that --endpoint is its address."
        error.hint = hint
        raise error

    def _failed(self, exchange: Exchange, error: ModelError, started: float) -> None:
        self._last_error = error
        self._keep(exchange, started, error=str(error))

    def _keep(self, exchange: Exchange, started: float, **more: Any) -> None:
        seconds = round(time.perf_counter() - started, 3)
        self.exchanges.append(msgspec.structs.replace(exchange, seconds=seconds, **more))


def fingerprint(prompt: Prompt) -> str:
    """Return the SHA-256 of what the model is shown and must answer in."""
    return hashlib.sha256(msgspec.json.encode([prompt.messages, prompt.schema])).hexdigest()


def _completion(kept: dict[str, Any]) -> "ChatCompletion":
    from openai.types.chat import ChatCompletion

    return ChatCompletion.construct(**kept)


def _cause(error: ModelError) -> tuple[int, bool, bool]:
    """Return the HTTP status behind an error (0: none), whether the connection failed, and whether time ran out."""
    import openai

    cause = error.__cause__
    slow = (cause is None and isinstance(error, ModelUnavailableError)) or isinstance(cause, openai.APITimeoutError)
    status = cause.status_code if isinstance(cause, openai.APIStatusError) else 0
    return status, isinstance(cause, openai.APIConnectionError) and not slow, slow
