"""Hand-built subjects as the stages before write leave them, one for each kind of case that analysts meet."""

from datetime import UTC, datetime
from typing import Any

from shared.models.assessment import Action, Assessment, Confidence, Finding, ScoreTerm, Severity, Verdict, When
from shared.models.cases import Outcome, Signal
from shared.models.dossier import Dossier, Fact, Gap, Source, Value
from shared.models.identity import Identity
from shared.write.subject import Subject

TENANT = "7c9a1d5e-0b53-4d0c-9a47-2f4a6d1f0a11"
KARITA = "0b6d2f53-3c1a-4f0e-8f55-5a1c7e0e9d21"
GRAPH = Source(kind="graph", ref="/users/{id}")
EVENT = Source(kind="event", ref="SignInLogs 5d1f")


def moment(text: str) -> datetime:
    """Return ``14 09:14:05`` as that day of April 2025, UTC."""
    return datetime.strptime(f"2025-04-{text}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def fact(number: int, kind: str, text: str, at: str | None = None, **values: Value) -> Fact:
    """Return a fact ``F<number>``."""
    source = EVENT if kind.startswith(("sign_in", "risk", "audit")) else GRAPH
    return Fact(id=f"F{number}", kind=kind, text=text, values=values, at=moment(at) if at else None, source=source)


def profile(number: int, name: str, upn: str, **more: Value) -> Fact:
    """Return a member's profile."""
    values: dict[str, Value] = {"display_name": name, "user_principal_name": upn, "user_type": "Member", **more}
    return fact(
        number, "user.profile", f'The user is "{name}" ({upn}), a {str(values["user_type"]).lower()}.', **values
    )


def sign_in(number: int, at: str, ip: str, city: str, country: str, outcome: str = "success", **values: Value) -> Fact:
    """Return a sign-in to the portal."""
    app = str(values.pop("app", "Azure Portal"))
    verb = {"success": "succeeded", "failure": "failed", "interrupted": "was interrupted"}[outcome]
    mfa = {
        "satisfied": "; MFA was satisfied",
        "denied": "; MFA was denied",
        "claim_in_token": "; MFA was satisfied by the token",
    }
    text = f'A sign-in to "{app}" from {ip} in {city}, {country} {verb}{mfa.get(str(values.get("mfa")), "")}.'
    return fact(
        number, "sign_in", text, at, outcome=outcome, ip_address=ip, city=city, country=country, app=app, **values
    )


def detection(number: int, at: str, kind: str, level: str = "high", **values: Value) -> Fact:
    """Return a risk detection."""
    origin = f" from {values['ip_address']}" if "ip_address" in values else ""
    text = f"Identity Protection detected {kind}{origin} at {level} risk."
    return fact(
        number, "risk.detection", text, at, risk_event_type=kind, risk_level=level, risk_state="atRisk", **values
    )


def finding(
    finding_id: str, title: str, statement: str, weight: int, *facts: str, techniques: tuple[str, ...] = ()
) -> Finding:
    """Return a finding."""
    return Finding(
        id=finding_id,
        family="sign_ins",
        title=title,
        statement=statement,
        weight=weight,
        facts=facts,
        techniques=techniques,
    )


def action(action_id: str, title: str, when: When, why: str, *facts: str) -> Action:
    """Return an action; only what the words need is telling."""
    return Action(
        id=action_id,
        title=title,
        when=when,
        why=why,
        facts=facts,
        method="POST",
        url=f"/users/{KARITA}/revokeSignInSessions",
        body="",
        permission="User.RevokeSessions.All",
        role="User Administrator",
        preconditions=(),
        reversible=False,
        reversal="The user signs in again.",
        blast_radius="This user.",
    )


def gap(number: int, what: str, kinds: tuple[str, ...], reason: Any = "denied", mend: str = "") -> Gap:
    """Return a gap ``G<number>``."""
    detail = {"denied": "403 Authorization_RequestDenied", "unlicensed": "403 AadPremiumLicenseRequired", "throttled": "429",
              "failed": "503", "not_asked": ""}[reason]  # fmt: skip
    return Gap(id=f"G{number}", kinds=kinds, what=what, reason=reason, detail=detail, mend=mend, source=GRAPH)


def subject(
    facts: list[Fact],
    findings: list[Finding],
    *,
    verdict: Verdict,
    severity: Severity,
    confidence: Confidence = "high",
    reason: str = "",
    actions: tuple[Action, ...] = (),
    gaps: tuple[Gap, ...] = (),
    terms: tuple[ScoreTerm, ...] = (),
    outcome: Outcome | None = None,
    identity: Identity | None = None,
    signals: tuple[Signal, ...] | None = None,
) -> Subject:
    """Return a subject whose terms are its findings' weights and what is given."""
    every = (*(ScoreTerm(source=it.id, label=it.title, points=it.weight) for it in findings if it.weight), *terms)
    first = Signal(
        key="k1", reason="risky_detection", at=moment("14 09:12:00"), record_id="r1", category="UserRiskEvents"
    )
    return Subject(
        identity=identity or Identity(tenant_id=TENANT, kind="user", id=KARITA, name="karita@woodgrovebank.com"),
        status="closed" if outcome else "open",
        outcome=outcome,
        signals=(first,) if signals is None else signals,
        dossier=Dossier(facts=tuple(facts), gaps=gaps, round_trips=1),
        assessment=Assessment(
            findings=tuple(findings),
            terms=every,
            score=max(0, min(100, sum(term.points for term in every))),
            verdict=verdict,
            verdict_reason=reason,
            severity=severity,
            confidence=confidence,
            confidence_reasons=(),
            actions=actions,
        ),
    )


def token_theft() -> Subject:
    """An attacker in the middle takes a session, registers a method and hides mail."""
    facts = [
        profile(1, "Karita Andersson", "karita@woodgrovebank.com"),
        detection(2, "14 09:12:40", "attackerinTheMiddle", ip_address="203.0.113.77", city="Lagos", country="NG"),
        sign_in(3, "14 09:14:05", "203.0.113.77", "Lagos", "NG", mfa="claim_in_token", new_country=True, app="OfficeHome"),
        fact(4, "audit", 'The user did "User registered security info" from 203.0.113.77; it succeeded.', "14 09:21:10",
             activity="User registered security info", succeeded=True, initiated_by="self",
             initiator="karita@woodgrovebank.com", ip_address="203.0.113.77"),
        fact(5, "user.auth_method", "The phone method was registered on 14 April 2025, 09:21 UTC.", "14 09:21:10",
             method="phone", created_at="2025-04-14T09:21:10Z", strength="weak", id="3179e48a"),
        fact(6, "user.inbox_rule", 'The inbox rule ".." is enabled, deletes messages and forwards mail to x91@evil.example.',
             name="..", enabled=True, deletes=True, forwards_to=("x91@evil.example",), suspicious=True, marks_read=False),
        fact(7, "user.no_role", "The user holds no directory role, neither active nor eligible."),
        fact(8, "sign_in.baseline", "In 30 days the user signed in 212 times, from SE only.", days=30, sign_ins=212,
             countries=("SE",), cities=("Uppsala",)),
    ]  # fmt: skip
    findings = [
        finding("attacker_in_the_middle", "Attacker in the middle",
                "Identity Protection reported an attacker in the middle (attackerinTheMiddle) at high risk.", 50, "F2",
                techniques=("T1557",)),
        finding("risky_sign_in_succeeded", "Risky sign-in succeeded",
                'A risky sign-in to "OfficeHome" from 203.0.113.77 in Lagos, NG succeeded.', 20, "F3"),
        finding("auth_method_added_after_risk", "Authentication method added after the risk",
                "The phone method was registered at 09:21 UTC, after the risk of 09:12 UTC.", 20, "F5", "F2",
                techniques=("T1098.005",)),
        finding("inbox_rule_hides_or_forwards", "Inbox rule hides or forwards mail",
                "An inbox rule deletes messages and forwards mail to x91@evil.example.", 15, "F6"),
    ]  # fmt: skip
    actions = (
        action("revoke_sessions", "Revoke sessions", "now", "The session was used from 203.0.113.77.", "F3"),
        action("reset_password_cloud", "Reset the password", "now", "An attacker in the middle saw the password.", "F2"),
        action("remove_auth_method", "Remove the phone method", "next",
               "The phone method was registered on 14 April 2025, 09:21 UTC.", "F5"),
        action("delete_inbox_rule", "Delete the inbox rule", "next", "The rule forwards mail to x91@evil.example.", "F6"),
    )  # fmt: skip
    return subject(facts, findings, verdict="compromised", severity="high", actions=actions,
                   reason="An attacker in the middle was reported and a method was registered after it.",
                   terms=(ScoreTerm(source="cap", label="A verdict of compromised scores at most 100", points=-5),))  # fmt: skip


def leaked_hybrid() -> Subject:
    """A leaked password of a synchronised user, with no use of it seen."""
    facts = [
        profile(1, "Karita Andersson", "karita@woodgrovebank.com", department="Treasury"),
        detection(2, "14 02:00:00", "leakedCredentials"),
        fact(3, "user.password", "The password was last changed on 2 January 2024, 08:00 UTC.", changed_at="2024-01-02T08:00:00Z"),
        fact(4, "user.sync", "The account is synchronised from on-premises Active Directory.", on_premises=True),
        fact(5, "user.role", 'The user can activate the privileged role "Exchange Administrator".', role="Exchange Administrator",
             assignment="eligible", privileged=True),
        fact(6, "user.auth_methods", "The user has 2 authentication methods: password and Microsoft Authenticator.", count=2,
             methods=("password", "Microsoft Authenticator"), has_phishing_resistant=False, has_password=True),
    ]  # fmt: skip
    findings = [
        finding("leaked_credentials", "Leaked credentials",
                "Identity Protection reported leaked credentials (leakedCredentials) at high risk.", 45, "F2",
                techniques=("T1589.001",)),
        finding("privileged_role_eligible", "Privileged role eligible", "The user can activate Exchange Administrator.", 10, "F5"),
    ]  # fmt: skip
    actions = (action("reset_password_on_premises", "Reset the password on premises", "now",
                      "The account is synchronised from on-premises Active Directory.", "F4"),)  # fmt: skip
    return subject(facts, findings, verdict="suspicious", severity="high", confidence="medium", actions=actions,
                   reason="The password is known outside, but no use of it was seen.")  # fmt: skip


def spray_success() -> Subject:
    """A spray from one address that found the right password."""
    facts = [
        profile(1, "Miguel Reyes", "miguel@woodgrovebank.com"),
        fact(2, "sign_in.spray", "192.0.2.44 tried 38 users with 412 failures in 9 minutes; for 2 users the password was right.",
             "14 03:02:00", ip_address="192.0.2.44", users=38, failures=412, minutes=9, succeeded=2),
        *(sign_in(number, f"14 03:0{number}:10", "192.0.2.44", "Sofia", "BG", "failure", error_code=50126) for number in (3, 4, 5)),
        sign_in(6, "14 03:08:41", "192.0.2.44", "Sofia", "BG", mfa="not_required", requirement="single", risk_level="high"),
        detection(7, "14 03:09:00", "passwordSpray", ip_address="192.0.2.44", country="BG"),
    ]  # fmt: skip
    findings = [
        finding("password_spray_success", "Password spray found the password",
                "A password spray from 192.0.2.44 tried 38 users and found 2 passwords.", 60, "F2", "F7", techniques=("T1110.003",)),
        finding("single_factor_risky_sign_in", "Risky sign-in with a single factor",
                'A risky sign-in to "Azure Portal" from 192.0.2.44 in Sofia, BG succeeded without MFA.', 25, "F6"),
    ]  # fmt: skip
    actions = (
        action("revoke_sessions", "Revoke sessions", "now", "A risky sign-in from 192.0.2.44 succeeded.", "F6"),
        action("hunt_same_source", "Hunt for the same source", "next", "192.0.2.44 tried 38 users.", "F2"),
    )
    who = Identity(tenant_id=TENANT, kind="user", id=KARITA, name="miguel@woodgrovebank.com")
    return subject(facts, findings, verdict="compromised", severity="high", actions=actions, identity=who,
                   reason="A spray found the password and a sign-in with it succeeded.",
                   gaps=(gap(1, "audit log of the user", ("audit",), "throttled", "Wait for the next update of this case."),))  # fmt: skip


def mfa_fatigue() -> Subject:
    """A Global Administrator gives in after eleven prompts."""
    denied = [
        sign_in(number, f"14 09:1{4 + (number > 6) + (number > 9)}:{number * 4:02}", "198.51.100.23", "Minsk", "BY", "failure",
                mfa="denied", error_code=500121, app="Microsoft Azure CLI")
        for number in range(3, 14)
    ]  # fmt: skip
    facts = [
        profile(1, "Karita Andersson", "karita@woodgrovebank.com", job_title="Head of platform"),
        fact(2, "user.role", 'The user holds the privileged role "Global Administrator".', role="Global Administrator",
             assignment="active", privileged=True),
        *denied,
        sign_in(14, "14 09:17:30", "198.51.100.23", "Minsk", "BY", mfa="satisfied", app="Microsoft Azure CLI", new_country=True),
        fact(15, "sign_in.mfa_denials", "11 MFA prompts were denied in 3 minutes from 198.51.100.23; one was approved at 09:17 UTC.",
             "14 09:14:12", denied=11, minutes=3, first_at="2025-04-14T09:14:12Z", last_at="2025-04-14T09:16:52Z",
             approved_at="2025-04-14T09:17:30Z", ip_address="198.51.100.23"),
    ]  # fmt: skip
    findings = [
        finding("mfa_fatigue_approved", "MFA fatigue, approved at last",
                "After 11 denied MFA prompts from 198.51.100.23, one was approved at 09:17 UTC.", 70, "F15", "F14",
                techniques=("T1621",)),
        finding("privileged_role_held", "Privileged role held", "The user holds Global Administrator.", 15, "F2"),
    ]  # fmt: skip
    actions = (
        action(
            "revoke_sessions",
            "Revoke sessions",
            "now",
            "A prompt was approved at 09:17 UTC after 11 were denied.",
            "F15",
        ),
        action("disable_account", "Block the account", "now", "The user holds Global Administrator.", "F2"),
        action(
            "contact_user", "Call the user", "now", "Only the user can say who approved the prompt of 09:17 UTC.", "F15"
        ),
    )
    return subject(facts, findings, verdict="compromised", severity="critical", actions=actions,
                   reason="An MFA prompt was approved after a series of denials.",
                   gaps=(gap(1, "authentication methods", ("user.auth_method", "user.auth_methods"), "denied",
                             "Grant UserAuthenticationMethod.Read.All."),))  # fmt: skip


def traveller() -> Subject:
    """A user on a compliant device, abroad, with a passkey."""
    facts = [
        profile(1, "Aoife O'Brien", "aoife@woodgrovebank.com"),
        detection(2, "14 18:30:00", "unlikelyTravel", "medium", ip_address="198.51.100.9", city="Lisbon", country="PT"),
        sign_in(3, "14 18:29:30", "198.51.100.9", "Lisbon", "PT", mfa="satisfied", mfa_method="Passkey", device_name="WGB-LT-0042",
                device_compliant=True, new_country=True, new_device=False),
        fact(4, "sign_in.travel", "Sign-ins from Dublin, IE and Lisbon, PT were 240 minutes and 1640 kilometres apart.",
             "14 18:29:30", from_city="Dublin", from_country="IE", to_city="Lisbon", to_country="PT", minutes=240, kilometres=1640.0),
        fact(5, "user.no_role", "The user holds no directory role, neither active nor eligible."),
        fact(6, "user.device", 'The device "WGB-LT-0042" is compliant and managed.', name="WGB-LT-0042", compliant=True, managed=True),
    ]  # fmt: skip
    findings = [
        finding("impossible_travel", "Atypical travel", "Identity Protection reported atypical travel (unlikelyTravel) at medium risk.",
                25, "F2"),
        finding("compliant_known_device", "Compliant device of the user",
                'The sign-in from 198.51.100.9 came from the compliant device "WGB-LT-0042".', -20, "F3", "F6"),
        finding("phishing_resistant_mfa", "Phishing-resistant MFA", "MFA was satisfied with a phishing-resistant method (Passkey).",
                -15, "F3"),
    ]  # fmt: skip
    who = Identity(tenant_id=TENANT, kind="user", id=KARITA, name="aoife@woodgrovebank.com")
    actions = (action("dismiss_risk", "Dismiss the risk", "later", "The sign-in came from a compliant device.", "F3"),)
    return subject(facts, findings, verdict="benign", severity="informational", identity=who, actions=actions,
                   terms=(ScoreTerm(source="floor", label="A verdict of benign scores at least 0", points=10),),
                   reason="The user's own compliant device and strong MFA outweigh the detection.")  # fmt: skip


def remediated() -> Subject:
    """A risk that the user's own secure password change ended."""
    facts = [
        profile(1, "Karita Andersson", "karita@woodgrovebank.com"),
        detection(2, "14 09:12:40", "unfamiliarFeatures", "medium", ip_address="203.0.113.5", country="SE"),
        fact(3, "risk.user", "The user's risk is remediated: userPerformedSecuredPasswordChange.", "14 09:40:00",
             risk_level="none", risk_state="remediated", risk_detail="userPerformedSecuredPasswordChange"),
        fact(4, "user.password", "The password was changed on 14 April 2025, 09:39 UTC.", "14 09:39:20",
             changed_at="2025-04-14T09:39:20Z"),
    ]  # fmt: skip
    findings = [
        finding("unfamiliar_sign_in", "Unfamiliar sign-in",
                "Identity Protection reported unfamiliar sign-in properties (unfamiliarFeatures) at medium risk.", 20, "F2"),
        finding("password_changed_after_risk", "Password changed after the risk",
                "The password was changed at 09:39 UTC, after the risk of 09:12 UTC.", -15, "F4", "F2"),
        finding("risk_remediated", "Risk remediated", "The user's risk is remediated.", -10, "F3"),
    ]  # fmt: skip
    return subject(facts, findings, verdict="benign", severity="low", outcome="remediated", reason="The risk was remediated.",
                   terms=(ScoreTerm(source="closed:unfamiliar_sign_in", label="Unfamiliar sign-in: remediated", points=-15),
                          ScoreTerm(source="floor", label="A verdict of benign scores at least 0", points=20)))  # fmt: skip


def guest() -> Subject:
    """A guest at risk, whose home tenant has to act."""
    upn = "lena_fabrikam.com#EXT#@woodgrovebank.onmicrosoft.com"
    facts = [
        profile(1, "Lena Fischer", upn, user_type="Guest"),
        fact(2, "user.home_tenant", "The guest's home tenant is 9d1c2b3a-1111-4222-8333-abcdefabcdef.",
             tenant_id="9d1c2b3a-1111-4222-8333-abcdefabcdef"),
        detection(3, "14 11:05:00", "anonymizedIPAddress", "medium", ip_address="192.0.2.200", country="DE"),
        sign_in(4, "14 11:04:40", "192.0.2.200", "Frankfurt", "DE", app="Microsoft Teams", mfa="satisfied"),
        fact(5, "user.group", 'The user is a member of the group "Merger Room".', name="Merger Room", id="6f0c", role_assignable=False),
    ]  # fmt: skip
    findings = [
        finding("anonymous_ip_sign_in", "Anonymous IP address",
                "Identity Protection reported a sign-in from an anonymous IP address (anonymizedIPAddress) at medium risk.", 30, "F3"),
        finding("guest_account", "Guest account", "The account is a guest of this tenant.", 0, "F1"),
    ]  # fmt: skip
    who = Identity(tenant_id=TENANT, kind="user", id=KARITA, name=upn)
    actions = (action("contact_home_tenant", "Tell the home tenant", "now", "The account is a guest.", "F1"),)
    return subject(facts, findings, verdict="suspicious", severity="medium", confidence="medium", identity=who, actions=actions,
                   gaps=(gap(1, "devices", ("user.device",), "not_asked", "Wait for the next update of this case."),),
                   reason="An anonymous IP address was reported, without proof of a stranger.")  # fmt: skip


def all_denied() -> Subject:
    """Nothing could be read, and Entra's licence hides the detection."""
    gaps = (
        gap(1, "the user's profile", ("user.profile", "user.account"), "denied", "Grant User.Read.All."),
        gap(2, "directory roles", ("user.role",), "denied", "Grant RoleManagement.Read.Directory."),
        gap(3, "authentication methods", ("user.auth_method",), "denied", "Grant UserAuthenticationMethod.Read.All."),
        gap(4, "sign-in history", ("sign_in.baseline",), "unlicensed", "Have Microsoft Entra ID P1."),
        gap(5, "risk history", ("risk.user",), "throttled", "Wait for the next update of this case."),
        gap(6, "inbox rules", ("user.inbox_rule",), "failed", "Wait for the next update of this case."),
    )
    return subject([], [], verdict="inconclusive", severity="medium", confidence="low", gaps=gaps,
                   reason="Too little could be read to judge.",
                   terms=(ScoreTerm(source="floor", label="A verdict of inconclusive scores at least 10", points=10),))  # fmt: skip


SUBJECTS = {
    made.__name__: made
    for made in (token_theft, leaked_hybrid, spray_success, mfa_fatigue, traveller, remediated, guest, all_denied)
}
