"""What is at stake with a service principal: what its credential opens without any user, and whose it is."""

from shared.models.dossier import Dossier, Fact
from shared.write.timeline import Draft
from shared.write.wording import count, listed, scope

MOST_PERMISSIONS = 4


def permissions(dossier: Dossier) -> list[Draft]:
    """Return what the application may do, each far-reaching permission with what it means, the others counted."""
    held = dossier.all("workload.app_role")
    far = [fact for fact in held if fact.values.get("tier") in {0, 1}]
    drafts = [_permission(fact) for fact in far[:MOST_PERMISSIONS]]
    rest = [fact for fact in held if fact not in far[:MOST_PERMISSIONS]]
    if rest:
        names = listed([scope(fact.text_of("permission")) for fact in rest])
        more = f"It also holds {count(len(rest), 'application permission')}" if drafts else "It holds"
        texts = (
            f"{more}: {names}." if names and drafts else f"It holds the application permissions {names}.",
            f"{more}.",
        )
        drafts.append(Draft(texts, tuple(fact.id for fact in rest)))
    for fact in dossier.all("workload.grant"):
        scopes = fact.values.get("scopes")
        named = listed([scope(name) for name in scopes]) if isinstance(scopes, tuple) else ""
        whom = "for all users" if fact.text_of("consent_type") == "AllPrincipals" else "for one user"
        if named:
            drafts.append(Draft((f"It may use {named} {whom}.", f"It may act {whom}."), (fact.id,)))
    return drafts


def states(dossier: Dossier) -> list[Draft]:
    """Return whose the application is, and whether anybody answers for it."""
    drafts = []
    for fact in dossier.all("workload.profile"):
        if fact.values.get("microsoft") is True:
            drafts.append(
                Draft(("The application is one of Microsoft.", "The application is Microsoft's own."), (fact.id,))
            )
        elif fact.values.get("own") is False:
            unverified = ", without a verified publisher" if fact.values.get("verified") is False else ""
            drafts.append(Draft((f"The application is one of another tenant{unverified}.",), (fact.id,)))
        if fact.text_of("type") == "ManagedIdentity":
            drafts.append(Draft(("It is a managed identity.",), (fact.id,)))
    drafts += [Draft(("It has no owner.",), (fact.id,)) for fact in dossier.all("workload.no_owner")]
    drafts += [
        Draft(("The service principal is not in the directory.",), (fact.id,))
        for fact in dossier.all("workload.deleted")
    ]
    for fact in dossier.all("workload.account"):
        if fact.values.get("enabled") is False:
            drafts.append(Draft(("The service principal is disabled.",), (fact.id,)))
    return drafts


def _permission(fact: Fact) -> Draft:
    held = scope(fact.text_of("permission"))
    reach = fact.text_of("reach")
    return Draft(
        (
            f"With the application permission {held} it {reach}." if held and reach else "",
            f"It holds the application permission {held}." if held else "",
            "It holds a far-reaching application permission.",
        ),
        (fact.id,),
    )
