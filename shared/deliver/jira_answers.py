"""What Jira Cloud answers, as far as tickets need it. What a site leaves out reads as empty."""

import re

import msgspec

from shared.deliver.http import Answer

PROPERTY = "entra-triage"
"""The issue property that holds the version last written."""


class Category(msgspec.Struct, frozen=True, rename="camel"):
    """``statusCategory``: ``new``, ``indeterminate`` or ``done``, whatever the workflow calls its statuses."""

    key: str = ""


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """A status of the workflow."""

    name: str = ""
    status_category: Category = Category()

    @property
    def is_done(self) -> bool:
        """Say whether the workflow counts it as done."""
        return self.status_category.key == "done"


class Fields(msgspec.Struct, frozen=True):
    """The fields of an issue that are asked for."""

    status: Status = Status()


class Written(msgspec.Struct, frozen=True):
    """The value of our property."""

    version: str = ""


class Issue(msgspec.Struct, frozen=True):
    """An issue; one that was just made has its key alone."""

    key: str
    fields: Fields = Fields()
    properties: dict[str, Written] = {}

    @property
    def version(self) -> str:
        """Return the idempotency key of the version last written."""
        return self.properties.get(PROPERTY, Written()).version


class Found(msgspec.Struct, frozen=True, rename="camel"):
    """A page of a search."""

    issues: list[Issue] = []
    next_page_token: str | None = None


class Named(msgspec.Struct, frozen=True):
    """One allowed value of a field."""

    name: str = ""


class Field(msgspec.Struct, frozen=True, rename="camel"):
    """A field on a transition's screen."""

    required: bool = False
    has_default_value: bool = False
    allowed_values: list[Named] = []


class Transition(msgspec.Struct, frozen=True):
    """A way to another status."""

    id: str
    to: Status = Status()
    fields: dict[str, Field] = {}

    @property
    def asks(self) -> bool:
        """Say whether it wants a field that we have no value for."""
        return any(f.required and not f.has_default_value and name != "resolution" for name, f in self.fields.items())

    @property
    def resolutions(self) -> list[str]:
        """Return the names of the resolutions that it takes."""
        return [value.name for value in self.fields.get("resolution", Field()).allowed_values]


class Transitions(msgspec.Struct, frozen=True):
    """The ways from an issue's status."""

    transitions: list[Transition] = []


class Comment(msgspec.Struct, frozen=True):
    """A comment; its document stays raw."""

    body: msgspec.Raw = msgspec.Raw(b"")


class Comments(msgspec.Struct, frozen=True):
    """A page of an issue's comments."""

    comments: list[Comment] = []


class Errors(msgspec.Struct, frozen=True):
    """Why a request was refused, by field."""

    errors: dict[str, str] = {}


class Right(msgspec.Struct, frozen=True, rename="camel"):
    """Whether the user has a permission."""

    have_permission: bool = False


class Rights(msgspec.Struct, frozen=True):
    """The user's permissions in the project."""

    permissions: dict[str, Right] = {}


def refused_fields(answer: Answer) -> str:
    """Return the names of the fields that Jira refused, never its words about them; empty for another refusal."""
    try:
        refused = msgspec.json.decode(answer.body, type=Errors).errors
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return ", ".join(sorted(name for name in refused if re.fullmatch(r"\w{1,40}", name)))
