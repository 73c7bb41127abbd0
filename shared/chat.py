"""Ask a language model: one place that owns its time, its retries, what it costs and the meaning of its failures."""

import time
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from shared.errors import ModelError, ModelOutputError, ModelRefusedError, ModelUnavailableError
from shared.telemetry import count, error_name, measure, span

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion
    from openai.types.chat.chat_completion import Choice

TRIES = 2
MAX_RETRY_AFTER_SECONDS = 5.0
"""A busy endpoint that asks for a longer pause gets none: whatever stands behind the model answers instead."""
_PAUSE_SECONDS = 0.5
_REFUSED = 400
_WORTH_RETRYING = frozenset({408, 409, 429})
_SERVER_ERROR = 500


class Prices(msgspec.Struct, frozen=True):
    """What a million tokens cost, in whatever currency the settings are in."""

    input: float = 0.0
    output: float = 0.0


FREE = Prices()


class _BusyError(ModelUnavailableError):
    """Worth another try after a pause."""

    def __init__(self, message: str, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        super().__init__(message)
        self.pause_seconds = pause_seconds


class SchemaRefusedError(ModelError):
    """The endpoint's strict mode does not take the schema of the answer."""


async def retried[Answer](call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Return what a call returns, made at most ``TRIES`` times while the endpoint is busy. Raises ModelError."""
    retrying = AsyncRetrying(
        stop=stop_after_attempt(TRIES), retry=retry_if_exception_type(_BusyError), wait=_pause, reraise=True
    )
    async for attempt in retrying:
        with attempt:
            return await call()
    raise ModelUnavailableError("the model was not asked")  # pragma: no cover - tenacity returns or raises


async def send(
    client: "AsyncOpenAI", timeout_seconds: float, *, prices: Prices = FREE, **request: Any
) -> "ChatCompletion":
    """Send one request and return the raw answer. ``timeout_seconds`` is all the time there is, retries included.

    Raises ModelUnavailableError, ModelRefusedError, ModelOutputError, SchemaRefusedError, or ModelError for the rest.
    """
    from openai import AsyncAzureOpenAI

    provider = "azure.ai.openai" if isinstance(client, AsyncAzureOpenAI) else "openai"
    asked = {"operation": "chat", "provider": provider, "model": str(request["model"])}
    began, failure = time.perf_counter(), None
    try:
        # Half the time each, so that one try that hangs leaves room for another.
        with span("chat", **asked) as work:
            completion = await _sent(client.with_options(max_retries=0, timeout=timeout_seconds / TRIES), request)
            # A page in place of an answer comes as text, which whoever reads it refuses.
            if usage := getattr(completion, "usage", None):
                work.note(input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens)
    except BaseException as error:
        failure = error_name(error)
        raise
    finally:
        measure("model_seconds", time.perf_counter() - began, error=failure, **asked)
    if usage:
        measure("tokens", usage.prompt_tokens, direction="input", **asked)
        measure("tokens", usage.completion_tokens, direction="output", **asked)
        cost = prices.input * usage.prompt_tokens + prices.output * usage.completion_tokens
        count("model_cost", cost / 1e6, model=asked["model"])
    return completion


async def _sent(client: "AsyncOpenAI", request: dict[str, Any]) -> "ChatCompletion":
    """Send, and translate what goes wrong."""
    import openai
    from azure.core.exceptions import AzureError

    try:
        return cast("ChatCompletion", await client.chat.completions.create(**request))
    except openai.APIStatusError as error:
        raise _of_status(error.status_code, error.code, error.param, error.response.headers) from error
    except openai.APIConnectionError as error:
        raise _BusyError(f"the model's endpoint did not answer: {type(error).__name__}") from error
    except AzureError as error:
        raise ModelError("no token for the model's endpoint", hint="Check the app's identity and its role.") from error
    except (openai.OpenAIError, ValueError) as error:
        raise ModelOutputError(f"the endpoint's answer cannot be read: {type(error).__name__}") from error


def usable_choice(completion: "ChatCompletion") -> "Choice":
    """Return the answer's choice that may be read. Raises ModelRefusedError or ModelOutputError where there is none."""
    # An endpoint that is only nearly compatible may leave out what the SDK's types promise.
    choices = getattr(completion, "choices", None)
    if not choices:
        raise ModelOutputError("the model's answer is empty")
    choice: Choice = choices[0]
    if choice.finish_reason == "content_filter":
        raise ModelRefusedError("the content filter stopped the model's answer")
    if getattr(choice.message, "refusal", None):
        raise ModelRefusedError("the model refused to answer")
    if choice.finish_reason == "length":
        raise ModelOutputError("the model's answer ran past its token limit")
    return choice


def _of_status(status: int, code: str | None, param: str | None, headers: Mapping[str, str]) -> ModelError:
    """Return what an HTTP error means for us."""
    if status in _WORTH_RETRYING or status >= _SERVER_ERROR:
        pause = _retry_after(headers)
        if pause > MAX_RETRY_AFTER_SECONDS:
            return ModelUnavailableError(f"the model's endpoint answered {status} and asks for a long pause")
        return _BusyError(f"the model's endpoint answered {status}", pause_seconds=pause)
    if code == "content_filter":
        return ModelRefusedError("the endpoint's content filter refused the prompt")
    if status == _REFUSED and param in {"response_format", "tools"}:
        return SchemaRefusedError("the endpoint does not take this schema")
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
