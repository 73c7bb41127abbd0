"""Ask a language model for words: the prompt of one summary, and the usable text of the answer."""

from typing import TYPE_CHECKING

import msgspec

from shared.chat import FREE, Prices, SchemaRefusedError, retried, send, usable_choice
from shared.errors import ModelOutputError
from shared.write.prompt import MAX_OUTPUT_TOKENS, Prompt
from shared.write.schema import without_lengths

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion


class Reply(msgspec.Struct, frozen=True):
    """The text of an answer and what it cost."""

    text: str
    input_tokens: int
    output_tokens: int


class ModelWriter:
    """A model behind an OpenAI-compatible endpoint or Azure OpenAI.

    ``timeout_seconds`` is all the time one summary may take, retries and repair included.
    """

    def __init__(self, client: "AsyncOpenAI", model: str, timeout_seconds: float, prices: Prices = FREE) -> None:
        self.client = client
        self._takes_lengths = True
        self.model = model
        self.timeout_seconds = timeout_seconds
        self.prices = prices

    async def ask(self, prompt: Prompt) -> Reply:
        """Send one prompt, at most twice while the endpoint is busy.

        Raises ModelUnavailableError, ModelRefusedError, ModelOutputError, or ModelError for anything else.
        """
        try:
            return await self._retried(prompt)
        except SchemaRefusedError:
            if not self._takes_lengths:
                raise
            self._takes_lengths = False
            return await self._retried(prompt)

    async def _retried(self, prompt: Prompt) -> Reply:
        async def once() -> Reply:
            return read_reply(await self.send(prompt))

        return await retried(once)

    async def send(self, prompt: Prompt) -> "ChatCompletion":
        """Send one request and return the raw answer: the place to record answers. Raises as ``ask`` does."""
        schema = prompt.schema if self._takes_lengths else without_lengths(prompt.schema)
        return await send(
            self.client,
            self.timeout_seconds,
            prices=self.prices,
            model=self.model,
            messages=list(prompt.messages),
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "triage", "strict": True, "schema": schema},
            },
            max_completion_tokens=MAX_OUTPUT_TOKENS,
        )


def read_reply(completion: "ChatCompletion") -> Reply:
    """Return the usable part of a raw answer. Raises ModelRefusedError or ModelOutputError where there is none."""
    choice = usable_choice(completion)
    if not choice.message.content:
        raise ModelOutputError("the model's answer is empty")
    usage = completion.usage
    return Reply(
        text=choice.message.content,
        input_tokens=usage.prompt_tokens if usage else 0,
        output_tokens=usage.completion_tokens if usage else 0,
    )
