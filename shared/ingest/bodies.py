"""Cut a message body into the bytes of its records, whatever wraps them."""

import re

import msgspec

_BOM = b"\xef\xbb\xbf"
_LISTS = {"records", "value"}
"""Keys whose list holds the records: of a message, of a page of Graph."""
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_WRAPPER = re.compile(rb'\s*(?:\{\s*"(?:records|value)"\s*:\s*)?\[', re.IGNORECASE)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|["\[\]{},]', re.DOTALL)


def without_bom(body: bytes) -> bytes:
    """Return the body without a byte order mark and without white space around it."""
    return body.strip().removeprefix(_BOM).strip()


def elements(content: bytes) -> list[bytes]:
    """Return the bytes of each record, in order; of what is not JSON, the whole.

    Understands ``{"records": […]}``, a page of Graph, a bare list of either, a single record, and lines of any of
    these. One line that is no JSON is one element; a body without any line of JSON is one element.
    """
    found = _in_value(content)
    if found is not None:
        return found
    lines = [line for line in map(without_bom, content.split(b"\n")) if line]
    cut = [_in_value(line) for line in lines]
    if not any(line.startswith((b"{", b"[")) for line, parts in zip(lines, cut, strict=True) if parts is not None):
        return [content]
    return [part for line, parts in zip(lines, cut, strict=True) for part in (parts if parts is not None else [line])]


def _in_value(content: bytes) -> list[bytes] | None:
    """Return the records in one JSON value, or None when the bytes are not one value."""
    try:
        if content.startswith(b"["):
            return [part for item in _LIST.decode(content) for part in _in_item(bytes(item))]
        if content.startswith(b"{"):
            return _in_item(content)
        msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _by_brackets(content)
    return [content]


def _in_item(content: bytes) -> list[bytes]:
    if not content.startswith(b"{"):
        return [content]
    parts = _OBJECT.decode(content)
    lists = [bytes(part) for key, part in parts.items() if key.lower() in _LISTS]
    if "category" in parts or not lists or not all(part.startswith(b"[") for part in lists):
        return [content]
    return [bytes(item) for part in lists for item in _LIST.decode(part)]


def _by_brackets(content: bytes) -> list[bytes] | None:
    """Return the records of JSON that the strict decoder refuses somewhere, by counting brackets.

    One record with a lone surrogate or a NaN in it, which its sender may choose, must not take down the others.
    """
    wrapper = _WRAPPER.match(content)
    outer = wrapper[0].count(b"{") + 1 if wrapper else 0
    depth, start, end = 0, wrapper.end() if wrapper else 0, -1
    parts: list[bytes] = []
    for token in _TOKEN.finditer(content):
        mark = token[0]
        if mark in (b"[", b"{"):
            if end >= 0:
                return None
            depth += 1
        elif mark in (b"]", b"}"):
            if depth == outer and outer:
                parts.append(content[start : token.start()])
                outer = 0
            depth -= 1
            end = token.end() if depth == 0 else -1
        elif mark == b"," and depth == 1 and wrapper and not outer:
            return [content]
        elif mark == b"," and depth == outer and outer:
            parts.append(content[start : token.start()])
            start = token.end()
        elif mark == b'"':
            return None
    if depth != 0 or end < 0 or content[end:].strip():
        return None
    return [part.strip() for part in parts if part.strip()] if wrapper else [content]
