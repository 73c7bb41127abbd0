"""Turn a message body into records, what had to be parked, and counts of what is not triaged."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from shared.errors import MalformedRecordError
from shared.ingest.bodies import elements, without_bom
from shared.ingest.envelope import Envelope
from shared.ingest.loose import UNREADABLE, folded, load, parsed
from shared.ingest.readers import Batch, Reader, reader_of
from shared.ingest.resources import reader_for
from shared.models.cases import Parked
from shared.models.records import AnyRecord

OTHER = "(other)"
"""Where categories are counted that are too many or too long to name."""
_MOST_CATEGORIES = 50
MOST_APART = 20
"""Unreadable records of one body that are parked one by one. More of them are one parked thing with their count: a
body of a megabyte can hold hundreds of thousands, and its sender chooses."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}")
_FIRST_CATEGORY = re.compile(rb'"category"\s*:\s*"([A-Za-z]{1,64})"')
_LOOK_AHEAD = 4096
_TABLE_MARKS = ("timegenerated", "aadtenantid")


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """What a body held. Every element of it is in exactly one of the three; parked things say how many they are."""

    records: tuple[AnyRecord, ...] = ()
    parked: tuple[Parked, ...] = ()
    ignored: dict[str, int] = {}
    """Count by category that is not triaged; names and their number are bounded."""


def decode(body: bytes, *, received_at: datetime, default_tenant: str | None = None) -> Decoded:
    """Return the records of one message. Never raises for its content.

    ``default_tenant`` is for records that name no tenant, such as raw Graph resources; without it they are parked.
    """
    content = without_bom(body)
    if not content:
        return Decoded()
    sorting = _Sorting(received_at, default_tenant)
    if not (sorting.take_one_kind(content) or sorting.take_batch(content)):
        for element in elements(content):
            sorting.take(element if element is not content else body)
    return sorting.decoded()


class _Ignored(msgspec.Struct, frozen=True):
    """A category that is not triaged."""

    category: str


_TWO_STEP = msgspec.json.Decoder(Batch[msgspec.Raw])
_ENVELOPE = msgspec.json.Decoder(Envelope[msgspec.Raw])


class _Sorting:
    """Collects the outcome for each element of one body."""

    def __init__(self, received_at: datetime, default_tenant: str | None) -> None:
        self._received_at = received_at
        self._default_tenant = default_tenant
        self._records: list[AnyRecord] = []
        self._unread: list[tuple[bytes, MalformedRecordError]] = []
        self._ignored: dict[str, int] = {}

    def decoded(self) -> Decoded:
        return Decoded(records=tuple(self._records), parked=tuple(self._parked()), ignored=self._ignored)

    def take_one_kind(self, content: bytes) -> bool:
        """Take a body whose records all have properties of one kind: envelope and properties in one pass."""
        first = _FIRST_CATEGORY.search(content, 0, _LOOK_AHEAD)
        reader = reader_of(first[1].decode()) if first else None
        if reader is None:
            return False
        try:
            envelopes = reader.batch.decode(content).records
        except UNREADABLE:
            return False
        readers = {envelope.category: reader_of(envelope.category) for envelope in envelopes}
        if any(found is None or found.wire is not reader.wire for found in readers.values()):
            return False
        self._take_envelopes(content, envelopes, self._read_whole)
        return True

    def take_batch(self, content: bytes) -> bool:
        """Take a body of mixed categories: decide by the envelope, then decode only the properties that are used."""
        try:
            envelopes = _TWO_STEP.decode(content).records
        except UNREADABLE:
            return False
        self._take_envelopes(content, envelopes, self._read_envelope)
        return True

    def _take_envelopes[P](
        self, content: bytes, envelopes: list[Envelope[P]], read: Callable[[Envelope[P]], AnyRecord | _Ignored]
    ) -> None:
        raws: list[bytes] = []
        for index, envelope in enumerate(envelopes):
            try:
                self._keep(read(envelope))
            except UNREADABLE:
                raws = raws or elements(content)
                self.take_loosely(raws[index])

    def take(self, element: bytes) -> None:
        """Take one element on its own."""
        try:
            self._keep(self._read_envelope(_ENVELOPE.decode(element)))
        except UNREADABLE:
            self.take_loosely(element)

    def take_loosely(self, element: bytes) -> None:
        """Take an element that the strict decoders refused; park it when it cannot be read at all."""
        try:
            self._keep(self._read_loosely(load(without_bom(element))))
        except MalformedRecordError as error:
            self._unread.append((element, error))

    def _read_envelope(self, envelope: Envelope[msgspec.Raw]) -> AnyRecord | _Ignored:
        reader = reader_of(envelope.category)
        raw = bytes(envelope.properties)
        if reader is None:
            return _Ignored(envelope.category)
        if raw.startswith(b'"'):
            raw = msgspec.json.decode(raw, type=str).encode()
        return reader.record(reader.properties.decode(raw), envelope, self._default_tenant)

    def _read_whole(self, envelope: Envelope[Any]) -> AnyRecord | _Ignored:
        reader = reader_of(envelope.category)
        if reader is None:
            return _Ignored(envelope.category)
        return reader.record(envelope.properties, envelope, self._default_tenant)

    def _read_loosely(self, value: object) -> AnyRecord | _Ignored:
        if not isinstance(value, dict):
            raise MalformedRecordError("the record is not a JSON object")
        row = folded(value)
        if any(mark in row for mark in _TABLE_MARKS):
            # In Log Analytics TenantId is the workspace's id; the directory's is AADTenantId.
            row.pop("tenantid", None)
        is_flat = "properties" not in row
        properties = row if is_flat else parsed(row["properties"])
        reader = _reader_by_name(row, is_flat=is_flat)
        if reader is None and (is_flat or not row.get("category")) and isinstance(properties, dict):
            reader = reader_for(folded(properties))
        if reader is None:
            return _Ignored(_name_of(row, is_flat=is_flat))
        if not isinstance(properties, dict):
            raise MalformedRecordError("properties is neither an object nor text that holds one")
        return reader.record_loosely(properties, _envelope_of(row, is_flat=is_flat), self._default_tenant)

    def _keep(self, outcome: AnyRecord | _Ignored) -> None:
        if not isinstance(outcome, _Ignored):
            self._records.append(outcome)
            return
        name = outcome.category
        if name not in self._ignored and (len(self._ignored) >= _MOST_CATEGORIES or not _NAME.fullmatch(name)):
            name = OTHER
        self._ignored[name] = self._ignored.get(name, 0) + 1

    def _parked(self) -> list[Parked]:
        """Return what could not be read, each by itself unless it is too much for that."""
        if len(self._unread) <= MOST_APART:
            return [self._letter(element, error, reason=_said(error)) for element, error in self._unread]
        found = [element for element, _ in self._unread]
        reasons = Counter(_said(error) for _, error in self._unread)
        (reason, _), others = reasons.most_common(1)[0], len(reasons) - 1
        reason += f", and {others} other reasons" if others else ""
        return [self._letter(as_one_body(found), self._unread[0][1], reason=reason, count=len(found))]

    def _letter(self, body: bytes, error: MalformedRecordError, *, reason: str, count: int = 1) -> Parked:
        return Parked(
            id="record-" + hashlib.sha256(b"record\0" + body).hexdigest()[:32],
            kind="record",
            reason=reason,
            hint=error.hint,
            body=body,
            at=self._received_at,
            count=count,
        )


def _said(error: MalformedRecordError) -> str:
    return f"{type(error).__name__}: {error}"


def as_one_body(found: Sequence[bytes]) -> bytes:
    """Return one body that is cut into the same records again; lines, where it would not be."""
    whole = b'{"records":[' + b",".join(found) + b"]}"
    return whole if elements(whole) == found else b"\n".join(found)


def _reader_by_name(row: dict[str, object], *, is_flat: bool) -> Reader | None:
    """Return the reader that the category names; in a table's row ``Type`` names it, ``Category`` may be inner."""
    names = (row.get("type"), row.get("category")) if is_flat else (row.get("category"),)
    return next((reader for name in names if isinstance(name, str) and (reader := reader_of(name))), None)


def _name_of(row: dict[str, object], *, is_flat: bool) -> str:
    """Return the name under which a record that is not triaged is counted."""
    names = (row.get("category"), row.get("type") if is_flat else None)
    name = next((name for name in names if isinstance(name, str) and name.strip()), None)
    if name is None:
        raise MalformedRecordError("no category, and not a Graph resource that is triaged")
    return name.strip()


def _envelope_of(row: dict[str, object], *, is_flat: bool) -> dict[str, object]:
    """Return the keys that an envelope may have, without those that mean something else here."""
    envelope = dict(row)
    if is_flat and "/tenants/" not in str(row.get("resourceid")).lower():
        # A sign-in's own resourceId is the resource that was signed in to.
        envelope.pop("resourceid", None)
    return envelope
