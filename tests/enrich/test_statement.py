"""How facts are worded and numbered, whatever text comes in."""

import random
import unicodedata
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.enrich.numbering import ORDER, numbered
from shared.enrich.statement import event, fact, graph, listed
from shared.hostile import clean, quoted
from shared.models import dossier as vocabulary
from shared.models.dossier import Fact, Gap

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


@given(st.text())
def test_cleaned_text_is_one_short_visible_line(text: str) -> None:
    """Nothing that hides, reorders, breaks lines or ends a quotation survives, and cleaning twice changes nothing."""
    line = clean(text)
    assert len(line) <= 80
    assert '"' not in line
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for c in line)
    assert line == line.strip()
    assert clean(line) == line
    assert quoted(text) == f'"{line}"'


@given(st.text(min_size=1), st.lists(st.text()))
def test_a_sentence_and_its_values_carry_the_same_words(text: str, items: list[str]) -> None:
    """What a text quotes is what the value holds, so that a reader can check one against the other."""
    stated = fact("user.device", f"Named {quoted(text)}.", graph("/x"), name=text, items=items)
    assert f'"{stated.text_of("name")}"' in stated.text
    assert stated.values.get("items", ()) == tuple(c for c in map(clean, items) if c)


def test_what_is_not_known_is_left_out() -> None:
    """None, empty text and empty lists are no values; false and zero are."""
    stated = fact("k", "t", event("C", "i"), none=None, empty="", items=[], no=False, zero=0, when=NOON)
    assert stated.values == {"no": False, "zero": 0, "when": "2026-09-01T12:00:00Z"}
    assert stated.source.ref == "C i"


def test_a_time_in_the_sentence_is_always_a_value() -> None:
    """The time that a text names is carried under a name of its own, or as ``at``."""
    assert fact("k", "At 2026-09-01T12:00:00Z.", event("C", "i"), at=NOON).values == {"at": "2026-09-01T12:00:00Z"}
    assert fact("k", "At 2026-09-01T12:00:00Z.", event("C", "i"), at=NOON, changed_at=NOON).values == {
        "changed_at": "2026-09-01T12:00:00Z"
    }
    assert fact("k", "Once.", event("C", "i"), at=NOON).values == {}


def test_lists_read_as_prose() -> None:
    """One, two, many and too many."""
    assert [listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert listed(["a", "b", "c", "d"], longest=2) == "a, b and 2 more"


def test_numbers_follow_kind_then_time_whatever_the_order_of_arrival() -> None:
    """Any shuffle of the same facts and gaps gets the same ids, and repeats are dropped."""
    facts = [
        fact(kind, f"{kind} {n}", event("C", str(n)), at=NOON + timedelta(minutes=n))
        for kind in ("sign_in", "user.profile", "unheard.of")
        for n in range(4)
    ]
    gaps = [
        Gap(id="", kinds=(), what=what, reason="failed", detail="500", mend="", source=graph(what)) for what in "cab"
    ]
    expected = numbered(facts, gaps, 1)
    assert [f.kind for f in expected.facts] == ["user.profile"] * 4 + ["sign_in"] * 4 + ["unheard.of"] * 4
    assert [gap.what for gap in expected.gaps] == ["a", "b", "c"]
    shuffled = random.Random(7)
    for _ in range(20):
        mixed, others = [*facts, *facts], [*gaps, *gaps]
        shuffled.shuffle(mixed)
        shuffled.shuffle(others)
        assert numbered(mixed, others, 1) == expected


def test_every_kind_of_the_vocabulary_has_a_place() -> None:
    """The order names every kind that the dossier's docstring promises, once."""
    promised = {
        part.strip("` ;,")
        for line in (vocabulary.__doc__ or "").splitlines()
        if line.startswith("``")
        for part in line.split()
        if part.startswith("``") and ("." in part or part.strip("`") in {"sign_in", "audit"})
    }
    assert promised - set(ORDER) == set()
    assert len(set(ORDER)) == len(ORDER)


def test_facts_are_frozen_and_encode() -> None:
    """A fact survives the trip through JSON unchanged."""
    stated = fact("sign_in", "t", event("C", "i"), at=NOON, items=["a"], ok=True, number=3)
    back = msgspec.json.decode(msgspec.json.encode(stated), type=Fact)
    assert (back.kind, back.at, back.source, list(back.values["items"])) == (stated.kind, NOON, stated.source, ["a"])  # type: ignore[arg-type]
