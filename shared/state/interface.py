"""What the app remembers, as one interface: Azure Storage in the cloud, SQLite embedded.

Every method is safe to repeat: at-least-once delivery means that any of them may run twice. There are no
transactions across methods, because Azure Tables and Queues have none; callers order their writes instead
(evidence, then case, then queue) so that a crash between any two leaves work owed, never work lost.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from shared.models.cases import Campaign, Case, Parked
from shared.models.documents import Document, DocumentKind
from shared.models.feedback import Feedback
from shared.models.habits import Habits
from shared.models.records import AnyRecord
from shared.models.reports import Delivery, Report

TRIAGE_QUEUE = "triage-requests"
TRIAGE_POISON_QUEUE = "triage-requests-poison"
TICKET_QUEUE = "tickets"
LOOK_UP_QUEUE = "look-ups"
SHADOW_QUEUE = f"{TICKET_QUEUE}-shadow"
PROMPT_QUEUE = "prompt-requests"
PROMPT_POISON_QUEUE = "prompt-requests-poison"
QUEUES = (
    TRIAGE_QUEUE,
    TRIAGE_POISON_QUEUE,
    LOOK_UP_QUEUE,
    PROMPT_QUEUE,
    PROMPT_POISON_QUEUE,
    TICKET_QUEUE,
    SHADOW_QUEUE,
)
"""All that there are."""
TRIGGER_QUEUES = frozenset({TRIAGE_QUEUE, TRIAGE_POISON_QUEUE, PROMPT_QUEUE, PROMPT_POISON_QUEUE})
"""Those that functions listen to. There is one of each, however many tenants there are."""


class QueueMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A received message: invisible to others until its time-out, gone when deleted with its receipt."""

    id: str
    receipt: str
    body: bytes
    dequeue_count: int
    inserted_at: datetime


class Evidence(Protocol):
    """Records seen, by partition: an identity's key, or ``tenant|ip|address`` for sign-ins."""

    async def add_records(self, items: Sequence[tuple[str, AnyRecord]]) -> int:
        """Store records under partitions; a key already there is left as it is. Return how many were new."""

    async def records(self, partition: str, since: datetime | None = None) -> list[AnyRecord]:
        """Return a partition's records at or after a time, oldest first (ties by key)."""

    async def records_of(self, since: Mapping[str, datetime], *, most: int | None = None) -> dict[str, list[AnyRecord]]:
        """Return the same for many partitions, each with its own time: as few waits as the backend can.

        ``most``: of each partition at most so many, whichever the backend reads first.
        """

    async def has_records(self, first: datetime, last: datetime) -> bool:
        """Say whether any record is dated from one moment's day to another's."""

    async def purge_records(self, before: datetime) -> int:
        """Forget records older than a time. Return how many."""


class Cases(Protocol):
    """Cases with optimistic concurrency: a save names the etag it read, or None for "must not exist"."""

    async def current_cases(self, identity_keys: Collection[str]) -> dict[str, tuple[Case, str]]:
        """Return each identity's latest case (by opened_at, then id) and its etag; nothing for those without one."""

    async def case(self, case_id: str) -> tuple[Case, str] | None:
        """Return a case and its etag."""

    async def save_case(self, case: Case, etag: str | None) -> str:
        """Store a case; return the new etag. Raises ConflictError when someone else wrote first."""

    async def cases(self) -> list[Case]:
        """Return all cases, latest signal first (ties by id): for who wants every one, or finds them by a name."""

    async def open_cases(self) -> list[Case]:
        """Return the cases that are open or owed triage, latest signal first (ties by id), reading no others."""

    async def latest_cases(self, most: int) -> list[Case]:
        """Return up to so many cases, latest signal first (ties by id); at most these and the open ones are read."""

    async def campaign_members(self, case_id: str) -> list[Case]:
        """Return the cases that are part of a campaign, by its case's id, latest signal first (ties by id).

        A case stays with the campaign that it has joined: a save never takes it out of one.
        """

    async def silent_cases(self, before: datetime) -> list[Case]:
        """Return the cases whose last signal was before a time, latest signal first (ties by id)."""

    async def mend_lists(self) -> int:
        """Bring what these lists are read from in line with the cases: after an upgrade, and then once a day.

        Return how many rows were wrong; none where the backend has an index.
        """

    async def save_campaign(self, campaign: Campaign) -> None:
        """Store a campaign, replacing an earlier form of it."""

    async def campaigns(self) -> list[Campaign]:
        """Return all campaigns, oldest first (ties by id)."""


class Reports(Protocol):
    """Reports and their deliveries."""

    async def save_report(self, report: Report) -> None:
        """Store one version, replacing the same version (a rerun after a crash)."""

    async def report(self, case_id: str, version: int | None = None) -> Report | None:
        """Return one version, or the latest."""

    async def deliveries(self, case_id: str) -> list[Delivery]:
        """Return the state of a case at every destination it was sent to, by destination."""

    async def save_delivery(self, delivery: Delivery) -> None:
        """Store the state of a case at a destination, replacing the earlier one."""


class Memory(Protocol):
    """What is known beyond one case: what is usual for an identity, and what analysts said of its cases."""

    async def habits(self, identity_key: str) -> Habits | None:
        """Return an identity's profile, or None."""

    async def save_habits(self, habits: Habits) -> None:
        """Store a profile, replacing the earlier one."""

    async def feedback(self, about: str | None = None) -> list[Feedback]:
        """Return what was said of one case or prompt, or of all, oldest first (ties by id)."""

    async def save_feedback(self, feedback: Feedback) -> None:
        """Store an opinion, replacing the same caller's earlier one on the same case or prompt."""


class Documents(Protocol):
    """Sessions, prompts, promptbooks and the like, with the etags of cases: None for "must not exist"."""

    async def document(self, kind: DocumentKind, document_id: str) -> tuple[Document, str] | None:
        """Return a document and its etag."""

    async def documents(self, kind: DocumentKind) -> list[Document]:
        """Return all documents of a kind, by id."""

    async def save_document(self, document: Document, etag: str | None) -> str:
        """Store a document; return the new etag. Raises ConflictError when someone else wrote first."""

    async def delete_document(self, kind: DocumentKind, document_id: str) -> None:
        """Forget a document. Unknown ids are no error."""

    async def purge_documents(self, kind: DocumentKind, before: datetime) -> int:
        """Forget documents of a kind that were last used before a time. Return how many."""


class Parking(Protocol):
    """Dead letters and failed requests, kept whole for replay."""

    async def park(self, parked: Parked) -> None:
        """Keep it; parking the same id again changes nothing."""

    async def parked(self) -> list[Parked]:
        """Return everything parked, oldest first (ties by id)."""

    async def parked_names(self) -> list[str]:
        """Return one name for each thing parked, by which to tell whether others are; reads no bytes of them."""

    async def unpark(self, parked_id: str) -> None:
        """Forget it, after a replay. Unknown ids are no error."""


class Queues(Protocol):
    """Storage queues: at least once, no order promised, 64 KiB a message after base64 (48 KiB of bytes)."""

    async def send(self, queue: str, body: bytes, *, delay_seconds: float = 0, key: str | None = None) -> None:
        """Append a message, visible after a delay. Raises ValueError above 48 KiB.

        ``key``: where the backend can (embedded), a second send with the same key is dropped for ever;
        Storage queues cannot, so receivers drop by the idempotency key in the body.
        """

    async def receive(self, queue: str, *, visibility_seconds: float, limit: int = 1) -> list[QueueMessage]:
        """Take up to ``limit`` visible messages (1 to 32); each counts one dequeue."""

    async def renew(self, queue: str, message: QueueMessage, *, visibility_seconds: float) -> QueueMessage:
        """Keep a message invisible for longer. Raises ConflictError when the receipt is stale."""

    async def delete(self, queue: str, message: QueueMessage) -> None:
        """Finish a message. Raises ConflictError when the receipt is stale (someone else has it now)."""

    async def peek(self, queue: str, limit: int = 32) -> list[bytes]:
        """Return bodies of visible and invisible messages, oldest first, changing nothing."""

    async def next_visible_at(self, queue: str) -> datetime | None:
        """Return when the earliest message is (or was) visible, or None for an empty queue."""


class Coordination(Protocol):
    """What instances agree on."""

    async def acquire_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or extend a lease; False while another holder's has not run out."""

    async def release_lease(self, name: str, holder: str) -> None:
        """Give a lease back; another holder's is left alone."""

    async def take_budget(self, bucket: str, cost: int, limit: int, per_seconds: float) -> float:
        """Take ``cost`` from a bucket of ``limit`` a sliding window; return 0, or the seconds to wait.

        A refusal takes nothing. Shared by all instances.
        """

    async def take_turn(self, name: str, per_second: float, burst: int) -> float:
        """Take the next turn of a line that moves so fast; return the seconds until it comes.

        A burst has its turns at once. Each turn is given once, in the order of asking. Shared by all instances.
        """

    async def budget_used(self, bucket: str, per_seconds: float) -> int:
        """Return what was taken from a bucket in the last ``per_seconds``, its own window."""

    async def add_counts(self, counts: dict[str, int]) -> None:
        """Add to named counters."""

    async def counts(self) -> dict[str, int]:
        """Return all counters."""


class Erasing(Protocol):
    """Forgetting by age, and forgetting a person."""

    async def forget(self, case_ids: Sequence[str], before: datetime) -> dict[str, int]:
        """Forget cases with all that belongs to them, and whatever else was last touched before a time.

        With a case go its reports, deliveries, feedback and look-ups, and with an identity's last case its profile.
        Before the time: campaigns (by their last failure), parked things, and feedback on what is not a case any more.
        Return how many rows went by what they were. Safe to repeat. Raises DependencyUnavailableError when the rows
        are gone and their bytes can't be had yet.
        """

    async def erase(self, case_ids: Sequence[str], ids: Sequence[str], names: Sequence[str]) -> dict[str, int]:
        """Forget cases with all that belongs to them, and every trace of ids and names, in any case of letters.

        Reports and deliveries of the cases go; so do records, cases and habits that hold an id, and feedback,
        documents, queue messages and parked things that hold an id, a case's id or a name. What is left, because it
        is about others, has ids and names replaced by ``erased``. Return how many rows went by what they were, and
        how many were ``redacted``. Afterwards no stored byte holds any id or name. Safe to repeat. Raises
        DependencyUnavailableError when that can't be had now.
        """


class State(Evidence, Cases, Reports, Memory, Documents, Parking, Queues, Coordination, Erasing, Protocol):
    """All of it. ``open`` on a backend's own class makes one; ``close`` ends it."""

    @property
    def shares_queues(self) -> bool:
        """Say whether ``TRIGGER_QUEUES`` are other tenants' too."""

    def of_tenant(self, tenant_id: str) -> "State":
        """Return the state of one of several tenants, kept apart from all others': no call on one reaches another.

        What it sends to ``TRIGGER_QUEUES`` goes to this state's queues and names the tenant (``addressed.py``). Close
        it before this one.
        """

    async def close(self) -> None:
        """Release files and connections."""
