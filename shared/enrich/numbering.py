"""Give facts and gaps their ids in an order that depends on nothing but themselves."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from shared.models.dossier import Dossier, Fact, Gap

ORDER = (
    "campaign.source",
    "campaign.result",
    "campaign.fell",
    "campaign.member",
    "campaign.omitted",
    "workload.profile",
    "workload.account",
    "workload.deleted",
    "workload.owner",
    "workload.no_owner",
    "workload.credential",
    "workload.credentials",
    "workload.federated_credential",
    "workload.app_role",
    "workload.no_app_role",
    "workload.grant",
    "user.profile",
    "user.account",
    "user.deleted",
    "user.break_glass",
    "user.canary",
    "user.home_tenant",
    "user.password",
    "user.sync",
    "user.manager",
    "user.no_manager",
    "user.role",
    "user.no_role",
    "user.group",
    "user.groups",
    "risk.user",
    "risk.detection",
    "sign_in.mfa_denials",
    "sign_in.spray",
    "sign_in.travel",
    "sign_in.shared_session",
    "sign_in",
    "sign_in.omitted",
    "sign_in.baseline",
    "audit",
    "audit.omitted",
    "user.auth_method",
    "user.auth_methods",
    "user.device",
    "user.devices",
    "user.inbox_rule",
    "user.no_inbox_rule",
    "user.no_mailbox",
    "user.consent",
    "user.no_consent",
    "user.service_account",
    "tenant.domain",
    "tenant.writeback",
    "tenant.licence",
    "tenant.role_holders",
    "case.previous",
    "case.feedback",
    "text.injection",
)
_PLACE = {kind: place for place, kind in enumerate(ORDER)}
_UNDATED = datetime.min.replace(tzinfo=UTC)


def numbered(
    facts: Iterable[Fact], gaps: Iterable[Gap], round_trips: int, ages: Mapping[str, datetime] | None = None
) -> Dossier:
    """Return the dossier: facts by kind, time, source and text; gaps by what they hide. Repeats are dropped.

    ``ages``: when Graph was asked, by source, for answers that were kept.
    """
    facts = (_with_age(fact, ages) for fact in facts) if ages else facts
    ordered = sorted({_key(fact): fact for fact in facts}.items(), key=lambda pair: pair[0])
    distinct = {(gap.what, gap.source.ref, gap.reason, gap.detail): gap for gap in gaps}
    return Dossier(
        facts=tuple(msgspec.structs.replace(fact, id=f"F{n}") for n, (_, fact) in enumerate(ordered, 1)),
        gaps=tuple(msgspec.structs.replace(gap, id=f"G{n}") for n, (_, gap) in enumerate(sorted(distinct.items()), 1)),
        round_trips=round_trips,
    )


def _with_age(fact: Fact, ages: Mapping[str, datetime]) -> Fact:
    read_at = ages.get(fact.source.ref) if fact.source.kind == "graph" else None
    if read_at is None:
        return fact
    return msgspec.structs.replace(fact, source=msgspec.structs.replace(fact.source, read_at=read_at))


def _key(fact: Fact) -> tuple[int, str, datetime, str, str]:
    return _PLACE.get(fact.kind, len(ORDER)), fact.kind, fact.at or _UNDATED, fact.source.ref, fact.text
