"""Actions on the account itself: sessions, password, switching it off."""

from shared.assess.entry import OUTSIDE_GRAPH, action
from shared.assess.evidence import FOOTHOLDS
from shared.assess.situation import Proposal, Situation, body_of, ids

PASSWORD_KNOWN = (
    "attacker_in_the_middle",
    "brute_force_success",
    "leaked_credentials",
    "mfa_fatigue_approved",
    "mfa_fatigue_denied",
    "password_spray_success",
    "suspicious_mfa_approval",
    "user_reported_suspicious_activity",
)
"""Findings in which somebody else has the password."""
CAN_COME_BACK = (*FOOTHOLDS, "attacker_in_the_middle", "mfa_fatigue_approved", "suspicious_mfa_approval")
"""Findings in which the attacker can do MFA, so a reset alone may hand the account back."""
NEW_PASSWORD = "{a new random password, never stored}"  # noqa: S105 - a placeholder, so that no report holds a password


@action(
    "Disable the account",
    rank=10,
    permission="User.EnableDisableAccount.All",
    role="User Administrator",
    reversible=True,
    reversal='PATCH the same path with {"accountEnabled":true}.',
    blast_radius="The user cannot sign in anywhere until it is enabled again.",
    does_not_fix=("Access tokens already issued, for up to an hour", "Inbox rules, consents and added methods"),
)
def disable_account(situation: Situation) -> list[Proposal]:
    """Offered when a compromise is proven; at once when the attacker could pass MFA again."""
    if not situation.is_user or situation.verdict != "compromised":
        return []
    can_come_back = situation.grounds.has(*CAN_COME_BACK)
    why = "The attacker got in and holds more than the password." if can_come_back else "The attacker got in."
    synced = situation.reading.is_true("user.sync", "on_premises") is True
    return [
        Proposal(
            when="now" if can_come_back else "next",
            why=why,
            facts=situation.evidence,
            method="PATCH",
            url=situation.user_url(),
            body=body_of({"accountEnabled": False}),
            role=situation.operator("User Administrator"),
            needs=(
                situation.needs_account(),
                situation.needs_no_break_glass(),
                situation.needs_open_case(),
                situation.needs_enabled(),
                *situation.needs_operator(),
            ),
            blast_radius="The guest object in this tenant only; the home account works on."
            if situation.is_guest
            else "",
            does_not_fix=("The synchronised account on premises, which the next sync may enable again",)
            if synced
            else (),
        )
    ]


def _reset(situation: Situation) -> Proposal | None:
    """Return when and why to reset; None when nothing speaks for it."""
    known = situation.grounds.has(*PASSWORD_KNOWN)
    if not situation.is_user or not (situation.is_attacked or situation.is_past):
        return None
    if not (situation.verdict == "compromised" or known or situation.reading.unexplained or situation.is_past):
        return None
    why = "An attacker has the password." if known else "A stranger may have signed in with the password."
    return Proposal(
        when="now" if known or situation.verdict == "compromised" else "next",
        why=why,
        facts=situation.evidence,
        needs=(
            situation.needs_account(),
            situation.needs_member("A guest's password lives in the home tenant."),
            situation.needs_password(),
            situation.needs_old_password(),
            situation.needs_open_case(),
        ),
    )


@action(
    "Reset the password in the cloud",
    rank=20,
    permission="User-PasswordProfile.ReadWrite.All",
    role="Password Administrator",
    reversible=False,
    reversal="The old password cannot be restored, and must not be.",
    blast_radius="The user signs in with the new password and changes it at once.",
    does_not_fix=("Sessions that are already open", "Methods, rules and consents that an attacker added"),
)
def reset_password_cloud(situation: Situation) -> list[Proposal]:
    """Offered for passwords mastered in Entra."""
    start = _reset(situation)
    if start is None:
        return []
    profile = {
        "forceChangePasswordNextSignIn": True,
        "forceChangePasswordNextSignInWithMfa": True,
        "password": NEW_PASSWORD,
    }
    return [
        Proposal(
            when=start.when,
            why=start.why,
            facts=start.facts,
            method="PATCH",
            url=situation.user_url(),
            body=body_of({"passwordProfile": profile}),
            role=situation.operator("Password Administrator"),
            needs=(*start.needs[:2], situation.needs_cloud_password(), *start.needs[2:], *situation.needs_operator()),
        )
    ]


@action(
    "Reset the password on premises",
    rank=21,
    permission=OUTSIDE_GRAPH,
    role="The right to reset the password in Active Directory",
    reversible=False,
    reversal="The old password cannot be restored, and must not be.",
    blast_radius="The user signs in with the new password, on premises and, after the next sync, in the cloud.",
    does_not_fix=("Sessions that are already open", "Methods, rules and consents that an attacker added"),
)
def reset_password_on_premises(situation: Situation) -> list[Proposal]:
    """Offered for synchronised users; twice in a row, so that a cached old one is gone from replication too."""
    start = _reset(situation)
    sync = situation.reading.one("user.sync")
    if start is None or situation.reading.is_true("user.sync", "on_premises") is not True:
        return []
    return [
        Proposal(
            when=start.when,
            why=f"{start.why} The user is synchronised from on premises: reset it there, twice.",
            facts=(*start.facts, *ids(sync)),
            needs=start.needs,
        )
    ]


@action(
    "Revoke all sessions",
    rank=30,
    permission="User.RevokeSessions.All",
    role="Helpdesk Administrator",
    reversible=False,
    reversal="Not needed: the user signs in again.",
    blast_radius="The user signs in again on every device and application.",
    does_not_fix=("Access tokens already issued, for up to an hour", "A password or method that the attacker holds"),
)
def revoke_sessions(situation: Situation) -> list[Proposal]:
    """Offered whenever somebody else may hold a session."""
    weighty = situation.verdict == "compromised" or situation.severity in {"medium", "high", "critical"}
    if not situation.is_user or not ((situation.is_attacked and weighty) or situation.is_past):
        return []
    return [
        Proposal(
            when="now" if situation.grounds.has("leaked_credentials") else situation.urgent,
            why="Whoever holds a session keeps it until it is ended.",
            facts=situation.evidence,
            method="POST",
            url=situation.user_url("/revokeSignInSessions"),
            role=situation.operator("Helpdesk Administrator"),
            needs=(
                situation.needs_account(),
                situation.needs_member(
                    "A guest's sessions are issued by the home tenant, and this request does not end them."
                ),
                situation.needs_live_sessions(),
                situation.needs_open_case(),
                *situation.needs_operator(),
            ),
        )
    ]
