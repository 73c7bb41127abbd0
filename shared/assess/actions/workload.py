"""Actions on the credentials of a service principal, and switching it off. There is no session to revoke."""

from datetime import datetime

from shared.assess.entry import action
from shared.assess.findings.workloads import renews_itself
from shared.assess.reading import Reading, succeeded
from shared.assess.situation import Need, Proposal, Situation, body_of, segment
from shared.assess.values import address_of, flag, ids, items, moment, utc
from shared.hostile import quoted
from shared.models.dossier import Fact

WRITE_APPS = "Application.ReadWrite.All"
APP_ROLE = "Cloud Application Administrator"
OWN = "The application belongs to another tenant, which alone can change its credentials."
KEPT = "Azure keeps the credential of a managed identity, and nobody can read or replace it."


def _needs_own(situation: Situation) -> Need:
    profile = situation.reading.one("workload.profile")
    return Need(
        text="The application belongs to this tenant.", met=flag(profile, "own") if profile else None, otherwise=OWN
    )


def _needs_own_credential(situation: Situation) -> Need:
    managed = situation.grounds.has("managed_identity")
    known = situation.reading.one("workload.profile")
    return Need(
        text="It signs in with a credential of its own.",
        met=False if managed else True if known else None,
        otherwise=KEPT,
    )


def _needs_enabled(situation: Situation) -> Need:
    enabled = situation.reading.is_true("workload.account", "enabled")
    gone = situation.reading.one("workload.deleted") is not None
    return Need(
        text="The service principal is enabled.",
        met=False if gone else enabled,
        otherwise="The service principal is already disabled, or gone.",
    )


def suspects(situation: Situation) -> list[Fact]:
    """Return the credentials that an attacker may hold: those added after the risk first, then detected or used ones.

    A secret that was right after wrong ones is known to whoever tried them.
    """
    reading = situation.reading
    named = {key for fact in reading.detections for key in items(fact, "key_ids")}
    named |= _tried_and_right(reading).keys()
    renewed = any(renews_itself(fact) for fact in reading.all("audit"))
    found = reading.all("workload.credential")
    new = [fact for fact in found if not renewed and reading.is_after_risk(moment(fact, "created_at"))]
    return [*new, *(fact for fact in found if fact.text_of("key_id") in named and fact not in new)]


def _tried_and_right(reading: Reading) -> dict[str, Fact]:
    """Return, by the key that was used, the successes from an address that had tried wrong secrets before."""
    since: dict[str, datetime] = {}
    for fact in reading.all("sign_in"):
        if fact.text_of("pattern") == "invalid_secrets" and (at := utc(fact.at)):
            since.setdefault(address_of(fact), at)
    return {
        key: fact
        for fact in reading.all("sign_in")
        if succeeded(fact)
        and (key := fact.text_of("credential_key_id"))
        and (begun := since.get(address_of(fact)))
        and (at := utc(fact.at))
        and at >= begun
    }


@action(
    "Give the application a new credential",
    rank=12,
    request="POST /applications/{id}/addPassword",
    permission=WRITE_APPS,
    role=APP_ROLE,
    reversible=True,
    reversal="POST removePassword on the same object with the new key id.",
    blast_radius="None until the old credential is removed; every place that uses it must be told first.",
    does_not_fix=("The old credential works until it is removed", "Copies in pipelines and vaults"),
)
def rotate_workload_credential(situation: Situation) -> list[Proposal]:
    """First the new one, then the old one goes: otherwise the application stops in between."""
    if situation.is_user or not situation.is_attacked:
        return []
    found = suspects(situation)
    if not found:
        return []
    held = found[-1]
    return [
        Proposal(
            when=situation.urgent,
            why="The application goes on working while the suspect credential is taken away.",
            facts=(held.id, *situation.evidence),
            method="POST",
            url=f"{_holder(held)}/addPassword",
            body=body_of({"passwordCredential": {"displayName": "rotated after an incident"}}),
            needs=(situation.needs_open_case(), _needs_own(situation), _needs_own_credential(situation)),
        )
    ]


@action(
    "Remove a credential",
    rank=13,
    request="POST /applications/{id}/removePassword",
    permission=WRITE_APPS,
    role=APP_ROLE,
    reversible=False,
    reversal="A removed credential cannot be restored; give the application a new one.",
    blast_radius="Whoever signs in with this credential, the application itself included.",
    does_not_fix=("Access tokens already issued, for up to a day for workloads", "Other credentials and owners"),
)
def remove_workload_credential(situation: Situation) -> list[Proposal]:
    """Offered for each credential that an attacker may hold, on the object that holds it."""
    if situation.is_user or not situation.is_attacked:
        return []
    return [
        Proposal(
            when=situation.urgent,
            why=_why(situation, fact),
            facts=(
                *(fact.id, *ids(situation.reading.risk_before(moment(fact, "created_at")))),
                *ids(_tried_and_right(situation.reading).get(fact.text_of("key_id"))),
            ),
            method="POST",
            url=f"{_holder(fact)}/{'removePassword' if fact.text_of('credential_type') == 'secret' else 'removeKey'}",
            body=body_of({"keyId": fact.text_of("key_id")}),
            needs=(_needs_own(situation), _needs_own_credential(situation)),
            does_not_fix=()
            if fact.text_of("credential_type") == "secret"
            else ("Graph also asks for a proof of possession",),
        )
        for fact in suspects(situation)
        if fact.text_of("key_id")
    ]


@action(
    "Remove a federated credential",
    rank=14,
    request="DELETE /applications/{id}/federatedIdentityCredentials/{id}",
    permission=WRITE_APPS,
    role=APP_ROLE,
    reversible=True,
    reversal="Create the federated credential again from this report.",
    blast_radius="Pipelines that sign in with tokens of this issuer.",
)
def remove_federated_credential(situation: Situation) -> list[Proposal]:
    """Offered for trust in an issuer that workloads do not use every day."""
    if situation.is_user or not situation.is_attacked:
        return []
    return [
        Proposal(
            when=situation.urgent,
            why=f"Tokens of the issuer {quoted(fact.text_of('issuer'))} sign in as the application.",
            facts=(fact.id,),
            method="DELETE",
            url=f"/applications/{segment(fact.text_of('holder_id'))}/federatedIdentityCredentials/{segment(fact.text_of('id'))}",
            needs=(_needs_own(situation),),
        )
        for fact in situation.reading.all("workload.federated_credential")
        if flag(fact, "known_issuer") is False and fact.text_of("holder_id")
    ]


@action(
    "Disable the service principal",
    rank=15,
    request="PATCH /servicePrincipals/{id}",
    permission=WRITE_APPS,
    role=APP_ROLE,
    reversible=True,
    reversal='PATCH the same path with {"accountEnabled":true}.',
    blast_radius="The application stops for everybody who uses it in this tenant.",
    does_not_fix=("Access tokens already issued", "The leaked credential itself"),
)
def disable_service_principal(situation: Situation) -> list[Proposal]:
    """Offered when the compromise of a service principal is proven."""
    if situation.is_user or situation.verdict != "compromised":
        return []
    own = situation.reading.is_true("workload.profile", "own")
    return [
        Proposal(
            # Own applications carry the business: their credential is replaced first, and they stop only if that fails.
            when="now" if own is False or not suspects(situation) else "next",
            why="Somebody else may act as this application.",
            facts=situation.evidence,
            method="PATCH",
            url=f"/servicePrincipals/{segment(situation.reading.identity.id)}",
            body=body_of({"accountEnabled": False}),
            needs=(situation.needs_open_case(), _needs_enabled(situation)),
        )
    ]


def _holder(credential: Fact) -> str:
    path = "applications" if credential.text_of("holder") == "application" else "servicePrincipals"
    return f"/{path}/{segment(credential.text_of('holder_id'))}"


def _why(situation: Situation, credential: Fact) -> str:
    if situation.reading.is_after_risk(moment(credential, "created_at")):
        return f"This {credential.text_of('credential_type')} was added after the risk began."
    if credential.text_of("key_id") in _tried_and_right(situation.reading):
        return f"This {credential.text_of('credential_type')} let somebody in who had tried wrong ones."
    return f"The detection names this {credential.text_of('credential_type')}."
