"""Applications given access: consents, credentials, permissions, each beside the deployment that looks like it."""

from datetime import timedelta

from local.story.apps import service_principal
from local.story.audits import target
from local.story.moments import guid
from local.story.people import Person
from local.story.places import HANOI, hosted
from local.story.streamed import Streamed
from tests.scenarios.acts import act, admin, consent, daily_work, harmless, high, issuer, judged, key, milder, on_app
from tests.scenarios.patterns import AT, someone, usual_day
from tests.scenarios.scenario import Scenario

SECRETS = "Update application \N{EN DASH} Certificates and secrets management "
FOREIGN = service_principal("Invoice Viewer Pro", foreign=True)
OWN = service_principal("Woodgrove Mail Archive")
MAIL = "Mail.Read Mail.Send offline_access User.Read"


def changes_apps() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _mail_consent(),
        _mail_consent_to_own_app(),
        _consent_for_everybody(),
        _consents_of_every_day(),
        _service_principal_credential(),
        _application_credential(),
        _credentials_of_every_day(),
        _foreign_federated_credential(),
        _app_updates_of_every_day(),
        _app_role_by_script(),
        _app_role_of_every_day(),
    ]


def _mail_consent() -> Scenario:
    """Row 26: consent phishing. A foreign application without a publisher reads and sends mail for as long as it likes."""
    person = someone("Lena Hartmann")
    records = [usual_day(person), consent(person, FOREIGN, MAIL)]
    expect = high(
        "mail_consent_given",
        actions=("revoke_consent",),
        not_findings=("wide_consent_given",),
        must_not_appear=("Consent for everybody",),
    )
    return judged("consent_mail_foreign_app", admin(person, grants=[(FOREIGN, MAIL)]), records, expect)


def _mail_consent_to_own_app() -> Scenario:
    """Its twin: the same permissions for the tenant's own archive, which the directory shows."""
    person = someone("Marc Olsen")
    records = [usual_day(person), consent(person, OWN, MAIL)]
    expect = harmless(not_findings=("mail_consent_given",))
    return judged("consent_mail_own_app", admin(person, grants=[(OWN, MAIL)]), records, expect)


def _consent_for_everybody() -> Scenario:
    """Row 26: an administrator's consent opens every mailbox to a foreign application."""
    person = someone("Sara Lindqvist")
    records = [usual_day(person), consent(person, FOREIGN, "Mail.Read User.Read", for_everybody=True)]
    expect = high("wide_consent_given", actions=("revoke_wide_consent",), not_findings=("mail_consent_given",))
    return judged("consent_for_everybody", admin(person, "Cloud Application Administrator"), records, expect)


def _consents_of_every_day() -> Scenario:
    """Row 26, informational: a consent that policy blocked, one that only signs in, one that ends with the session."""
    blocked, signing_in, short = (someone(name) for name in ("Ivo Petrov", "Ada Moreau", "Tim Bekker"))
    refused = "Microsoft.Online.Security.UserConsentBlockedForRiskyAppsException"
    records = [
        consent(blocked, FOREIGN, MAIL, succeeded=False, reason=refused),
        consent(signing_in, FOREIGN, "openid profile User.Read offline_access"),
        consent(short, FOREIGN, "Mail.Read"),
    ]
    return daily_work("consents_of_every_day", records, blocked, signing_in, short)


def _service_principal_credential() -> Scenario:
    """Row 27: a secret on a service principal, where hardly anybody ever looks for one."""
    person = someone("Jana Novotna")
    changes = {"KeyDescription": ([key(1)], [key(1), key(2)])}
    records = [usual_day(person), on_app("Add service principal credentials", person, "Woodgrove HR Sync", changes)]
    expect = high("service_principal_credential_added", actions=("remove_app_credential",))
    return judged("credential_on_service_principal", admin(person, "Cloud Application Administrator"), records, expect)


def _application_credential() -> Scenario:
    """Row 27: a secret on an application by somebody who was not seen doing that before."""
    person = someone("Paul Ferreira")
    records = [usual_day(person), on_app(SECRETS, person, "Woodgrove HR Sync", {"KeyDescription": ([], [key(3)])})]
    expect = milder("medium", "application_credential_added", actions=("remove_app_credential",))
    return judged("credential_on_application", admin(person), records, expect)


def _credentials_of_every_day() -> Scenario:
    """Row 27, benign: keys that renew themselves, old ones removed, and an application merely created."""
    tidy, maker = someone("Nils Aalto"), someone("Rhea Kaya")
    records = [
        on_app("Add service principal credentials", "Managed Service Identity", "ledger-sync", {}),
        on_app(SECRETS, tidy, "Woodgrove HR Sync", {"KeyDescription": ([key(1), key(2)], [key(2)])}),
        on_app("Add application", maker, "Prototype", {}),
        on_app("Add service principal", maker, "Prototype", {}, at=AT + timedelta(seconds=4)),
    ]
    return daily_work("credentials_of_every_day", records, tidy, maker)


def _foreign_federated_credential() -> Scenario:
    """Row 28: whoever runs that issuer signs in as the application, with no secret to find."""
    person = someone("Omar Zayed")
    changes = {"FederatedIdentityCredentials": ([], issuer("https://idp.contoso-login.example/"))}
    network = hosted(81, HANOI)
    records = [usual_day(person), on_app("Update application", person, "Woodgrove Deploy", changes, network=network)]
    expect = high("foreign_federated_credential", actions=("delete_federated_credential",))
    return judged("federated_credential_foreign", admin(person), records, expect)


def _app_updates_of_every_day() -> Scenario:
    """Row 28, benign: a new display name, and a pipeline of a known kind."""
    renamer, builder = someone("Greta Lang"), someone("Hugo Marin")
    pipeline = issuer("https://token.actions.githubusercontent.com")
    records = [
        on_app("Update application", renamer, "Woodgrove Deploy", {"DisplayName": ("Deploy", "Woodgrove Deploy")}),
        on_app("Update application", builder, "Woodgrove Deploy", {"FederatedIdentityCredentials": ([], pipeline)}),
    ]
    return daily_work("app_updates_of_every_day", records, renamer, builder)


def _app_role(by: Person, value: str, client: str) -> Streamed:
    """Return a permission given to an application: the target is who offers it, the receiver is among its changes."""
    changes: dict[str, tuple[object, object]] = {
        "AppRole.Value": (None, value),
        "ServicePrincipal.ObjectID": (None, guid("service-principal", client)),
        "ServicePrincipal.DisplayName": (None, client),
    }
    graph = target("ServicePrincipal", guid("service-principal", "Microsoft Graph"), "Microsoft Graph", changes)
    receiver = target("ServicePrincipal", guid("service-principal", client), None)
    return act("Add app role assignment to service principal", by, [graph, receiver], category="ApplicationManagement")


def _app_role_by_script() -> Scenario:
    """Row 29: no consent, and yet the application can now give itself any directory role."""
    person = someone("Dario Conti")
    records = [usual_day(person), _app_role(person, "RoleManagement.ReadWrite.Directory", "Backup Helper")]
    expect = high(
        "app_role_granted",
        actions=("revoke_app_role",),
        must_not_appear=('was given to \\"Microsoft Graph',),
    )
    return judged("app_role_by_script", admin(person, "Privileged Role Administrator"), records, expect)


def _app_role_of_every_day() -> Scenario:
    """Row 29, benign: a permission that reads settings of teams."""
    person = someone("Elin Berg")
    return daily_work("app_role_of_every_day", [_app_role(person, "TeamSettings.Read.All", "Reporting")], person)
