"""What prompts, the console and polls keep between requests: documents whose content only they read."""

from datetime import datetime
from typing import Literal

import msgspec

type DocumentKind = Literal[
    "session",
    "prompt",
    "run",
    "promptbook",
    "refusal",
    "look_ups",
    "acknowledgement",
    "erasure",
    "forgotten",
    "house",
    "poll",
]
"""``session``: what "this user" means; ``prompt``: a request and its answer; ``run``: one of a promptbook;
``promptbook``: one that a caller added; ``refusal``: a permission or licence that Graph last refused;
``look_ups``: what Graph answered about a case that is still owed some of it;
``acknowledgement``: who looks at a case;
``erasure``: a tombstone without personal data; ``forgotten``: the last case of an identity whose cases are all gone;
``house``: by which time the timer forgets, and what it forgot;
``poll``: how far changes of risk were read from Graph."""


DOCUMENTS_OF_CASE: tuple[DocumentKind, ...] = ("look_ups", "acknowledgement")
"""Kinds whose id is the id of a case: they go with it."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One document. Kind and id name it; the owner is who may read it."""

    kind: DocumentKind
    id: str
    """Letters, digits and ``-_.``; of a session, prompt or run it can't be guessed."""
    owner: str
    """Digest of the caller; empty for what belongs to the app."""
    at: datetime
    """When it was last used; what is older than the app keeps is purged."""
    body: bytes
    """JSON, at most 4 MiB."""
