"""Filters and pages as properties: a filter agrees with plain Python, and paging loses and repeats nothing."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.tenant import Tenant
from local.tenant.answers import GraphError
from local.tenant.odata import compile_filter
from local.tenant.query import compile_search, read_skip_token, skip_token

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
words = st.text(alphabet="abAB'% é/", max_size=4)
elements = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | words,
        "nullable": st.booleans(),
        "allowed": st.integers(-3, 3) | st.floats(-3, 3),
        "atDateTime": st.integers(0, 5).map(lambda hours: (EPOCH + timedelta(hours=hours)).isoformat()),
        "tags": st.lists(words, max_size=3),
        "deep": st.fixed_dictionaries({"er": st.fixed_dictionaries({"n": st.integers(0, 3)})}),
    },
)


def literal(text: str) -> str:
    """Quote text as OData does."""
    return "'" + text.replace("'", "''") + "'"


def text_of(element: dict, name: str) -> str | None:
    """Return a text property in the form in which text is compared."""
    value = element.get(name)
    return value.casefold() if value is not None else None


def compared(value: object, sign: str, other: object) -> bool:
    """Compare as OData does, nulls included."""
    if sign == "eq":
        return value == other
    if sign == "ne":
        return value != other
    if value is None:
        return False
    return {"gt": value > other, "ge": value >= other, "lt": value < other, "le": value <= other}[sign]  # type: ignore[operator]


signs = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
leaves = st.one_of(
    st.builds(
        lambda s, w: (f"name {s} {literal(w)}", lambda e: compared(text_of(e, "name"), s, w.casefold())), signs, words
    ),
    st.builds(lambda s, n: (f"allowed {s} {n}", lambda e: compared(e.get("allowed"), s, n)), signs, st.integers(-3, 3)),
    st.builds(
        lambda s, n: (f"deep/er/n {s} {n}", lambda e: compared(e.get("deep", {}).get("er", {}).get("n"), s, n)),
        signs,
        st.integers(0, 3),
    ),
    st.builds(
        lambda s, h: (
            f"atDateTime {s} {(EPOCH + timedelta(hours=h)).strftime('%Y-%m-%dT%H:%M:%SZ')}",
            lambda e: compared(
                datetime.fromisoformat(e["atDateTime"]) if "atDateTime" in e else None, s, EPOCH + timedelta(hours=h)
            ),
        ),
        signs,
        st.integers(0, 5),
    ),
    st.builds(
        lambda w: (
            f"startsWith(name, {literal(w)})",
            lambda e: (text_of(e, "name") or "-").startswith(w.casefold()) if e.get("name") is not None else False,
        ),
        words,
    ),
    st.builds(
        lambda w: (
            f"contains(name,{literal(w)})",
            lambda e: e.get("name") is not None and w.casefold() in text_of(e, "name"),
        ),
        words,
    ),
    st.builds(
        lambda ws: (
            f"name in ({', '.join(map(literal, ws))})",
            lambda e: text_of(e, "name") in [w.casefold() for w in ws],
        ),
        st.lists(words, min_size=1, max_size=3),
    ),
    st.builds(
        lambda w: (
            f"tags/any(t: t eq {literal(w)})",
            lambda e: w.casefold() in [t.casefold() for t in e.get("tags", [])],
        ),
        words,
    ),
    st.builds(
        lambda w: (
            f"tags/all(t:t ne {literal(w)})",
            lambda e: w.casefold() not in [t.casefold() for t in e.get("tags", [])],
        ),
        words,
    ),
    st.just(("nullable", lambda e: e.get("nullable") is True)),
    st.just(("name eq null", lambda e: e.get("name") is None)),
    st.just(("tags/any()", lambda e: bool(e.get("tags")))),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda a, b: (f"({a[0]}) and ({b[0]})", lambda e: a[1](e) and b[1](e)), inner, inner),
        st.builds(lambda a, b: (f"({a[0]}) or {b[0]}", lambda e: a[1](e) or b[1](e)), inner, leaves),
        st.builds(lambda a: (f"not({a[0]})", lambda e: not a[1](e)), inner),
    ),
    max_leaves=5,
)


@given(filters, st.lists(elements, max_size=6))
def test_a_filter_agrees_with_plain_python(pair: tuple, items: list[dict]) -> None:
    """Any filter over any elements chooses what the same condition chooses in Python."""
    text, oracle = pair
    compiled = compile_filter(text)
    assert [compiled.matches(item) for item in items] == [bool(oracle(item)) for item in items]


@given(filters, st.lists(elements, max_size=8))
def test_an_index_changes_nothing_but_time(pair: tuple, items: list[dict]) -> None:
    """Through the whole answer path, where equalities use an index, the same elements come in the same order."""
    text, oracle = pair
    numbered = [{**item, "id": str(number)} for number, item in enumerate(items)]
    tenant = Tenant.load({"custom/things": numbered})
    answer = tenant.answer("GET", f"custom/things?$filter={quote(text)}")
    assert [item["id"] for item in json.loads(answer.body)["value"]] == [e["id"] for e in numbered if oracle(e)]


@given(st.text(alphabet="abeqntoi '()/:,.0123456789-$%", max_size=40))
def test_any_text_is_a_filter_or_a_400(text: str) -> None:
    """No text, however odd, makes the parser fail in another way than Graph's 400."""
    try:
        compile_filter(text).matches({"a": "b"})
    except GraphError as error:
        assert (error.status, error.code) == (400, "BadRequest")


def test_a_deep_filter_is_a_400_and_not_a_crash() -> None:
    """Nesting without end is refused."""
    with pytest.raises(GraphError):
        compile_filter("not " * 50_000 + "a")


@given(size=st.integers(1, 9), total=st.integers(0, 30), cap=st.none() | st.integers(1, 5))
def test_pages_hold_every_element_once(size: int, total: int, cap: int | None) -> None:
    """Following nextLinks with any page size gives all elements, once each, in order."""
    tenant = Tenant.load({"groups": [{"id": str(n)} for n in range(total)]}, max_page=cap)
    seen, url = [], f"/v1.0/groups?$top={size}"
    while url:
        page = json.loads(tenant.answer("GET", url).body)
        assert len(page["value"]) <= min(size, cap or size)
        seen += [item["id"] for item in page["value"]]
        url = page.get("@odata.nextLink", "")
    assert seen == [str(n) for n in range(total)]


@given(st.integers(0, 10**8))
def test_skip_tokens_read_back(offset: int) -> None:
    """A token gives back its offset."""
    assert read_skip_token(skip_token(offset)) == offset


@given(st.text(max_size=12))
def test_any_other_skip_token_is_a_400(token: str) -> None:
    """A token that was not given out is refused as a bad request, never with another error."""
    try:
        assert skip_token(read_skip_token(token)) == token
    except GraphError as error:
        assert error.status == 400


@given(words.filter(lambda w: '"' not in w and w.strip()), st.text(max_size=6))
def test_search_takes_hostile_text(asked: str, name: str) -> None:
    """Any text can be searched for and searched in; the property's value itself is found by its own start."""
    search = compile_search(f'"mail:{asked}"')
    assert search({"mail": asked + name})
    assert search({"mail": name}) == name.casefold().startswith(asked.casefold())
