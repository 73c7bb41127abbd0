"""The verdict table of service principals: programs do not travel, forget passwords or approve prompts."""

from shared.assess.evidence import FOOTHOLDS, GRAVE
from shared.assess.grounds import Grounds
from shared.assess.verdict_endings import CLOSED, OPEN_ENDED
from shared.assess.verdict_rule import VerdictRule

DETECTED = (
    "anomalous_workload_activity",
    "leaked_credentials",
    "suspicious_workload_sign_ins",
    "threat_intelligence_match",
)
"""Detections after which somebody else may hold a credential."""


def _changed(grounds: Grounds) -> bool:
    return grounds.has(*FOOTHOLDS, *GRAVE, "credential_added_by_itself", "service_principals_in_series")


WORKLOADS: tuple[VerdictRule, ...] = (
    VerdictRule(
        "compromised",
        "The compromise was confirmed in Entra.",
        lambda it: it.has("admin_confirmed_compromised"),
    ),
    VerdictRule(
        "compromised",
        "Microsoft found that the application is malicious.",
        lambda it: it.has("malicious_application"),
    ),
    VerdictRule(
        "compromised",
        "A credential is known to have leaked, and a sign-in from a new place succeeded.",
        lambda it: it.has("leaked_credentials") and it.has("workload_sign_in_from_new_place"),
    ),
    VerdictRule(
        "compromised",
        "Identity Protection reported the service principal, and its access was widened or anchored afterwards.",
        lambda it: it.has(*DETECTED) and _changed(it),
    ),
    VerdictRule(
        "compromised",
        "A sign-in from a new place succeeded, and the access was widened or anchored.",
        lambda it: it.has("workload_sign_in_from_new_place") and _changed(it),
    ),
    VerdictRule(
        "compromised",
        "Suspicious sign-ins were reported, and one from a new place succeeded.",
        lambda it: it.has("suspicious_workload_sign_ins") and it.has("workload_sign_in_from_new_place"),
    ),
    *CLOSED,
    *OPEN_ENDED,
)
