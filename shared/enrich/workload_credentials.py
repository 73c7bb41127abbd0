"""What a service principal signs in with: secrets, certificates, federated credentials. Never a value of any."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from shared.clock import iso
from shared.enrich.statement import counted, fact, graph
from shared.enrich.view import View
from shared.graph.answers import Answers
from shared.grave_rules import KNOWN_ISSUERS
from shared.hostile import quoted
from shared.models.dossier import Fact, Source

MOST_CREDENTIALS = 20


class Credential(msgspec.Struct, rename="camel"):
    """One element of ``passwordCredentials`` or ``keyCredentials``."""

    key_id: str | None = None
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None


class Holder(msgspec.Struct, rename="camel"):
    """The application or the service principal that holds credentials."""

    id: str
    password_credentials: list[Credential] | None = None
    key_credentials: list[Credential] | None = None


class Federated(msgspec.Struct, rename="camel"):
    """One ``federatedIdentityCredential``."""

    id: str
    name: str | None = None
    issuer: str | None = None
    subject: str | None = None


def facts(view: View) -> Iterator[Fact]:
    """Yield each credential with its age, once, and how many there are; the newest first."""
    found: dict[tuple[str, str], Fact] = {}
    for query, holder in (("application", "application"), ("service_principal", "service principal")):
        for item in view.answers.decode(query, Holder) or []:
            source = graph(view.answers.ref(query))
            for credential in item.password_credentials or []:
                _add(found, _credential(credential, "secret", (holder, item.id), source, view))
            for credential in item.key_credentials or []:
                _add(found, _credential(credential, "certificate", (holder, item.id), source, view))
    yield from sorted(found.values(), key=lambda it: it.text_of("created_at"), reverse=True)[:MOST_CREDENTIALS]
    if view.answers.is_complete("service_principal") and not view.is_deleted:
        ref = graph(view.answers.ref("service_principal"))
        yield fact("workload.credentials", f"It has {counted(len(found), 'credential')}.", ref, count=len(found))
    yield from _federated(view)


def application_id(answers: Answers) -> str | None:
    """Return the object id of the application in this tenant; None when it is another tenant's."""
    return next((item.id for item in answers.decode("application", Holder) or []), None)


def _add(found: dict[tuple[str, str], Fact], credential: Fact) -> None:
    """Keep one fact for a credential that application and service principal both show."""
    found.setdefault((credential.text_of("key_id"), credential.text_of("credential_type")), credential)


def _credential(
    given: Credential,
    kind: Literal["secret", "certificate"],
    held_by: tuple[str, str],
    source: Source,
    view: View,
) -> Fact:
    holder, holder_id = held_by
    expired = None if given.end_date_time is None else given.end_date_time <= view.now
    text = f"The {holder} has a {kind}"
    text += f" with the key id {given.key_id}" if given.key_id else ""
    text += f", made at {iso(given.start_date_time)}" if given.start_date_time else ""
    text += ", which has expired" if expired else ""
    return fact(
        "workload.credential",
        f"{text}.",
        source,
        at=given.start_date_time,
        credential_type=kind,
        holder=holder,
        holder_id=holder_id,
        key_id=(given.key_id or "").lower() or None,
        created_at=given.start_date_time,
        expires_at=given.end_date_time,
        expired=expired,
    )


def _federated(view: View) -> Iterator[Fact]:
    holder = application_id(view.answers)
    for item in view.answers.decode("federated_credentials", Federated) or []:
        known = bool(KNOWN_ISSUERS.match(item.issuer)) if item.issuer else None
        text = f"The application trusts tokens of the issuer {quoted(item.issuer or 'unknown')}"
        text += f" for the subject {quoted(item.subject)}" if item.subject else ""
        yield fact(
            "workload.federated_credential",
            f"{text}.",
            graph(view.answers.ref("federated_credentials")),
            name=item.name,
            issuer=item.issuer,
            subject=item.subject,
            known_issuer=known,
            holder_id=holder,
            id=item.id,
        )
