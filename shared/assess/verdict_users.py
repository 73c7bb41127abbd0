"""The verdict table of users."""

from shared.assess.evidence import (
    GRAVE,
    foothold,
    guessed_by_stranger,
    is_explained,
    is_readable,
    is_serious,
    new_stranger,
    password_alone_from_hostile_address,
    remediated_after_tool,
    stranger,
    two_hostile_signs,
)
from shared.assess.verdict_endings import CLOSED, OPEN_ENDED
from shared.assess.verdict_rule import VerdictRule

USERS: tuple[VerdictRule, ...] = (
    VerdictRule(
        "compromised",
        "The compromise was confirmed in Entra.",
        lambda it: it.has("admin_confirmed_compromised"),
    ),
    VerdictRule(
        "compromised",
        "MFA was approved after a burst of denied prompts, so whoever sent them was let in.",
        lambda it: it.has("mfa_fatigue_approved"),
    ),
    VerdictRule(
        "compromised",
        "An attacker in the middle was detected, and the session was used or the account changed afterwards.",
        lambda it: (
            it.has("attacker_in_the_middle")
            and (foothold(it) or stranger(it) or new_stranger(it) or it.has("session_in_two_places"))
        ),
    ),
    VerdictRule(
        "compromised",
        "A token shows signs of theft, and a stranger used it or the account was changed afterwards.",
        lambda it: (
            it.has("token_theft_pattern") and (foothold(it) or new_stranger(it) or it.has("session_in_two_places"))
        ),
    ),
    VerdictRule(
        "compromised",
        "A password spray found the right password, and a risky sign-in succeeded.",
        lambda it: it.has("password_spray_success") and stranger(it),
    ),
    VerdictRule(
        "compromised",
        "The password was guessed from an address that does not belong to the user.",
        guessed_by_stranger,
    ),
    VerdictRule(
        "compromised",
        "The password is known to have leaked, and a sign-in that nothing ties to the user succeeded.",
        lambda it: it.has("leaked_credentials") and (stranger(it) or new_stranger(it)),
    ),
    VerdictRule(
        "compromised",
        "MFA was approved in a suspicious way, and a sign-in that nothing ties to the user succeeded.",
        lambda it: it.has("suspicious_mfa_approval") and stranger(it),
    ),
    VerdictRule(
        "compromised",
        "The user reported an MFA request as not theirs, and a sign-in that nothing ties to the user succeeded.",
        lambda it: it.has("user_reported_suspicious_activity") and stranger(it),
    ),
    VerdictRule(
        "compromised",
        "One session was used from two places, one of them new to the user.",
        lambda it: it.has("session_in_two_places") and new_stranger(it) and is_serious(it),
    ),
    VerdictRule(
        "compromised",
        "A device code sign-in at risk succeeded from where the user never signed in.",
        lambda it: it.has("device_code_sign_in") and new_stranger(it) and is_serious(it),
    ),
    VerdictRule(
        "compromised",
        "A high-risk sign-in from a hostile address succeeded with a single factor.",
        password_alone_from_hostile_address,
    ),
    VerdictRule(
        "compromised",
        "Independent detections call the address hostile, and a sign-in that nothing ties to the user succeeded.",
        two_hostile_signs,
    ),
    VerdictRule(
        "compromised",
        "A stranger signed in to the portal and registered a device within minutes.",
        lambda it: it.has("device_joined_after_portal") and new_stranger(it),
    ),
    VerdictRule(
        "compromised",
        "A tool signed in with a single factor from where the user never signed in.",
        lambda it: it.has("attack_tool_user_agent") and it.has("single_factor_risky_sign_in") and new_stranger(it),
    ),
    VerdictRule(
        "compromised",
        "A risky sign-in from where the user never signed in succeeded, and the account was changed afterwards.",
        lambda it: new_stranger(it) and foothold(it) and is_serious(it),
    ),
    VerdictRule(
        "compromised",
        "A stranger's sign-in succeeded, and a change was made that hands out or unprotects the tenant.",
        lambda it: it.has(*GRAVE) and (stranger(it) or new_stranger(it)) and is_serious(it),
    ),
    VerdictRule(
        "suspicious",
        "The risk was remediated, but a tool had signed in with a single factor before; what it did is not known.",
        remediated_after_tool,
    ),
    *CLOSED,
    VerdictRule(
        "benign",
        "The evidence is mild, and device, method or network tie the risky sign-ins to the user.",
        lambda it: is_explained(it) and is_readable(it),
    ),
    VerdictRule(
        "inconclusive",
        "What could be read speaks for the user, but what speaks against could not be read.",
        is_explained,
    ),
    *OPEN_ENDED,
)
