"""Clean a prompt of how the answer shall look, and split one that asks several things."""

import re
import unicodedata
from collections.abc import Iterator

from shared.hostile import shown

LONGEST_PROMPT = 2000
"""Characters; what is longer is not read."""

MOST_WORDS = 250
MOST_MEANT = 40
"""Words of a prompt that carry something, things it names among them; a question has a dozen."""
MOST_PARTS = 8
MOST_HALVES = 2
_AND = re.compile(r",?\s+(?:and|then|plus|as\s+well\s+as|along\s+with)(?:\s+(?:then|also))?\s+", re.IGNORECASE)
_PIECE = re.compile(r"\w+")

_KEPT_WHITESPACE = "\n\t\r"
_QUOTES = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-"}
)
_CONTRACTED = re.compile(r"\b(who|what|where|when|how|that|it|he|she|there)'?s\b(?<!its)", re.IGNORECASE)
_SAID_OTHERWISE = (
    (re.compile(r"\bincl\.?(?=\s)", re.IGNORECASE), "including"),
    (
        re.compile(r"\b(set)\s+((?:the\s+|this\s+)?[^,;.?!]{1,60}?)\s+up\b(?!\s+(?:for|to|with)\b)", re.IGNORECASE),
        r"\1 up \2",
    ),
    (
        re.compile(r"^(?:to\s+)?whom\s+(does|do|did)\s+([^,;?!]{1,80}?)\s+(report|answer)(?:\s+to)?\b", re.IGNORECASE),
        r"who \1 \2 \3 to",
    ),
    (re.compile(r"\bwhether\s+or\s+not\b", re.IGNORECASE), "whether"),
    (
        re.compile(r"\s+or\s+not\b(?=\s*(?:[?.!,;)]|$|(?:yet|for|in|at|on|by|of|to|now|today)\b))", re.IGNORECASE),
        "",
    ),
    (re.compile(r"\b(last|past)\s+(days|hours|weeks|months)\s+(\d{1,3})\b", re.IGNORECASE), r"\1 \3 \2"),
)
"""Ways to say a thing that rules for words do not see, and the usual one."""
_SLASHED = re.compile(r"\bw/o?(?:\s+|(?=\w))", re.IGNORECASE)
_FORMAT_VERB = r"(?:put|present|give|return|format|show|display|print|output|arrange|provide|list|write|render|make)"
_SHAPE = r"(?:tables?|tabular|lists?|bullet(?:ed)?(?:\s+(?:list|points?))?|json|csv|format-list|markdown|excel|grid)"
_AS_FOLLOWS = re.compile(
    r"\bformat\s+(?:the\s+|this\s+|it\s+)?(?:table|list|output|result)?\s*(?:as\s+follows|like\s+this)?\s*:.*$",
    re.IGNORECASE | re.DOTALL,
)
_WITHOUT_FRAME = re.compile(
    rf"(?:^|(?<=[.!?;,\n]))\s*(?:and\s+)?(?:please\s+|can\s+you\s+|could\s+you\s+)?{_FORMAT_VERB}\s+(?:me\s+)?"
    rf"(?:(?:this|that|the|it|these|all|them|everything)\s*)?(?:information|info|data|results?|output|answer|response|details?)?\s*"
    rf"(?:in|as|into|to|using)\s+(?:an?\s+)?{_SHAPE}(?:\s+(?:format|form|view))?\s*(?=[.!?;\n]|$)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    rf"[,\s]+(?:and\s+)?(?:(?:put|show|give|format|present)\s+(?:it|this|them|that)\s+)?(?:in|as)\s+(?:an?\s+)?(?:nice\s+|simple\s+|markdown\s+)?{_SHAPE}(?:\s+(?:format|form|view))?\s*(?=[.!?;]|$|\s(?:and|then)\b)",
    re.IGNORECASE,
)
_FRAME = re.compile(r"^\s*generate\s+(?:me\s+)?a\s+(?:short\s+)?report[^:\n]{0,60}:\s*", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?;])\s+(?=\S)|\n+")
_NUMBERED = re.compile(r"^\s*\(?\d{1,2}[.)]\s+", re.MULTILINE)
"""The number of a question in a list of them."""
_VERB = (
    r"(?:tell|list|extract|show|include|give|say|check|look|get|find|provide|return|pull|fetch|display|verify|see|"
    r"explain|summari[sz]e|describe)"
)
_ASKING = rf"(?:{_VERB}|what|who|whose|whom|which|when|where|why|how|whether|if|is|are|does|do|has|have|did|was|were)"
_ORDER = r"(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|next|finally|lastly|after\s+that|afterwards|after\s+this)"
_IF_SO = re.compile(
    r"^(?:(?:and\s+)?(?:if\s+(?:yes|so|it\s+is|they\s+are|he\s+is|she\s+is|not)|then|also)\s*,?\s*(?:then\s+|also\s+)?|"
    rf"(?:and\s+)?{_ORDER}\s*[,:]?\s+(?=(?:please\s+|can\s+you\s+|could\s+you\s+)?{_ASKING}\b))",
    re.IGNORECASE,
)
_CLAUSES = re.compile(
    r",?\s+(?:and(?:\s+(?:also|then))?|then|plus|or|as\s+well\s+as|along\s+with)\s+(?=(?:please\s+)?(?:also|her|his|their|its|the\s+reasons?|"
    rf"{_ASKING})\b\s*\w)|,\s+(?={_ORDER}\s*[,:]?\s+(?:please\s+)?{_ASKING}\b)",
    re.IGNORECASE,
)


def cleaned(prompt: str) -> str:
    """Return a prompt in plain characters, in single spaces, without what it says of the look of the answer."""
    text = shown(unicodedata.normalize("NFKC", prompt), instead=" ", keep=_KEPT_WHITESPACE).translate(_QUOTES)
    text = _CONTRACTED.sub(r"\1 is", text)
    text = _SLASHED.sub(lambda found: "without " if found.group().lower().startswith("w/o") else "with ", text)
    for way, usual in _SAID_OTHERWISE:
        text = way.sub(usual, text)
    text = "\n".join(line for raw in text.splitlines() if (line := " ".join(raw.split())))
    if len(text) > 1 and text[0] == text[-1] == '"' and text.count('"') == 2:
        text = text[1:-1].strip()
    return text


def without_format(text: str) -> str:
    """Return a prompt without "put this in a table" and the like: every answer has its tables anyway."""
    bare = _FRAME.sub("", _AS_FOLLOWS.sub("", text))
    bare = _WITHOUT_FRAME.sub("", bare)
    bare = _TAIL.sub("", bare).strip(" ,;|")
    return bare or text


def parts_of(text: str) -> list[str]:
    """Return the sentences and clauses of a prompt that may be asked one by one; the whole when it is one."""
    parts: list[str] = []
    for sentence in _SENTENCES.split(_NUMBERED.sub("", text)):
        bare = _IF_SO.sub("", sentence.strip())
        parts += [_IF_SO.sub("", part.strip(" ,")) for part in _CLAUSES.split(bare)]
    return [part for part in parts if any(char.isalnum() for char in part)]


def halves_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before an "and" and behind it, where both say more than a word."""
    for cut in list(_AND.finditer(text))[:MOST_HALVES]:
        head, tail = text[: cut.start()].strip(" ,"), text[cut.end() :].strip()
        if " " in head and " " in tail:
            yield head, tail


def too_much(prompt: str) -> str | None:
    """Return how much is read at most, where a prompt is longer: work grows with its words. None where it is not."""
    if len(prompt) > LONGEST_PROMPT:
        return f"{LONGEST_PROMPT} characters"
    return f"{MOST_WORDS} words" if sum(1 for _ in _PIECE.finditer(prompt)) > MOST_WORDS else None
