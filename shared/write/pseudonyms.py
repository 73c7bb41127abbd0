"""Swap names, addresses and ids for pseudonyms before a model sees them, and back again in what it writes."""

import re
from collections.abc import Iterator
from string import ascii_lowercase

from shared.hostile import shown
from shared.models.dossier import Fact
from shared.write.subject import Subject
from shared.write.vocabulary import FIELD_NAMES, OPENERS
from shared.write.wording import named

_KINDS = ("USER", "APP", "DEVICE", "GROUP", "RULE", "MAIL", "TEXT", "IP", "ID", "HOST", "WORD")
_TOKEN = re.compile(rf"(?:{'|'.join(_KINDS)})_\d+[a-z]*")
_TOKENS = re.compile(rf"(?<!\w)(?:{_TOKEN.pattern})+(?!\w)")
"""Several where names touch: one that begins with an invisible character needs no space before it."""
_FOUND = (
    r"(?P<MAIL>(?<!\w)[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)*)"
    r"|(?P<NAME>(?!))"
    r"|(?P<ID>(?<![\w-])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w-]))"
    r"|(?P<IP>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w)|(?<![\w:.])(?=[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:)(?!\d{1,2}:\d{2}:\d{2}(?!:))"
    r"[0-9A-Fa-f:.]*[0-9A-Fa-f](?![\w:]))"
    r"|(?P<HOST>(?<![\w.-])(?:[\w-]+\.)+[a-z]{2,}(?![\w.-]))"
    rf"|(?P<WORD>{_TOKENS.pattern})"
)
_MIN_NAME = 3


class Pseudonyms:
    """A two-way map for one report: the same original always gets the same pseudonym.

    ``USER_1`` is the identity itself; ``USER_1a`` is another name of the same one.
    """

    def __init__(self, subject: Subject) -> None:
        self._originals: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._folded: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        names = [original for kind, group in _names(subject) for original in self._register(kind, group)]
        longest_first = sorted(dict.fromkeys(names), key=lambda name: (-len(name), name))
        either = "|".join(rf"(?<![\w@]){re.escape(name)}(?!\w)" for name in longest_first) or r"(?!)"
        self._pattern = re.compile(_FOUND.replace("(?P<NAME>(?!))", f"(?P<NAME>(?i:{either}))"))

    def hide(self, text: str) -> str:
        """Return the text with every known name, address, id and host name replaced."""
        return self._pattern.sub(lambda match: self._token(match.group(0), str(match.lastgroup)), text)

    def restore(self, text: str) -> str:
        """Return the text with every pseudonym that was handed out replaced: the inverse of ``hide``."""
        return _TOKENS.sub(
            lambda run: _TOKEN.sub(lambda match: self._originals.get(match.group(0), match.group(0)), run.group(0)),
            text,
        )

    def restore_written(self, text: str) -> str:
        """Return a model's sentence with the names back, in quotation marks where they could be read as a claim."""
        return _TOKENS.sub(lambda run: self._written(run, text), text)

    def _written(self, run: re.Match[str], text: str) -> str:
        quoted = text[: run.start()][-1:] in tuple("“\"‘'") and text[run.end() :][:1] in tuple("”\"’'")

        def one(match: re.Match[str]) -> str:
            original = self._originals.get(match.group(0))
            if original is None:
                return match.group(0)
            verbatim = match.group(0).startswith(("IP", "ID", "MAIL", "HOST"))
            return original if quoted or verbatim else named(original) or original

        return _TOKEN.sub(one, run.group(0))

    def _register(self, kind: str, group: list[str]) -> Iterator[str]:
        """Give one thing a pseudonym for each of its names; yield those that are telling enough to look for."""
        base = ""
        for name in group:
            if name in self._tokens or not _is_telling(name):
                continue
            known = self._folded.get(name.casefold(), "")
            base = base or known.rstrip(ascii_lowercase)
            token = self._alias(base) if base else self._next(kind)
            base = base or token
            self._keep(name, token)
            yield name

    def _token(self, original: str, found_as: str) -> str:
        if original in self._tokens:
            return self._tokens[original]
        known = self._folded.get(original.casefold())
        if known is not None:
            token = self._alias(known.rstrip(ascii_lowercase))
        else:
            token = self._next("TEXT" if found_as == "NAME" else found_as)
        self._keep(original, token)
        return token

    def _keep(self, original: str, token: str) -> None:
        self._tokens[original] = token
        self._originals[token] = original
        self._folded.setdefault(original.casefold(), token)

    def _next(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind}_{self._counts[kind]}"

    def _alias(self, base: str) -> str:
        number = self._counts[base] = self._counts.get(base, 0) + 1
        suffix = ""
        while number:
            number, letter = divmod(number - 1, len(ascii_lowercase))
            suffix = ascii_lowercase[letter] + suffix
        return base + suffix


def visible(text: str) -> str:
    """Return the text with control, bidirectional and other invisible characters replaced by spaces."""
    return shown(text, instead=" ")


def _is_telling(name: str) -> bool:
    """Say whether a name can be looked for in prose without tearing ordinary words apart."""
    folded = name.casefold()
    return (
        len(name.strip()) >= _MIN_NAME
        and any(char.isalpha() for char in name)
        and folded not in OPENERS
        and folded not in FIELD_NAMES
    )


def _names(subject: Subject) -> Iterator[tuple[str, list[str]]]:
    """Yield what has names: its kind, and all the names of one thing, the identity first."""
    facts = subject.dossier.facts
    own = [subject.identity.name or "", subject.identity.id]
    for fact in facts:
        if fact.kind == "user.profile":
            own += [fact.text_of("user_principal_name"), fact.text_of("display_name")]
    yield "USER", _person(own)
    for fact in facts:
        if fact.kind == "user.manager":
            yield "USER", _person([fact.text_of("user_principal_name"), fact.text_of("display_name")])
        yield from _named_in(fact)


def _person(names: list[str]) -> list[str]:
    """Return a person's names with their parts: a first name alone gives a person away too."""
    parts = [
        part for name in names if "@" not in name for part in re.findall(r"[^\W\d_]{3,}", name) if not _is_hex(name)
    ]
    return [name for name in (*names, *parts, *(name.partition("@")[0] for name in names if "@" in name)) if name]


def _is_hex(name: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F-]{32,36}", name) is not None


_BY_VALUE = {
    "app": "APP",
    "apps": "APP",
    "resource": "APP",
    "device_name": "DEVICE",
    "devices": "DEVICE",
    "initiator": "USER",
    "via": "GROUP",
    "moves_to": "RULE",
    "forwards_to": "MAIL",
    "excerpt": "TEXT",
}
_BY_KIND = {"user.device": "DEVICE", "user.group": "GROUP", "user.inbox_rule": "RULE"}
_BY_TARGET = {"user": "USER", "group": "GROUP", "device": "DEVICE", "application": "APP", "serviceprincipal": "APP"}


def _named_in(fact: Fact) -> Iterator[tuple[str, list[str]]]:
    for name, value in fact.values.items():
        kind = _BY_VALUE.get(name)
        if name == "name":
            kind = _BY_KIND.get(fact.kind)
        elif name == "target":
            kind = _BY_TARGET.get(fact.text_of("target_type").casefold(), "TEXT")
        elif name == "initiator" and fact.text_of("initiated_by") == "app":
            kind = "APP"
        for text in (value if isinstance(value, tuple) else (str(value),)) if kind else ():
            yield str(kind), [text]
