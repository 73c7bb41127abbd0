"""One line a happening: a constant name and identifiers. Never names, addresses, tokens, prompts or bodies."""

import logging

import msgspec

_log = logging.getLogger("triage")


def happened(name: str, /, **fields: str | float | None) -> None:
    """Log a happening, e.g. ``happened("case triaged", case_id=…, version=2)``. Fields are ids, counts and seconds."""
    _log.info("%s %s", name, msgspec.json.encode(fields).decode())


def went_wrong(name: str, error: BaseException, /, **fields: str | float | None) -> None:
    """Log a failure by the type of its error; the message of a foreign exception may hold personal data."""
    _log.warning("%s %s", name, msgspec.json.encode({**fields, "error": type(error).__name__}).decode())
