"""Bytes bent as a line, a proxy or an attacker bends them: cut, doubled, swapped, overwritten."""

from hypothesis import strategies as st

PIECES = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\",
    b",",
    b":",
    b"null",
    b"NaN",
    b"-1e999",
    b"\xff",
    b"\\ud800",
    b"\n",
    b"\x00",
)


@st.composite
def bent(draw: st.DrawFn, seeds: st.SearchStrategy[bytes]) -> bytes:
    """Draw a seed after up to six changes."""
    data = draw(seeds)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 1, 2, 8, 64, 1024])))
        middle = draw(st.sampled_from(PIECES) | st.binary(max_size=8) | st.just(data[start:end] * 2) | st.just(b""))
        data = data[:start] + middle + data[end:]
    return data
