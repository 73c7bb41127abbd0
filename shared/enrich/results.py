"""What a sign-in came to: success, failure or a mere interrupt, and what became of MFA."""

import re
from typing import Literal

import msgspec

from shared.models.records import AuthenticationStep, SignIn
from shared.patterns.codes import MFA_DENIED

type Outcome = Literal["success", "failure", "interrupted"]
type Mfa = Literal["satisfied", "denied", "claim_in_token", "not_required"]

MULTI = "multifactorauthentication"
SINGLE = "singlefactorauthentication"

INTERRUPTS: dict[int, str] = {
    16000: "an account had to be chosen",
    16001: "an account had to be chosen",
    16003: "another account was needed",
    50055: "the password had expired",
    50058: "no session was there to sign in silently",
    50072: "MFA had to be set up",
    50074: "MFA was asked for",
    50076: "MFA was asked for",
    50079: "MFA had to be set up",
    50097: "device authentication was asked for",
    50125: "a password reset or registration was entered",
    50127: "a broker app had to be installed",
    50129: "the device had to be registered",
    50140: "the user was asked to stay signed in",
    50144: "the on-premises password had expired",
    50158: "an external challenge was asked for",
    50199: "the user had to confirm the sign-in",
    50203: "the Authenticator app had to be set up",
    51006: "Windows sign-in was asked for",
    65001: "consent was asked for",
    70043: "the session had to be renewed",
    70044: "the session had to be renewed",
    90072: "the account is of another tenant",
    90094: "an administrator's consent was asked for",
}
"""Steps on the way, not failures to count: Entra logs a success or failure of its own afterwards."""
FAILURES: dict[int, str] = {
    50034: "no such user",
    50053: "too many wrong passwords or a malicious address, locked or blocked",
    50056: "no password is set",
    50057: "the account is disabled",
    50105: "the user is not assigned to the app",
    50126: "wrong user name or password",
    50131: "blocked by Conditional Access for the device",
    50173: "the session was revoked",
    53000: "the device is not compliant",
    53001: "the device is not joined",
    53002: "the app is not approved",
    53003: "blocked by Conditional Access",
    53004: "MFA could not be set up because of risk",
    53009: "the app must be protected",
    53011: "blocked because of risk in the home tenant",
    65004: "the user declined consent",
    70008: "the token had expired",
    500121: "MFA was denied or not completed",
    500133: "the token was not valid at this time",
    700082: "the token had expired",
    530032: "blocked by a security policy",
    530034: "blocked by a delegated administrator",
}
_FIRST_FACTOR = re.compile(r"^(?:password\b|previously satisfied|pass-through|federated)", re.IGNORECASE)
_BY_CLAIM = re.compile(r"satisfied by claim|previously satisfied|claim in the token", re.IGNORECASE)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in came to. None where the record does not say."""

    outcome: Outcome
    reason: str
    requirement: Literal["single", "multi"] | None
    mfa: Mfa | None
    mfa_method: str | None


def result_of(record: SignIn) -> Result:
    """Return the result, from error code, requirement and authentication steps."""
    requirement = (record.authentication_requirement or "").lower()
    needed: Literal["single", "multi"] | None = (
        "multi" if requirement == MULTI else "single" if requirement == SINGLE else None
    )
    mfa, method = _mfa(record, needed)
    return Result(outcome=_outcome(record), reason=_reason(record), requirement=needed, mfa=mfa, mfa_method=method)


def is_interrupt(record: SignIn) -> bool:
    """Say whether a sign-in neither succeeded nor failed."""
    return record.error_code in INTERRUPTS


def approved_prompt(record: SignIn) -> bool:
    """Say whether MFA was passed in this sign-in itself, as far as the record tells."""
    result = result_of(record)
    return record.succeeded and result.requirement == "multi" and result.mfa == "satisfied"


def _outcome(record: SignIn) -> Outcome:
    if record.succeeded:
        return "success"
    return "interrupted" if is_interrupt(record) else "failure"


def _reason(record: SignIn) -> str:
    if record.succeeded:
        return ""
    known = INTERRUPTS.get(record.error_code) or FAILURES.get(record.error_code)
    return known or record.failure_reason or "reason not known"


def _mfa(record: SignIn, needed: str | None) -> tuple[Mfa | None, str | None]:
    second = [step for step in record.steps if not _FIRST_FACTOR.match(step.method or "password")]
    if record.error_code == MFA_DENIED:
        return "denied", _method(second, succeeded=False)
    if not record.succeeded or needed is None:
        return None, None
    passed = [step for step in second if step.succeeded is not False and not _BY_CLAIM.search(step.result_detail or "")]
    method = _method(passed, succeeded=True)
    if needed == "single":
        # A single step without a password, such as a passkey, is a strong one and worth naming.
        return "not_required", method
    by_claim = bool(record.steps) or bool(_BY_CLAIM.search(record.additional_details or ""))
    # Graph's v1.0 has no steps; a multi-factor requirement that let the user in was met in some way.
    return ("claim_in_token" if by_claim and not passed else "satisfied"), method


def _method(steps: list[AuthenticationStep], *, succeeded: bool) -> str | None:
    matching = [step.method for step in steps if step.method and (step.succeeded is not False) is succeeded]
    return matching[-1] if matching else next((step.method for step in reversed(steps) if step.method), None)
