"""Ask a language model for words: one place that owns its time, its retries and the meaning of its failures."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, cast

import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from shared.errors import ModelError, ModelOutputError, ModelRefusedError, ModelUnavailableError
from shared.write.prompt import MAX_OUTPUT_TOKENS, Prompt
from shared.write.schema import without_lengths

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
    from openai.types.shared_params import ResponseFormatJSONSchema

TRIES = 2
MAX_RETRY_AFTER_SECONDS = 5.0
"""A busy endpoint that asks for a longer pause gets none: the ticket goes out with the template's words."""
_PAUSE_SECONDS = 0.5
_REFUSED = 400
_WORTH_RETRYING = frozenset({408, 409, 429})
_SERVER_ERROR = 500


class Reply(msgspec.Struct, frozen=True):
    """The text of an answer and what it cost."""

    text: str
    input_tokens: int
    output_tokens: int


class _BusyError(ModelUnavailableError):
    """Worth another try after a pause."""

    def __init__(self, message: str, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        super().__init__(message)
        self.pause_seconds = pause_seconds


class _LengthsRefusedError(ModelError):
    """The endpoint's strict mode does not take lengths in a schema."""


class ModelWriter:
    """A model behind an OpenAI-compatible endpoint or Azure OpenAI.

    ``timeout_seconds`` is all the time one summary may take, retries and repair included.
    """

    def __init__(self, client: "AsyncOpenAI", model: str, timeout_seconds: float) -> None:
        self._client = client
        self._takes_lengths = True
        self.model = model
        self.timeout_seconds = timeout_seconds

    async def ask(self, prompt: Prompt) -> Reply:
        """Send one prompt, at most ``TRIES`` times while the endpoint is busy.

        Raises ModelUnavailableError, ModelRefusedError, ModelOutputError, or ModelError for anything else.
        """
        try:
            return await self._retried(prompt)
        except _LengthsRefusedError:
            self._takes_lengths = False
            return await self._retried(prompt)

    async def _retried(self, prompt: Prompt) -> Reply:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(TRIES), retry=retry_if_exception_type(_BusyError), wait=_pause, reraise=True
        )
        async for attempt in retrying:
            with attempt:
                return read_reply(await self.send(prompt))
        raise ModelUnavailableError("the model was not asked")  # pragma: no cover - tenacity returns or raises

    async def send(self, prompt: Prompt) -> "ChatCompletion":
        """Send one request and return the raw answer: the place to record answers. Raises as ``ask`` does."""
        import openai
        from azure.core.exceptions import AzureError

        schema = prompt.schema if self._takes_lengths else without_lengths(prompt.schema)
        answer_format = {"type": "json_schema", "json_schema": {"name": "triage", "strict": True, "schema": schema}}
        # Half the time each, so that one try that hangs leaves room for another.
        client = self._client.with_options(max_retries=0, timeout=self.timeout_seconds / TRIES)
        try:
            return await client.chat.completions.create(
                model=self.model,
                messages=cast("list[ChatCompletionMessageParam]", list(prompt.messages)),
                response_format=cast("ResponseFormatJSONSchema", answer_format),
                max_completion_tokens=MAX_OUTPUT_TOKENS,
            )
        except openai.APIStatusError as error:
            raise _of_status(error.status_code, error.code, error.param, error.response.headers) from error
        except openai.APIConnectionError as error:
            raise _BusyError(f"the model's endpoint did not answer: {type(error).__name__}") from error
        except AzureError as error:
            raise ModelError(
                "no token for the model's endpoint", hint="Check the app's identity and its role."
            ) from error
        except (openai.OpenAIError, ValueError) as error:
            raise ModelOutputError(f"the endpoint's answer cannot be read: {type(error).__name__}") from error


def _of_status(status: int, code: str | None, param: str | None, headers: Mapping[str, str]) -> ModelError:
    """Return what an HTTP error means for us."""
    if status in _WORTH_RETRYING or status >= _SERVER_ERROR:
        pause = _retry_after(headers)
        if pause > MAX_RETRY_AFTER_SECONDS:
            return ModelUnavailableError(f"the model's endpoint answered {status} and asks for a long pause")
        return _BusyError(f"the model's endpoint answered {status}", pause_seconds=pause)
    if code == "content_filter":
        return ModelRefusedError("the endpoint's content filter refused the prompt")
    if status == _REFUSED and param == "response_format":
        return _LengthsRefusedError("the endpoint does not take this schema")
    return ModelError(
        f"the model's endpoint answered {status}",
        hint="Check the model's name, its endpoint, and the app's key or role.",
    )


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return the pause that ``Retry-After`` asks for, seconds or HTTP date; the usual one where it says nothing."""
    text = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        then, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return _PAUSE_SECONDS
    return max(0.0, (then - now).total_seconds())


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return error.pause_seconds if isinstance(error, _BusyError) else _PAUSE_SECONDS


def read_reply(completion: "ChatCompletion") -> Reply:
    """Return the usable part of a raw answer. Raises ModelRefusedError or ModelOutputError where there is none."""
    # An endpoint that is only nearly compatible may leave out what the SDK's types promise.
    choices = getattr(completion, "choices", None)
    if not choices:
        raise ModelOutputError("the model's answer is empty")
    choice = choices[0]
    if choice.finish_reason == "content_filter":
        raise ModelRefusedError("the content filter stopped the model's answer")
    if getattr(choice.message, "refusal", None):
        raise ModelRefusedError("the model refused to answer")
    if choice.finish_reason == "length":
        raise ModelOutputError("the model's answer ran past its token limit")
    if not choice.message.content:
        raise ModelOutputError("the model's answer is empty")
    usage = completion.usage
    return Reply(
        text=choice.message.content,
        input_tokens=usage.prompt_tokens if usage else 0,
        output_tokens=usage.completion_tokens if usage else 0,
    )
