"""Words and their opposites, and a sentence with one of them turned round."""

import re
from collections.abc import Iterator, Mapping

FLIPS: dict[str, tuple[str, ...]] = {
    "succeeded": ("failed", "did not succeed", "was unsuccessful", "never succeeded"),
    "denied": ("approved", "accepted", "satisfied", "not denied"),
    "approved": ("denied", "rejected", "declined"),
    "failed": ("succeeded", "successful"),
    "compliant": ("non-compliant", "not compliant"),
    "satisfied": ("denied", "not satisfied", "refused"),
    "privileged": ("unprivileged",),
    "enabled": ("disabled",),
    "disabled": ("enabled",),
    "granted": ("blocked",),
    "blocked": ("granted", "allowed"),
    "registered": ("removed",),
    "added": ("removed",),
    "removed": ("added",),
}
"""Words of outcomes: no evidence may let one stand for another."""

ALL: dict[str, tuple[str, ...]] = FLIPS | {
    "success": ("failure",),
    "successful": ("unsuccessful", "failed"),
    "failure": ("success",),
    "accepted": ("rejected",),
    "passed": ("failed",),
    "refused": ("approved",),
    "created": ("deleted",),
    "made": ("deleted",),
    "deleted": ("created", "added"),
    "revoked": ("granted",),
    "before": ("after",),
    "after": ("before",),
    "afterwards": ("beforehand", "before"),
    "new": ("familiar", "known", "usual"),
    "unfamiliar": ("familiar", "usual"),
    "unusual": ("usual",),
    "unknown": ("known",),
    "usual": ("new", "unusual"),
    "familiar": ("new", "unfamiliar"),
    "known": ("unknown",),
    "active": ("eligible",),
    "eligible": ("active",),
    "raised": ("lowered",),
    "interactive": ("non-interactive",),
    "non-interactive": ("interactive",),
    "unmanaged": ("managed",),
    "trusted": ("untrusted",),
    "right": ("wrong",),
    "wrong": ("right",),
    "phishing-resistant": ("phishable",),
    "interrupted": ("completed",),
    "not": ("",),
    "no": ("a", "the"),
    "never": ("often", "always"),
    "nobody": ("somebody",),
    "none": ("some", "all"),
    "neither": ("both",),
    "without": ("with",),
    "with": ("without",),
    "can": ("cannot",),
    "is": ("is not",),
    "was": ("was not", "wasn't"),
    "were": ("were not", "weren't"),
    "holds": ("lacks", "does not hold"),
    "only": ("never",),
    "everybody": ("nobody",),
    "adds": ("takes off",),
    "takes off": ("adds",),
    "most": ("least",),
    "least": ("most",),
    "first": ("last",),
    "last": ("first",),
    "high": ("low",),
    "low": ("high",),
    "inside": ("outside",),
    "outside": ("inside",),
    "the same": ("another", "a different"),
    "another": ("the same",),
    "open": ("closed",),
    "closed": ("open",),
}
"""And the small words that turn a sentence as well."""


def turned_round(text: str, flips: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield a text once for each word in it, and each of the word's opposites."""
    for word, opposites in flips.items():
        for match in re.finditer(rf"(?<![\w-]){word}(?![\w-])", text, re.IGNORECASE):
            for other in opposites:
                put = other.capitalize() if match[0][0].isupper() else other
                yield re.sub(" {2,}", " ", f"{text[: match.start()]}{put}{text[match.end() :]}").strip()
