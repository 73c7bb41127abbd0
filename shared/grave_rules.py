"""When a single directory change is grave: what it must be of, and what must hold of it."""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from shared.activities import folded, kind_of
from shared.changes import Detail, detail_of
from shared.models.records import DirectoryAudit
from shared.policy import Policy
from shared.privileges import permission_tier

type Grave = Literal[
    "top_role_assigned",
    "top_role_assigned_in_pim",
    "access_elevated",
    "federation_changed",
    "mfa_policy_weakened",
    "policy_deleted",
    "policy_exclusion_added",
    "sign_in_policy_redirected",
    "app_role_granted",
    "wide_consent_given",
    "mail_consent_given",
    "foreign_federated_credential",
    "service_principal_credential_added",
    "application_credential_added",
    "guest_invited",
    "guest_made_member",
    "access_pass_out_of_hours",
    "account_enabled_and_reset",
    "account_made_and_deleted",
    "device_secret_read",
    "service_principals_in_series",
]

KNOWN_ISSUERS = re.compile(
    r"^https://(?:token\.actions\.githubusercontent\.com|vstoken\.dev\.azure\.com/|login\.microsoftonline\.com/"
    r"|sts\.windows\.net/|[a-z0-9-]+\.oic\.prod-aks\.azure\.com/|accounts\.google\.com|gitlab\.com|app\.terraform\.io)"
)
"""Issuers of federated credentials that pipelines and workloads use every day."""
MAIL_OR_FILES = re.compile(
    r"^(?:mail|files|sites|mailboxsettings|contacts|chat|notes|ews|imap|pop|smtp)\b", re.IGNORECASE
)
PIM = frozenset({"mspim", "azureadpim"})
"""Names, folded, under which Privileged Identity Management itself writes what it was asked to do."""
SELF_ROTATING = frozenset({"managedserviceidentity", "managedidentityservice", "azureresourceprovider"})
"""Services that renew the keys of the identities they keep."""
TOP, DATA = 0, 1


class Rule(NamedTuple):
    """When changes of some kinds are grave."""

    grave: Grave
    kinds: frozenset[str]
    holds: Callable[[DirectoryAudit, Detail, Policy], bool]


def _always(_audit: DirectoryAudit, _detail: Detail, _policy: Policy) -> bool:
    return True


def _by_hand(audit: DirectoryAudit, detail: Detail, policy: Policy) -> bool:
    asked_pim = folded(audit.initiator_name or "") in PIM or _in_pim(audit, detail, policy)
    return detail.role_tier == TOP and not asked_pim


def _in_pim(audit: DirectoryAudit, detail: Detail, _policy: Policy) -> bool:
    """Such an assignment went through the approval and the log of PIM, and still stands for long."""
    return detail.role_tier == TOP and "inpimcompleted" in folded(audit.activity)


def _of_federation(audit: DirectoryAudit, _detail: Detail, _policy: Policy) -> bool:
    """A new domain alone trusts nobody yet."""
    return not folded(audit.activity).startswith(("addunverified", "addverified", "verify"))


def _of_access(audit: DirectoryAudit, _detail: Detail, _policy: Policy) -> bool:
    return "namedlocation" not in folded(audit.activity)


def _weakened(audit: DirectoryAudit, detail: Detail, policy: Policy) -> bool:
    """Taken out, no longer meant for whom it was meant, or its maker let off: nobody's daily work."""
    own = audit.initiator_id is not None and audit.initiator_id in _left_out(detail, policy)
    return detail.protection == "removed" or (detail.protection == "narrowed" and (detail.covers_less or own))


def _exclusion(_audit: DirectoryAudit, detail: Detail, policy: Policy) -> bool:
    """An exclusion is how exceptions are made, and how a way in is kept open."""
    return detail.protection == "narrowed" and bool(_left_out(detail, policy))


def _left_out(detail: Detail, policy: Policy) -> list[str]:
    """Return what a policy leaves out from now on. Emergency accounts are to be left out, that is what they are for."""
    return [one for one in detail.left_out if not policy.is_break_glass(one)]


def _wide(_audit: DirectoryAudit, detail: Detail, _policy: Policy) -> bool:
    return detail.for_everybody is True and any(permission_tier(scope) in {TOP, DATA} for scope in detail.scopes)


def _lasting_mail(_audit: DirectoryAudit, detail: Detail, _policy: Policy) -> bool:
    lasts = "offline_access" in {scope.lower() for scope in detail.scopes}
    return lasts and any(MAIL_OR_FILES.match(scope) for scope in detail.scopes)


def _foreign(_audit: DirectoryAudit, detail: Detail, _policy: Policy) -> bool:
    return bool(detail.issuer) and not KNOWN_ISSUERS.match(detail.issuer)


def _on_service_principal(audit: DirectoryAudit, detail: Detail, _policy: Policy) -> bool:
    """Development adds secrets to applications every day; on the service principal itself hardly anybody does."""
    return "serviceprincipal" in folded(audit.activity) and _is_new_credential(audit, detail)


def _on_application(audit: DirectoryAudit, detail: Detail, _policy: Policy) -> bool:
    """A person at work; applications that renew secrets are judged as workloads."""
    return audit.initiator_kind == "user" and _is_new_credential(audit, detail)


def _is_new_credential(audit: DirectoryAudit, detail: Detail) -> bool:
    return detail.credentials != "removed" and folded(audit.initiator_name or "") not in SELF_ROTATING


def _stranger_invited(audit: DirectoryAudit, detail: Detail, _policy: Policy) -> bool:
    return audit.initiator_kind == "user" and detail.from_outside is True


def _pass_out_of_hours(audit: DirectoryAudit, detail: Detail, policy: Policy) -> bool:
    return "temporary access pass" in detail.method.lower() and not policy.working_hours.holds(audit.at)


RULES = (
    Rule("top_role_assigned", frozenset({"role_assigned", "role_eligible"}), _by_hand),
    Rule("top_role_assigned_in_pim", frozenset({"role_assigned", "role_eligible"}), _in_pim),
    Rule("access_elevated", frozenset({"access_elevated"}), _always),
    Rule("federation_changed", frozenset({"federation_changed"}), _of_federation),
    Rule("policy_deleted", frozenset({"policy_deleted"}), _of_access),
    Rule("mfa_policy_weakened", frozenset({"policy_changed", "mfa_disabled"}), _weakened),
    Rule("policy_exclusion_added", frozenset({"policy_changed"}), _exclusion),
    Rule("sign_in_policy_redirected", frozenset({"protection_changed"}), _weakened),
    Rule(
        "app_role_granted",
        frozenset({"app_role_granted"}),
        lambda _audit, detail, _policy: permission_tier(detail.app_role) in {TOP, DATA},
    ),
    Rule("wide_consent_given", frozenset({"consent", "delegated_grant"}), _wide),
    Rule("mail_consent_given", frozenset({"consent", "delegated_grant"}), _lasting_mail),
    Rule("foreign_federated_credential", frozenset({"federated_credential_added", "app_updated"}), _foreign),
    Rule("service_principal_credential_added", frozenset({"app_credential_added"}), _on_service_principal),
    Rule("application_credential_added", frozenset({"app_credential_added"}), _on_application),
    Rule("guest_invited", frozenset({"guest_invited"}), _stranger_invited),
    Rule(
        "guest_made_member",
        frozenset({"user_updated"}),
        lambda _audit, detail, _policy: folded(detail.user_type) == "member",
    ),
    Rule("access_pass_out_of_hours", frozenset({"method_added"}), _pass_out_of_hours),
    Rule("device_secret_read", frozenset({"device_secret_read"}), _always),
)
"""The first rule that holds names the change."""


def grave_of(audit: DirectoryAudit, policy: Policy) -> Grave | None:
    """Return why a change is grave by itself; None when it is not, or failed."""
    kind = kind_of(audit.activity)
    rules = [rule for rule in RULES if kind in rule.kinds]
    if audit.succeeded is False or not rules:
        return None
    detail = detail_of(audit)
    return next((rule.grave for rule in rules if rule.holds(audit, detail, policy)), None)
