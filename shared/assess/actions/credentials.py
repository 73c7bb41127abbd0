"""Actions on the password, wherever it is kept, and on the sessions that it opened."""

from shared.assess.actions.account import can_come_back
from shared.assess.entry import OUTSIDE_GRAPH, action
from shared.assess.reasons import knows_password, reason_of
from shared.assess.situation import Need, Proposal, Situation, body_of
from shared.assess.values import ids

NEW_PASSWORD = "{a new random password, never stored}"  # noqa: S105 - a placeholder, so that no report holds a password
STAYS = (
    "Sessions that are already open",
    "Methods, devices, rules and consents that an attacker added",
)
GONE = "The old password cannot be restored, and must not be."


def _reset(situation: Situation) -> Proposal | None:
    """Return when and why to reset; None when nothing speaks for it."""
    known = knows_password(situation.grounds)
    if not situation.is_user or not (situation.is_attacked or situation.is_past):
        return None
    if not (situation.verdict == "compromised" or known or situation.reading.unexplained or situation.is_past):
        return None
    reason = reason_of(situation.grounds)
    unneeded = reason is not None and reason.password == "unneeded" and not known  # noqa: S105 - a word of the table
    urgent = known or (situation.verdict == "compromised" and not unneeded)
    return Proposal(
        when="now" if urgent else "next",
        why=reason.reset if reason else "A stranger may have signed in with the password.",
        facts=situation.evidence,
        after=("disable_account",) if situation.verdict == "compromised" and can_come_back(situation) else (),
        needs=(
            situation.needs_account(),
            situation.needs_member("A guest's password lives in the home tenant."),
            situation.needs_no_break_glass(),
            situation.needs_password(),
            situation.needs_old_password(),
            situation.needs_open_case(),
        ),
    )


@action(
    "Reset the password in the cloud",
    rank=20,
    request="PATCH /users/{id}",
    permission="User-PasswordProfile.ReadWrite.All",
    role="Password Administrator",
    reversible=False,
    reversal=GONE,
    blast_radius="The user signs in with the new password and changes it at once.",
    does_not_fix=STAYS,
)
def reset_password_cloud(situation: Situation) -> list[Proposal]:
    """Offered for passwords mastered in Entra, and for synchronised ones where writeback is on."""
    start = _reset(situation)
    if start is None:
        return []
    programs = situation.reading.one("user.service_account") is not None
    profile = {
        "forceChangePasswordNextSignIn": not programs,
        "forceChangePasswordNextSignInWithMfa": not programs,
        "password": NEW_PASSWORD,
    }
    return [
        Proposal(
            when=start.when,
            why=start.why,
            facts=start.facts,
            after=start.after,
            method="PATCH",
            url=situation.user_url(),
            body=body_of({"passwordProfile": profile}),
            role=situation.operator("Password Administrator"),
            blast_radius="Every program that signs in with this password stops until it has the new one."
            if programs
            else "",
            needs=(
                *start.needs[:3],
                situation.needs_cloud_password(),
                *situation.needs_managed_domain(),
                *start.needs[3:],
                *situation.needs_operator(),
            ),
        )
    ]


@action(
    "Reset the password on premises",
    rank=21,
    permission=OUTSIDE_GRAPH,
    role="The right to reset the password in Active Directory",
    reversible=False,
    reversal=GONE,
    blast_radius="The user signs in with the new password, on premises and, after the next sync, in the cloud.",
    does_not_fix=STAYS,
)
def reset_password_on_premises(situation: Situation) -> list[Proposal]:
    """Offered for synchronised users; twice in a row, so that a cached old one is gone from replication too."""
    start = _reset(situation)
    sync, writeback = situation.reading.one("user.sync"), situation.reading.one("tenant.writeback")
    if start is None or not situation.is_synchronised:
        return []
    is_on = situation.reading.is_true("tenant.writeback", "enabled") is True
    return [
        Proposal(
            when=start.when,
            why=f"{start.why} The user is synchronised from on premises: reset it there, twice.",
            facts=(*start.facts, *ids(sync, writeback)),
            after=start.after,
            needs=(
                *start.needs,
                Need(
                    text="A reset in the cloud does not reach the directory on premises.",
                    met=not is_on,
                    otherwise="Password writeback is on, so the reset in the cloud reaches the directory on premises.",
                ),
            ),
        )
    ]


@action(
    "Reset the password at the identity provider",
    rank=22,
    permission=OUTSIDE_GRAPH,
    role="The right to reset the password at the federated identity provider",
    reversible=False,
    reversal=GONE,
    blast_radius="The user signs in with the new password wherever that provider is trusted.",
    does_not_fix=(*STAYS, "The session at the identity provider: end it there too"),
)
def reset_password_at_provider(situation: Situation) -> list[Proposal]:
    """Offered for users of a federated domain who are not synchronised: Entra never sees their password."""
    start, domain = _reset(situation), situation.reading.one("tenant.domain")
    if start is None or not situation.is_federated or situation.is_synchronised:
        return []
    return [
        Proposal(
            when=start.when,
            why=f"{start.why} The domain is federated: reset it at its identity provider.",
            facts=(*start.facts, *ids(domain)),
            after=start.after,
            needs=start.needs,
        )
    ]


@action(
    "Rotate the emergency credentials in person",
    rank=23,
    permission=OUTSIDE_GRAPH,
    role="The custodians of the emergency account",
    reversible=False,
    reversal="The old credentials cannot be restored, and must not be.",
    blast_radius="The custodians, who seal the new credentials again.",
    does_not_fix=("What was done with the account while it was in use",),
)
def rotate_emergency_credentials(situation: Situation) -> list[Proposal]:
    """Offered for emergency accounts in place of block, reset and revocation, which could lock everybody out."""
    glass = situation.reading.one("user.break_glass")
    if not situation.is_user or glass is None or not situation.is_attacked:
        return []
    return [
        Proposal(
            when="now",
            why="The account is listed for emergency access: it must stay usable, with credentials that only its "
            "custodians hold.",
            facts=(*ids(glass), *situation.evidence),
            needs=(situation.needs_account(), situation.needs_open_case()),
        )
    ]


@action(
    "Revoke all sessions",
    rank=30,
    request="POST /users/{id}/revokeSignInSessions",
    permission="User.RevokeSessions.All",
    role="Helpdesk Administrator",
    reversible=False,
    reversal="Not needed: the user signs in again.",
    blast_radius="The user signs in again on every device and application.",
    does_not_fix=(
        "Access tokens already issued, for up to an hour where the application does not evaluate access continuously",
        "A password or method that the attacker holds",
    ),
)
def revoke_sessions(situation: Situation) -> list[Proposal]:
    """Offered whenever somebody else may hold a session; after the new password where the old one is known."""
    weighty = situation.verdict == "compromised" or situation.severity in {"medium", "high", "critical"}
    if not situation.is_user or not ((situation.is_attacked and weighty) or situation.is_past):
        return []
    reason = reason_of(situation.grounds)
    known = knows_password(situation.grounds)
    return [
        Proposal(
            when="now" if situation.grounds.has("leaked_credentials") else situation.urgent,
            why=reason.revoke if reason else "Whoever holds a session keeps it until it is ended.",
            facts=situation.evidence,
            method="POST",
            url=situation.user_url("/revokeSignInSessions"),
            role=situation.operator("Helpdesk Administrator"),
            after=("reset_password_cloud", "reset_password_on_premises") if known and situation.urgent == "now" else (),
            blast_radius=situation.reach("The user signs in again"),
            does_not_fix=("The session at the federated identity provider",) if situation.is_federated else (),
            needs=(
                situation.needs_account(),
                situation.needs_member(
                    "A guest's sessions are issued by the home tenant, and this request does not end them."
                ),
                situation.needs_no_break_glass(),
                situation.needs_live_sessions(),
                situation.needs_open_case(),
                *situation.needs_operator(),
            ),
        )
    ]
