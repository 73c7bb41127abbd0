"""Builders of facts, gaps and dossiers for tests: each gives a realistic fact that keywords change."""

from datetime import UTC, datetime, timedelta

import msgspec

from shared.assess import assess
from shared.models.assessment import Action, Assessment
from shared.models.dossier import Dossier, Fact, Gap, Source, Value
from shared.models.identity import Identity
from shared.policy import Policy, default_policy

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
USER = Identity(
    tenant_id="11111111-1111-1111-1111-111111111111",
    kind="user",
    id="22222222-2222-2222-2222-222222222222",
    name="karita@woodgrovebank.com",
)
HOSTILE = "203.0.113.66"
HOME = "198.51.100.10"
TEMPLATE = "62e90394-69f5-4237-9190-012177145e10"


def hours_ago(hours: float) -> datetime:
    """Return a time before NOW."""
    return NOW - timedelta(hours=hours)


def text(at: datetime) -> str:
    """Return a time as values carry it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def fact(kind: str, at: datetime | None = None, **values: Value) -> Fact:
    """Return a fact without an id; ``dossier`` numbers it. None is never stored."""
    kept = {name: value for name, value in values.items() if value is not None}
    return Fact(id="", kind=kind, text=f"{kind}.", values=kept, at=at, source=Source(kind="event", ref="test"))


def detection(risk_event_type: str, *, hours: float = 6, **values: Value) -> Fact:
    """Return an open detection of medium risk from the hostile address."""
    given: dict[str, Value] = {
        "risk_event_type": risk_event_type,
        "risk_level": "medium",
        "risk_state": "atRisk",
        "timing": "realtime",
        "ip_address": HOSTILE,
        "city": "Lagos",
        "country": "NG",
        "detection_id": "d1",
    }
    return fact("risk.detection", hours_ago(hours), **{**given, **values})


def sign_in(outcome: str = "success", *, hours: float = 6, **values: Value) -> Fact:
    """Return an ordinary sign-in of the user's own: home, known compliant device, MFA."""
    given: dict[str, Value] = {
        "outcome": outcome,
        "error_code": 0 if outcome == "success" else 50126,
        "ip_address": HOME,
        "city": "Helsinki",
        "country": "FI",
        "app": "Office 365 Exchange Online",
        "client_app": "Browser",
        "interactive": True,
        "requirement": "multi",
        "mfa": "satisfied",
        "mfa_method": "Microsoft Authenticator",
        "device_id": "dev-1",
        "device_compliant": True,
        "risk_level": "none",
        "risk_state": "none",
        "new_country": False,
        "new_ip": False,
        "new_device": False,
        "new_asn": False,
    }
    return fact("sign_in", hours_ago(hours), **{**given, **values})


def stranger(outcome: str = "success", *, hours: float = 6, **values: Value) -> Fact:
    """Return a risky sign-in by somebody new, with the password alone, from the hostile address."""
    given: dict[str, Value] = {
        "ip_address": HOSTILE,
        "city": "Lagos",
        "country": "NG",
        "requirement": "single",
        "mfa": "not_required",
        "device_compliant": False,
        "risk_level": "medium",
        "risk_state": "atRisk",
        "request_id": "req-1",
        "new_country": True,
        "new_ip": True,
        "new_device": True,
        "new_asn": True,
    }
    return sign_in(outcome, hours=hours, **{**given, **values})


def own_risky(*, hours: float = 6, **values: Value) -> Fact:
    """Return a risky sign-in of a traveller: new country, but the user's compliant device and security key."""
    given: dict[str, Value] = {
        "ip_address": HOSTILE,
        "city": "Lisbon",
        "country": "PT",
        "mfa_method": "FIDO2 security key",
        "risk_level": "medium",
        "risk_state": "atRisk",
        "new_country": True,
        "new_ip": True,
        "new_asn": True,
    }
    return sign_in(hours=hours, **{**given, **values})


def audit(activity: str, *, hours: float = 5, **values: Value) -> Fact:
    """Return a successful audit by the user."""
    given: dict[str, Value] = {"activity": activity, "succeeded": True, "initiated_by": "self"}
    return fact("audit", hours_ago(hours), **{**given, **values})


def method(name: str = "Microsoft Authenticator", *, hours: float = 5, **values: Value) -> Fact:
    """Return a registered method, added after the risk unless told otherwise."""
    given: dict[str, Value] = {"method": name, "created_at": text(hours_ago(hours)), "strength": "strong", "id": "m-1"}
    return fact("user.auth_method", None, **{**given, **values})


def account(**values: Value) -> list[Fact]:
    """Return the facts of an ordinary cloud-only member with a manager."""
    return [
        fact("user.profile", display_name="Karita", user_type=values.get("user_type", "Member")),
        fact("user.account", enabled=values.get("enabled", True)),
        fact("user.sync", on_premises=values.get("on_premises", False)),
        fact("user.password", changed_at=text(hours_ago(24 * 60))),
        fact("user.auth_methods", count=2, has_password=True, has_phishing_resistant=False),
        fact("user.manager", display_name="Mona Manager", user_principal_name="mona@woodgrovebank.com"),
        fact("sign_in.baseline", days=30, sign_ins=40, countries=("FI",)),
    ]


def role(name: str = "Global Administrator", assignment: str = "active", **values: Value) -> Fact:
    """Return a privileged role."""
    return fact(
        "user.role", **{"role": name, "template_id": TEMPLATE, "assignment": assignment, "privileged": True, **values}
    )


def inbox_rule(**values: Value) -> Fact:
    """Return a suspicious inbox rule."""
    given: dict[str, Value] = {"name": "..", "enabled": True, "deletes": True, "suspicious": True, "id": "AQAAAJ5dZqA="}
    return fact("user.inbox_rule", None, **{**given, **values})


def risk_user(state: str, *, hours: float = 1, **values: Value) -> Fact:
    """Return the user's risk state."""
    return fact("risk.user", hours_ago(hours), **{"risk_state": state, "risk_level": "none", **values})


def gap(*kinds: str, what: str = "something", reason: str = "denied") -> Gap:
    """Return a gap; ``dossier`` numbers it."""
    return Gap(
        id="",
        kinds=kinds,
        what=what,
        reason=reason,  # type: ignore[arg-type]
        detail="403 Authorization_RequestDenied",
        mend="Grant the permission.",
        source=Source(kind="graph", ref="/test"),
    )


def everything_denied() -> list[Gap]:
    """Return gaps for all that Graph could have said."""
    return [
        gap("user.profile", "user.account", "user.sync", "user.password", what="profile"),
        gap("user.auth_method", "user.auth_methods", what="authentication methods"),
        gap("user.role", what="roles"),
        gap("user.group", what="groups"),
        gap("user.inbox_rule", what="inbox rules"),
        gap("user.consent", what="consents"),
        gap("user.device", what="devices"),
        gap("sign_in", "sign_in.baseline", what="sign-ins"),
        gap("audit", what="audit records"),
    ]


def dossier(*facts: Fact, gaps: list[Gap] | None = None) -> Dossier:
    """Return a dossier with ids F1, F2 and so on for facts, G1 and so on for gaps."""
    numbered = tuple(msgspec.structs.replace(fact, id=f"F{place}") for place, fact in enumerate(facts, start=1))
    holes = tuple(msgspec.structs.replace(hole, id=f"G{place}") for place, hole in enumerate(gaps or [], start=1))
    return Dossier(facts=numbered, gaps=holes)


def judge(
    *facts: Fact,
    gaps: list[Gap] | None = None,
    identity: Identity = USER,
    status: str = "open",
    outcome: str | None = None,
    policy: Policy | None = None,
) -> Assessment:
    """Return the judgement of these facts."""
    return assess(
        dossier(*facts, gaps=gaps),
        identity=identity,
        status=status,
        outcome=outcome,
        now=NOW,
        policy=policy or default_policy(),
    )


def finding_ids(assessment: Assessment) -> set[str]:
    """Return the ids of the findings."""
    return {finding.id for finding in assessment.findings}


def action_ids(assessment: Assessment) -> set[str]:
    """Return the ids of the eligible actions."""
    return {action.id for action in assessment.actions}


def action_of(assessment: Assessment, action_id: str) -> Action:
    """Return one eligible action; a test that asks for a missing one fails with what there is."""
    found = [action for action in assessment.actions if action.id == action_id]
    assert found, f"{action_id} is not in {sorted(action_ids(assessment))}; withheld: {assessment.withheld}"
    return found[0]


def done(assessment: Assessment) -> dict[str, str]:
    """Return what is done already: sentences by action id."""
    return {item.id: item.text for item in assessment.done}


def withheld(assessment: Assessment) -> dict[str, str]:
    """Return the reasons of withheld actions by id."""
    return dict(item.text.split(": ", 1) for item in assessment.withheld)  # type: ignore[misc]
