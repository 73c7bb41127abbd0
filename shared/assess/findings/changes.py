"""Findings about directory changes that are grave by themselves, whoever is at risk: see shared/grave.py."""

from collections.abc import Callable

from shared.activities import folded
from shared.assess.reading import Reading
from shared.assess.rule import Match, finding
from shared.assess.values import flag, items, same
from shared.assess.wording import listed, origin
from shared.hostile import quoted
from shared.models.dossier import Fact

READS_SECRETS = (
    "helpdeskadministrator",
    "clouddeviceadministrator",
    "intuneadministrator",
    "securityadministrator",
    "securityreader",
)
"""Roles, folded, whose holders read device secrets as part of their work."""
MOST_SCOPES = 4


@finding("Most powerful role assigned outside PIM", "T1098.003")
def top_role_assigned(reading: Reading) -> Match | None:
    """Whoever holds such a role can take over the tenant; a planned assignment goes through PIM."""
    return _grave(
        reading,
        "top_role_assigned",
        lambda it: f"The role {_said(it, 'role', 'a most powerful role')} was assigned{_whom(it)}{origin(it)}.",
    )


@finding("Most powerful role assigned through PIM", "T1098.003")
def top_role_assigned_in_pim(reading: Reading) -> Match | None:
    """Planned nearly always, and worth a look because it stands for long; an activation ends by itself."""
    return _grave(
        reading,
        "top_role_assigned_in_pim",
        lambda it: f"The role {_said(it, 'role', 'a most powerful role')} was assigned in PIM{_whom(it)}{origin(it)}.",
    )


@finding("Access elevated to all Azure subscriptions", "T1548.005")
def access_elevated(reading: Reading) -> Match | None:
    """User Access Administrator at the root scope: from there every subscription can be taken."""
    return _grave(reading, "access_elevated", lambda it: f"The access to Azure subscriptions was elevated{origin(it)}.")


@finding("Federation of a domain changed", "T1484.002")
def federation_changed(reading: Reading) -> Match | None:
    """Whoever controls the identity provider of a domain signs in as any of its users."""
    return _grave(
        reading,
        "federation_changed",
        lambda it: f"The federation of the domain {_said(it, 'target', 'of the tenant')} was changed{origin(it)}.",
    )


@finding("Demand for MFA taken out of a policy", "T1556.009")
def mfa_policy_weakened(reading: Reading) -> Match | None:
    """What the policy stopped before, it lets in now."""
    return _grave(
        reading,
        "mfa_policy_weakened",
        lambda it: f"The policy {_target(it)} was changed{origin(it)} and {_less(it)}.",
    )


@finding("Exception made in a Conditional Access policy", "T1556.009")
def policy_exclusion_added(reading: Reading) -> Match | None:
    """Exceptions are made every month for honest reasons, and to keep a way in open."""
    return _grave(
        reading,
        "policy_exclusion_added",
        lambda it: (
            f"The policy {_target(it)} was changed{origin(it)} and has a new exception for "
            f"{listed(list(items(it, 'left_out_kinds')))}."
        ),
    )


@finding("Conditional Access policy deleted", "T1556.009")
def policy_deleted(reading: Reading) -> Match | None:
    """Its demands are gone for everybody whom it covered."""
    return _grave(
        reading,
        "policy_deleted",
        lambda it: f"The policy {_target(it)} was deleted{origin(it)}.",
    )


@finding("Sign-in policy of the tenant weakened", "T1556")
def sign_in_policy_redirected(reading: Reading) -> Match | None:
    """Security defaults switched off, or another provider trusted to say who signs in."""
    return _grave(
        reading,
        "sign_in_policy_redirected",
        lambda it: f"The sign-in policy of the tenant was weakened by {_activity(it)}{origin(it)}.",
    )


@finding("Far-reaching permission given to an application", "T1098.003")
def app_role_granted(reading: Reading) -> Match | None:
    """An application permission needs no user and outlives every password."""
    return _grave(
        reading,
        "app_role_granted",
        lambda it: f"The permission {_said(it, 'app_role', 'of a wide reach')} was given{_grantee(it)}{origin(it)}.",
    )


@finding("Consent for everybody to far-reaching permissions", "T1528", "T1098.003")
def wide_consent_given(reading: Reading) -> Match | None:
    """An administrator's consent covers the data of all users."""
    return _grave(
        reading, "wide_consent_given", lambda it: f"Consent for everybody{_to_app(it)}{_scopes(it)}{origin(it)}."
    )


@finding("Consent to lasting access to mail or files", "T1528")
def mail_consent_given(reading: Reading) -> Match | None:
    """The shape of consent phishing; an application of the own tenant or of Microsoft is none."""
    return _grave(
        reading,
        "mail_consent_given",
        lambda it: f"Consent was given{_to_app(it)}{_scopes(it)}{origin(it)}.",
        unless=lambda it: _is_known_app(reading, it),
        also=_grants_of(reading, "mail_consent_given"),
    )


@finding("Federated credential of a foreign issuer", "T1098.001")
def foreign_federated_credential(reading: Reading) -> Match | None:
    """Tokens of that issuer sign in as the application, with no secret to leak or to rotate."""
    return _grave(
        reading,
        "foreign_federated_credential",
        lambda it: f"The application {_target(it)} trusts a further issuer of tokens{origin(it)}.",
    )


@finding("Credential put on a service principal", "T1098.001")
def service_principal_credential_added(reading: Reading) -> Match | None:
    """Not on the application, where developers look, but on the service principal, where hardly anybody does."""
    return _grave(
        reading,
        "service_principal_credential_added",
        lambda it: f"A credential was put on the service principal {_target(it)}{origin(it)}.",
    )


@finding("Credential put on an application", "T1098.001")
def application_credential_added(reading: Reading) -> Match | None:
    """By somebody who was not seen doing so on an earlier day; what the application may do is not read here."""
    return _grave(
        reading,
        "application_credential_added",
        lambda it: f"A credential was put on the application {_target(it)}{origin(it)}.",
    )


@finding("Guest invited from another organisation", "T1136.003")
def guest_invited(reading: Reading) -> Match | None:
    """By somebody who was not seen inviting on an earlier day."""
    return _grave(reading, "guest_invited", lambda it: f"The guest {_target(it)} was invited{origin(it)}.")


@finding("Guest made a member", "T1098")
def guest_made_member(reading: Reading) -> Match | None:
    """A member of the tenant reads the directory and passes policies that hold guests back."""
    return _grave(
        reading, "guest_made_member", lambda it: f"The guest {_said(it, 'target', 'account')} was made a member."
    )


@finding("Temporary Access Pass for a privileged account out of hours", "T1098.005")
def access_pass_out_of_hours(reading: Reading) -> Match | None:
    """A pass replaces password and MFA: for a privileged account at night it is a break-in tool until explained."""
    privileged = [fact for fact in reading.all("user.role") if flag(fact, "privileged") is True]
    unread = reading.gap("user.role") is not None
    return _grave(
        reading,
        "access_pass_out_of_hours",
        lambda it: f"A Temporary Access Pass was made for the account{origin(it)}.",
        unless=lambda _: not (privileged or unread),
        also=tuple(privileged),
    )


@finding("Account enabled and its password reset at once", "T1098")
def account_enabled_and_reset(reading: Reading) -> Match | None:
    """A sleeping account taken over by the same hands."""
    return _grave(
        reading,
        "account_enabled_and_reset",
        lambda it: f"The account {_target(it)} was enabled and its password reset at once.",
    )


@finding("Account made and deleted at once", "T1136.003")
def account_made_and_deleted(reading: Reading) -> Match | None:
    """An account for one job."""
    return _grave(
        reading,
        "account_made_and_deleted",
        lambda it: f"The account {_target(it)} was made and deleted within an hour.",
    )


@finding("Device secret read", "T1555")
def device_secret_read(reading: Reading) -> Match | None:
    """A local administrator's password or a recovery key, read by somebody for whom it is not the daily work."""
    return _grave(
        reading,
        "device_secret_read",
        lambda it: f"The secret of the device {_target(it)} was read{origin(it)}.",
        unless=lambda _: _is_helpdesk(reading),
    )


def _grave(
    reading: Reading,
    grave: str,
    says: Callable[[Fact], str],
    *,
    unless: Callable[[Fact], bool] | None = None,
    also: tuple[Fact, ...] = (),
) -> Match | None:
    facts = [fact for fact in reading.all("audit") if fact.text_of("grave") == grave and not (unless and unless(fact))]
    return Match(statement=says(facts[-1]), facts=(*facts, *also)) if facts else None


def _said(fact: Fact, name: str, otherwise: str) -> str:
    return quoted(fact.text_of(name)) if fact.text_of(name) else otherwise


def _target(fact: Fact) -> str:
    return _said(fact, "target", "without a name")


def _less(fact: Fact) -> str:
    if fact.text_of("protection") != "narrowed":
        return "no longer asks what it asked"
    covers_less = flag(fact, "covers_less") is True
    return "no longer covers all that it covered" if covers_less else "has a new exception for whoever changed it"


def _activity(fact: Fact) -> str:
    return quoted(fact.text_of("activity"))


def _whom(fact: Fact) -> str:
    return f" to {quoted(fact.text_of('target'))}" if fact.text_of("target") else ""


def _grantee(fact: Fact) -> str:
    return f" to {quoted(fact.text_of('grantee'))}" if fact.text_of("grantee") else ""


def _to_app(fact: Fact) -> str:
    return f" to {quoted(fact.text_of('target'))}" if fact.text_of("target") else " to an application"


def _scopes(fact: Fact) -> str:
    scopes = fact.values.get("scopes")
    named = [quoted(scope) for scope in scopes if scope != "offline_access"] if isinstance(scopes, tuple) else []
    return f" for {listed(named[:MOST_SCOPES])}" if named else ""


def _is_known_app(reading: Reading, audit: Fact) -> bool:
    """Say whether the directory shows the application as one that is not risky: Microsoft's own, or the tenant's."""
    grants = [fact for fact in reading.all("user.consent") if same(fact.text_of("app"), audit.text_of("target"))]
    return bool(grants) and all(flag(fact, "risky") is False for fact in grants)


def _grants_of(reading: Reading, grave: str) -> tuple[Fact, ...]:
    """Return the user's grants to the applications that such changes name: what stands today."""
    apps = {folded(fact.text_of("target")) for fact in reading.all("audit") if fact.text_of("grave") == grave}
    return tuple(fact for fact in reading.all("user.consent") if folded(fact.text_of("app")) in apps - {""})


def _is_helpdesk(reading: Reading) -> bool:
    roles = {folded(fact.text_of("role")) for fact in reading.all("user.role")}
    helps = any(flag(fact, "helpdesk") is True for fact in reading.all("user.group"))
    return helps or any(role in READS_SECRETS for role in roles)
