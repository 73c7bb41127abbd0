"""What to ask whoever made a change that is grave by itself, in the words of the change."""

from collections.abc import Callable

from shared.models.dossier import Fact
from shared.write.wording import named, scope


def about_change(fact: Fact, when: str) -> list[str]:
    """Return the question, ``when`` being `` on 5 May 2026 at 10:00 UTC`` or empty; none for other changes."""
    ask = _ASK.get(fact.text_of("grave"))
    asked = ask(fact) if ask else ""
    plain = _WITHOUT_NAME.get(fact.text_of("grave"), "")
    return [f"{text}{when}?" for text in (asked, plain) if text]


def _about(start: str, end: str = "") -> Callable[[Fact], str]:
    """Ask about what was changed, when it has a name that can be repeated."""

    def ask(fact: Fact) -> str:
        name = named(fact.text_of("target"))
        return f"{start} {name}{end}" if name else ""

    return ask


def _role(fact: Fact) -> str:
    role, whom = named(fact.text_of("role")), named(fact.text_of("target"))
    return f"Did you assign the role {role}{f' to {whom}' if whom else ''}" if role else ""


def _permission(fact: Fact) -> str:
    permission, app = scope(fact.text_of("app_role")), named(fact.text_of("grantee"))
    return f"Did you give the permission {permission}{f' to {app}' if app else ''}" if permission else ""


_ASK: dict[str, Callable[[Fact], str]] = {
    "top_role_assigned": _role,
    "top_role_assigned_in_pim": _role,
    "access_elevated": lambda _: "Did you elevate your access to Azure subscriptions",
    "federation_changed": _about("Did you change the federation of the domain"),
    "mfa_policy_weakened": _about("Did you change the policy"),
    "policy_exclusion_added": _about("Did you make an exception in the policy"),
    "policy_deleted": _about("Did you delete the policy"),
    "app_role_granted": _permission,
    "wide_consent_given": _about("Did you consent for everybody to the application"),
    "foreign_federated_credential": _about("Did you let another issuer sign in as the application"),
    "service_principal_credential_added": _about("Did you add a credential to the application"),
    "application_credential_added": _about("Did you add a credential to the application"),
    "guest_invited": _about("Did you invite the guest"),
    "guest_made_member": _about("Did you make the guest", " a member"),
    "account_enabled_and_reset": _about("Did you enable the account", " and reset its password"),
    "account_made_and_deleted": _about("Did you make and delete the account"),
    "device_secret_read": _about("Did you read the secret of the device"),
    "access_pass_out_of_hours": lambda _: "Did you ask for a Temporary Access Pass",
}
_WITHOUT_NAME = {
    "top_role_assigned": "Did you assign a role",
    "federation_changed": "Did you change the federation of a domain",
    "app_role_granted": "Did you give a permission to an application",
}
"""For names that a question must not repeat, such as those that read like a link."""
