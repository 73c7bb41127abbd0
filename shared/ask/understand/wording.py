"""Words of questions back: what a kind is called, and examples made complete with what the prompt said."""

import re

from shared.ask.skill import Input, InputKind
from shared.ask.understand.scoring import Match

_KINDS: dict[InputKind, str] = {
    "service_principal": "app",
    "application": "app",
    "policy": "Conditional Access policy",
    "time_range": "time",
    "address": "IP address",
    "text": "",
    "choice": "",
}
_HOW: dict[InputKind, str] = {
    "user": "Name the user by user principal name, object id or display name.",
    "group": "Name the group by object id or display name.",
    "service_principal": "Name the app by display name, object id or application id.",
    "application": "Name the app by display name, object id or application id.",
    "device": "Name the device by object id, device id or display name.",
    "role": "Name the role, or give its template id.",
    "policy": "Name the policy, or give its id.",
    "case": "Give the case id, or name the user.",
    "time_range": "Say for example: the past 7 days.",
}
_BRACES = re.compile(r"\{([a-z_0-9]+)\}")


def kind_words(kind: InputKind, name: str = "") -> str:
    """Return what people call a kind of thing, or the input itself where the kind says nothing."""
    return _KINDS.get(kind, kind) or name.replace("_", " ") or "value"


def a_kind(one: Input) -> str:
    """Return how to name a thing."""
    return _HOW.get(one.kind, one.description)


def completed(match: Match) -> str | None:
    """Return an example of the matched skill with what the prompt said in its places; None when one stays empty."""
    said = {name: several[0].words for name, several in match.filling.mentions.items() if several[0].is_said}
    for name, several in match.filling.mentions.items():
        if several[0].form in {"time", "count"}:
            said[name] = re.sub(r"^(?:in|over|during|for|within|from|of)\s+", "", several[0].words)
    said.update(match.filling.choices)
    own = [match.example.text, *(example.text for example in match.profile.examples)]
    wanted = {name for name, several in match.filling.mentions.items() if several[0].is_said}
    for text in own:
        names = set(_BRACES.findall(text))
        if names <= said.keys() and wanted <= names:
            return _BRACES.sub(lambda found: said[found.group(1)], text)
    return None
