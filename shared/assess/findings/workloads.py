"""Findings about service principals: who uses their credentials, what they hold, who made them."""

from shared.activities import folded, kind_of
from shared.assess.reading import Reading, newness, succeeded
from shared.assess.rule import Match, finding
from shared.assess.values import flag, number, utc
from shared.assess.wording import listed, origin
from shared.grave_rules import SELF_ROTATING
from shared.hostile import quoted
from shared.models.dossier import Fact

EXPIRED = frozenset({7000222, 7000232})
"""Result codes of an expired credential: an operations error and no attack."""
FEW_ADDRESSES = 3
"""A workload that was let in from no more addresses than this does not move by itself."""
MOST_NAMED = 3


@finding("Workload signed in from a new place", "T1078.004")
def workload_sign_in_from_new_place(reading: Reading) -> Match | None:
    """Programs do not travel: a success from a network that the baseline has never seen is somebody else's machine."""
    if reading.identity.kind == "user":
        return None
    facts = _from_new_places(reading)
    if not facts:
        return None
    lead = facts[-1]
    return Match(
        statement=f"A sign-in{origin(lead)} succeeded, from an address that is new to the service principal.",
        facts=reading.open_or_all(facts),
    )


@finding("Credential added by the service principal itself", "T1098.001")
def credential_added_by_itself(reading: Reading) -> Match | None:
    """Beside a success from a new place, before or after it, whoever came in from there makes a key to stay.

    What comes after reported risk is said by another finding. Many applications renew their own secrets from where they
    always run. What somebody else adds is as likely the repair, and is left to the findings about that somebody.
    """
    places = _from_new_places(reading) if reading.identity.kind != "user" else []
    at = [utc(fact.at) for fact in places]
    added = [
        fact
        for fact in reading.all("audit")
        if kind_of(fact.text_of("activity")) in {"app_credential_added", "federated_credential_added"}
        and fact.text_of("initiated_by") == "self"
        and flag(fact, "succeeded") is not False
        and not reading.is_after_risk(utc(fact.at))
        and any(begun and (made := utc(fact.at)) and abs(made - begun) <= reading.aftermath for begun in at)
    ]
    if not added:
        return None
    return Match(
        statement=f"The service principal added a credential{origin(added[-1])}, and signed in from a new address.",
        facts=(*added, places[-1]),
    )


@finding("Wrong secrets from an unknown address", "T1110.001")
def invalid_secrets_tried(reading: Reading) -> Match | None:
    """Somebody knows the application and not its secret; from its own address it is a pipeline after a rotation."""
    facts = [fact for fact in reading.all("sign_in") if fact.text_of("pattern") == "invalid_secrets"]
    if not facts:
        return None
    return Match(statement=f"Wrong secrets were tried again and again{origin(facts[-1])}.", facts=tuple(facts))


@finding("Expired credential in use")
def expired_credential_used(reading: Reading) -> Match | None:
    """The application was not told of its new credential: a matter for its owner."""
    facts = [fact for fact in reading.all("sign_in") if number(fact, "error_code") in EXPIRED]
    return (
        Match(statement="A sign-in failed because its credential has expired.", facts=tuple(facts)) if facts else None
    )


@finding("Owner added after the risk", "T1098")
def owner_added_after_risk(reading: Reading) -> Match | None:
    """An owner can add credentials at any time."""
    facts = [
        fact
        for fact in reading.all("audit")
        if fact.text_of("change") == "owner_added"
        and flag(fact, "succeeded") is not False
        and reading.is_after_risk(utc(fact.at))
    ]
    before = reading.risk_before(utc(facts[-1].at)) if facts else None
    if not facts or before is None:
        return None
    return Match(statement=f"An owner was added{origin(facts[-1])} after the risk began.", facts=(*facts, before))


@finding("Service principals made in series", "T1136.003")
def service_principals_in_series(reading: Reading) -> Match | None:
    """Several new service principals within minutes: spare keys for whoever holds the account."""
    facts = [fact for fact in reading.all("audit") if fact.text_of("grave") == "service_principals_in_series"]
    if not facts:
        return None
    return Match(
        statement=f"Several service principals were made within minutes{origin(facts[-1])}.", facts=tuple(facts)
    )


@finding("Far-reaching application permission held", "T1078.004")
def privileged_permission_held(reading: Reading) -> Match | None:
    """What its credential opens without any user."""
    return _permissions(reading, {0, 1}, "It holds")


@finding("Application of another tenant without a verified publisher")
def unverified_publisher(reading: Reading) -> Match | None:
    """Nobody vouches for who made it."""
    facts = [fact for fact in reading.all("workload.profile") if flag(fact, "verified") is False]
    if not facts:
        return None
    return Match(
        statement="The application belongs to another tenant and has no verified publisher.", facts=tuple(facts)
    )


@finding("Managed identity")
def managed_identity(reading: Reading) -> Match | None:
    """Its credential never leaves Azure, so nobody can use it from elsewhere."""
    facts = [fact for fact in reading.all("workload.profile") if fact.text_of("type") == "ManagedIdentity"]
    return (
        Match(statement="It is a managed identity, whose credential Azure keeps.", facts=tuple(facts))
        if facts
        else None
    )


def _from_new_places(reading: Reading) -> list[Fact]:
    """Return the successes from where the service principal was never seen, oldest first."""
    baseline = reading.one("sign_in.baseline")
    stays = baseline is not None and 0 < number(baseline, "addresses") <= FEW_ADDRESSES
    return [
        fact
        for fact in reading.all("sign_in")
        if succeeded(fact)
        and flag(fact, "new_ip") is True
        and (stays or newness(fact) > 1)
        and not flag(fact, "trusted_network")
    ]


def renews_itself(audit: Fact) -> bool:
    """Say whether a change was made by a service that renews the keys of the identities it keeps."""
    return folded(audit.text_of("initiator")) in SELF_ROTATING


def _permissions(reading: Reading, tiers: set[int], verb: str) -> Match | None:
    facts = [
        fact
        for fact in reading.all("workload.app_role", "workload.grant")
        if fact.values.get("tier") in tiers and fact.text_of("consent_type") != "Principal"
    ]
    if not facts:
        return None
    facts.sort(key=lambda fact: (fact.text_of("tier"), fact.text_of("permission"), fact.id))
    named = [quoted(fact.text_of("permission")) for fact in facts if fact.text_of("permission")][:MOST_NAMED]
    what = f" {listed(named)}" if named else " far-reaching delegated permissions"
    return Match(statement=f"{verb}{what}.", facts=tuple(facts))
