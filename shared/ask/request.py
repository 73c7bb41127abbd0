"""What a caller may send: strictly decoded, every part bounded."""

from typing import Annotated, Literal

import msgspec

MOST_BYTES = 32 * 1024
"""Longest body of a request of the prompt API."""
MOST_MANY = 20
"""Most things that one input takes."""

type PromptText = Annotated[str, msgspec.Meta(max_length=4000, description="What is asked, in everyday English.")]
type Short = Annotated[str, msgspec.Meta(max_length=320)]
type SessionId = Annotated[str, msgspec.Meta(max_length=64, description="From an earlier answer; left out: a new one.")]


class SubjectGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What "this user" (or group, or app) means in this request."""

    kind: Literal["user", "group", "service_principal", "application", "device", "role", "policy", "case"]
    id: Short
    """Object id, user principal name or display name."""


class ObjectGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An input that is a thing (``kind`` and ``id``) or a span of time (``since`` and ``until``, ISO times)."""

    kind: Short | None = None
    id: Short | None = None
    name: Short | None = None
    since: Short | None = None
    until: Short | None = None
    words: Short | None = None


type Given = Short | int | Annotated[tuple[Short, ...], msgspec.Meta(max_length=MOST_MANY)] | ObjectGiven
"""Value of an input: text, a number, a thing or a span, or several things by their names."""


class PromptRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The body of ``POST /api/prompts``. ``prompt`` or ``skill`` is needed."""

    prompt: PromptText = ""
    session_id: SessionId | None = None
    skill: Annotated[str, msgspec.Meta(max_length=64, description="Id of a skill: no planning.")] | None = None
    inputs: Annotated[dict[Short, Given], msgspec.Meta(max_length=20)] = {}
    """The skill's inputs by name; only beside ``skill``."""
    subject: Short | SubjectGiven | None = None
    """What "this user" means: an object id, user principal name or name, or kind and id."""
