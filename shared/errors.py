"""Errors, one tree. The class decides what happens; the hint tells a person what to do.

TriageError
├── ConfigurationError           a setting is missing or wrong             stop; HTTP 500
├── MalformedRecordError         a record cannot be read                   park the record, go on; HTTP 422
├── InvalidRequestError          an HTTP request is wrong                  HTTP 400
│   ├── MethodNotAllowedError        the route does not have the method    HTTP 405
│   ├── UnsupportedMediaTypeError    the body is not called JSON           HTTP 415
│   └── PayloadTooLargeError         the body is too long                  HTTP 413
├── NotFoundError                no such case, report, session, …          HTTP 404
├── ConflictError                someone else wrote first                  read again, retry
├── DependencyError              something we call failed
│   ├── DependencyUnavailableError   429, 5xx, time-out                    retry inside a budget, then a gap
│   └── AccessDeniedError            401, 403                              a gap that names the permission
├── ModelError                   the language model
│   ├── ModelUnavailableError        429, 5xx, time-out                    the template writes
│   ├── ModelRefusedError            content filter, refusal               the template writes
│   └── ModelOutputError             not the schema                        one repair, then the template writes
└── DeliveryError
    ├── DeliveryUnavailableError     429, 5xx, time-out                    the queue retries what failed
    └── DeliveryRejectedError        other 4xx                             recorded as failed, with its status
        └── DeliveryDeniedError          401, 403                          the same; the hint names the setting
"""


class TriageError(Exception):
    """Base of every error of ours.

    The message names identifiers only: never names, addresses, tokens, prompts or bodies.
    """

    hint = "See the log of this invocation for its stage and identifiers."
    http_status = 500
    is_transient = False

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint


class ConfigurationError(TriageError):
    """A setting is missing or contradicts another. Never retried."""

    hint = "Compare the app's settings with the table of settings in docs/architecture.md."


class MalformedRecordError(TriageError):
    """A record cannot be read. It is parked with its raw bytes; the rest of its batch goes on."""

    hint = "Look at the parked bytes; if Entra changed the shape, teach shared/ingest and replay."
    http_status = 422


class InvalidRequestError(TriageError):
    """An HTTP request is wrong in a way that its sender can mend."""

    hint = "Compare the request with the API's documentation."
    http_status = 400


class MethodNotAllowedError(InvalidRequestError):
    """The route is there, but not with this method."""

    http_status = 405


class UnsupportedMediaTypeError(InvalidRequestError):
    """The body is called something other than JSON."""

    hint = "Send JSON with the header `Content-Type: application/json`."
    http_status = 415


class PayloadTooLargeError(InvalidRequestError):
    """The body is longer than the route takes."""

    http_status = 413


class NotFoundError(TriageError):
    """There is no such case, report, session, prompt, promptbook or parked message, or it is another caller's."""

    hint = "List the cases with GET /api/cases."
    http_status = 404


class ConflictError(TriageError):
    """Someone else wrote the same thing first. Read again and retry."""

    http_status = 409
    is_transient = True


class DependencyError(TriageError):
    """Something we call failed."""

    http_status = 502

    def __init__(
        self, message: str, *, status: int | None = None, code: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code


class DependencyUnavailableError(DependencyError):
    """429, 5xx or a time-out. Worth another try."""

    hint = "The service is busy or down; the work is retried and then parked."
    http_status = 503
    is_transient = True

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after_seconds: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, status=status, code=code, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class AccessDeniedError(DependencyError):
    """401 or 403. Not retried."""

    hint = "Grant the app the permission that the gap names, or check its credential."


class ModelError(TriageError):
    """The language model did not give usable words. The template writes instead."""

    http_status = 502


class ModelUnavailableError(ModelError):
    """429, 5xx or a time-out from the model's endpoint."""

    hint = "Check the endpoint's quota and health; reports are written by the template meanwhile."
    is_transient = True


class ModelRefusedError(ModelError):
    """A content filter or a refusal."""

    hint = "Nothing to mend; evidence of attacks can trip content filters."


class ModelOutputError(ModelError):
    """The answer is not in the schema, even after one repair."""

    hint = "Use a model that supports strict JSON schema output."


class DeliveryError(TriageError):
    """A destination did not take the report."""

    http_status = 502

    def __init__(self, message: str, *, status: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class DeliveryUnavailableError(DeliveryError):
    """429, 5xx or a time-out. The queue retries this destination only."""

    hint = "Check that the destination is up; the delivery is retried and then parked."
    is_transient = True

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after_seconds: float | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, status=status, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class DeliveryRejectedError(DeliveryError):
    """Another 4xx: the destination will not take it as it is."""

    hint = "Check the destination's address, secret and expected fields; the next update of the case is sent again."


class DeliveryDeniedError(DeliveryRejectedError):
    """401 or 403: the destination does not know our credential, or the credential may not do this."""

    hint = "Check the destination's credential and its rights."
