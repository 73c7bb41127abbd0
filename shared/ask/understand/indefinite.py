"""Things of which any will do: "who deleted a policy" is about policies, not about one that must be named."""

from msgspec.structs import replace

from shared.ask.understand.marks import Mention
from shared.ask.understand.profiles import Profile
from shared.ask.understand.reading import Reading
from shared.ask.understand.tokens import Token


def of_any(reading: Reading) -> Reading | None:
    """Return a reading in which "a policy" is the word policy; None where nothing is said so."""
    if not any(_is_any(token.mention) for token in reading.tokens):
        return None
    return replace(reading, tokens=tuple(_word(token) for token in reading.tokens))


def needs_one(profile: Profile, reading: Reading) -> bool:
    """Say whether a skill needs what a reading leaves open: it then asks which one."""
    kinds = frozenset[str]().union(*(one.kinds for one in reading.mentions if _is_any(one)))
    return any(one.kind in kinds for one in profile.skill.inputs)


def _is_any(mention: Mention | None) -> bool:
    return mention is not None and mention.form == "some" and mention.words.lower().startswith(("a ", "an "))


def _word(token: Token) -> Token:
    return replace(token, mention=None, key=token.mention.noun) if token.mention and _is_any(token.mention) else token
