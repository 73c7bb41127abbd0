"""The sign-ins that matter: risky, from the addresses of the detections, denied at MFA, or around the time of risk."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta

from shared.clock import iso
from shared.enrich.baseline import Baseline, Newness, baseline_of, compared, is_risky
from shared.enrich.results import Result, result_of
from shared.enrich.risk import place_text
from shared.enrich.spread_sprays import spread_hits
from shared.enrich.statement import counted, fact, listed
from shared.enrich.view import View
from shared.hostile import clean, quoted
from shared.models.dossier import Fact
from shared.models.records import Device, Place, SignIn, WorkloadSignIn
from shared.patterns.alone import patterns_of
from shared.patterns.clients import is_device_code_flow
from shared.patterns.codes import MFA_DENIED
from shared.patterns.workloads import wrong_secrets

MOST_SIGN_INS = 25
AROUND = timedelta(hours=1)
"""Before and after evidence of risk, in which every sign-in is worth a look."""
LONGEST_USER_AGENT = 300
_CLOSED = frozenset({"remediated", "dismissed", "confirmedSafe"})


def facts(view: View) -> Iterator[Fact]:
    """Yield the notable sign-ins, most telling first when there are too many, and the count of what was left out."""
    baseline = baseline_of(view)
    patterns: dict[str, str] = {
        signal.record_id: "beside_disabled_account"
        for signal in view.case.signals
        if signal.reason == "address_tried_disabled_account"
    }
    patterns |= dict.fromkeys(spread_hits(view), "spread_spray")
    patterns |= {record.record_id: "invalid_secrets" for record in wrong_secrets(view.sign_ins, view.settings.policy)}
    patterns |= {
        found.sign_in.record_id: found.pattern
        for found in patterns_of([*view.sign_ins, *view.audits], view.settings.policy)
    }
    named = {d.request_id for d in view.detections} | {signal.record_id for signal in view.case.signals}
    ranked = sorted(
        ((rank, record) for record in view.sign_ins if (rank := _rank(record, view, baseline, named)) is not None),
        key=lambda pair: (pair[0], -pair[1].at.timestamp(), pair[1].record_id),
    )
    notable = [record for _, record in ranked]
    for record in notable[:MOST_SIGN_INS]:
        yield _sign_in(record, view, compared(record, baseline), patterns.get(record.record_id))
    if left := notable[MOST_SIGN_INS:]:
        yield _omitted(left, view)


def _rank(record: SignIn, view: View, baseline: Baseline | None, named: AbstractSet[str | None]) -> int | None:
    """Return how telling a sign-in is, 0 most; None when it is not worth a fact.

    ``named``: ids of the sign-ins that a detection or a signal of the case is about.
    """
    new = compared(record, baseline)
    is_new = record.succeeded and bool(new.country or new.asn or new.device)
    telling = (
        record.record_id in named,
        is_risky(record) or record.risk_state in _CLOSED,
        record.succeeded and record.ip_address in view.risky_addresses,
        record.error_code == MFA_DENIED or (is_new and record.at >= view.risk_began - AROUND),
        record.succeeded and record.at >= view.risk_began - AROUND,
        record.ip_address in view.risky_addresses or record.at >= view.risk_began - AROUND,
    )
    return telling.index(True) if any(telling) else None


def _sign_in(record: SignIn, view: View, new: Newness, pattern: str | None) -> Fact:
    result = result_of(record)
    place, device = record.place or Place(), record.device or Device()
    level = _level(record)
    return fact(
        "sign_in",
        _text(record, result, new, level, view.who),
        view.source(record),
        at=record.at,
        outcome=result.outcome,
        error_code=record.error_code,
        reason=result.reason,
        ip_address=record.ip_address,
        asn=str(record.autonomous_system_number) if record.autonomous_system_number else None,
        city=place.city,
        country=place.country,
        app=_target(record),
        resource=record.resource_display_name,
        client_app=record.client_app_used,
        interactive=record.is_interactive,
        requirement=result.requirement,
        mfa=result.mfa,
        mfa_method=result.mfa_method,
        device_id=device.device_id,
        device_name=device.display_name,
        device_compliant=device.is_compliant,
        os=device.operating_system,
        browser=device.browser,
        user_agent=clean(record.user_agent, LONGEST_USER_AGENT) if record.user_agent else None,
        risk_level=level,
        risk_state=record.risk_state,
        risk_event_types=record.risk_event_types,
        session_id=record.session_id,
        request_id=record.record_id,
        correlation_id=record.correlation_id,
        protocol=_protocol(record),
        pattern=pattern,
        credential_key_id=record.credential_key_id if isinstance(record, WorkloadSignIn) else None,
        other_tenant=_other_tenant(record),
        policies=record.failed_policies,
        trusted_network=record.trusted_network,
        new_country=new.country,
        new_ip=new.ip,
        new_device=new.device,
        new_asn=new.asn,
        new_app=new.app,
        new_client=new.client,
        new_browser=new.browser,
        new_os=new.os,
        new_method=new.method,
        odd_hour=new.hour,
        **new.usage,
    )


def _text(record: SignIn, result: Result, new: Newness, level: str | None, who: str) -> str:
    """Return the sentence; every detail of it is in the values."""
    parts = ["A non-interactive sign-in" if record.is_interactive is False else "A sign-in"]
    parts += [f"to {quoted(target)}"] if (target := _target(record)) else []
    parts += [f"from {record.ip_address}{place_text(record.place or Place())}"] if record.ip_address else []
    parts += [f"at {iso(record.at)}", _outcome_text(record, result)]
    text = " ".join(parts)
    if record.risk_state not in {None, "none"} or level not in {None, "none"}:
        text += f"; risk {clean(level or 'unknown')}, state {clean(record.risk_state or 'unknown')}"
        text += f" ({listed(map(clean, record.risk_event_types))})" if record.risk_event_types else ""
    news = [name for name in ("country", "ip", "asn", "device") if getattr(new, name)]
    words = {"country": "country", "ip": "address", "asn": "network", "device": "device"}
    text += f"; new to the {who}: {listed(words[name] for name in news)}" if news else ""
    return f"{text}."


def _outcome_text(record: SignIn, result: Result) -> str:
    code = record.error_code
    if result.outcome == "interrupted":
        return f"was interrupted: {result.reason} (code {code})"
    if result.outcome == "failure":
        method = f" with {quoted(result.mfa_method)}" if result.mfa == "denied" and result.mfa_method else ""
        reason = clean(result.reason) if code != MFA_DENIED else f"MFA{method} was denied or not completed"
        return f"failed: {reason} (code {code})"
    ways = {
        "satisfied": "succeeded, MFA satisfied" + (f" with {quoted(result.mfa_method)}" if result.mfa_method else ""),
        "claim_in_token": "succeeded, MFA satisfied by a claim in the token",
        "not_required": "succeeded with a single factor",
    }
    return ways.get(result.mfa or "", "succeeded")


def _level(record: SignIn) -> str | None:
    """Return the risk level during sign-in, or the aggregated one when only that says more than none.

    On a workload's sign-in the level alone says nothing: nearly all are ``low`` with the state ``none``.
    """
    if isinstance(record, WorkloadSignIn) and record.risk_state in {None, "none"}:
        return None
    during, aggregated = record.risk_level_during_sign_in, record.risk_level_aggregated
    return aggregated if during in {None, "none"} and aggregated not in {None, "none"} else during


def _protocol(record: SignIn) -> str | None:
    return "deviceCode" if is_device_code_flow(record) else record.authentication_protocol


def _target(record: SignIn) -> str | None:
    """Return what was signed in to: the application, or for a workload, which is one itself, the resource."""
    return record.resource_display_name if isinstance(record, WorkloadSignIn) else record.app_display_name


def _other_tenant(record: SignIn) -> str | None:
    """Return the tenant whose resource the user signed in to, when it is not the own one."""
    return record.resource_tenant_id if record.resource_tenant_id not in {None, record.tenant_id} else None


def _omitted(left: Sequence[SignIn], view: View) -> Fact:
    succeeded = sum(record.succeeded for record in left)
    oldest = min(left, key=lambda r: (r.at, r.record_id))
    text = (
        f"{counted(len(left), 'further sign-in')} of the time around the risk "
        f"{'is' if len(left) == 1 else 'are'} not listed here, {succeeded} of them with success."
    )
    return fact("sign_in.omitted", text, view.source(oldest), count=len(left), successes=succeeded)
