"""What each route takes and gives, beside its function: the OpenAPI document is made of these."""

from typing import Any

import msgspec


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A path, query or header parameter, always text."""

    name: str
    where: str = "query"
    description: str
    choices: tuple[str, ...] = ()
    pattern: str = ""
    """A regular expression that the text must match."""


class Gives(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of answer."""

    description: str
    body: Any = None
    """The type of the JSON body; None: no JSON."""
    or_body: Any = None
    """Another type that it may be."""
    other: tuple[str, ...] = ()
    """Media types that are text."""
    headers: dict[str, str] = {}
    """Names and what they say."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one route."""

    id: str
    """The function's name."""
    method: str
    route: str
    """As the function registers it, without the prefix ``api``."""
    summary: str
    tag: str
    takes: Any = None
    """The type of the body."""
    takes_as: str = "application/json"
    """The media type of the body."""
    example: Any = None
    """A body that works."""
    gives: dict[int, Gives]
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[int, ...] = ()
    """Statuses of problems beside those that every route may answer."""
    is_open: bool = False
    """Needs no key."""
    is_of_the_app: bool = False
    """Is about no tenant: needs none named where the app serves several."""
    is_master_only: bool = False
    """Needs the host's master key; a function key is not enough."""


PREFER = Parameter(
    name="Prefer", where="header", description="`respond-async`: 202 with `Location` to poll, instead of waiting."
)
CASE_ID = Parameter(name="case_id", where="path", description="Id of the case.")
TENANT = Parameter(
    name="X-Triage-Tenant",
    where="header",
    description="Id of the tenant that this is about, where the app serves several; or `?tenant=`.",
)
BODY_PROBLEMS = (400, 413, 415)
POLL_SECONDS = "2"
POLL = {"Location": "Where to poll.", "Retry-After": "Seconds after which to poll."}
